/**
 * Prints the ten slowest test files of a suite, from its JSON results: `node dearest.mjs RESULTS`.
 */
import { readFileSync } from "node:fs"

const { testResults } = JSON.parse(readFileSync(process.argv[2], "utf8"))
const files = testResults.map(({ name, startTime, endTime }) => [(endTime - startTime) / 1000, name])
files.sort(([a], [b]) => b - a)
for (const [seconds, name] of files.slice(0, 10))
  console.log(`      ${String(Math.round(seconds)).padStart(4)} s  ${name.replace(/^.*?\/(?=test\/)/, "")}`)

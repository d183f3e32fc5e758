/**
 * Prints the ten slowest test files of a suite, hooks included, from its log: `node dearest.mjs
 * LOG`.
 */
import { readFileSync } from "node:fs"

const log = readFileSync(process.argv[2], "utf8")
const files = [...log.matchAll(/(test\/\S+\.test\.ts) \(\d+ tests?[^)]*\) (\d+) ?ms/g)]
files.sort(([, , a], [, , b]) => b - a)
for (const [, name, timeMs] of files.slice(0, 10))
  console.log(`      ${String(Math.round(timeMs / 1000)).padStart(4)} s  ${name}`)

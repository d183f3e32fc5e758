/**
 * Prints the ten slowest test files of a suite, hooks included, from its log: `node dearest.mjs LOG
 * [--write]`. `--write` records them in test/set-up/durations.json, and Vitest starts the longest
 * first. Quick files of a few seconds are left out there.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"

const log = readFileSync(process.argv[2], "utf8")
const files = [...log.matchAll(/(test\/\S+\.test\.ts) \(\d+ tests?[^)]*\) (\d+) ?ms/g)]
  .map(([, name, timeMs]) => [name, Math.round(timeMs / 1000)])
  .sort(([, a], [, b]) => b - a)
for (const [name, seconds] of files.slice(0, 10)) console.log(`      ${String(seconds).padStart(4)} s  ${name}`)

if (process.argv.includes("--write")) {
  const root = new URL("../", import.meta.url)
  const path = new URL("test/set-up/durations.json", root)
  const all = { ...JSON.parse(readFileSync(path, "utf8")), ...Object.fromEntries(files) }
  const isWorthIt = ([name, seconds]) => existsSync(new URL(name, root)) && (seconds >= 5 || /\.slow\./.test(name))
  const sorted = Object.entries(all)
    .filter(isWorthIt)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`)
}

/**
 * Prints the failed tests of a suite, from its JSON results: `node failures.mjs RESULTS [LOG]`.
 *
 * Each test gets its name and the first lines of its message. Failures outside every test (a
 * set-up, an unhandled rejection) are read from the log. Exit code 0 even if nothing failed.
 */
import { readFileSync } from "node:fs"

/** Limit for all failures together: the first one must stay on the screen. */
const LINES = 40

const [results, log] = process.argv.slice(2)
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of the terminal
const plain = (text) => text.replaceAll(/\u001b\[[0-9;]*m/g, "")
const read = (path) => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}
const text = read(results)
const files = text === "" ? [] : JSON.parse(text).testResults
const failedOf = (file) => file.assertionResults.filter(({ status }) => status === "failed")
const count = files.reduce((sum, file) => sum + (file.status === "failed" ? Math.max(1, failedOf(file).length) : 0), 0)
const linesATest = Math.min(8, Math.max(0, Math.floor(LINES / count) - 1))
/**
 * The first lines of a message that say something, and those lines of the call stack that name a
 * test.
 */
const words = (message) =>
  plain(message)
    .split("\n")
    .filter((line) => line.trim() !== "" && (!/^\s+at /.test(line) || /\/test\//.test(line)))
    .slice(0, linesATest)
    .map((line) => `      ${line.slice(0, 300)}`)
const nameOf = (path) => path.replace(/^.*?\/(?=test\/)/, "")

const told = text === "" ? [`${results}: the suite ended before it wrote its results`] : []
for (const file of files) {
  const failed = failedOf(file)
  for (const { fullName, failureMessages } of failed)
    told.push(`${nameOf(file.name)} > ${fullName}`, ...words(failureMessages.join("\n")))
  if (file.status === "failed" && failed.length === 0)
    told.push(`${nameOf(file.name)}: failed outside its tests`, ...words(file.message ?? ""))
}
if (told.length === 0 || text === "") {
  const lines = plain(read(log ?? "")).split("\n")
  const first = lines.findIndex((line) => /FAIL|Unhandled|Error:/.test(line))
  told.push(...(first < 0 ? lines.slice(-LINES) : lines.slice(first, first + LINES)))
}
console.log(told.join("\n"))

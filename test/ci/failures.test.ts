/** What the checks tell of a suite that failed: short enough to be read at the end of a log. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, it } from "vitest"

const script = fileURLToPath(new URL("../../.ci/failures.mjs", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "maille-failures-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** Lines told of these results, or of a suite that wrote none, and of its log. */
const told = (testResults: object | undefined, log = ""): string[] => {
  const [results, text] = [join(folder, "results.json"), join(folder, "suite.log")]
  rmSync(results, { force: true })
  if (testResults !== undefined) writeFileSync(results, JSON.stringify({ testResults }))
  writeFileSync(text, log)
  return execFileSync(process.execPath, [script, results, text], { encoding: "utf8" }).trimEnd().split("\n")
}
const failure = (fullName: string) => ({
  status: "failed",
  fullName,
  failureMessages: ["AssertionError: \u001b[31mexpected 1 to be 2\u001b[39m\n    at node_modules/x.js:1:1\n"],
})

it("names each test that failed with its message, without colours and foreign calls", () => {
  const sound = { status: "passed", fullName: "sound", failureMessages: [] }
  const file = { status: "failed", name: "/some/where/test/a.test.ts", assertionResults: [sound, failure("one two")] }
  expect(told([file])).toEqual(["test/a.test.ts > one two", "      AssertionError: expected 1 to be 2"])
})

it("tells of a file that did not load, and of what failed outside every test", () => {
  const file = { status: "failed", name: "test/b.test.ts", assertionResults: [], message: "no such module" }
  expect(told([file])).toEqual(["test/b.test.ts: failed outside its tests", "      no such module"])
  const sound = { status: "passed", name: "test/c.test.ts", assertionResults: [] }
  expect(told([sound], "a\nUnhandled Rejection\nbecause\n")).toEqual(["Unhandled Rejection", "because"])
})

it("says so where the suite wrote no results, with its last words", () => {
  const lines = told(undefined, "begun\nout of memory\n")
  expect(lines[0]).toMatch(/ended before it wrote its results/)
  expect(lines).toContain("out of memory")
})

it("names them all where many failed", () => {
  const file = {
    status: "failed",
    name: "test/d.test.ts",
    assertionResults: Array.from({ length: 30 }, (_, i) => failure(`number ${i}`)),
  }
  const lines = told([file])
  expect(lines.filter((line) => line.includes("> number")).length).toBe(30)
  // As many as are kept of them at the end of the checks.
  expect(lines.length).toBeLessThanOrEqual(45)
})

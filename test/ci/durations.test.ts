/** The recorded durations of test files, by which Vitest orders them. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { projectFiles, root } from "../source-tree.js"

it("durations name test files that exist, and all slow ones", () => {
  const names = Object.keys(JSON.parse(readFileSync(`${root}test/set-up/durations.json`, "utf8")))
  const files = projectFiles().filter((path) => path.endsWith(".test.ts"))
  const advice = "Run a suite, then `node .ci/dearest.mjs LOG --write` with its output."
  expect(
    names.filter((name) => !files.includes(name)),
    advice,
  ).toEqual([])
  expect(
    files.filter((path) => path.endsWith(".slow.test.ts") && !names.includes(path)),
    advice,
  ).toEqual([])
})

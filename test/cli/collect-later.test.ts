import { spawnSync } from "node:child_process"
import { expect, it } from "vitest"
import { collectLater } from "../../cli/collect-later.js"

it("tells V8 when to collect, unless it was told", () => {
  expect(collectLater([])).toEqual(["--initial-old-space-size=64"])
  expect(collectLater(["--initial-old-space-size=5"])).toEqual([])
  expect(collectLater(["--initial_heap_size", "5"])).toEqual([])
  expect(collectLater(["--max-old-space-size=500"])).toHaveLength(1)
})

it("names arguments that this Node.js takes", () => {
  const { status, stderr } = spawnSync(process.execPath, [...collectLater([]), "--eval", "0"], { encoding: "utf8" })
  expect(stderr).toBe("")
  expect(status).toBe(0)
})

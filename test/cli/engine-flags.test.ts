import { spawnSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { collectLater, compileLater, engineHeap } from "../../cli/engine-flags.js"

it("tells V8 when to collect, unless it was told", () => {
  expect(collectLater([])).toEqual(["--initial-old-space-size=64"])
  expect(collectLater(["--initial-old-space-size=5"])).toEqual([])
  expect(collectLater(["--initial_heap_size", "5"])).toEqual([])
  expect(collectLater(["--max-old-space-size=500"])).toHaveLength(1)
})

it("tells Node 20 alone to optimise later, unless it was told when", () => {
  expect(compileLater("20.19.0", [])).toEqual(["--interrupt-budget=1000000"])
  expect(compileLater("20.20.2", ["--interrupt-budget=5"])).toEqual([])
  expect(compileLater("20.20.2", ["--interrupt-budget-for-feedback-allocation=5"])).toHaveLength(1)
  for (const version of ["22.0.0", "24.1.0", "120.1.0"]) expect(compileLater(version, [])).toEqual([])
})

it("names arguments that this Node.js takes", () => {
  const flags = [...collectLater([]), ...compileLater(undefined, [])]
  const { status, stderr } = spawnSync(process.execPath, [...flags, "--eval", "0"], { encoding: "utf8" })
  expect(stderr).toBe("")
  expect(status).toBe(0)
})

const given = { options: "", own: [] as string[], limit: () => 10 * 2 ** 30, usual: 2 * 2 ** 30 }
const last = ["run", "--job", "plan/job.json", "--phase", "finish"]

describe("the heap of the engine process", () => {
  it("of the last phase is a share of the memory at hand", () => {
    expect(engineHeap(last, given)).toEqual(["--max-old-space-size=7168"])
    expect(engineHeap(["run", "--phase=finish"], given)).toEqual(["--max-old-space-size=7168"])
  })

  it("is no more than a share of --memory", () => {
    expect(engineHeap([...last, "--memory", "5000M"], given)).toEqual(["--max-old-space-size=3500"])
    // Less than Node.js would give helps nobody.
    expect(engineHeap([...last, "--memory", "2G"], given)).toEqual([])
    expect(engineHeap([...last, "--memory=100G"], given)).toEqual(["--max-old-space-size=7168"])
    expect(engineHeap([...last, "--memory", "much"], given)).toEqual(["--max-old-space-size=7168"])
  })

  it("is Node.js's own in all other phases, and where it was stated", () => {
    expect(engineHeap(["run", "--phase", "job"], given)).toEqual([])
    expect(engineHeap(["run", "finish"], given)).toEqual([])
    expect(engineHeap(last, { ...given, options: "--max-old-space-size=100" })).toEqual([])
    expect(engineHeap(last, { ...given, own: ["--max_old_space_size=100"] })).toEqual([])
  })
})

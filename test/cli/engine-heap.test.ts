import { describe, expect, it } from "vitest"
import { engineHeap } from "../../cli/engine-heap.js"

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

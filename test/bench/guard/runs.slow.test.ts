/** Whole runs of this build, compared with themselves. */
import { beforeAll, describe, expect, it } from "vitest"
import { compareRun, countRun, makeRunInput, type RunInput, wholeRuns } from "../../../bench/guard/runs.js"
import { root } from "../../source-tree.js"

const build = { root, benches: new Map<string, string>() }
let input: RunInput
beforeAll(async () => {
  input = await makeRunInput()
})

describe("whole runs", () => {
  it.each([...wholeRuns.keys()])("%s has the same counts in every process", async (name) => {
    const counts = await countRun(name, build, input)
    expect(Object.keys(counts)).toContain("points ordered")
    // The tile is read whole; a base without a count would compare as the same.
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0)
    expect(counts["points decoded"]).toBeGreaterThan(2_900_000)
    expect(await countRun(name, build, input)).toEqual(counts)
  })

  it("are measured in pairs, in processor time", async () => {
    const comparison = await compareRun("run.rasters", [build, build], input, 1)
    expect(comparison).toMatchObject({ kind: "compared", runs: 1, pairs: 1 })
    if (comparison.kind !== "compared") return
    const { base, head, notes } = comparison.decision
    for (const { cpuMs, peaks } of [base, head]) {
      expect(cpuMs[0]).toBeGreaterThan(500)
      expect(peaks[0]).toBeGreaterThan(100e6)
    }
    expect(notes.join()).toMatch(/^(\d\.\d\d → \d\.\d\d D|no unit D: .+)$/)
  })
})

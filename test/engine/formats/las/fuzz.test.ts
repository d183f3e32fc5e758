import { describe, expect, test } from "vitest"
import { sharedData } from "../../../shared-data.js"
import { runFuzz } from "./fuzz-run.js"
import { realSources, syntheticSources } from "./fuzz-sources.js"

describe("broken files", () => {
  test("end in a clean error or in the points that are there, in bounded time and memory", async () => {
    const report = await runFuzz(await syntheticSources(), { seed: 1, cases: 200 })
    expect(report.faults).toEqual([])
    // A judge that excuses all, or mutations that break nothing, would show here.
    expect(report.outcomes.refused).toBeGreaterThan(100)
    expect(report.outcomes.same).toBeGreaterThan(20)
    expect(report.grownBytes).toBeLessThan(256 * 2 ** 20)
  })

  test.skipIf(sharedData === undefined)("so do real ones", async () => {
    const report = await runFuzz(await realSources(sharedData!), { seed: 2, cases: 100 })
    expect(report.faults).toEqual([])
    expect(report.outcomes.refused).toBeGreaterThan(40)
  })
})

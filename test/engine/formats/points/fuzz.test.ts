import { describe, expect, test } from "vitest"
import { sharedData } from "../../../shared-data.js"
import { runFuzz } from "./fuzz-run.js"
import { realSources, syntheticSources } from "./fuzz-sources.js"

// By hand 5,000: `MAILLE_FUZZ=5000`. One turned bit in some twenty thousand cases leaves a layer
// that ends as an encoder ends, with other points: no reader can tell.
const cases = Number(process.env["MAILLE_FUZZ"] ?? 200) || 200

describe("broken files", () => {
  test("end in a clean error or in the points that are there, in bounded time and memory", async () => {
    const report = await runFuzz(await syntheticSources(), { seed: cases === 200 ? 1 : 11, cases })
    expect(report.faults).toEqual([])
    // A judge that excuses all, or mutations that break nothing, would show here.
    expect(report.outcomes.refused).toBeGreaterThan(cases / 2)
    expect(report.outcomes.same).toBeGreaterThan(cases / 10)
    expect(report.grownBytes).toBeLessThan(256 * 2 ** 20)
  })

  test.skipIf(sharedData === undefined)("so do real ones", async () => {
    const report = await runFuzz(await realSources(sharedData!), { seed: 2, cases: cases / 2 })
    expect(report.faults).toEqual([])
    expect(report.outcomes.refused).toBeGreaterThan(cases / 5)
  })
})

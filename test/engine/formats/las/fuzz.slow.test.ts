import { describe, expect, test } from "vitest"
import { sharedData } from "../../../shared-data.js"
import { runFuzz } from "./fuzz-run.js"
import { realSources, syntheticSources } from "./fuzz-sources.js"

describe("5,000 broken files", () => {
  test("end in a clean error or in the points that are there, each within two seconds, in bounded memory", async () => {
    // One turned bit in some twenty thousand cases leaves a layer that ends as an encoder ends, with other points: no reader can tell.
    const sources = [...(await syntheticSources()), ...(sharedData === undefined ? [] : await realSources(sharedData))]
    const report = await runFuzz(sources, { seed: 11, cases: 5000 })
    expect(report.faults).toEqual([])
    expect(report.outcomes.refused).toBeGreaterThan(2500)
    expect(report.grownBytes).toBeLessThan(256 * 2 ** 20)
  })
})

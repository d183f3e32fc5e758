import { describe, expect, it } from "vitest"
import { sampleMemory } from "../../../engine/report/memory-samples.js"

describe("sampleMemory", () => {
  it("looks at once and at the end", () => {
    const samples = sampleMemory().stop()
    expect(samples).toHaveLength(2)
    expect(samples[0]?.rssBytes).toBeGreaterThan(1e7)
    expect(samples[1]?.at).toBeGreaterThanOrEqual(samples[0]?.at ?? Number.POSITIVE_INFINITY)
  })
})

import { describe, expect, it } from "vitest"
import { pyramidCost, textureCost } from "../../../bench/e2e/texture.js"
import type { RunSummary } from "../../../engine/report/outcome.js"

const summary = {
  failed: 0,
  quarantined: 0,
  processCpuMs: 40_000,
  processPeakBytes: 5e8,
  steps: [
    { step: "image", timeMs: 1, cpuMs: 1000 },
    { step: "texture.drape", timeMs: 1, cpuMs: 2000 },
    { step: "image-encode", timeMs: 1, cpuMs: 500 },
    { stage: "mesh.building", timeMs: 1, cpuMs: 20_000 },
  ],
} as unknown as RunSummary

describe("textureCost", () => {
  it("counts the stages of the texture, and their share of the whole process", () => {
    const { coreSecondsPerKm2, share, wholePerKm2, of } = textureCost(summary, 2)
    expect(coreSecondsPerKm2).toBeCloseTo(1.75)
    expect(wholePerKm2).toBeCloseTo(20)
    expect(share).toBeCloseTo(3.5 / 40)
    expect(of.map(({ step }) => step)).toEqual(["image", "texture.drape", "image-encode"])
  })

  it("refuses a run that was not made whole, and one whose threads tell no time", () => {
    expect(() => textureCost({ ...summary, failed: 1 }, 1)).toThrow(/not every tile/)
    const steps = [{ step: "image", timeMs: 1 }] as unknown as RunSummary["steps"]
    expect(() => textureCost({ ...summary, steps }, 1)).toThrow(/processor time/)
  })
})

describe("pyramidCost", () => {
  it("adds the parents above the one that was made: a third of it", () => {
    const steps = [
      { stage: "model", step: "image", tasks: 4, timeMs: 1, cpuMs: 1500 },
      { stage: "parent", step: "texture.drape", tasks: 1, timeMs: 1, cpuMs: 600 },
      { stage: "parent", step: "mesh.model-pyramid", tasks: 1, timeMs: 1, cpuMs: 900 },
    ] as unknown as RunSummary["steps"]
    const { coreSecondsPerKm2, share } = pyramidCost({ ...summary, steps, processCpuMs: 9500 }, 1)
    expect(coreSecondsPerKm2).toBeCloseTo(1.5 + 0.8)
    expect(share).toBeCloseTo(2.3 / 10)
  })
})

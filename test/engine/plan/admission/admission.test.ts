import { describe, expect, it } from "vitest"
import { MemoryCorrection } from "../../../../engine/plan/admission/admission.js"

const tile = { stage: "tile", bytes: 1000 } as const
const took = (peakBytes: number, outcome: "done" | "failed" = "done") => ({ outcome, peakBytes })

describe("the correction of estimates", () => {
  it("leaves them where nothing was measured", () => {
    const correction = new MemoryCorrection()
    expect(correction.bytesOf(tile)).toBe(1000)
    correction.learn(tile, took(9000, "failed"))
    correction.learn(tile, took(0))
    expect(correction.bytesOf(tile)).toBe(1000)
  })

  it("goes up at once, with a margin, for all tasks of the stage and no other", () => {
    const correction = new MemoryCorrection()
    correction.learn(tile, took(2000))
    expect(correction.bytesOf(tile)).toBe(2300)
    expect(correction.bytesOf({ stage: "tile", bytes: 500 })).toBe(1150)
    expect(correction.bytesOf({ stage: "parent", bytes: 500 })).toBe(500)
  })

  it("comes down slowly, never below half of the estimate", () => {
    const correction = new MemoryCorrection()
    correction.learn(tile, took(600))
    const after = correction.bytesOf(tile)
    expect(after).toBeLessThan(1000)
    expect(after).toBeGreaterThan(950)
    for (let i = 0; i < 200; i++) correction.learn(tile, took(600))
    expect(correction.bytesOf(tile)).toBeCloseTo(690, -1)
    for (let i = 0; i < 200; i++) correction.learn(tile, took(1))
    expect(correction.bytesOf(tile)).toBe(500)
    correction.learn(tile, took(1500))
    expect(correction.bytesOf(tile)).toBe(1725)
  })
})

import { describe, expect, it } from "vitest"
import { footRings, type GroundSampler } from "../../../../kernels/building/footprint/foot-heights.js"

/** A ring of 24 m × 14 m, turned, whole mm, counter-clockwise. */
const ring = Float64Array.from([0, 0, 22_800, 7500, 18_400, 20_800, -4400, 13_300])
const hillside = (x: number, y: number): number => 50_000 + 0.35 * x - 0.2 * y

const worst = (ground: GroundSampler): number => {
  const { xyz } = footRings([ring], ground, 0)[0]!
  let largest = 0
  for (let at = 0; at < xyz.length; at += 3)
    largest = Math.max(largest, Math.abs(xyz[at + 2]! - hillside(xyz[at]!, xyz[at + 1]!)))
  return largest
}

describe("feet of walls", () => {
  it("are at the ground", () => expect(worst(hillside)).toBeLessThan(250))

  it.each([
    ["east of a line amid the building", (x: number) => x < 8000],
    ["downhill of an oblique one", (x: number, y: number) => x - 0.6 * y > 4000],
    ["but beside two walls", (x: number, y: number) => y < 0.3 * x || x < -0.3 * y],
  ])("follow the slope where the data end %s", (_, known) => {
    expect(worst((x, y) => (known(x, y) ? hillside(x, y) : Number.NaN))).toBeLessThan(700)
  })

  it("are level without any known ground", () => {
    const { xyz } = footRings([ring], () => Number.NaN, 1234)[0]!
    for (let at = 2; at < xyz.length; at += 3) expect(xyz[at]).toBe(1234)
  })
})

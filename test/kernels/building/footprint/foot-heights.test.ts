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

  it("are on the bent ground inside the wall along a cut, where none is known outside", () => {
    const cut = Float64Array.from([0, 0, 30_000, 0, 30_000, 12_000, 0, 12_000])
    // A ditch of 2.5 m amid the cut, which slopes from its ends do not show.
    const ditch = (x: number): number => 50_000 - 2500 * Math.max(0, 1 - Math.abs(x - 15_000) / 6000)
    const { xyz } = footRings([cut], (x, y) => (y < -100 ? Number.NaN : ditch(x)), 0)[0]!
    const lowest = Array.from({ length: xyz.length / 3 }, (_, k) => (xyz[3 * k + 1] === 0 ? xyz[3 * k + 2]! : 1e9))
    expect(Math.abs(Math.min(...lowest) - 47_500)).toBeLessThan(100)
    for (let k = 0; k < xyz.length; k += 3) expect(Math.abs(xyz[k + 2]! - ditch(xyz[k]!))).toBeLessThan(200)
  })

  it("are level without any known ground", () => {
    const { xyz } = footRings([ring], () => Number.NaN, 1234)[0]!
    for (let at = 2; at < xyz.length; at += 3) expect(xyz[at]).toBe(1234)
  })
})

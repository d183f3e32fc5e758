import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import flood from "../../../kernels/simulation/flood.js"
import { type Box, floodOf, type Ground } from "../../scenes/drainage-scene.js"

const box: Box = [840_000, 6_520_000, 840_060, 6_520_060]

describe("simulation.flood", () => {
  it("fills a bowl to its level, and no hollow that the water does not reach", () => {
    // Two bowls with a rim at 5 m between them.
    const bowls: Ground = (x, y) =>
      Math.min(5, ...[15, 45].map((u) => Math.hypot(x - box[0] - u - 0.5, y - box[1] - 30.5) / 2))
    const from = `${box[0] + 15.5},${box[1] + 30.5}`
    const { depths, bodies } = floodOf(bowls, box, 20, 4, from)
    const exact = Array.from({ length: 60 * 60 }, (_, i) => {
      const r = Math.hypot((i % 60) + 0.5 - 15.5, 60 - Math.floor(i / 60) - 0.5 - 30.5) / 2
      return Math.round(1000 * r) <= 4000 ? 4 - Math.round(1000 * r) / 1000 : Number.NaN
    })
    expect(depths.map((depth) => Math.round(1000 * depth))).toEqual(exact.map((depth) => Math.round(1000 * depth)))
    const wet = exact.filter((depth) => !Number.isNaN(depth))
    expect(bodies).toHaveLength(1)
    expect(bodies[0]![0]).toBe(wet.length)
    expect(bodies[0]![1]).toBeCloseTo(
      wet.reduce((sum, depth) => sum + depth, 0),
      6,
    )
    expect(bodies[0]!.slice(2)).toEqual([4, box[0] + 15.5, box[1] + 30.5, 4])
  })

  const noisy = (): Ground => {
    const random = seededRandom(11)
    const noise = Float64Array.from({ length: 64 * 64 }, random)
    return (x, y) => Math.round(20 * noise[((x - box[0]) & 63) * 64 + ((y - box[1]) & 63)]!) / 10
  }

  it("gives the same water for any tiles", () => {
    const from = `${box[0] + 3.5},${box[1] + 3.5} ${box[0] + 50.5},${box[1] + 41.5}`
    for (const level of [0.6, 0.8, 1]) {
      const whole = floodOf(noisy(), box, 60, level, from)
      for (const side of [10, 15, 30]) expect(floodOf(noisy(), box, side, level, from), `${side} m`).toEqual(whole)
    }
  })

  it("spills a poured volume from one basin to the next, until both are one", () => {
    // Basins of 10 m × 10 m and 10 m × 20 m, 2 m deep, with a sill at 1 m between them.
    const basins: Ground = (x, y) => {
      const [u, v] = [Math.floor(x - box[0]), Math.floor(y - box[1])]
      if (v < 20 || v >= 30 || u < 10 || u > 40) return 2
      return u === 20 ? 1 : 0
    }
    const from = `${box[0] + 15.5},${box[1] + 25.5}`
    const levels = (volume: number): (number | undefined)[] => {
      const { bodies, quality } = floodOf(basins, box, 20, 2, from, volume)
      expect(bodies.reduce((sum, body) => sum + body[1]!, 0)).toBeCloseTo(Number(quality["floodStandingM3"]), 9)
      expect(Number(quality["floodStandingM3"]) + Number(quality["floodLostM3"])).toBeCloseTo(volume, 9)
      return bodies.sort((a, b) => a[3]! - b[3]!).map((body) => body[5])
    }
    expect(levels(50)).toEqual([0.5])
    expect(levels(160)).toEqual([1, 0.3])
    expect(levels(300)).toEqual([1])
    // 310 m² above the sill; what exceeds the plain at 2 m leaves the data.
    expect(levels(455)).toEqual([1.5])
    expect(levels(1000)).toEqual([2])
    expect(floodOf(basins, box, 20, 1.5, from, 1000).quality).toMatchObject({
      floodPouredM3: 1000,
      floodAboveLevelM3: 545,
    })
  })

  it("pours the same water for any tiles", () => {
    const from = `${box[0] + 3.5},${box[1] + 3.5} ${box[0] + 50.5},${box[1] + 41.5},90`
    for (const volume of [1, 40, 800]) {
      const whole = floodOf(noisy(), box, 60, 2, from, volume)
      expect(whole.bodies.length).toBeGreaterThan(1)
      for (const side of [15, 30]) expect(floodOf(noisy(), box, side, 2, from, volume), `${side} m`).toEqual(whole)
    }
  })

  it("lists no film, whose water counts all the same", () => {
    // A square of 3 m², 1 m deep, and a film of 4 m² and 4 mm.
    const pits: Ground = (x, y) => {
      const [u, v] = [Math.floor(x - box[0]), Math.floor(y - box[1])]
      if (v === 10 && u >= 10 && u < 13) return 0
      return v === 40 && u >= 40 && u < 44 ? 0.999 : 2
    }
    const from = [10.5, 40.5].map((at) => `${box[0] + at},${box[1] + at}`).join(" ")
    const areas = (leastArea: number, leastVolume: number): unknown => {
      const { bodies, depths, quality } = floodOf(pits, box, 20, 1, from, 0, { leastArea, leastVolume })
      expect(depths.filter((depth) => depth > 0)).toHaveLength(7)
      return [bodies.map(([area]) => area), quality["floodFilms"]]
    }
    expect(areas(0, 0)).toEqual([[4, 3], 0])
    const { leastArea, leastVolume } = flood.options
    expect(areas(leastArea.default, leastVolume.default)).toEqual([[3], 1])
    expect(areas(4, 0)).toEqual([[4], 1])
  })
})

import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { type Box, floodOf, type Ground } from "./flow-scene.js"

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
    expect(bodies[0]!.slice(2)).toEqual([4, box[0] + 15.5, box[1] + 30.5])
  })

  it("gives the same water for any tiles", () => {
    const random = seededRandom(11)
    const noise = Float64Array.from({ length: 64 * 64 }, random)
    const ground: Ground = (x, y) => Math.round(20 * noise[((x - box[0]) & 63) * 64 + ((y - box[1]) & 63)]!) / 10
    const from = `${box[0] + 3.5},${box[1] + 3.5} ${box[0] + 50.5},${box[1] + 41.5}`
    for (const level of [0.6, 0.8, 1]) {
      const whole = floodOf(ground, box, 60, level, from)
      for (const side of [10, 15, 30]) expect(floodOf(ground, box, side, level, from), `${side} m`).toEqual(whole)
    }
  })
})

import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import type { Features } from "../../../engine/kernel.js"
import { type Box, flowOf, type Ground } from "./flow-scene.js"

const box: Box = [840_000, 6_520_000, 840_120, 6_520_120]

/** Hills with noise and flat steps, and a pond; ground beyond the box too. */
const hills = (): Ground => {
  const random = seededRandom(5)
  const noise = Float64Array.from({ length: 1 << 14 }, random)
  return (x, y) => {
    const [u, v] = [x - box[0], y - box[1]]
    if (Math.hypot(u - 61, v - 58) < 9) return 3.5
    if (Math.hypot(u - 20, v - 90) < 4) return Number.NaN
    const grain = noise[(Math.floor(u) * 131 + Math.floor(v) * 17) & 16383]!
    return Math.round(10 * (6 + 3 * Math.sin(u / 17) * Math.cos(v / 13) + u / 60 + 0.4 * grain)) / 10
  }
}

describe("simulation.flow", () => {
  it("gives the same rasters for any tiles in any order", () => {
    const ground = hills()
    const whole = flowOf(ground, box, 120, 400)
    expect(Object.keys(whole)).toHaveLength(5)
    for (const side of [60, 40, 24])
      expect(
        flowOf(ground, box, side, 400, (cells) => cells.reverse()),
        `${side} m`,
      ).toEqual(whole)
    const drained = whole["flow-accumulation"]!.filter((area) => area >= 400).length
    const above = whole["height-above-drainage"]!.filter((height) => height === 0).length
    expect(drained).toBeGreaterThan(50)
    // Every stream cell has one step, but those where the water leaves the data.
    expect(new Set(whole["stream"]).size).toBe(whole["stream"]!.length)
    expect(Math.abs(whole["stream"]!.length - drained)).toBeLessThan(20)
    expect(above).toBeGreaterThanOrEqual(drained)
  })

  it("drains a plane straight down, and a pond over its sill", () => {
    // Falls by 1 cm a metre to the west; a pond of 20 m behind a dam that has a sill at 1.3 m.
    const plane: Ground = (x, y) => {
      const [u, v] = [x - box[0], y - box[1]]
      if (u > 50 && u < 70 && v > 40 && v < 60) return 0
      if (u > 48 && u <= 50 && v > 38 && v < 62) return Math.floor(v) === 50 ? 1.3 : 2
      return 0.8 + u / 100
    }
    const made = flowOf(plane, box, 40, 5000)
    const at = (name: string, u: number, v: number): number => made[name]![(119 - v) * 120 + u]!
    expect(at("flow-direction", 100, 100)).toBe(16)
    expect(at("flow-accumulation", 100, 100)).toBe(20)
    expect(at("flow-filled", 60, 50)).toBeCloseTo(1.3, 3)
    expect(at("flow-filled", 100, 50)).toBeCloseTo(1.805, 3)
  })

  it("passes through a culvert as long as the dam is wide, in any tiles", () => {
    // A valley that falls to the west, behind a dam of 9 m on the border of two tiles.
    const valley: Ground = (x, y) => {
      const [u, v] = [x - box[0], y - box[1]]
      return Math.abs(u - 60) < 4.5 ? 20 : u / 20 + Math.abs(v - 60) / 10
    }
    const culvert: Features = {
      ...{ geometry: "LineString", dimension: 2, ids: ["a"], columns: {} },
      coordinates: Float64Array.of(box[0] + 66.2, box[1] + 60.3, box[0] + 53.1, box[1] + 60.4),
      ...{ ringEnds: Uint32Array.of(2), partEnds: Uint32Array.of(1) },
    }
    const made = flowOf(valley, box, 60, 500, undefined, culvert)
    expect(made).toEqual(flowOf(valley, box, 120, 500, undefined, culvert))
    const at = (name: string, u: number, v: number): number => made[name]![(119 - v) * 120 + u]!
    expect(at("flow-filled", 66, 60)).toBeLessThan(3.5)
    expect(at("flow-accumulation", 53, 60)).toBeGreaterThan(3000)
    const dammed = flowOf(valley, box, 60, 500)["flow-filled"]!
    expect(dammed[59 * 120 + 66]).toBeCloseTo(6.025, 3)
  })
})

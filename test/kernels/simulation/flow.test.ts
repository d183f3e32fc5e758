import { describe, expect, it } from "vitest"
import { isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import { seededRandom } from "../../../engine/core/random.js"
import type { Features } from "../../../engine/kernel.js"
import { STEP_X, STEP_Y } from "../../../kernels/simulation/ground/directions.js"
import { type Box, flowOf, type Ground } from "../../scenes/drainage-scene.js"

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

/** Noise on a slope, with single cells without data: depressions and ways across all tiles. */
const noisy = (): Ground => {
  const random = seededRandom(9)
  const noise = Float64Array.from({ length: 1 << 14 }, () => (random() < 0.004 ? Number.NaN : random()))
  return (x, y) => {
    const [u, v] = [Math.floor(x - box[0]) + 64, Math.floor(y - box[1]) + 64]
    return noise[(u * 131 + v * 17) & 16383]! + u / 40
  }
}

/** Hollows wider than tiles that spill into each other, with voids of a cell on their slopes. */
const hollows = (): Ground => {
  const random = seededRandom(4)
  const noise = Float64Array.from({ length: 1 << 14 }, random)
  return (x, y) => {
    const [u, v] = [Math.floor(x - box[0]), Math.floor(y - box[1])]
    const shape = Math.sin(u / 5) * Math.sin(v / 4)
    const grain = noise[((u + 64) * 131 + (v + 64) * 17) & 16383]!
    return shape > -0.3 && grain < 0.006 ? Number.NaN : 3 * shape + 0.2 * grain + u / 90
  }
}

describe("simulation.flow", () => {
  it("gives the same rasters, whole streams and basins for any tiles in any order", () => {
    const ground = hills()
    const given = { outlets: "840070.2,6520055.7 840020,6520031", snap: 12 }
    const whole = flowOf(ground, box, 120, given)
    expect(Object.keys(whole.rasters)).toHaveLength(5)
    for (const side of [60, 40, 24])
      expect(flowOf(ground, box, side, given, { sort: (cells) => cells.reverse() }), `${side} m`).toEqual(whole)
    const drained = whole.rasters["flow-accumulation"]!.filter((area) => area >= 400).length
    const above = whole.rasters["height-above-drainage"]!.filter((height) => height === 0).length
    expect(drained).toBeGreaterThan(50)
    expect(above).toBeGreaterThanOrEqual(drained)
  })

  it("gives the same lines and polygons on noise, where depressions cross tiles", () => {
    const small: Box = [box[0], box[1], box[0] + 32, box[1] + 32]
    for (let seed = 1; seed <= 4; seed++) {
      const random = seededRandom(seed)
      const noise = Float64Array.from({ length: 96 * 96 }, () => (random() < 0.02 ? Number.NaN : random()))
      const ground: Ground = (x, y) =>
        Math.round(10 * (noise[(Math.floor(y - box[1]) + 32) * 96 + Math.floor(x - box[0]) + 32]! + (seed * x) / 100)) /
        10
      const given = { streamArea: 5 + seed, outlets: seed % 2 === 0 ? "840016,6520016 840008.5,6520020" : "", snap: 9 }
      const whole = flowOf(ground, small, 32, given)
      expect(whole.layers.basin.length).toBeGreaterThan(2)
      for (const side of [16, 8]) expect(flowOf(ground, small, side, given), `seed ${seed}, ${side} m`).toEqual(whole)
    }
  })

  it("colours all ground by the first outlet downstream", () => {
    const { rasters, layers } = flowOf(hills(), box, 24, { outlets: "840070.2,6520055.7 840020,6520031", snap: 12 })
    const basins = layers.basin.map(({ rings, values }) => {
      const [x, y] = [Number(values["outlet_x"]), Number(values["outlet_y"])]
      return {
        rings,
        ...values,
        id: String(values["object_id"]),
        outlet: (box[3] - Math.ceil(y)) * 120 + Math.floor(x) - box[0],
      }
    })
    const dirs = rasters["flow-direction"]!
    const outlets = new Map(basins.map(({ outlet, id }) => [outlet, id]))
    const next = (cell: number): number => {
      const d = Math.log2(dirs[cell]!)
      if (!Number.isInteger(d)) return -1
      const [x, y] = [(cell % 120) + STEP_X[d]!, Math.floor(cell / 120) + STEP_Y[d]!]
      return x < 0 || y < 0 || x > 119 || y > 119 ? -1 : y * 120 + x
    }
    const below = (first: number): string => {
      let cell = first
      while (cell >= 0 && !outlets.has(cell)) cell = next(cell)
      return cell < 0 ? "" : outlets.get(cell)!
    }
    const found = new Array<string>(dirs.length).fill("")
    for (const { id, rings } of basins) {
      for (const cell of dirs.keys()) {
        const [x, y] = [box[0] + (cell % 120) + 0.5, box[3] - Math.floor(cell / 120) - 0.5]
        if (isInsideHalfOpen(rings, x, y)) found[cell] += id
      }
    }
    expect(found).toEqual(dirs.map((_, cell) => (dirs[cell] === 0 ? "" : below(cell))))
    const given = layers.basin.filter(({ values }) => !Number.isNaN(values["distance"]))
    expect(given.length).toBeGreaterThan(0)
    for (const { values } of given) {
      const outlet = basins.find(({ id }) => id === values["object_id"])!.outlet
      expect(values["drained"]).toBe(rasters["flow-accumulation"]![outlet])
      expect(values["downstream"]).toBe(below(next(outlet)))
    }
  })

  it("states the share of a basin's outline at the end of the data", () => {
    const made = flowOf(hills(), box, 24, { outlets: "840070.2,6520055.7 840020,6520031", snap: 12 })
    const dirs = made.rasters["flow-direction"]!
    const hasData = (x: number, y: number): boolean =>
      x >= 0 && y >= 0 && x < 120 && y < 120 && dirs[(119 - y) * 120 + x] !== 0
    const shares = made.layers.basin.map(({ values }) => {
      const parts = made.layers.basin.filter((part) => part.values["object_id"] === values["object_id"])
      const isIn = (x: number, y: number): boolean =>
        parts.some(({ rings }) => isInsideHalfOpen(rings, box[0] + x + 0.5, box[1] + y + 0.5))
      let [sides, beyond] = [0, 0]
      for (let i = 0; i < 120 * 120; i++) {
        const [x, y] = [i % 120, Math.floor(i / 120)]
        if (!isIn(x, y)) continue
        for (const d of [0, 2, 4, 6]) {
          const [u, v] = [x + STEP_X[d]!, y + STEP_Y[d]!]
          if (isIn(u, v)) continue
          sides++
          if (!hasData(u, v)) beyond++
        }
      }
      expect(values["truncated"]).toBeCloseTo(beyond / sides, 12)
      return beyond / sides
    })
    expect(Math.max(...shares)).toBeGreaterThan(0.1)
  })

  it("marks the cells to which more ground may drain: below each one beside a cell without data", () => {
    for (const [seed, ground] of [hills(), noisy(), hollows()].entries()) {
      const { rasters } = flowOf(ground, box, 40)
      const dirs = rasters["flow-direction"]!
      const hasData = (x: number, y: number): boolean =>
        x >= 0 && y >= 0 && x < 120 && y < 120 && dirs[y * 120 + x] !== 0
      const expected = dirs.map((direction): number => (direction === 0 ? 0 : 1))
      for (const [start, direction] of dirs.entries()) {
        const [x, y] = [start % 120, Math.floor(start / 120)]
        if (direction === 0 || STEP_X.every((step, d) => hasData(x + step, y + STEP_Y[d]!))) continue
        for (let [u, v] = [x, y]; hasData(u, v); ) {
          expected[v * 120 + u] = 2
          const d = Math.log2(dirs[v * 120 + u]!)
          if (!Number.isInteger(d)) break
          u += STEP_X[d]!
          v += STEP_Y[d]!
        }
      }
      expect(rasters["flow-truncated"], `ground ${seed}`).toEqual(expected)
      const counts = [0, 1, 2].map((code) => expected.filter((one) => one === code).length)
      expect(Math.min(...counts), counts.join(" ")).toBeGreaterThan(20)
      for (const side of [120, 60, 24, 10])
        expect(flowOf(ground, box, side).rasters["flow-truncated"], `${side} m`).toEqual(expected)
    }
  })

  it("leaves a basin inside the data whole", () => {
    // A crater whose rim is 30 m from every end of the data.
    const bowl: Ground = (x, y) => 10 - Math.abs(Math.hypot(x - box[0] - 60.5, y - box[1] - 60.5) - 30) / 10
    const { basin } = flowOf(bowl, box, 40, { outlets: "840060.5,6520060.5" }).layers
    const isInner = basin.map(({ values }) => values["distance"] === 0)
    expect(new Set(isInner).size).toBe(2)
    expect(basin.map(({ values }) => values["truncated"] === 0)).toEqual(isInner)
  })

  it("draws each reach once, from a source or confluence to the next, with its order", () => {
    // Two valleys that meet at a third of the way, in a trough that falls to the west.
    const valleys: Ground = (x, y) => {
      const [u, v] = [x - box[0], y - box[1]]
      const upper = Math.min(Math.abs(v - 30.5), Math.abs(v - 90.5)) / 2
      return u / 20 + (u > 40 ? upper : Math.abs(v - 60.5) / 40)
    }
    const { rasters, layers } = flowOf(valleys, box, 24, { streamArea: 2000 })
    const lines = layers.stream.map(({ values, rings: [line] }) => ({
      order: values["order"],
      area: values["area"],
      line: line!,
    }))
    const steps = lines.flatMap(({ line }) =>
      line.slice(0, -2).flatMap((_, k) => (k % 2 === 0 ? [line.slice(k, k + 4).join(" ")] : [])),
    )
    const drained = rasters["flow-accumulation"]!.filter((area) => area >= 2000).length
    expect(new Set(steps).size).toBe(steps.length)
    expect(lines.map(({ order }) => order).sort()).toEqual([1, 1, 2])
    const last = lines.find(({ order }) => order === 2)!
    // Each stream cell has one step, but the one where the water leaves the data.
    expect(steps.length).toBe(drained - 1)
    expect(last.area).toBe(Math.max(...rasters["flow-accumulation"]!))
  })

  it("drains a plane straight down, and a pond over its sill", () => {
    // Falls by 1 cm a metre to the west; a pond of 20 m behind a dam that has a sill at 1.3 m.
    const plane: Ground = (x, y) => {
      const [u, v] = [x - box[0], y - box[1]]
      if (u > 50 && u < 70 && v > 40 && v < 60) return 0
      if (u > 48 && u <= 50 && v > 38 && v < 62) return Math.floor(v) === 50 ? 1.3 : 2
      return 0.8 + u / 100
    }
    const { rasters: made } = flowOf(plane, box, 40)
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
    const made = flowOf(valley, box, 60, {}, { culverts: culvert })
    expect(made).toEqual(flowOf(valley, box, 120, {}, { culverts: culvert }))
    const at = (name: string, u: number, v: number): number => made.rasters[name]![(119 - v) * 120 + u]!
    expect(at("flow-filled", 66, 60)).toBeLessThan(3.5)
    expect(at("flow-accumulation", 53, 60)).toBeGreaterThan(3000)
    const dammed = flowOf(valley, box, 60).rasters["flow-filled"]!
    expect(dammed[59 * 120 + 66]).toBeCloseTo(6.025, 3)
  })
})

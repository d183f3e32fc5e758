import { describe, expect, it } from "vitest"
import type { Features } from "../../../engine/kernel.js"
import contour from "../../../kernels/contour/contour.js"
import join from "../../../kernels/contour/contour-join.js"
import { runTiled, type World } from "../../scenes/tiled-world.js"

const names = { features: "contour", blob: "contour-part" }
const [X, Y] = [770000, 6277000]
const worldOf = (ground: (x: number, y: number) => number): World => ({
  box: [X, Y, X + 100, Y + 100],
  points: [],
  ground,
})
const run = (world: World, side: number, options: Record<string, number> = {}, seed = 1) =>
  runTiled(world, side, contour, join, names, { minLength: 10, ...options }, seed)

const column = (features: Features, name: string): number[] => Array.from(features.columns[name].values as Float64Array)
const lineOf = (features: Features, f: number): [number, number][] => {
  const start = f > 0 ? features.ringEnds[f - 1] : 0
  return Array.from({ length: features.ringEnds[f] - start }, (_, v) => [
    features.coordinates[2 * (start + v)],
    features.coordinates[2 * (start + v) + 1],
  ])
}

describe("vector.contour on formulas", () => {
  it("a cone: one circle a level, of the right radius, higher ground on the left", () => {
    const cone = worldOf((x, y) => 120.3 - Math.hypot(x - X - 50.1, y - Y - 49.7) / 2)
    for (const side of [100, 50, 25]) {
      const { features } = run(cone, side)
      const closed = features.ids
        .map((_, f) => f)
        .filter((f) => {
          const line = lineOf(features, f)
          return line[0][0] === line.at(-1)![0] && line[0][1] === line.at(-1)![1]
        })
      // Radius 2·(120.3 − elevation): 0.6, 2.6, … 48.6 m stay inside; the first is shorter than 10
      // m.
      expect(closed.map((f) => column(features, "elevation")[f]).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 24 }, (_, k) => 96 + k),
      )
      for (const f of closed) {
        const radius = 2 * (120.3 - column(features, "elevation")[f])
        let doubled = 0
        const line = lineOf(features, f)
        line.forEach(([x, y], i) => {
          expect(Math.abs(Math.hypot(x - X - 50.1, y - Y - 49.7) - radius)).toBeLessThan(0.03)
          if (i > 0) doubled += (line[i - 1][0] - X) * (y - Y) - (x - X) * (line[i - 1][1] - Y)
        })
        expect(doubled).toBeGreaterThan(0)
        expect(column(features, "length")[f] / (2 * Math.PI * radius)).toBeCloseTo(1, 1)
        expect(column(features, "index")[f]).toBe(column(features, "elevation")[f] % 5 === 0 ? 1 : 0)
      }
    }
  })

  it("a plane: straight lines at their place, end to end over all tiles", () => {
    const plane = worldOf((x) => 10.25 + (x - X) / 10)
    for (const side of [100, 25]) {
      const { features } = run(plane, side)
      expect(column(features, "elevation").sort((a, b) => a - b)).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20])
      features.ids.forEach((_, f) => {
        const expected = X + 10 * (column(features, "elevation")[f] - 10.25)
        for (const [x] of lineOf(features, f)) expect(Math.abs(x - expected)).toBeLessThan(1e-4)
        // Higher in the east, which a line that runs south has on its left.
        expect(lineOf(features, f)[0][1]).toBeGreaterThan(lineOf(features, f).at(-1)![1])
        // From border to border: half a cell beyond the outermost centres.
        expect(column(features, "length")[f]).toBeCloseTo(100, 2)
      })
    }
  })

  it("flat ground on a level, and heights exactly on levels, give no doubled or broken line", () => {
    const terrace = worldOf((x) => Math.floor((x - X) / 20) + 168)
    for (const side of [100, 50]) {
      const { features } = run(terrace, side)
      expect(column(features, "elevation").sort()).toEqual([169, 170, 171, 172])
    }
    expect(
      run(
        worldOf(() => 168),
        50,
      ).features.ids,
    ).toEqual([])
  })

  it("stops at voids", () => {
    const holed = worldOf((x, y) => (Math.hypot(x - X - 50, y - Y - 50) < 10 ? Number.NaN : (x - X) / 10))
    const whole = run(holed, 100)
    // x = 50 is cut in two by the void.
    expect(column(whole.features, "elevation").filter((z) => z === 5).length).toBe(2)
    expect(run(holed, 25).features).toEqual(whole.features)
  })
})

describe("vector.contour's depressions", () => {
  it("are closed lines around lower ground, also within a hill, and never open ones", () => {
    // A ring-shaped wall: its outside falls to the border, its inside to a hollow.
    const wall = worldOf((x, y) => 110.3 - Math.abs(Math.hypot(x - X - 50, y - Y - 50) - 25) / 2)
    for (const side of [100, 25]) {
      const { features } = run(wall, side)
      const hollows = features.ids.map((_, f) => f).filter((f) => column(features, "depression")[f] === 1)
      // 97.8 m in the middle; the one of 98 m is shorter than 10 m.
      expect(hollows.map((f) => column(features, "elevation")[f]).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 12 }, (_, k) => 99 + k),
      )
      for (const f of hollows) {
        const radius = 25 - 2 * (110.3 - column(features, "elevation")[f])
        for (const [x, y] of lineOf(features, f)) {
          expect(Math.abs(Math.hypot(x - X - 50, y - Y - 50) - radius)).toBeLessThan(0.1)
        }
      }
    }
  })
})

const rough = (seed: number): World =>
  worldOf((x, y) => {
    const [u, v] = [(x - X + 13 * seed) / 7, (y - Y - 5 * seed) / 9]
    const wild = 3 * Math.sin(u) * Math.cos(v) + 0.8 * Math.sin(3.7 * u + v) + 0.5 * Math.cos(5.1 * v - u)
    const void0 = Math.sin(u / 3) * Math.sin(v / 2) > 0.93
    // Steps of 0.25 m make many heights fall exactly on levels.
    return void0 ? Number.NaN : 60 + Math.round((wild + 4 * Math.sin((u + v) / 4)) * 4) / (seed % 2 ? 4 : 4.0001)
  })

describe("vector.contour in any tiling", () => {
  it.each([1, 2, 3, 4])("rough ground %i: one tile, 4, 16 and shuffled parts give the same bytes", (seed) => {
    for (const options of [{}, { interval: 0.5, minLength: 0, tolerance: 0.05 }, { interval: 0.3, smooth: 2.5 }]) {
      const whole = run(rough(seed), 100, options)
      expect(whole.features.ids.length).toBeGreaterThan(20)
      for (const side of [50, 25]) {
        for (const order of [1, 2]) {
          const tiled = run(rough(seed), side, options, order)
          expect(tiled.features).toEqual(whole.features)
          expect(Buffer.compare(tiled.bytes, whole.bytes)).toBe(0)
        }
      }
    }
  })

  it("simplification moves no vertex and drops most", () => {
    const fine = run(rough(2), 50)
    const coarse = run(rough(2), 50, { tolerance: 0.1 })
    expect(coarse.features.ids).toEqual(fine.features.ids)
    expect(coarse.features.coordinates.length).toBeLessThan(0.8 * fine.features.coordinates.length)
    const places = new Set(
      Array.from(fine.features.ids, (_, f) => lineOf(fine.features, f))
        .flat()
        .map(String),
    )
    for (let f = 0; f < coarse.features.ids.length; f++) {
      for (const vertex of lineOf(coarse.features, f)) expect(places.has(String(vertex))).toBe(true)
    }
  })
})

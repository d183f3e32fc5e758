/**
 * Contours over the corner of four regions of 10 km: cut at the regions' lines, end to end there,
 * none twice and none missing.
 */
import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { encodeFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/writer.js"
import type { Features, Kernel, Tile } from "../../../engine/kernel.js"
import contour from "../../../kernels/contour/contour.js"
import join from "../../../kernels/contour/contour-join.js"
import { mergeFeatures } from "../../merge-features.js"
import { optionsOf, scratch } from "../../scenes/kernel-run.js"
import { dtmOf, runTiled, type World } from "../../scenes/tiled-world.js"

const [X, Y] = [770_000, 6_280_000]
const kernel = contour as unknown as Kernel
type Ground = (x: number, y: number) => number

/** 100 m × 100 m around a place, with heights told from there. */
const worldAt = (x0: number, y0: number, ground: Ground): World => ({
  box: [x0 - 50, y0 - 50, x0 + 50, y0 + 50],
  points: [],
  ground: (x, y) => ground(x - x0, y - y0),
})

/** The layer made of tiles of a side and a join in each region, and the parts of the regions. */
const byRegions = (ground: Ground, side: number, given: Record<string, number> = {}): Features => {
  const world = worldAt(X, Y, ground)
  const options = optionsOf(kernel, { minLength: 0, ...given })
  const halo = kernel.halo(options, { dtm: 0.5 })
  const made: Features[] = []
  const blobs = new Map<string, Uint8Array[]>()
  for (let y = Y - 50; y < Y + 50; y += side)
    for (let x = X - 50; x < X + 50; x += side) {
      const cell: Box2 = [x, y, x + side, y + side]
      const extent: Box2 = [x - halo, y - halo, x + side + halo, y + side + halo]
      const tile: Tile = { key: "9/0/0", cell, core: cell, extent, origin: [x, y, 0], step: 1, epsg: 2154 }
      const outputs = kernel.run(tile, { dtm: dtmOf(world, extent) } as never, options, scratch)
      made.push((outputs as Record<string, unknown>)["contour"] as Features)
      const region = `${Math.floor(x / 10_000)} ${Math.floor(y / 10_000)}`
      const own = blobs.get(region) ?? []
      blobs.set(region, own)
      own.push((outputs as Record<string, unknown>)["contour-part"] as Uint8Array)
    }
  expect(blobs.size).toBe(4)
  for (const own of blobs.values()) made.push(join.run({} as Tile, { "contour-part": own }, {}, scratch).contour)
  return mergeFeatures(made)
}

/** The same ground in the midst of a region, where nothing is cut. */
const whole = (ground: Ground, given: Record<string, number> = {}): Features =>
  runTiled(
    worldAt(X + 4000, Y + 4000, ground),
    50,
    contour,
    join,
    { features: "contour", blob: "contour-part" },
    { minLength: 0, ...given },
  ).features

interface Line {
  readonly elevation: number
  /** From the middle of the world. */
  readonly xy: readonly number[]
  readonly isClosed: boolean
  readonly parts: number
}

const linesOf = (features: Features, [x0, y0]: readonly [number, number]): Line[] =>
  features.ids.map((_, f) => {
    const start = f > 0 ? features.ringEnds[f - 1]! : 0
    const values = features.coordinates.subarray(2 * start, 2 * features.ringEnds[f]!)
    const xy = Array.from(values, (v, i) => v - (i % 2 ? y0 : x0))
    const isClosed = xy[0] === xy.at(-2) && xy[1] === xy.at(-1)
    return { elevation: features.columns["elevation"]!.values[f] as number, xy, isClosed, parts: 1 }
  })

/**
 * Lines put end to end where they meet on a line of the grid; each such end must have one partner.
 */
const linked = (lines: readonly Line[]): Line[] => {
  const rest = [...lines]
  const result: Line[] = []
  const isOn = ({ xy, isClosed }: Line, end: "first" | "last"): boolean =>
    !isClosed && (end === "first" ? xy.slice(0, 2) : xy.slice(-2)).some((v) => v === 0)
  while (rest.length > 0) {
    let line = rest.pop()!
    for (const end of ["last", "first"] as const) {
      while (isOn(line, end)) {
        const place = (end === "last" ? line.xy.slice(-2) : line.xy.slice(0, 2)).join()
        const partners = rest.filter(
          ({ elevation, xy, isClosed }) =>
            !isClosed &&
            elevation === line.elevation &&
            place === (end === "last" ? xy.slice(0, 2) : xy.slice(-2)).join(),
        )
        expect(partners.length, `${place} at ${line.elevation}`).toBeLessThan(2)
        const [next] = partners
        if (next === undefined) break
        rest.splice(rest.indexOf(next), 1)
        const xy = end === "last" ? [...line.xy, ...next.xy.slice(2)] : [...next.xy, ...line.xy.slice(2)]
        line = { ...line, xy, parts: line.parts + next.parts, isClosed: xy[0] === xy.at(-2) && xy[1] === xy.at(-1) }
      }
    }
    result.push(line)
  }
  return result
}

const lengthOf = ({ xy }: Pick<Line, "xy">): number => {
  let length = 0
  for (let i = 2; i < xy.length; i += 2) length += Math.hypot(xy[i]! - xy[i - 2]!, xy[i + 1]! - xy[i - 1]!)
  return length
}

const written = (features: Features): Uint8Array =>
  encodeFlatGeobuf(features, { name: "contour", epsg: 2154, metadata: {} })

describe("a cone over four regions", () => {
  const cone: Ground = (x, y) => 120.3 - Math.hypot(x - 3.3, y + 1.7) / 2
  it("has at each level one closed circle of parts that meet on the lines, whatever the tiles", () => {
    const features = byRegions(cone, 50)
    expect(new Set(features.ids).size).toBe(features.ids.length)
    const parts = linesOf(features, [X, Y])
    for (const { xy, isClosed } of parts) {
      // Each lies in one region, and ends on its lines or at the end of the data.
      for (const axis of [0, 1])
        expect(new Set(xy.filter((v, i) => i % 2 === axis && v !== 0).map(Math.sign)).size).toBeLessThan(2)
      if (!isClosed)
        for (const end of [xy.slice(0, 2), xy.slice(-2)])
          expect(end.some((v) => v === 0 || Math.abs(v) === 50)).toBe(true)
    }
    const circles = linked(parts).filter(({ isClosed }) => isClosed)
    // Radius 2·(120.3 − elevation): 0.6 to 44.6 m stay inside.
    expect(circles.map(({ elevation }) => elevation).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 23 }, (_, k) => 98 + k),
    )
    for (const circle of circles) {
      const radius = 2 * (120.3 - circle.elevation)
      expect(circle.parts).toBe(radius < 1.7 ? 1 : radius < 3.3 ? 2 : 4)
      expect(lengthOf(circle) / (2 * Math.PI * radius)).toBeCloseTo(1, radius < 1 ? 0 : 2)
      for (let i = 0; i < circle.xy.length; i += 2)
        expect(Math.abs(Math.hypot(circle.xy[i]! - 3.3, circle.xy[i + 1]! + 1.7) - radius)).toBeLessThan(0.06)
    }
    for (const side of [25, 10, 5]) expect(written(byRegions(cone, side))).toEqual(written(features))
  })

  it("needs the corners across a line, and says so", () => {
    const cell: Box2 = [X, Y, X + 50, Y + 50]
    const tile: Tile = { key: "9/0/0", cell, core: cell, extent: cell, origin: [X, Y, 0], step: 1, epsg: 2154 }
    const dtm = dtmOf(worldAt(X, Y, cone), cell)
    expect(() => kernel.run(tile, { dtm } as never, optionsOf(kernel), scratch)).toThrow("must declare its cells")
  })

  it("calls no part a depression, and drops none that is short", () => {
    const hollow: Ground = (x, y) => Math.hypot(x - 0.4, y - 9) / 2
    const features = byRegions(hollow, 50, { minLength: 1000 })
    expect(linesOf(features, [X, Y]).filter(({ elevation }) => elevation === 1).length).toBe(2)
    expect(Math.max(...(features.columns["depression"]!.values as Int32Array))).toBe(0)
  })
})

describe("rough ground over four regions", () => {
  /** Steps of 0.25 m: many heights fall on levels, and many vertices on the lines. */
  const rough =
    (seed: number): Ground =>
    (x, y) => {
      const [u, v] = [(x + 13 * seed) / 7, (y - 5 * seed) / 9]
      const wild = 3 * Math.sin(u) * Math.cos(v) + 0.8 * Math.sin(3.7 * u + v) + 0.5 * Math.cos(5.1 * v - u)
      const isVoid = Math.sin(u / 3) * Math.sin(v / 2) > 0.93
      return isVoid ? Number.NaN : 60 + Math.round((wild + 4 * Math.sin((u + v) / 4)) * 4) / (seed % 2 ? 4 : 4.0001)
    }
  it.each([1, 2, 3, 4])(
    "ground %i: put end to end the lines that the ground has elsewhere; the same in any tiling",
    (seed) => {
      for (const options of [{}, { interval: 0.5 }, { interval: 0.3, smooth: 2.5 }]) {
        const cut = byRegions(rough(seed), 50, options)
        const lines = linked(linesOf(cut, [X, Y]))
        const expected = linesOf(whole(rough(seed), options), [X + 4000, Y + 4000])
        expect(cut.ids.length).toBeGreaterThan(expected.length)
        const facts = (all: readonly Line[]): string[] =>
          all.map((line) => `${line.elevation} ${line.isClosed} ${lengthOf(line).toFixed(5)}`).sort()
        expect(facts(lines)).toEqual(facts(expected))
        for (const side of [25, 10]) expect(written(byRegions(rough(seed), side, options))).toEqual(written(cut))
      }
    },
  )
})

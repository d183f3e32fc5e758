import { describe, expect, it } from "vitest"
import type { Features, Tile } from "../../../engine/kernel.js"
import { createArena } from "../../../engine/worker/thread-use.js"
import { type Building, RoofShape, roofHeight, standBuilding } from "../../../fixtures/sample/roofs.js"
import breakline from "../../../kernels/building/breakline.js"
import { encodeFootprints, type Footprint } from "../../../kernels/handover/footprint/footprint.js"
import { footprintOf, runBuilding, scanRoof } from "../../scenes/building-scene.js"

const [X, Y] = [842000, 6520000]
const cell = [X, Y, X + 100, Y + 100] as const
const tile: Tile = { key: "0/0/0", cell, core: cell, extent: cell, origin: [X, Y, 0], step: 1, epsg: 2154 }
const none = new Uint8Array(0)
const options = { bend: 5, step: 0.2, level: 5 }
const ground = (x: number): number => 170 + 0.05 * (x - X)

const layerOf = (truth: Building, height = (x: number, y: number): number => roofHeight(truth, x, y)): Features => {
  const object = footprintOf("b", truth.outline, ground)
  const points = scanRoof(height, truth.box, { density: 20, sigma: 0.02, seed: 4 })
  const made = runBuilding(cell, [object], points)
  const input = {
    "roof-plan": made["roof-plan"],
    "building-own": encodeFootprints([object]),
    "building-object": none,
    "water-own": none,
    "water-object": none,
  }
  return breakline.run(tile, input, options, createArena()).breakline
}

const kindsOf = (columns: Features["columns"]): string[] => [...(columns["kind"]?.values ?? [])].map(String)

/** Number of lines and their length by kind. */
const byKind = ({ columns }: Features): Record<string, { lines: number; length: number }> => {
  const found: Record<string, { lines: number; length: number }> = {}
  kindsOf(columns).forEach((kind, f) => {
    const entry = found[kind] ?? { lines: 0, length: 0 }
    found[kind] = entry
    entry.lines++
    entry.length += columns["length"]?.values[f] as number
  })
  return found
}
const stand = (shape: RoofShape, degrees = 0): Building =>
  standBuilding("b", shape, { x: X + 40, y: Y + 40, degrees, eaves: 181 })

describe("vector.breakline", () => {
  it("a gable: one ridge of its length, eaves on two sides, verges up and down at the ends, its foot on the ground", () => {
    for (const degrees of [0, 31]) {
      const truth = stand(RoofShape.gable(18, 10, 0.6), degrees)
      const layer = layerOf(truth)
      const found = byKind(layer)
      expect(Object.keys(found).sort()).toEqual(["eaves", "foot", "ridge", "verge"])
      expect(found["ridge"]?.lines).toBe(1)
      expect(Math.abs((found["ridge"]?.length ?? 0) - 18)).toBeLessThan(0.3)
      expect(found["eaves"]?.lines).toBe(2)
      expect(Math.abs((found["eaves"]?.length ?? 0) - 36)).toBeLessThan(0.3)
      expect(found["verge"]?.lines).toBe(4)
      expect(Math.abs((found["verge"]?.length ?? 0) - 4 * Math.hypot(5, 3))).toBeLessThan(0.5)
      const ridge = kindsOf(layer.columns).indexOf("ridge")
      expect(Math.abs((layer.columns["height_min"]?.values[ridge] as number) - truth.top)).toBeLessThan(0.1)
      expect(new Set(layer.ids).size).toBe(layer.ids.length)
      expect(new Set<unknown>(layer.columns["object"]?.values)).toEqual(new Set(["b"]))
    }
  })

  it("a hip: a ridge of 6 m and four hips; an L: ridges that cross at its corner, and valleys", () => {
    const hip = byKind(layerOf(stand(RoofShape.hip(16, 10, 0.5))))
    expect(hip["ridge"]?.lines).toBe(1)
    expect(Math.abs((hip["ridge"]?.length ?? 0) - 6)).toBeLessThan(0.6)
    expect(hip["hip"]?.lines).toBe(4)
    expect(Math.abs((hip["hip"]?.length ?? 0) - 4 * Math.hypot(5, 5, 2.5))).toBeLessThan(1.5)
    expect(hip["valley"]).toBeUndefined()
    const ell = byKind(layerOf(stand(RoofShape.ell(20, 8, 0.55))))
    expect(ell["valley"]?.lines).toBeGreaterThan(0)
    // Both gables go through to the outer walls; the ridges cross in a vertex.
    expect(ell["ridge"]?.lines).toBe(4)
    expect(Math.abs((ell["ridge"]?.length ?? 0) - 40)).toBeLessThan(1)
    expect(Math.abs((ell["valley"]?.length ?? 0) - 4 * Math.hypot(4, 4, 2.2))).toBeLessThan(1)
    expect(ell["hip"]).toBeUndefined()
  })

  it("a step of 3 m between two flat roofs: its upper border once, with its height", () => {
    const truth = stand(RoofShape.flat(20, 10))
    const layer = layerOf(truth, (x, y) => roofHeight(truth, x, y) + (x < X + 40 ? 3 : 0))
    const found = byKind(layer)
    expect(Object.keys(found).sort()).toEqual(["eaves", "foot", "step"])
    expect(found["step"]?.lines).toBe(1)
    expect(Math.abs((found["step"]?.length ?? 0) - 10)).toBeLessThan(0.1)
    const step = kindsOf(layer.columns).indexOf("step")
    expect(Math.abs((layer.columns["drop"]?.values[step] as number) - 3)).toBeLessThan(0.05)
    expect(Math.abs((layer.columns["height_min"]?.values[step] as number) - 184)).toBeLessThan(0.05)
  })

  it("feet are closed rings with the heights of the ground, courtyards too; flat roofs have eaves alone", () => {
    const truth = stand(RoofShape.courtyard(26, 24, 10, 8))
    const layer = layerOf(truth)
    const found = byKind(layer)
    expect(Object.keys(found).sort()).toEqual(["eaves", "foot"])
    expect([found["eaves"]?.lines, found["foot"]?.lines]).toEqual([2, 2])
    expect(Math.abs((found["foot"]?.length ?? 0) - 136)).toBeLessThan(0.2)
    expect(new Set<unknown>(layer.columns["closed"]?.values)).toEqual(new Set([1]))
    const { coordinates, ringEnds, columns } = layer
    ringEnds.forEach((end, f) => {
      if (columns["kind"]?.values[f] !== "foot") return
      for (let v = f > 0 ? (ringEnds[f - 1] as number) : 0; v < end; v++) {
        const [x, z] = [coordinates[3 * v] as number, coordinates[3 * v + 2] as number]
        expect(Math.abs(z - ground(x))).toBeLessThan(0.002)
      }
    })
  })

  it("banks and feet are those of whole objects that the tile owns, without the vertices that the tile grid gave them", () => {
    const ring = (xs: readonly (readonly [number, number])[]) => ({
      xyz: Float64Array.from(xs.flatMap(([x, y]) => [1000 * (X + x), 1000 * (Y + y), 168000])),
      corner: Uint8Array.from(xs, () => 1),
    })
    const square = [
      [10, 10],
      [120, 10],
      [120, 40],
      [10, 40],
    ] as const
    const lake: Footprint = {
      kind: 9,
      id: "lake",
      representative: [1000 * (X + 60), 1000 * (Y + 20)],
      rings: [ring([square[0], [100, 10], square[1], square[2], [100, 40], square[3]])],
      free: [ring(square)],
      levelMm: 168000,
      truncated: false,
      members: [],
      attributes: {},
    }
    const input = {
      "roof-plan": none,
      "building-own": none,
      "building-object": none,
      "water-own": none,
      "water-object": encodeFootprints([lake]),
    }
    const layer = breakline.run(tile, input, options, createArena()).breakline
    expect(layer.columns["kind"]?.values).toEqual(["bank"])
    expect(layer.ringEnds).toEqual(Uint32Array.from([5]))
    expect(layer.columns["length"]?.values).toEqual(Float64Array.from([280]))
    // Where the outline follows the border of the data there is no bank.
    const [free] = lake.free as [NonNullable<Footprint["free"]>[number]]
    const open = { ...lake, free: [{ ...free, corner: Uint8Array.from([1, 3, 1, 1]) }], truncated: true }
    const cut = breakline.run(tile, { ...input, "water-object": encodeFootprints([open]) }, options, createArena())
    expect(cut.breakline.ringEnds).toEqual(Uint32Array.from([4]))
    expect(cut.breakline.columns["length"]?.values).toEqual(Float64Array.from([250]))
    expect([...cut.breakline.coordinates.subarray(0, 2)]).toEqual([X + 120, Y + 40])
    expect([cut.breakline.columns["closed"], cut.breakline.columns["truncated"]].map((c) => c?.values[0])).toEqual([
      0, 1,
    ])
    const east: Tile = { ...tile, cell: [X + 100, Y, X + 200, Y + 100] }
    expect(breakline.run(east, input, options, createArena()).breakline.ids).toEqual([])
  })
})

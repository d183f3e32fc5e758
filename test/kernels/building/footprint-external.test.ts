import { createRequire } from "node:module"
import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import type { Features, Shard } from "../../../engine/kernel.js"
import building from "../../../kernels/building/footprint.js"
import join from "../../../kernels/building/footprint-join.js"
import { decodeFootprints, type Footprint } from "../../../kernels/handover/footprint/footprint.js"
import { type PointMm, runTiled, type World } from "../tiles.js"
import { ground, worldOf, X, Y } from "./town.js"

type Polygon = readonly (readonly number[])[]

const featuresOf = (polygons: readonly Polygon[]): Features => {
  const rings = polygons.flat().map((ring) => [...ring, ring[0], ring[1]].map((v, i) => v + (i % 2 ? Y : X)))
  let [vertices, parts] = [0, 0]
  return {
    geometry: "Polygon",
    dimension: 2,
    coordinates: Float64Array.from(rings.flat()),
    ringEnds: Uint32Array.from(rings, (ring) => (vertices += ring.length / 2)),
    partEnds: Uint32Array.from(polygons, (polygon) => (parts += polygon.length)),
    ids: polygons.map((_, i) => `house-${String(i).padStart(3, "0")}`),
    columns: { floors: { type: "integer", values: Int32Array.from(polygons, (_, i) => i) } },
  }
}

const box = (x0: number, y0: number, x1: number, y1: number): Polygon => [[x0, y0, x1, y0, x1, y1, x0, y1]]

/** Points 8 m above the ground every 0.5 m over all the world. */
const carpet = (): PointMm[] => {
  const points: PointMm[] = []
  for (let y = 0.25; y < 100; y += 0.5)
    for (let x = 0.25; x < 100; x += 0.5)
      points.push([(X + x) * 1000, (Y + y) * 1000, Math.round(ground(X + x, Y + y) * 1000) + 8030])
  return points
}

const given = (polygons: readonly Polygon[]): World => ({ ...worldOf(carpet()), footprints: featuresOf(polygons) })
const run = (world: World, side: number, seed = 1) =>
  runTiled(world, side, building, join, { features: "building", blob: "building-part" }, {}, seed)

const footprintsOf = ({ outputs, joined }: ReturnType<typeof run>): Footprint[] => [
  ...new Map(
    [
      ...Object.values(outputs).flatMap((output) => decodeFootprints(output["building-own"] as Uint8Array)),
      ...(joined["building-object"] as readonly Shard[]).flatMap(({ bytes }) => decodeFootprints(bytes)),
    ].map((object) => [object.id, object] as const),
  ).values(),
]

const column = (features: Features, name: string): number[] => Array.from(features.columns[name].values as Float64Array)

describe("vector.building with given outlines", () => {
  it("makes blocks of buildings that touch, whole and once, with their members, in any tiling", () => {
    const world = given([
      box(40, 40, 52, 50),
      box(52, 42, 60, 50),
      [
        [10, 10, 30, 10, 30, 24, 10, 24],
        [15, 14, 15, 20, 25, 20, 25, 14],
      ],
      box(80, 20, 90, 30),
      box(90.2, 20, 95, 30),
    ])
    for (const side of [100, 50, 25]) {
      const tiled = run(world, side)
      expect(column(tiled.features, "area").sort((a, b) => a - b)).toEqual([48, 100, 184, 220])
      expect(column(tiled.features, "height").every((height) => height === 8.05)).toBe(true)
      const footprints = footprintsOf(tiled)
      const block = footprints.find(({ members }) => members.length === 2) as Footprint
      expect(block.members.map(({ id, attributes }) => [id, attributes["floors"], attributes["points"]])).toEqual([
        ["house-000", 0, 480],
        ["house-001", 1, 256],
      ])
      expect(block.attributes["points"]).toBe(736)
      // Six corners: the two buildings stand on one line in the north.
      expect(block.rings[0].corner.reduce((sum, flag) => sum + flag, 0)).toBe(6)
      expect(footprints.find(({ rings }) => rings.length === 2)?.members[0]?.rings).toHaveLength(2)
    }
  })

  it("stays within the job: what goes on beyond it is truncated; class 6 outside outlines is nothing", () => {
    const world = given([box(-5, 40, 5, 50), box(20, 20, 30, 30)])
    for (const side of [100, 50]) {
      const { features } = run(world, side)
      expect(column(features, "truncated").sort()).toEqual([0, 1])
      expect(column(features, "points").sort((a, b) => a - b)).toEqual([200, 400])
    }
    expect(run(given([]), 50).features.ids).toEqual([])
  })
})

describe("outlines without points", () => {
  const polygons = [box(10, 40, 20, 50), box(20, 40, 30, 50), box(60, 20, 70, 30), box(45, 60, 55, 70)]
  const world = {
    ...given(polygons),
    points: carpet().filter(([x]) => x < (X + 20) * 1000 || (x > (X + 44) * 1000 && x < (X + 56) * 1000)),
  }

  it.each([100, 50, 25])("are in the layer, but no building and no part of a block: tiles of %i m", (side) => {
    const { features, figures, ...made } = run(world, side)
    const reasons = features.columns["reason"].values as readonly string[]
    const points = column(features, "points")
    expect(reasons.map((reason, i) => [reason, points[i]]).sort()).toEqual([
      ["", 400],
      ["", 400],
      ["no data", 0],
      ["no data", 0],
    ])
    const ids = footprintsOf({ features, figures, ...made }).flatMap(({ members }) => members.map(({ id }) => id))
    expect(ids.sort()).toEqual(["house-000", "house-003"])
    const sum = (...names: string[]): number => names.reduce((all, name) => all + (figures[name] ?? 0), 0)
    expect(sum("outlines", "joinedOutlines")).toBe(4)
    expect(sum("outlinesWithPoints", "joinedOutlinesWithPoints")).toBe(2)
  })
})

const gdal = (() => {
  try {
    return createRequire(import.meta.url)("gdal-async") as typeof import("gdal-async")
  } catch {
    return undefined
  }
})()

describe.skipIf(!gdal)("blocks of given outlines at random", () => {
  it.each([1, 2, 3])("town %i: same bytes in any tiling; valid, and apart", (seed) => {
    const random = seededRandom(seed)
    const polygons = Array.from({ length: 40 }, (): Polygon => {
      const [cx, cy, w, h, turn] = [
        100 * random(),
        100 * random(),
        2 + 6 * random(),
        2 + 4 * random(),
        seed === 1 ? 0 : 3 * random(),
      ]
      return [
        [
          [-w, -h],
          [w, -h],
          [w, h],
          [-w, h],
        ].flatMap(([u, v]) => [
          cx + u * Math.cos(turn) - v * Math.sin(turn),
          cy + u * Math.sin(turn) + v * Math.cos(turn),
        ]),
      ]
    })
    const world = given(polygons)
    const whole = run(world, 100)
    expect(whole.figures["failedBlocks"] ?? 0).toBe(0)
    for (const side of [50, 25]) {
      const tiled = run(world, side, 2)
      // Beyond the world there is no tile: truncated may differ only there, and does not.
      expect(Buffer.compare(tiled.bytes, whole.bytes)).toBe(0)
      expect(tiled.figures["joinedDropped"]).toBe(0)
      const shapes = footprintsOf(tiled).map(({ rings, members }) => {
        expect(members.length).toBeGreaterThan(0)
        const polygon = new gdal!.Polygon()
        for (const { xyz, corner } of rings) {
          const ring = new gdal!.LinearRing()
          for (let k = 0; k <= corner.length; k++)
            ring.points.add(xyz[3 * (k % corner.length)] / 1000, xyz[3 * (k % corner.length) + 1] / 1000)
          polygon.rings.add(ring)
          expect(xyz.every(Number.isInteger)).toBe(true)
        }
        expect(polygon.isValid()).toBe(true)
        return polygon as import("gdal-async").Geometry
      })
      for (let a = 0; a < shapes.length; a++)
        for (let b = 0; b < a; b++) expect(shapes[a].distance(shapes[b])).toBeGreaterThan(0)
      const all = footprintsOf(tiled).flatMap(({ members }) => members.map(({ id }) => id))
      expect(new Set(all).size).toBe(all.length)
      expect(all.length).toBe(polygons.length)
    }
  })
})

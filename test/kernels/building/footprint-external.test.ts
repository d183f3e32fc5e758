import { createRequire } from "node:module"
import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import type { Features, Shard } from "../../../engine/kernel.js"
import building from "../../../kernels/building/footprint.js"
import join from "../../../kernels/building/footprint-join.js"
import { decodeFootprints, type Footprint } from "../../../kernels/handover/footprint/footprint.js"
import { type PointMm, runTiled, type World } from "../../scenes/tiled-world.js"
import { ground, worldOf, X, Y } from "../../scenes/towns.js"

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

type Patch = readonly [x0: number, y0: number, x1: number, y1: number]
const isIn = (patches: readonly Patch[], [x, y]: PointMm): boolean =>
  patches.some(
    ([x0, y0, x1, y1]) => x > (X + x0) * 1000 && x < (X + x1) * 1000 && y > (Y + y0) * 1000 && y < (Y + y1) * 1000,
  )
const low = (points: readonly PointMm[]): PointMm[] => points.map(([x, y, z]) => [x, y, z - 8030])
/** Houses under a carpet of roof points, with ground instead in the patches. */
const worldWith = (polygons: readonly Polygon[], patches: readonly Patch[], hasGround = true): World => ({
  ...given(polygons),
  points: carpet().filter((point) => !isIn(patches, point)),
  ...(hasGround ? { groundPoints: low(carpet().filter((point) => isIn(patches, point))) } : {}),
})

describe("open ground in outlines", () => {
  const ringsOf = (world: World, side: number) =>
    footprintsOf(run(world, side))
      .sort((a, b) => a.representative[0] - b.representative[0])
      .map(({ rings, free }) =>
        (free ?? rings).map(({ xyz, corner }) =>
          Array.from(corner).flatMap((flag, i) =>
            flag === 1
              ? [[(xyz[3 * i]! / 1000 - X).toFixed(3), (xyz[3 * i + 1]! / 1000 - Y).toFixed(3)].map(Number)]
              : [],
          ),
        ),
      )

  it("is a hole with right angles, alike in every tiling, and takes no class 6 point", () => {
    const world = worldWith([box(40, 40, 60, 54)], [[46, 44, 53, 50]])
    const whole = run(world, 100)
    const [[outer, hole]] = ringsOf(world, 100)
    expect(outer).toHaveLength(4)
    expect(hole).toHaveLength(4)
    const [xs, ys] = [hole.map(([x]) => x!), hole.map(([, y]) => y!)]
    for (const [low, high, x0, x1] of [
      [Math.min(...xs), Math.max(...xs), 46, 53],
      [Math.min(...ys), Math.max(...ys), 44, 50],
    ] as const) {
      expect(low).toBeGreaterThan(x0 - 0.25)
      expect(low).toBeLessThan(x0 + 0.55)
      expect(high).toBeGreaterThan(x1 - 0.55)
      expect(high).toBeLessThan(x1 + 0.25)
    }
    expect(column(whole.features, "points")).toEqual([1120 - 168])
    for (const side of [50, 25]) {
      const tiled = run(world, side, 2)
      expect(Buffer.compare(tiled.bytes, whole.bytes)).toBe(0)
      const ground = ({ rings, free }: Footprint) => (free ?? rings).map(({ xyz }) => Array.from(xyz))
      expect(footprintsOf(tiled).map(ground)).toEqual(footprintsOf(whole).map(ground))
    }
  })

  it("at the outline's edge is cut off, from its own member only", () => {
    const world = worldWith([box(40, 40, 50, 54), box(50, 40, 60, 54)], [[46, 48, 50, 55]])
    const [rings] = ringsOf(world, 100)
    expect(rings).toHaveLength(1)
    // Two houses side by side, the first without the corner between them.
    expect(rings[0]).toHaveLength(8)
    const [first, second] = footprintsOf(run(world, 50))[0]!.members
    expect(second!.rings[0]).toHaveLength(8)
    expect(first!.rings[0]).toHaveLength(12)
    expect(ringsOf(world, 50)).toEqual(ringsOf(world, 100))
  })

  it("needs ground points, and 4 m²", () => {
    const house = [box(40, 40, 60, 54)]
    for (const world of [
      worldWith(house, [[46, 44, 53, 50]], false),
      worldWith(house, [[46, 44, 47.4, 45.4]]),
      // Ground seen under the eaves all along a wall.
      { ...worldWith(house, []), groundPoints: low(carpet().filter(([, y]) => y < (Y + 41) * 1000)) },
    ])
      expect(ringsOf(world, 50).map((rings) => rings.map((ring) => ring.length))).toEqual([[4]])
  })
})

const withPoints = (figures: Readonly<Record<string, number>>): number =>
  (figures["outlinesWithPoints"] ?? 0) + (figures["joinedOutlinesWithPoints"] ?? 0)

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
    const patches = Array.from({ length: seed === 1 ? 0 : 12 }, (): Patch => {
      const [x, y] = [90 * random(), 90 * random()]
      return [x, y, x + 3 + 8 * random(), y + 3 + 8 * random()]
    })
    const world = worldWith(polygons, patches)
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
      // An outline that a yard divides is two members of one id.
      if (patches.length === 0) expect(new Set(all).size).toBe(all.length)
      expect(new Set(all).size).toBe(withPoints(tiled.figures))
    }
  })
})

import { createRequire } from "node:module"
import { describe, expect, it } from "vitest"
import { encodeFlatGeobuf } from "../../../../engine/formats/vector/flatgeobuf/writer.js"
import type { Shard } from "../../../../engine/kernel.js"
import building from "../../../../kernels/building/footprint.js"
import join from "../../../../kernels/building/footprint-join.js"
import { decodeFootprints, type Footprint } from "../../../../kernels/handover/footprint/footprint.js"
import { decodePointSet } from "../../../../kernels/handover/point-set.js"
import { type PointMm, runTiled, type World } from "../../../scenes/tiled-world.js"
import { ground, town, worldOf, X, Y } from "../../../scenes/towns.js"

const names = { features: "building", blob: "building-part" }
const run = (world: World, side: number, seed = 1) => runTiled(world, side, building, join, names, {}, seed)

/** Objects of each tile as the model stage sees them: own ones and the shard's. */
const footprintsOf = ({ outputs, joined }: ReturnType<typeof run>) => {
  const shards = joined["building-object"] as readonly Shard[]
  return Object.entries(outputs).map(([key, output]) => {
    const shard = shards.find((one) => one.key === key)
    const joinedObjects = decodeFootprints(shard?.bytes)
    return {
      key,
      joinedObjects,
      objects: [...decodeFootprints(output["building-own"] as Uint8Array), ...joinedObjects],
      reads: shard?.reads ?? [],
      points: decodePointSet(output["building-points"] as Uint8Array),
    }
  })
}

const once = (tiles: ReturnType<typeof footprintsOf>): Footprint[] => [
  ...new Map(tiles.flatMap(({ objects }) => objects.map((object) => [object.id, object] as const))).values(),
]

const insideOf = ({ rings }: Footprint, x: number, y: number): boolean => {
  let inside = false
  const [west, south, east, north] = boxOf(rings[0].xyz)
  if (x < west || x > east || y < south || y > north) return false
  for (const { xyz, corner } of rings) {
    for (let k = 0, j = corner.length - 1; k < corner.length; j = k++) {
      const [ax, ay, bx, by] = [xyz[3 * j], xyz[3 * j + 1], xyz[3 * k], xyz[3 * k + 1]]
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside
    }
  }
  return inside
}

const boxes = new WeakMap<Float64Array, readonly number[]>()
const boxOf = (xyz: Float64Array): readonly number[] => {
  const known = boxes.get(xyz)
  if (known) return known
  const [x, y] = [xyz.filter((_, i) => i % 3 === 0), xyz.filter((_, i) => i % 3 === 1)]
  const box = [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)]
  boxes.set(xyz, box)
  return box
}

const corners = ({ rings }: Footprint): number[][] =>
  rings.map(({ xyz, corner }) =>
    Array.from(corner, (_, k) => k)
      .filter((k) => corner[k] === 1)
      .flatMap((k) => [xyz[3 * k], xyz[3 * k + 1]]),
  )

describe("footprints of buildings", () => {
  it.each([1, 2])("town %i: rings stand on the ground, cross borders in vertices, and are the same for all", (seed) => {
    const world = town(seed)
    const whole = once(footprintsOf(run(world, 100)))
    for (const side of [100, 50, 25]) {
      const tiled = run(world, side)
      const tiles = footprintsOf(tiled)
      const objects = once(tiles)
      expect(objects.map(({ id }) => id).sort()).toEqual([...tiled.features.ids].sort())
      for (const { objects: own } of tiles) {
        // One copy a tile, and the same one in each.
        expect(new Set(own.map(({ id }) => id)).size).toBe(own.length)
        for (const object of own) expect(object).toEqual(objects.find(({ id }) => id === object.id))
      }
      for (const object of objects) {
        checkRings(object, side)
        const other = whole.find(({ id }) => id === object.id) as Footprint
        expect(object.representative).toEqual(other.representative)
        expect(object.levelMm - other.levelMm).toBe(0)
        // Corners are those of any other tiling but for the pull onto lines of the grid.
        corners(object).forEach((ring, r) => {
          const same = corners(other)[r]
          expect(ring.length).toBe(same.length)
          for (let i = 0; i < ring.length; i++) expect(Math.abs(ring[i] - same[i])).toBeLessThanOrEqual(15)
        })
      }
    }
  })

  it.each([1, 2])("town %i: each tile that an outline meets gets it, with the tiles of its points", (seed) => {
    const world = town(seed)
    for (const side of [50, 25]) {
      const tiles = footprintsOf(run(world, side))
      for (const { key, objects, joinedObjects, reads, points } of tiles) {
        const [, column, row] = key.split("/").map(Number)
        const box = [column * side, row * side, (column + 1) * side, (row + 1) * side].map((v) => v * 1000)
        for (const object of once(tiles)) {
          // Places of the tile inside the object: the tile must know it.
          let met = false
          for (let x = box[0] + 100; x < box[2] && !met; x += 500)
            for (let y = box[1] + 100; y < box[3] && !met; y += 500) met = insideOf(object, x, y)
          if (met)
            expect(
              objects.some(({ id }) => id === object.id),
              `${object.id} in ${key}`,
            ).toBe(true)
        }
        const reachable = [points, ...reads.map((other) => tiles.find((tile) => tile.key === other)?.points)].flatMap(
          (set) =>
            Array.from(
              set?.x ?? [],
              (x, i) => `${x + (set?.origin[0] ?? 0)} ${(set?.y[i] ?? 0) + (set?.origin[1] ?? 0)}`,
            ),
        )
        const known = new Set(reachable)
        for (const object of joinedObjects)
          for (const [x, y] of world.points)
            if (insideOf(object, x, y)) expect(known.has(`${x} ${y}`), `point of ${object.id} for ${key}`).toBe(true)
      }
    }
  })

  it("gives pieces in the tile's own half-open cell only", () => {
    const tiled = run(town(2), 25)
    for (const { key, points } of footprintsOf(tiled)) {
      const [, column, row] = key.split("/").map(Number)
      for (let i = 0; i < points.x.length; i++) {
        expect(Math.floor((points.origin[0] + points.x[i]) / 25000)).toBe(column)
        expect(Math.floor((points.origin[1] + points.y[i]) / 25000)).toBe(row)
      }
    }
  })

  it("stands at the lowest point where nobody knows the ground", () => {
    const points: PointMm[] = []
    for (let y = 20; y < 30; y += 0.4)
      for (let x = 20; x < 30; x += 0.4)
        points.push([(X + x) * 1000, Math.round((Y + y) * 1000), 60_000 + points.length])
    const world = { ...worldOf(points), ground: () => Number.NaN }
    const [object] = once(footprintsOf(run(world, 100)))
    expect(object.levelMm).toBe(60_000)
    expect(Object.keys(object.attributes).sort()).toEqual(["area", "points", "roof_max"])
  })

  it("bends where the ground bends", () => {
    const points: PointMm[] = []
    for (let y = 20.2; y < 40; y += 0.4)
      for (let x = 20.2; x < 60; x += 0.4)
        points.push([Math.round((X + x) * 1000), Math.round((Y + y) * 1000), 90_000 + points.length])
    const bent = (x: number): number => 50 + Math.max(0, x - X - 40) * 0.2
    const [object] = once(footprintsOf(run({ ...worldOf(points), ground: bent }, 100)))
    const { xyz, corner } = object.rings[0]
    expect(corner.length).toBe(6)
    for (let k = 0; k < corner.length; k++) {
      if (corner[k] === 0) expect(Math.abs(xyz[3 * k] - (X + 40) * 1000)).toBeLessThan(1100)
      expect(Math.abs(xyz[3 * k + 2] / 1000 - bent(xyz[3 * k] / 1000))).toBeLessThan(0.25)
    }
  })
})

const checkRings = (object: Footprint, side: number): void => {
  const sideMm = side * 1000
  expect(insideOf(object, ...object.representative), object.id).toBe(true)
  let lowest = Number.POSITIVE_INFINITY
  object.rings.forEach(({ xyz, corner }, r) => {
    const n = corner.length
    expect(corner[0]).toBe(1)
    let area = 0
    for (let k = 0; k < n; k++) {
      const next = (k + 1) % n
      const [ax, ay, z, bx, by] = [xyz[3 * k], xyz[3 * k + 1], xyz[3 * k + 2], xyz[3 * next], xyz[3 * next + 1]]
      for (const value of [ax, ay, z]) expect(Number.isInteger(value)).toBe(true)
      lowest = Math.min(lowest, z)
      expect(Math.abs(z / 1000 - ground(ax / 1000, ay / 1000))).toBeLessThan(0.2)
      area += (ax - xyz[0]) * (by - xyz[1]) - (bx - xyz[0]) * (ay - xyz[1])
      expect(ax !== bx || ay !== by).toBe(true)
      for (const [p, q] of [
        [ax, bx],
        [ay, by],
      ] as const) {
        const [low, high] = [Math.min(p, q), Math.max(p, q)]
        const line = (Math.floor(low / sideMm) + 1) * sideMm
        expect(line >= high, `an edge of ${object.id} crosses ${line}`).toBe(true)
      }
      if (corner[k] === 0) {
        let [from, to] = [k, next]
        while (corner[from] === 0) from--
        while (corner[to] === 0) to = (to + 1) % n
        const [dx, dy] = [xyz[3 * to] - xyz[3 * from], xyz[3 * to + 1] - xyz[3 * from + 1]]
        const off = ((ax - xyz[3 * from]) * dy - (ay - xyz[3 * from + 1]) * dx) / Math.hypot(dx, dy)
        expect(Math.abs(off)).toBeLessThan(1)
      }
    }
    expect(Math.sign(area)).toBe(r === 0 ? 1 : -1)
  })
  expect(object.levelMm).toBe(lowest)
}

const gdal = (() => {
  try {
    return createRequire(import.meta.url)("gdal-async") as typeof import("gdal-async")
  } catch {
    return undefined
  }
})()

describe.skipIf(!gdal)("outlines of different buildings", () => {
  it.each([11, 12, 13, 14])("town %i: keep room between, as the layer has them and on the tile grid", (seed) => {
    const tiled = run(town(seed), 25)
    const file = `/vsimem/room-${seed}.fgb`
    gdal!.vsimem.set(Buffer.from(encodeFlatGeobuf(tiled.features, { name: "layer", epsg: 2154, metadata: {} })), file)
    const dataset = gdal!.open(file)
    const shapes: import("gdal-async").Geometry[] = []
    dataset.layers.get(0).features.forEach((feature) => {
      const shape = feature.getGeometry()
      if (shape) shapes.push(shape)
    })
    const footprints = once(footprintsOf(tiled)).map((object) => {
      const polygon = new gdal!.Polygon()
      for (const { xyz, corner } of object.rings) {
        const ring = new gdal!.LinearRing()
        for (let k = 0; k <= corner.length; k++)
          ring.points.add(xyz[3 * (k % corner.length)] / 1000, xyz[3 * (k % corner.length) + 1] / 1000)
        polygon.rings.add(ring)
      }
      expect(polygon.isValid()).toBe(true)
      return polygon as import("gdal-async").Geometry
    })
    for (const [set, room] of [
      [shapes, 0.09],
      [footprints, 0.01],
    ] as const)
      for (let a = 0; a < set.length; a++)
        for (let b = 0; b < a; b++) expect(set[a].distance(set[b])).toBeGreaterThan(room)
    dataset.close()
    gdal!.vsimem.release(file)
  })
})

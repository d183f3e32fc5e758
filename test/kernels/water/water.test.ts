import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import { seededRandom } from "../../../engine/core/random.js"
import { scanScene } from "../../../fixtures/sample/scan.js"
import { makeScene } from "../../../fixtures/sample/scene.js"
import water from "../../../kernels/water/water.js"
import join from "../../../kernels/water/water-join.js"
import {
  fromFiles,
  fromMemory,
  objectsOf,
  type PointsOf,
  runStages,
  type Stages,
} from "../../scenes/footprint-stages.js"
import { scanOf } from "../../scenes/made-scan.js"
import { sharedData } from "../../shared-data.js"

const names = { layer: "water", part: "water-part", shards: "water-object" }
const stages = (points: PointsOf, box: Box2, side: number, given = {}, seed = 1): Promise<Stages> =>
  runStages(points, box, side, { tile: water, join }, names, given, seed)

const ringsOf = ({ features: { coordinates, ringEnds, partEnds } }: Stages, f: number): Float64Array[] =>
  Array.from({ length: partEnds[f] - (f > 0 ? partEnds[f - 1] : 0) }, (_, k) => {
    const r = (f > 0 ? partEnds[f - 1] : 0) + k
    return coordinates.slice(2 * (r > 0 ? ringEnds[r - 1] : 0), 2 * ringEnds[r])
  })

describe("vector.water on the scene with known truth", () => {
  const scene = makeScene()
  const points = fromMemory(scanScene(scene))

  it("one river, below its bridge too, with IoU ≥ 0.95 and its level to 2 cm", async () => {
    const made = await stages(points, scene.box, 200)
    expect(made.features.ids.length).toBe(1)
    const rings = ringsOf(made, 0)
    let [both, either] = [0, 0]
    for (let x = scene.box[0] + 0.13; x < scene.box[2]; x += 0.5) {
      for (let y = scene.box[1] + 10.13; y < scene.box[1] + 60; y += 0.25) {
        const [a, b] = [scene.isWater(x, y), isInsideHalfOpen(rings, x, y)]
        if (a && b) both++
        if (a || b) either++
      }
    }
    expect(both / either).toBeGreaterThan(0.95)
    const [west, south, east, north] = scene.bridge.box
    expect(isInsideHalfOpen(rings, (west + east) / 2, (south + north) / 2)).toBe(true)
    expect(made.features.columns["kind"].values).toEqual(["river"])
    expect(Math.abs((made.features.columns["level"].values[0] as number) - scene.waterLevel)).toBeLessThan(0.02)
    // It leaves the scene on both sides.
    expect([...made.features.columns["truncated"].values]).toEqual([1])
  })

  it("is the same in tiles of 200, 100 and 50 m; rings cross the tile grid in vertices and agree with the layer", async () => {
    const whole = await stages(points, scene.box, 200)
    for (const side of [100, 50]) {
      const tiled = await stages(points, scene.box, side, {}, side)
      expect(tiled.features).toEqual(whole.features)
      expect(Buffer.compare(tiled.bytes, whole.bytes)).toBe(0)
      const [river] = [...objectsOf(tiled, "water-own").values()]
      const { xyz, corner } = river.rings[0]
      const mm = 1000 * side
      let crossings = 0
      for (let v = 0; v < corner.length; v++) {
        const w = (v + 1) % corner.length
        for (const axis of [0, 1]) {
          const [a, b] = [xyz[3 * v + axis], xyz[3 * w + axis]]
          // No line of the grid strictly between two vertices.
          expect(Math.floor(Math.min(a, b) / mm)).toBe(
            Math.ceil(Math.max(a, b) / mm) - (a === b && a % mm === 0 ? 0 : 1),
          )
        }
        if (corner[v] === 0) crossings++
        expect(xyz[3 * v + 2]).toBe(river.levelMm)
      }
      expect(crossings).toBeGreaterThan(0)
      const kept = Array.from(corner).flatMap((flag, v) =>
        flag === 1 ? [xyz[3 * v] / 1000, xyz[3 * v + 1] / 1000] : [],
      )
      expect(kept).toEqual([...ringsOf(tiled, 0)[0].slice(0, -2)])
      // Every tile with water or a vertex on its border is told.
      const told = new Set(tiled.shards.map(({ key }) => key))
      for (const tile of tiled.tiles) {
        const [x0, y0, x1, y1] = tile.cell.map((value) => 1000 * value)
        const touched = Array.from(corner).some(
          (_, v) => xyz[3 * v] >= x0 && xyz[3 * v] <= x1 && xyz[3 * v + 1] >= y0 && xyz[3 * v + 1] <= y1,
        )
        if (touched) expect(told.has(tile.key)).toBe(true)
      }
    }
  })
})

describe("vector.water on exact scenes", () => {
  const box: Box2 = [770000, 6277000, 770200, 6277200]

  it("a lake with an island over the middle of four tiles, sparse; a house at its shore keeps its distance", async () => {
    // One return in 9 m², none of ground in the water; the house stands in the lake's western edge.
    const at = (x: number, y: number): readonly [number, number] | undefined => {
      if (x > 38 && x < 50 && y > 90 && y < 110) return [6, 30]
      const wet = x > 45 && x < 160 && y > 50 && y < 150 && !(x > 98 && x < 112 && y > 98 && y < 112)
      if (!wet) return [2, 21]
      return Math.floor(x) % 3 === 1 && Math.floor(y) % 3 === 1 ? [9, 20.012] : undefined
    }
    const points = fromMemory(scanOf(box, 1, at))
    const whole = await stages(points, box, 200)
    expect(whole.features.ids.length).toBe(1)
    expect(ringsOf(whole, 0).length).toBe(2)
    expect(whole.features.columns["kind"].values).toEqual(["lake"])
    const area = whole.features.columns["area"].values[0] as number
    // Of 440 m of shore the returns leave the last metre or two open.
    expect(Math.abs(area - (115 * 100 - 14 * 14 - 5 * 20))).toBeLessThan(2 * 440)
    for (const [ring] of [ringsOf(whole, 0)]) {
      for (let i = 0; i < ring.length; i += 2) {
        const [x, y] = [ring[i] - box[0], ring[i + 1] - box[1]]
        expect(Math.max(38 - x, x - 50, 90 - y, y - 110)).toBeGreaterThan(0.5)
      }
    }
    const tiled = await stages(points, box, 100)
    expect(tiled.features).toEqual(whole.features)
    const [lake] = [...objectsOf(tiled, "water-own").values()]
    expect(lake.rings.length).toBe(2)
    // The middle of the bin of 10 mm.
    expect(lake.levelMm).toBe(20015)
  })

  it("a river that falls by 2 m has rings that fall with it to their ends", async () => {
    const fall = (x: number): number => 20 + x / 100
    const at = (x: number, y: number): readonly [number, number] => (Math.abs(y - 100) < 8 ? [9, fall(x)] : [2, 25])
    const made = await stages(fromMemory(scanOf(box, 1, at)), box, 50)
    expect(made.features.columns["kind"].values).toEqual(["river"])
    const [river] = [...objectsOf(made, "water-own").values()]
    const { xyz } = river.rings[0]
    for (let v = 0; v < xyz.length / 3; v++) {
      const [x, z] = [xyz[3 * v] / 1000 - box[0], xyz[3 * v + 2] / 1000]
      expect(Math.abs(z - fall(x))).toBeLessThan(0.01)
    }
  })

  it("two ponds with a path of 3 m between them stay two; puddles, and land without water, are none", async () => {
    const at = (x: number, y: number): readonly [number, number] => {
      const pond = y > 20 && y < 60 && x > 20 && x < 80 && !(x > 50 && x < 53)
      const puddle = x > 120 && x < 125 && y > 120 && y < 125
      return pond || puddle ? [9, 20] : [2, 21]
    }
    for (const side of [200, 50]) {
      const { features, figures } = await stages(fromMemory(scanOf(box, 0.5, at)), box, side)
      expect(features.ids.length).toBe(2)
      expect(figures["dropped"]).toBe(1)
    }
    const dry = await stages(fromMemory(scanOf(box, 2, () => [2, 21])), box, 100)
    expect(dry.features.ids).toEqual([])
    expect(dry.shards).toEqual([])
  })
})

/** Smallest distance of a vertex of one ring from an edge of the other, either way. */
const ringDistance = (a: Float64Array, b: Float64Array): number => {
  let best = Number.POSITIVE_INFINITY
  for (const [from, to] of [
    [a, b],
    [b, a],
  ]) {
    for (let i = 0; i < from.length; i += 2) {
      for (let k = 0; k + 3 < to.length; k += 2) {
        const [ux, uy] = [to[k + 2] - to[k], to[k + 3] - to[k + 1]]
        const [px, py] = [from[i] - to[k], from[i + 1] - to[k + 1]]
        const t = Math.min(1, Math.max(0, (px * ux + py * uy) / (ux * ux + uy * uy)))
        best = Math.min(best, Math.hypot(px - t * ux, py - t * uy))
      }
    }
  }
  return best
}

describe("outlines of water have room between them", () => {
  it.each([1, 2, 3, 4])("marsh %i", async (seed) => {
    // Ponds, paths, islets and houses at random, two returns a m².
    const random = seededRandom(seed)
    const box: Box2 = [770000, 6277000, 770100, 6277100]
    const spots = Array.from({ length: 70 }, () => [100 * random(), 100 * random(), 2 + 9 * random(), random()])
    const at = (x: number, y: number): readonly [number, number] => {
      let kind = 2
      for (const [cx, cy, r, what] of spots)
        if (Math.hypot(x - cx, y - cy) < r) kind = what < 0.6 ? 9 : what < 0.95 ? 2 : 6
      return [kind, kind === 9 ? 20 : 21]
    }
    const made = await stages(fromMemory(scanOf(box, 0.7, at)), box, 50, { minArea: 5, minHole: 2 })
    const rings = made.features.ids.flatMap((_, f) => ringsOf(made, f))
    expect(rings.length).toBeGreaterThan(5)
    let nearest = Number.POSITIVE_INFINITY
    rings.forEach((ring, r) => {
      for (const other of rings.slice(r + 1)) nearest = Math.min(nearest, ringDistance(ring, other))
    })
    expect(nearest).toBeGreaterThan(0.1)
  })
})

describe.skipIf(!sharedData)("water on real data", () => {
  const folder = `${sharedData}/lidar-hd/pdal-ign-plugin/input`

  it.each([
    ["crop_2.laz", [689400, 6735450, 689450, 6735500], [400, 600], [165.5, 166.3]],
    ["corse.laz", [1216477, 6051706, 1216525, 6051746], [700, 1100], [-0.5, 0.5]],
  ] as const)("%s: one body with a plausible level", async (name, box, [least, most], [low, high]) => {
    const made = await stages(fromFiles([`${folder}/${name}`], box), box, 50)
    expect(made.features.ids.length).toBe(1)
    const [area, level] = ["area", "level"].map((column) => made.features.columns[column].values[0] as number)
    expect(area).toBeGreaterThan(least)
    expect(area).toBeLessThan(most)
    expect(level).toBeGreaterThan(low)
    expect(level).toBeLessThan(high)
  })
})

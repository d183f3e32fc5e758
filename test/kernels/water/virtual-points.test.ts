import { describe, expect, it } from "vitest"
import { Box2 } from "../../../engine/core/geometry/box.js"
import { isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import { distanceToRings } from "../../../engine/core/geometry/segments.js"
import type { Kernel, Mesh } from "../../../engine/kernel.js"
import terrain from "../../../kernels/terrain/terrain.js"
import water from "../../../kernels/water/water.js"
import join from "../../../kernels/water/water-join.js"
import {
  fromMemory,
  objectsOf,
  type PointsOf,
  pointInputs,
  runStages,
  type Stages,
} from "../../scenes/footprint-stages.js"
import { optionsOf, scratch } from "../../scenes/kernel-run.js"
import { scanOf } from "../../scenes/made-scan.js"

const names = { layer: "water", part: "water-part", shards: "water-object" }
type At = (x: number, y: number) => readonly [number, number] | undefined

const box: Box2 = [770000, 6277000, 770200, 6277200]
const run = (at: At, side: number): Promise<Stages> =>
  runStages(fromMemory(scanOf(box, 1, at)), box, side, { tile: water, join }, names, {}, side)

/** Axis of a winding river 24 m wide, and the way along it from the west, m. */
const axis = (x: number): number => 100 + 20 * Math.sin(x / 40)
const way = [0]
for (let x = 1; x <= 200; x++) way.push(way[x - 1]! + Math.hypot(1, axis(x) - axis(x - 1)))

/** The nearest place of the axis: its distance, and the way to it. */
const nearest = (x: number, y: number): { off: number; along: number } => {
  let [least, at] = [Number.POSITIVE_INFINITY, 0]
  for (let k = Math.max(0, Math.floor(x) - 20); k <= Math.min(200, x + 20); k++) {
    const square = (x - k) ** 2 + (y - axis(k)) ** 2
    if (square < least) [least, at] = [square, k]
  }
  return { off: Math.sqrt(least), along: way[at]! + (x - at) * Math.cos(Math.atan(Math.cos(x / 40) / 2)) }
}
const levelOf =
  (fall: number) =>
  (x: number, y: number): number =>
    20 - fall * nearest(x, y).along
const isDeck = (x: number): boolean => Math.abs(x - 110) < 4
const checker = (x: number, y: number): number => (Math.floor(x) + Math.floor(y)) % 2
const isWet = (x: number, y: number): boolean => nearest(x, y).off < 12 && Math.abs(x - 100) < 90

/** A river of class 66 with few returns, and a bridge with virtual points on its banks too. */
const river = (fall: number): At => {
  const level = levelOf(fall)
  return (x, y) => {
    const { off } = nearest(x, y)
    if (isDeck(x) && off < 30) return checker(x, y) === 0 ? [17, 27] : [66, Math.max(level(x, y), 8 + off / 1.5)]
    if (!isWet(x, y)) return [2, 21 + Math.min(3, off / 8)]
    return [x % 60 < 1 && off < 3 ? 9 : 66, level(x, y)]
  }
}

/** Grounds of the tiles with their water. */
const groundsOf = async ({ tiles, made, shards }: Stages, points: PointsOf): Promise<Mesh[]> => {
  const grounds: Mesh[] = []
  for (const tile of tiles) {
    const own = { ...tile, extent: Box2.grow(tile.cell, 16) }
    const shard = shards.find(({ key }) => key === tile.key)
    const water = {
      "water-own": made.get(tile.key)!["water-own"],
      "water-object": shard?.bytes ?? new Uint8Array(0),
    }
    const kernel = terrain as unknown as Kernel
    const input = { ...pointInputs(kernel, await points(own), own), ...water }
    grounds.push(kernel.run(own, input as never, optionsOf(kernel), scratch)["ground"] as Mesh)
  }
  return grounds
}

describe("vector.water from virtual points", () => {
  it("a river is one polygon from bank to bank, below the bridge too, in tiles of 50, 250 and 1000 m", async () => {
    const points = fromMemory(scanOf(box, 1, river(1 / 400)))
    const at = (side: number): Promise<Stages> => runStages(points, box, side, { tile: water, join }, names, {}, side)
    const whole = await at(1000)
    expect(whole.features.ids.length).toBe(1)
    const ring = whole.features.coordinates.subarray(0, 2 * whole.features.ringEnds[0])
    let [both, either, far] = [0, 0, 0]
    for (let x = 0.3; x < 200; x += 0.7) {
      for (let y = 60.3; y < 140; y += 0.7) {
        const [a, b] = [isWet(x, y), isInsideHalfOpen([ring], box[0] + x, box[1] + y)]
        if (a && b) both++
        if (a || b) either++
        if (b && nearest(x, y).off > 14) far++
      }
    }
    expect(both / either).toBeGreaterThan(0.92)
    expect(far).toBe(0)
    for (const side of [50, 250]) expect((await at(side)).features).toEqual(whole.features)
  })

  it.each([0, 2000, 400, 100])("shape the ground to the level that falls along the river by 1:%i", async (length) => {
    const fall = length === 0 ? 0 : 1 / length
    const level = levelOf(fall)
    const points = fromMemory(scanOf(box, 1, river(fall)))
    const made = await runStages(points, box, 100, { tile: water, join }, names)
    const [{ rings }] = [...objectsOf(made, "water-own").values()]
    const ring = Float64Array.from(rings[0]!.xyz.filter((_, i) => i % 3 < 2))
    let [inside, off, triangles] = [0, 0, 0]
    for (const { positions, triangles: corners, origin } of await groundsOf(made, points)) {
      for (let v = 0; v < positions.length; v += 3) {
        const [x, y] = [positions[v]! + 1000 * origin[0], positions[v + 1]! + 1000 * origin[1]]
        if (isInsideHalfOpen([ring], x, y) && distanceToRings([ring], x, y) >= 500) inside++
      }
      for (let t = 0; t < corners.length; t += 3) {
        const [x, y, z] = [0, 1, 2].map((k) => {
          const sum = [0, 1, 2].reduce((value, corner) => value + positions[3 * corners[t + corner]! + k]!, 0)
          return sum / 3000 + origin[k]!
        }) as [number, number, number]
        if (!isInsideHalfOpen([ring], 1000 * x, 1000 * y)) continue
        triangles++
        off = Math.max(off, Math.abs(z - level(x - box[0], y - box[1])))
      }
    }
    expect({ inside, triangles: triangles > 100 }).toEqual({ inside: 0, triangles: true })
    expect(off).toBeLessThan(0.05)
    // Beyond the ends of the axis's stretch with water there is no level to compare with.
    for (const { xyz } of rings)
      for (let v = 0; v < xyz.length; v += 3)
        off = Math.max(off, Math.abs(xyz[v + 2]! / 1000 - level(xyz[v]! / 1000 - box[0], xyz[v + 1]! / 1000 - box[1])))
    expect(off).toBeLessThan(0.06)
  })

  it("small areas, areas with ground inside, and lines make nothing", async () => {
    const at: At = (x, y) => {
      const mixed = x > 20 && x < 80 && y > 20 && y < 80 && Math.floor(x + 7 * Math.floor(y)) % 10 > 0
      const small = x > 120 && x < 126 && y > 120 && y < 127
      return mixed || small || Math.floor(x) === 150 ? [66, 20] : [2, 20]
    }
    expect((await run(at, 50)).features.ids).toEqual([])
  })

  it("leave a lake of class 9 as it is where they make nothing beside it, wherever tiles cut both", async () => {
    const lake = (x: number, y: number): boolean => x > 30 && x < 110 && y > 60 && y < 140
    const beside = (x: number, y: number): boolean => x >= 110 && x < 150 && y > 80 && y < 120
    const plain = await run((x, y) => [lake(x, y) ? 9 : 2, 20], 200)
    const mixed: At = (x, y) =>
      lake(x, y) ? [9, 20] : [beside(x, y) && Math.floor(x + 3 * Math.floor(y)) % 8 > 0 ? 66 : 2, 20.1]
    for (const side of [200, 50]) expect((await run(mixed, side)).features).toEqual(plain.features)
    // Without ground inside, the same virtual points are water.
    const wet = await run((x, y) => [lake(x, y) ? 9 : beside(x, y) ? 66 : 2, 20], 50)
    expect(Math.abs((wet.features.columns["area"]!.values[0] as number) - 80 * 80 - 40 * 40)).toBeLessThan(300)
  })
})

import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { crossLines } from "../../../kernels/handover/patch/tile-lines.js"
import water from "../../../kernels/water/water.js"
import join from "../../../kernels/water/water-join.js"
import { fromMemory, idsOfAnchors, objectsOf, runStages, type Stages } from "../../scenes/footprint-stages.js"
import { scanOf } from "../../scenes/made-scan.js"

const box: Box2 = [770000, 6277000, 770200, 6277200]
const names = { layer: "water", part: "water-part", shards: "water-object" }
const run = (at: (x: number, y: number) => readonly [number, number] | undefined, side: number): Promise<Stages> =>
  runStages(fromMemory(scanOf(box, 1, at)), box, side, { tile: water, join }, names, {}, side)

describe("vector.water-join", () => {
  it("one level for a lake, though its parts see other heights; tiles inside it are told too", async () => {
    // Most of the points lie in the west, at 20.2; few in the east, at 20.1: within 0.3 m it is one
    // lake.
    const at = (x: number, y: number): readonly [number, number] =>
      x > 10 && x < 190 && y > 10 && y < 190 ? [9, x < 140 ? 20.202 : 20.102] : [2, 22]
    const whole = await run(at, 200)
    for (const side of [100, 50, 25]) {
      const tiled = await run(at, side)
      expect(tiled.features).toEqual(whole.features)
      const [lake] = [...objectsOf(tiled, "water-own").values()]
      expect(lake.levelMm).toBe(20205)
      expect(idsOfAnchors(tiled.joined, "water")).toEqual([lake.id])
      expect(tiled.shards.length).toBe((200 / side) ** 2)
      for (const { reads } of tiled.shards) expect(reads.length).toBeGreaterThan((200 / side) ** 2 - 2)
    }
  })

  it("a river cut by tiles gives the layer and the heights that it has whole", async () => {
    const at = (x: number, y: number): readonly [number, number] =>
      Math.abs(y - 100 - 0.3 * (x - 100)) < 9 && x > 5 && x < 195 ? [9, 30 - x / 60] : [2, 35]
    const whole = await run(at, 200)
    expect(whole.features.columns["kind"].values).toEqual(["river"])
    const corners = (stages: Stages): number[] => {
      const [{ rings }] = [...objectsOf(stages, "water-own").values()]
      return rings.flatMap(({ xyz, corner }) => Array.from(xyz).filter((_, i) => corner[Math.floor(i / 3)] === 1))
    }
    for (const side of [100, 50]) {
      const tiled = await run(at, side)
      expect(tiled.features).toEqual(whole.features)
      expect(corners(tiled)).toEqual(corners(whole))
    }
  })
})

describe("the 10 km grid", () => {
  const around: Box2 = [769_900, 6_277_000, 770_100, 6_277_200]
  const bodies = (slope: number, side: number, end = 195): Promise<Stages> => {
    const at = (x: number, y: number): readonly [number, number] =>
      Math.abs(y - 100 - 0.3 * (x - 100)) < 9 && x > 5 && x < end ? [9, 30 - slope * x] : [2, 35]
    return runStages(fromMemory(scanOf(around, 1, at)), around, side, { tile: water, join }, names, {}, side)
  }

  it("cuts a river: its parts share the object, its level and their edge, and add up", async () => {
    const { features } = await bodies(1 / 60, 100)
    const { object_id: objects, area, level } = features.columns
    expect(features.ids.length).toBe(2)
    expect(new Set(features.ids).size).toBe(2)
    expect(objects.values[0]).toBe(objects.values[1])
    expect(level.values[0]).toBe(level.values[1])
    // 190 m of 18 m across.
    expect(Math.abs((area.values[0] as number) + (area.values[1] as number) - 190 * 18) / (190 * 18)).toBeLessThan(0.05)
    const ends = [0, 1].map((f) => {
      const from = f === 0 ? 0 : features.ringEnds[0]
      const ring = features.coordinates.subarray(2 * from, 2 * features.ringEnds[f])
      return Array.from({ length: ring.length / 2 - 1 }, (_, v) => v)
        .filter((v) => ring[2 * v] === 770_000 && ring[2 * v + 2] === 770_000)
        .map((v) => [ring[2 * v + 1], ring[2 * v + 3]].sort().join(" "))
    })
    expect(ends[0].length).toBe(1)
    expect(ends[0]).toEqual(ends[1])
    for (const side of [200, 50]) expect((await bodies(1 / 60, side)).features).toEqual(features)
  })

  it("cuts a level river that goes on beyond the data, and keeps its one level", async () => {
    const { features, ...stages } = await bodies(0, 100, 200)
    const { kind, level } = features.columns
    expect([kind.values, [...level.values]]).toEqual([
      ["river", "river"],
      [30.005, 30.005],
    ])
    const [{ rings, levelMm }] = [...objectsOf({ features, ...stages }, "water-own").values()]
    const heights = rings[0].xyz.filter((_, i) => i % 3 === 2)
    expect(new Set(heights)).toEqual(new Set([levelMm]))
    expect((await bodies(0, 50, 200)).features).toEqual(features)
  })

  it("leaves a lake whole, and the river's object for the mesh too", async () => {
    const lake = await bodies(0, 100)
    expect(lake.features.ids.length).toBe(1)
    expect(lake.features.columns["kind"].values).toEqual(["lake"])
    expect([...lake.features.columns["object_id"].values]).toEqual([...lake.features.ids])
    const river = await bodies(1 / 60, 100)
    expect([...objectsOf(river, "water-own").keys()]).toEqual([river.features.columns["object_id"].values[0]])
  })
})

describe("free rings of water", () => {
  it("know no line of the tile grid, and tell where they follow the border of the job's tiles", async () => {
    // A river from a spring in the west to the east side, where it goes on.
    const at = (x: number, y: number): readonly [number, number] =>
      x > 20 && Math.abs(y - 100) < 9 ? [9, 30] : [2, 35]
    const found = []
    for (const side of [200, 100, 50]) {
      const [river] = [...objectsOf(await run(at, side), "water-own").values()]
      const [{ xyz, corner }] = river.free ?? []
      const marked = Array.from(corner, (flag, v) => [flag, xyz[3 * v] / 1000 - box[0]] as const)
        .filter(([flag]) => (flag & 2) !== 0)
        .map(([, x]) => x)
      // The eastern end with its cut corners, and nothing else.
      expect(marked).toEqual([199.5, 200, 200])
      found.push([...xyz], [...corner])
      if (side < 200) expect(river.rings[0].corner.length).toBeGreaterThan(corner.length)
    }
    expect(found.slice(2, 4)).toEqual(found.slice(0, 2))
    expect(found.slice(4, 6)).toEqual(found.slice(0, 2))
  })
})

describe("crossLines", () => {
  it("crossings lie on the lines, are the same from both sides, and none is doubled", () => {
    const ring = Float64Array.from([10, 10, 2490, 733, 2490, 2000, 1000, 1500, 10, 1010])
    const { xy, corner } = crossLines(ring, [1000, 500])
    const back = Float64Array.from(
      Array.from({ length: ring.length / 2 }, (_, v) => [
        ...ring.subarray(ring.length - 2 * v - 2, ring.length - 2 * v),
      ]).flat(),
    )
    const turned = crossLines(back, [500, 1000])
    const set = (values: Float64Array): string[] =>
      Array.from({ length: values.length / 2 }, (_, v) => `${values[2 * v]} ${values[2 * v + 1]}`)
    expect(new Set(set(xy)).size).toBe(corner.length)
    expect(set(turned.xy).sort()).toEqual(set(xy).sort())
    for (let v = 0; v < corner.length; v++) {
      if (corner[v] === 0) expect(xy[2 * v] % 500 === 0 || xy[2 * v + 1] % 500 === 0).toBe(true)
    }
    expect(corner.reduce((sum, flag) => sum + flag, 0)).toBe(5)
  })
})

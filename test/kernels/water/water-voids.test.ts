import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import water from "../../../kernels/water/water.js"
import join from "../../../kernels/water/water-join.js"
import voids from "../../../kernels/water/water-voids.js"
import { fromMemory, objectsOf, runStages, type Stages } from "../../scenes/footprint-stages.js"
import { scanOf } from "../../scenes/made-scan.js"

const names = { layer: "water", part: "water-part", shards: "water-object" }
type At = (x: number, y: number) => readonly [number, number] | undefined

const box: Box2 = [770000, 6277000, 770120, 6277120]
const run = (at: At, side: number, tile: unknown = voids): Promise<Stages> =>
  runStages(fromMemory(scanOf(box, 1, at)), box, side, { tile, join }, names, {}, side)

/** The kernel where one file covers the box. */
const ending = {
  ...voids,
  run: ((tile, ...rest) => voids.run({ ...tile, sources: [box] }, ...rest)) as typeof voids.run,
}

const lake = (x: number, y: number): boolean => Math.hypot(x - 60, y - 60) < 30
/** Level banks that rise from 20 m; a tree over the shore. */
const bank = (x: number, y: number): readonly [number, number] =>
  Math.hypot(x - 90, y - 60) < 6 ? [5, 28] : [2, 20 + Math.max(0, Math.hypot(x - 60, y - 60) - 32) / 5]

describe("vector.water-voids", () => {
  it("closes a void between level banks as one lake at their level, in tiles of 120, 60 and 40 m", async () => {
    const at: At = (x, y) => (lake(x, y) ? undefined : bank(x, y))
    const whole = await run(at, 120)
    expect(whole.features.ids.length).toBe(1)
    const { kind, level, points, area } = whole.features.columns
    expect([kind!.values[0], points!.values[0]]).toEqual(["void", 0])
    expect(Math.abs((level!.values[0] as number) - 20)).toBeLessThan(0.05)
    expect(Math.abs((area!.values[0] as number) / (Math.PI * 900) - 1)).toBeLessThan(0.08)
    for (const side of [60, 40]) {
      const tiled = await run(at, side)
      expect(tiled.features).toEqual(whole.features)
      const [object] = [...objectsOf(tiled, "water-own").values()]
      for (let v = 2; v < object.rings[0]!.xyz.length; v += 3) expect(object.rings[0]!.xyz[v]).toBe(object.levelMm)
    }
    expect((await run(at, 60, water)).features.ids).toEqual([])
  })

  it("leaves voids with sloping banks, and those at the end of the data", async () => {
    const slope: At = (x, y) => (lake(x, y) ? undefined : [2, 20 + x / 60])
    const atEnd: At = (x, y) => (Math.hypot(x - 60, y) < 30 ? undefined : [2, 20])
    for (const at of [slope, atEnd])
      for (const side of [120, 40]) expect((await run(at, side)).features.ids).toEqual([])
  })

  it("takes a canal that the data cut, but not what is beside a slanting outline of the data", async () => {
    const canal: At = (x, y) => {
      const off = Math.abs(y - 60 - x / 10)
      return off < 6 ? undefined : off < 9 ? [2, 20] : [2, 21]
    }
    const whole = await run(canal, 120, ending)
    expect(whole.features.ids.length).toBe(1)
    expect(Math.abs((whole.features.columns["area"]!.values[0] as number) / 1440 - 1)).toBeLessThan(0.15)
    expect((await run(canal, 40, ending)).features.columns["area"]).toEqual(whole.features.columns["area"])
    const slanting: At = (x, y) => (Math.abs(x - 60) + Math.abs(y - 60) > 60 ? undefined : [2, 20])
    // Trees over a canal hide its banks, not its water; what a roof covers is none.
    const trees: At = (x, y) => canal(x, y) ?? (x > 30 && x < 60 && y > 62 + x / 10 ? [5, 28] : undefined)
    expect(
      Math.abs(((await run(trees, 120, ending)).features.columns["area"]!.values[0] as number) / 1440 - 1),
    ).toBeLessThan(0.15)
    const roof: At = (x, y) => (canal(x, y) === undefined && Math.abs(x - 60) < 20 ? [6, 24] : canal(x, y))
    const beside = await run(roof, 120, ending)
    const rings = [...objectsOf(beside, "water-own").values()].flatMap((object) => object.rings)
    for (const { xyz } of rings)
      for (let v = 0; v < xyz.length; v += 3) expect(Math.abs(xyz[v]! / 1000 - 770060)).toBeGreaterThanOrEqual(21.5)
    for (const side of [120, 40]) expect((await run(slanting, side, ending)).features.ids).toEqual([])
  })

  it("gives a lake with few returns its whole area, and keeps it where a void beside it is none", async () => {
    const few: At = (x, y) => (lake(x, y) ? (x < 48 ? [9, 19.9] : undefined) : bank(x, y))
    const made = await run(few, 40)
    expect(made.features.ids.length).toBe(1)
    const { kind, level, area } = made.features.columns
    expect(kind!.values[0]).toBe("lake")
    expect(Math.abs((level!.values[0] as number) - 19.9)).toBeLessThan(0.01)
    expect(Math.abs((area!.values[0] as number) / (Math.PI * 900) - 1)).toBeLessThan(0.08)
    // The same returns, and a void that the data do not enclose.
    const open: At = (x, y) =>
      lake(x, y) && x < 48 ? [9, 19.9] : x >= 48 && Math.abs(y - 60) < 28 ? undefined : bank(x, y)
    const plain = await run(open, 120, water)
    expect(plain.features.ids.length).toBe(1)
    for (const side of [120, 40]) expect((await run(open, side)).features).toEqual(plain.features)
  })
})

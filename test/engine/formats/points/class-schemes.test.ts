import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, describe, expect, test } from "vitest"
import { type ClassRules, pointChoice } from "../../../../engine/formats/points/class-schemes.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { sharedData } from "../../../shared-data.js"
import { collect, lasBytes, type StoredPoint } from "../las/las-bytes.js"
import { lazBytes } from "../las/laz-bytes.js"

const changed = (rules: ClassRules, format: number, codes: readonly number[]): number[] =>
  codes.map((code) => pointChoice(rules, format).codes[code]!)

describe("pointChoice", () => {
  test("LiDAR HD keeps every class", () => {
    const all = Array.from({ length: 256 }, (_, code) => code)
    expect(changed({ scheme: "lidarhd" }, 6, all)).toEqual(all)
    expect(changed({ scheme: "lidarhd" }, 3, all)).toEqual(all)
  })

  test("other schemes give classes of LiDAR HD only, or leave points out", () => {
    const known = new Set([-1, 1, 2, 3, 4, 5, 6, 7, 9, 17, 18, 64, 65, 66, 67])
    for (const scheme of ["asprs", "ahn", "3dep"] as const)
      for (const format of [1, 6])
        expect([...pointChoice({ scheme }, format).codes].every((to) => known.has(to))).toBe(true)
  })

  test("bridges, key points, wires, snow and bathymetry", () => {
    expect(changed({ scheme: "ahn" }, 1, [26, 14, 17, 1, 2, 6, 9])).toEqual([17, 64, 17, 1, 2, 6, 9])
    expect(changed({ scheme: "asprs" }, 6, [26, 8, 12, 11, 41, 45])).toEqual([1, 1, 1, 2, 9, -1])
    expect(changed({ scheme: "asprs" }, 1, [8, 12, 10, 11])).toEqual([2, 1, 1, 1])
    expect(changed({ scheme: "3dep" }, 1, [8, 10, 11, 17])).toEqual([2, 1, -1, 17])
    expect(changed({ scheme: "3dep" }, 6, [17, 18, 20, 21, 22])).toEqual([17, 18, 1, -1, -1])
    expect(changed({ scheme: "asprs", dropOverlap: true }, 1, [12])).toEqual([-1])
    expect(changed({ scheme: { 26: 17, 1: null } }, 6, [26, 1, 8])).toEqual([17, -1, 8])
  })
})

test("a scheme lacks the classes that it reads as unclassified, but for 0, 1, 20 and old overlap", () => {
  const lacks = (rules: ClassRules, format: number): number[] =>
    Array.from(pointChoice(rules, format).unlisted ?? [], (one, code) => (one === 1 ? code : -1)).filter((c) => c >= 0)
  const further = Array.from({ length: 256 }, (_, code) => code).filter((code) => code > 67)
  const unused = [...Array.from({ length: 17 }, (_, k) => 23 + k), ...Array.from({ length: 18 }, (_, k) => 46 + k)]
  expect(lacks({ scheme: "asprs" }, 6)).toEqual([8, 12, ...unused, ...further])
  expect(lacks({ scheme: "asprs" }, 1)).toEqual([10, 11, ...unused, ...further])
  expect(lacks({ scheme: "3dep" }, 1)).toEqual([...unused, ...further])
  expect(lacks({ scheme: "ahn" }, 6)).toEqual([8, 12, ...unused.filter((code) => code !== 26), ...further])
  expect(lacks({ scheme: "lidarhd" }, 6)).toEqual([])
})

const point = (x: number, classification: number): StoredPoint => ({
  ...{ x, y: 100, z: 50, classification, returnNumber: 1, numberOfReturns: 1, intensity: 7, gpsTime: 5 },
})

/** Flags of the points: none, withheld, overlap, none. */
const points = [point(100, 2), point(200, 2), point(300, 26), point(400, 21)]
const flags = [0, 4, 8, 0]

describe("openPointFile with a choice", () => {
  const files: Record<string, string> = {}

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "class-schemes-"))
    const make = async (name: string, bytes: Uint8Array): Promise<void> => {
      files[name] = join(folder, name)
      await writeFile(files[name], bytes)
    }
    const las = lasBytes({ points })
    const old = lasBytes({
      points: points.map((one) => ({ ...one, classification: one.classification & 31 })),
      pointFormat: 1,
      minor: 2,
    })
    const laz = lazBytes(points)
    for (const [i, flag] of flags.entries()) {
      las[las.length - (4 - i) * 30 + 15] = flag
      // Formats 0 to 5 have no overlap flag; withheld is the highest bit of the class.
      const at = old.length - (4 - i) * 28 + 15
      old[at] = (old[at]! & 31) | ((flag & 4) << 5)
    }
    // The record of a point is found by its x; a chunk stores it as it is.
    const view = new DataView(laz.buffer)
    for (const [i, { x }] of points.entries())
      for (let at = 0; at < laz.length - 30; at++)
        if (view.getInt32(at, true) === x && view.getInt32(at + 4, true) === 100 && view.getInt32(at + 8, true) === 50)
          laz[at + 15] = flags[i]!
    await make("new.las", las)
    await make("old.las", old)
    await make("layers.laz", laz)
  })

  const read = async (name: string, rules: ClassRules, lent = false) => {
    const file = await openPointFile(files[name]!, { choice: ({ pointFormat }) => pointChoice(rules, pointFormat) })
    const found: [number, number][] = []
    for await (const { count, x, classification } of file.read({ origin: [0, 0, 0], lent }))
      for (let i = 0; i < count; i++) found.push([x[i]! / 10, classification[i]!])
    const { flagged, unlisted } = file
    await file.close()
    return { found, flagged, unlisted: Object.fromEntries(unlisted) }
  }

  test.each(["new.las", "layers.laz"])("leaves withheld points out and counts them: %s", async (name) => {
    for (const lent of [false, true]) {
      expect(await read(name, { scheme: "ahn" }, lent)).toEqual({
        found: [
          [100, 2],
          [300, 17],
        ],
        flagged: 1,
        unlisted: {},
      })
      expect(await read(name, { scheme: "lidarhd" }, lent)).toEqual({
        found: [
          [100, 2],
          [300, 26],
          [400, 21],
        ],
        flagged: 1,
        unlisted: {},
      })
      expect(await read(name, { scheme: "ahn", dropOverlap: true }, lent)).toMatchObject({
        found: [[100, 2]],
        flagged: 2,
      })
    }
  })

  test.each(["new.las", "old.las", "layers.laz"])(
    "counts points of classes that the scheme lacks: %s",
    async (name) => {
      for (const lent of [false, true])
        expect(await read(name, { scheme: "asprs" }, lent)).toMatchObject({
          found: [
            [100, 2],
            [300, 1],
          ],
          unlisted: { 26: 1 },
        })
      expect(await read(name, { scheme: { 26: 1 } })).toMatchObject({ unlisted: {} })
    },
  )

  test("reads the withheld flag of old point formats", async () => {
    expect(await read("old.las", { scheme: "ahn" })).toEqual({
      found: [
        [100, 2],
        [300, 17],
      ],
      flagged: 1,
      unlisted: {},
    })
  })

  test("selects by the new classes", async () => {
    const file = await openPointFile(files["new.las"]!, { choice: () => pointChoice({ scheme: "ahn" }, 6) })
    const blocks = await collect(file.read({ origin: [0, 0, 0], classes: [17] }))
    expect(blocks.map(({ x, classification }) => [[...x], [...classification]])).toEqual([[[3000], [17]]])
    await file.close()
  })

  test("points are as stored without a choice", async () => {
    const file = await openPointFile(files["new.las"]!)
    const blocks = await collect(file.read({ origin: [0, 0, 0] }))
    expect(blocks.map(({ classification }) => [...classification])).toEqual([[2, 2, 26, 21]])
    await file.close()
  })
})

describe.skipIf(!sharedData)("LASzip 1", () => {
  test("is refused by name", async () => {
    const reading = openPointFile(`${sharedData}/foreign/TO_core.laz`)
    await expect(reading).rejects.toThrow(/TO_core\.laz: LASzip 1 is not supported\. Convert it with LAStools: las2las/)
  })
})

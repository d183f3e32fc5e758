import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { openLazWriter } from "../../../../engine/formats/laz/laz-writer.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { openWithoutWild } from "../../../../engine/formats/points/wild-points.js"
import { openCatalogue } from "../../../../engine/spatial/catalogue.js"
import { specOf, writeRecords } from "../copc/copc-file.js"
import { collect, lasBytes, randomPoints, rowsOf, type StoredPoint } from "../las/las-bytes.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-wild-"))
})
afterAll(() => rm(folder, { recursive: true }))

/** South-west of the points, on a line of 1 km. */
const origin = [770_000, 6_277_000, 0] as const

/** Points in a square at a place, all in metres. */
const patch = (count: number, x: number, y: number, side: number, seed = 1): StoredPoint[] =>
  randomPoints(seededRandom(seed), count, 100 * side).map((point) => ({
    ...point,
    x: point.x + 100 * x,
    y: point.y + 100 * y,
  }))

const at = (x: number, y: number, z = 20): StoredPoint => ({
  ...randomPoints(seededRandom(2), 1)[0]!,
  x: Math.round(100 * x),
  y: Math.round(100 * y),
  z: Math.round(100 * z),
})

/** The points as LAS of formats 1 and 6, LAZ and COPC. */
const write = async (points: readonly StoredPoint[]): Promise<string[]> => {
  const paths = ["old.las", "new.las", "new.laz", "new.copc.laz"].map((name) => join(folder, name))
  const [old, las, laz, copc] = paths as [string, string, string, string]
  const bytes = lasBytes({ points, offset: origin })
  const records = bytes.subarray(375)
  const spec = { ...specOf(6, 0), scale: [0.01, 0.01, 0.01] as const, offset: origin }
  await writeFile(old, lasBytes({ points, offset: origin, minor: 2, pointFormat: 1 }))
  await writeFile(las, bytes)
  const writer = await openLazWriter(laz, spec)
  await writer.write(records, points.length)
  await writer.finish()
  await writeRecords(spec, records, copc)
  return paths
}

/** What is found of the points in each format, which must be the same, and how many are read. */
const examine = async (points: readonly StoredPoint[]) => {
  const found = []
  for (const path of await write(points)) {
    const file = await openWithoutWild(path)
    const { box, zRange, extent, wild } = file.info
    const rows = rowsOf(await collect(file.read({ origin })))
    rows.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]! || a[7]! - b[7]!)
    found.push({ box, zRange, extent, wild, rows: rows.map((row) => row.slice(0, 3)), tooHigh: file.tooHigh })
    await file.close()
  }
  for (const other of found.slice(1)) expect(other).toEqual(found[0])
  const [{ rows, ...first }] = found as [(typeof found)[0]]
  return { ...first, read: rows.length }
}

describe("points at impossible heights", () => {
  test("are left out by every reader, and counted", async () => {
    const points = [...patch(500, 0, 0, 50), at(10, 10, 12_000), at(10, 10, 12_000.01), at(20, 20, -12_000.01)]
    const [first, ...paths] = await write(points)
    for (const path of [first!, ...paths]) {
      const file = await openPointFile(path)
      const count = async (query: object): Promise<number> =>
        rowsOf(await collect(file.read({ origin, ...query }))).length
      expect([await count({}), file.tooHigh]).toEqual([501, 2])
      const box = [origin[0] + 15, origin[1] + 15, origin[0] + 25, origin[1] + 25] as const
      const expected = points.filter(({ x, y, z }) => x >= 1500 && x < 2500 && y >= 1500 && y < 2500 && z > 0).length
      expect([await count({ box, lent: true }), file.tooHigh]).toEqual([expected, 3])
      // Conversions keep every point.
      let records = 0
      for await (const block of file.records()) records += block.count
      expect(records).toBe(503)
      await file.close()
    }
  })

  test("are named, and leave the heights of the others", async () => {
    const found = await examine([...patch(5000, 0, 0, 50), at(10, 10, 30_000), at(20, 20, -20_000)])
    expect(found).toMatchObject({ read: 5000, tooHigh: 2, extent: undefined })
    expect(found.wild).toBe("2 of 5 002 points, at z = -20 000 to 30 000 m, are left out")
    expect(found.zRange[1]).toBeLessThan(31)
  })

  test("a file of nothing else is refused", async () => {
    const [, , laz] = await write([at(0, 0, 20_000), at(5, 5, 20_001)])
    const { rejected } = await openCatalogue([laz!])
    expect(rejected[0]?.error.message).toMatch(/heights, 20000 to 20001 m, are all beyond 12000 m\. Check their unit/)
  })
})

describe("points far away", () => {
  test("are left out of the extent, whatever the format", async () => {
    const found = await examine([...patch(5000, 230, 130, 240), at(60_000, 20)])
    expect(found).toMatchObject({ read: 5000, wild: "1 of 5 001 points, 60 km away, is left out" })
    const [minX, minY, maxX, maxY] = found.extent!
    expect([minX, minY, maxX, maxY]).toEqual([770_200, 6_277_100, 770_500, 6_277_400])
    expect(found.box[2]).toBe(770_500)
    expect(found.box[0]).toBeCloseTo(770_230, 0)
  })

  test("are named with their heights where these are impossible too", async () => {
    const found = await examine([...patch(5000, 0, 0, 200), at(60_000, 20, 174_734), at(3000, 20)])
    expect(found.read).toBe(5000)
    expect(found.wild).toBe("2 of 5 002 points, up to 60 km away (1 of them) at z = 174 734 m, are left out")
  })

  test("that repeat one place are no data, however many", async () => {
    const found = await examine([...patch(13_000, 0, 0, 200), ...Array.from({ length: 12 }, () => at(50_000, 0))])
    expect(found).toMatchObject({ read: 13_000, wild: expect.stringMatching(/^12 of 13 012 points, up to 50 km/) })
  })

  test("stay where they are more than a thousandth, and the message says so", async () => {
    const found = await examine([...patch(5000, 0, 0, 200), ...patch(8, 60_000, 0, 1000)])
    expect(found).toMatchObject({ read: 5008, extent: undefined })
    expect(found.wild).toBe("8 of 5 008 points far from the others are used, as more than 0.1 % of the file")
    expect(found.box[2]).toBeGreaterThan(830_000)
  })
})

describe("sparse files without a wild point stay whole", () => {
  test.each([
    ["a beacon 900 m off the coast", [...patch(9000, 0, 0, 500), ...patch(5, 1400, 200, 2)]],
    ["two villages 30 km apart", [...patch(9000, 0, 0, 300), ...patch(50, 30_000, 0, 100, 3)]],
    ["0.002 points per m², evenly", patch(8000, 0, 0, 2000)],
    ["0.00001 points per m², evenly", patch(1000, 0, 0, 10_000)],
    ["six points", [at(0, 0), at(5, 5), at(900, 0), at(3000, 10), at(3000, 4000), at(9, 4000)]],
  ])("%s", async (_, points) => {
    const found = await examine(points)
    const header = await openPointFile(join(folder, "new.las"))
    await header.close()
    expect(found).toMatchObject({ read: points.length, extent: undefined, wild: undefined })
    expect(found.box).toEqual(header.info.box)
  })
})

test("a header whose box is larger than the data gives the box of the data", async () => {
  const bytes = lasBytes({ points: patch(5000, 0, 0, 150), offset: origin })
  // LAS 1.4 R15, table 3: 179 max x, 187 min x.
  const view = new DataView(bytes.buffer)
  view.setFloat64(179, 9_000_000, true)
  view.setFloat64(187, 0, true)
  const path = join(folder, "lies.las")
  await writeFile(path, bytes)
  const { info } = await openWithoutWild(path)
  expect([info.box[0], info.box[2], info.extent]).toEqual([770_000, 770_200, undefined])
  expect(info.wild).toMatch(/^the header states the extent \[0, .*; the points are in \[770000, /)
})

test("files of normal density are not read when they are opened", async () => {
  // A stray point 4 km away leaves 0.1 points per m²: it only adds some empty tiles.
  const points = [...patch(20_000, 0, 0, 50), at(4000, 40)]
  for (const path of await write(points)) {
    const file = await openWithoutWild(path)
    expect(file.info.box[2]).toBe(774_000)
    await file.close()
  }
})

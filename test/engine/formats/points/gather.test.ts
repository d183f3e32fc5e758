import { describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { emptyColumns, type PointColumns, type PointQuery } from "../../../../engine/formats/las/columns.js"
import { gatherPoints, type PointSource } from "../../../../engine/formats/points/gather.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { sharedData } from "../../../shared-data.js"
import { rowsOf } from "../las/las-bytes.js"

/**
 * A source of rows: x, y, z in absolute millimetres, then class, return number, number of returns,
 * intensity, GPS time.
 */
const sourceOf = (rows: readonly (readonly number[])[], chunk = 100): PointSource => ({
  read: async function* ({ origin, box }: PointQuery): AsyncGenerator<PointColumns> {
    const inside = rows.filter(
      ([x, y]) =>
        box === undefined || (x! >= box[0] * 1000 && x! < box[2] * 1000 && y! >= box[1] * 1000 && y! < box[3] * 1000),
    )
    for (let start = 0; start < inside.length; start += chunk) {
      const part = inside.slice(start, start + chunk)
      const columns = emptyColumns(part.length)
      part.forEach((row, i) => {
        columns.x[i] = row[0]! - origin[0] * 1000
        columns.y[i] = row[1]! - origin[1] * 1000
        columns.z[i] = row[2]! - origin[2] * 1000
        columns.classification[i] = row[3]!
        columns.returnNumber[i] = row[4]!
        columns.numberOfReturns[i] = row[5]!
        columns.intensity[i] = row[6]!
        columns.gpsTime[i] = row[7]!
      })
      yield columns
    }
  },
})

/** Few values a field, so that ties and exact duplicates are common; NaN among the times. */
const crowd = (seed: number, count: number): number[][] => {
  const random = seededRandom(seed)
  const below = (n: number): number => Math.floor(random() * n)
  return Array.from({ length: count }, () => [
    -3000 + below(12) * 700,
    5000000 + below(12) * 700,
    below(2) * 10 - 5,
    [2, 6, 7, 18][below(4)]!,
    below(2),
    below(2),
    below(2),
    below(3) === 0 ? Number.NaN : below(2),
  ])
}

const shuffled = <T>(values: readonly T[], seed: number): T[] => {
  const random = seededRandom(seed)
  const all = [...values]
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[all[i], all[j]] = [all[j]!, all[i]!]
  }
  return all
}

const leastTime = (a: number, b: number): number => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b))

/**
 * The canonical order by its definition, slowly: of duplicates one with the least intensity and
 * time of them.
 */
const canonical = (rows: readonly (readonly number[])[]): number[][] => {
  const key = ([x, y, z, code, number, returns]: readonly number[]): number[] => [
    Math.floor(y! / 1000),
    Math.floor(x! / 1000),
    x!,
    y!,
    z!,
    code!,
    number!,
    returns!,
  ]
  const unique = new Map<string, number[]>()
  for (const row of rows.filter(([, , , code]) => code !== 7 && code !== 18)) {
    const place = row.slice(0, 6)
    const [intensity, time] = unique.get(place.join())?.slice(6) ?? row.slice(6)
    unique.set(place.join(), [...place, Math.min(intensity!, row[6]!), leastTime(time!, row[7]!)])
  }
  return [...unique.values()].sort((a, b) => {
    const [keyA, keyB] = [key(a), key(b)]
    const at = keyA.findIndex((value, i) => value !== keyB[i])
    return at < 0 ? 0 : keyA[at]! - keyB[at]!
  })
}

const extent = [-3, 5000, 5, 5008] as const

describe("gatherPoints", () => {
  const rows = crowd(1, 4000)
  const inside = rows.filter(([x, y]) => x! < 5000 && y! < 5008000)

  test("sorts by the definition, drops noise and duplicates, counts them", async () => {
    const { points, duplicates, noise, time } = await gatherPoints([sourceOf(rows)], extent, [0, 5000, 0])
    const expected = canonical(inside)
    expect(rowsOf([points]).map((row) => [row[0], row[1]! + 5000000, ...row.slice(2)])).toEqual(expected)
    expect(noise).toBe(inside.filter((row) => row[3] === 7 || row[3] === 18).length)
    expect(duplicates).toBe(inside.length - noise - expected.length)
    expect(duplicates).toBeGreaterThan(100)
    expect(points.scale).toBe(0.001)
    expect(time).toEqual([1, 1])
  })

  test("depends neither on the order of points, nor of sources, nor on the origin", async () => {
    const whole = await gatherPoints([sourceOf(rows)], extent, [0, 5000, 0])
    const mixed = shuffled(rows, 2)
    const parts = [sourceOf(mixed.slice(0, 17)), sourceOf(mixed.slice(17, 1500), 7), sourceOf(mixed.slice(1500))]
    expect(await gatherPoints(parts, extent, [0, 5000, 0])).toEqual(whole)
    expect(await gatherPoints(parts.reverse(), extent, [0, 5000, 0])).toEqual(whole)
    const moved = await gatherPoints(parts, extent, [-2.75, 5001.5, 1])
    expect(Array.from(moved.points.x, (x) => x - 2750)).toEqual(Array.from(whole.points.x))
    expect(moved.points.gpsTime).toEqual(whole.points.gpsTime)
  })

  test("a second delivery of the same points changes nothing", async () => {
    const once = await gatherPoints([sourceOf(rows)], extent, [0, 5000, 0])
    const twice = await gatherPoints([sourceOf(rows), sourceOf(shuffled(rows, 3))], extent, [0, 5000, 0])
    expect(twice.points).toEqual(once.points)
    expect(twice.duplicates).toBe(2 * once.duplicates + once.points.count)
  })

  test("a column does not depend on which others are read", async () => {
    const whole = await gatherPoints([sourceOf(rows)], extent, [0, 5000, 0])
    for (const attributes of [[], ["intensity"], ["gpsTime"], ["gpsTime", "classification"]] as const) {
      const some = await gatherPoints([sourceOf(rows)], extent, [0, 5000, 0], { attributes })
      const none = attributes.includes("gpsTime" as never) ? {} : { gpsTime: new Float64Array(0) }
      const dull = attributes.includes("intensity" as never) ? {} : { intensity: new Uint16Array(0) }
      expect(some).toEqual({ ...whole, points: { ...whole.points, ...none, ...dull } })
    }
  })

  test("tells times of the points in the cell, those of duplicates too", async () => {
    const at = (x: number, code: number, time: number): number[] => [x, 1000, 0, code, 1, 1, 5, time]
    const some = [
      at(1000, 2, 20),
      at(1000, 2, 10),
      at(1000, 6, 0),
      at(2000, 7, 1),
      at(2000, 2, Number.NaN),
      at(26_000, 2, 99),
    ]
    const read = async (rows: number[][]) =>
      gatherPoints([sourceOf(rows)], [0, 0, 50, 50], [0, 0, 0], { attributes: [], cell: [0, 0, 25, 25] })
    expect((await read(some)).time).toEqual([10, 20])
    expect((await read(some.slice(2))).time).toBeUndefined()
  })

  test("nothing gives nothing", async () => {
    const { points, time } = await gatherPoints([], extent, [0, 0, 0])
    expect([points.count, points.x.length, time]).toEqual([0, 0, undefined])
  })

  test("a crowded cell and far cells are sorted as well", async () => {
    const random = seededRandom(4)
    const many = Array.from({ length: 20000 }, (_, i) => [
      i % 100 === 0 ? Math.floor(random() * 2e9) : Math.floor(random() * 1000),
      Math.floor(random() * 1000),
      Math.floor(random() * 4e9 - 2e9),
      2,
      1,
      1,
      i % 7,
      i,
    ])
    const { points } = await gatherPoints([sourceOf(many)], [0, 0, 2e6, 1], [0, 0, 0])
    expect(rowsOf([points])).toEqual(canonical(many))
  })
})

describe.skipIf(!sharedData)("the same points in two formats", () => {
  test.each([
    [
      "lidar-hd/ctview/classee/test_data_77050_627755_LA93_IGN69_buildings.copc.laz",
      "lidar-hd/ign-pdal-tools/test_data_77050_627755_LA93_IGN69.laz",
    ],
    ["bench/t02.copc.laz", "bench/t02.laz"],
  ])("%s = %s", async (copcPath, lazPath) => {
    const [copc, laz] = await Promise.all([copcPath, lazPath].map((path) => openPointFile(`${sharedData}/${path}`)))
    expect([copc!.info.format, laz!.info.format]).toEqual(["copc", "laz"])
    const { box } = laz!.info
    const origin = [Math.floor(box[0]), Math.floor(box[1]), 0] as const
    for (const region of [
      [box[0], box[1], box[2] + 1, box[3] + 1],
      [box[0] + 10, box[1] + 5, box[0] + 30, box[1] + 40],
    ] as const) {
      const one = await gatherPoints([copc!], region, origin)
      const other = await gatherPoints([laz!], region, origin)
      expect(one.points.count).toBeGreaterThan(1000)
      for (const name of ["x", "y", "z", "classification", "returnNumber", "intensity", "gpsTime"] as const) {
        // Bytes, since NaN equals no number; of what stands in the columns, not of the room behind.
        const bytes = [one, other].map(({ points }) => Buffer.from(points[name].slice().buffer))
        expect(Buffer.compare(bytes[0]!, bytes[1]!)).toBe(0)
      }
    }
    await Promise.all([copc!.close(), laz!.close()])
  })
})

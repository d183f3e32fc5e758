import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { openBucketFile } from "../../../../engine/formats/buckets/bucket-file.js"
import { BucketSegment } from "../../../../engine/formats/buckets/format.js"
import { gatherBuckets } from "../../../../engine/formats/buckets/gather-buckets.js"
import { bucketCore } from "../../../../engine/formats/buckets/wasm/core.js"
import type { DealQuery, DealtPoints, DealtSegment } from "../../../../engine/formats/buckets/wasm/core-types.js"
import { writeBuckets } from "../../../../engine/formats/buckets/write-buckets.js"
import { encodeLas } from "../../../../engine/formats/las/write/las-writer.js"
import { gatherPoints } from "../../../../engine/formats/points/gather.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import type { AttributeName, FullPoints } from "../../../../engine/kernel.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-buckets-core-"))
})
afterAll(() => rm(folder, { recursive: true }))

/**
 * Points over `side` millimetres around the CRS origin: most of them at few places or along few
 * lines, with ties, equal points and noise; so many in a cell that segments fill.
 */
const pointsOf = (seed: number, count: number, side: number): FullPoints => {
  const random = seededRandom(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const kinds = Array.from({ length: count }, () => below(4))
  const place = (kind: number, i: number): number => {
    if (kind === 0) return below(3) * 49_999
    if (kind === 1) return (i * 37) % 1500
    return below(side) - side / 2
  }
  const codes = Uint8Array.from(kinds, () => [2, 2, 6, 7, 18, 66][below(6)]!)
  return {
    count,
    scale: 0.001,
    origin: [0, 0, 0],
    x: Int32Array.from(kinds, place),
    y: Int32Array.from(kinds, (kind) => place(kind, below(2000))),
    z: Int32Array.from(kinds, () => below(2000) - 1000),
    classification: codes,
    returnNumber: Uint8Array.from(kinds, () => 1 + below(2)),
    numberOfReturns: Uint8Array.from(kinds, () => 1 + below(2)),
    intensity: Uint16Array.from(kinds, () => below(65536)),
    // The times of noise lie beyond the others: they are told of nowhere.
    gpsTime: Float64Array.from(codes, (code) =>
      code === 7 || code === 18 ? 9 : [0, Number.NaN, 3, 5, random()][below(5)]!,
    ),
  }
}

/** What is to be known of a cell, whatever segments its points come in. */
interface Cell {
  /** Points that are written, in order, as text: column by column. */
  readonly rows: string[]
  readonly heights: number[]
  /** By quarters of the cell. */
  readonly times: number[][]
  readonly others: number[]
}

const cellsBy = (): ((x: number, y: number) => Cell) & { readonly all: Map<string, Cell> } => {
  const all = new Map<string, Cell>()
  const of = (x: number, y: number): Cell => {
    const cell = all.get(`${x} ${y}`) ?? { rows: [], heights: [], times: [[], [], [], []], others: [0, 0, 0, 0] }
    all.set(`${x} ${y}`, cell)
    return cell
  }
  return Object.assign(of, { all })
}

/** The cells of points, one point after the other. */
const addPoints = (
  cell: ReturnType<typeof cellsBy>,
  points: DealtPoints,
  { further, classMask, base }: DealQuery,
): void => {
  for (let i = 0; i < points.count; i++) {
    const [column, row] = [Math.floor(points.x[i]! / 50_000), Math.floor(points.y[i]! / 50_000)]
    const [x, y] = [points.x[i]! - column * 50_000, points.y[i]! - row * 50_000]
    const code = points.classification[i]!
    const { rows, heights, times, others } = cell(base[0] + column, base[1] + row)
    const quarter = (x >= 25_000 ? 1 : 0) + (y >= 25_000 ? 2 : 0)
    heights.push(points.z[i]!)
    if (points.gpsTime[i]! > 0 && code !== 7 && code !== 18) times[quarter]!.push(points.gpsTime[i]!)
    const own = [...(further.intensity ? [points.intensity[i]] : []), ...(further.gpsTime ? [points.gpsTime[i]] : [])]
    if (classMask[code] === 1) rows.push([x, y, points.z[i], code, points.returns![i], ...own].join(" "))
    else others[quarter]!++
  }
}

/** The same of the segments that a dealer gives. */
const addSegment = (cell: ReturnType<typeof cellsBy>, segment: DealtSegment, { further }: DealQuery): void => {
  const { cellX, cellY, count, bytes, lowZ, highZ } = segment
  const columns = BucketSegment.columns(new Uint8Array(bytes), count, further)
  const { rows, heights, times, others } = cell(cellX, cellY)
  for (let i = 0; i < count; i++) {
    const own = [...(further.intensity ? [columns.intensity[i]] : []), ...(further.gpsTime ? [columns.gpsTime[i]] : [])]
    rows.push(
      [columns.x[i], columns.y[i], columns.z[i], columns.classification[i], columns.returns[i], ...own].join(" "),
    )
  }
  heights.push(lowZ, highZ)
  for (const [k, time] of segment.times.entries()) if (Number.isFinite(time)) times[k >> 1]!.push(time)
  for (const [k, other] of segment.others.entries()) others[k]! += other
}

/** Least and greatest of heights and times; the rest as it is. */
const summed = ({ all }: ReturnType<typeof cellsBy>): unknown =>
  new Map(
    [...all].map(([key, { rows, heights, times, others }]) => [
      key,
      [rows, [heights, ...times].map((values) => [Math.min(...values), Math.max(...values)]), others],
    ]),
  )

describe("points of bucket files in WebAssembly", () => {
  const attributes: readonly (readonly AttributeName[])[] = [
    [],
    ["returnNumber", "numberOfReturns"],
    ["intensity"],
    ["gpsTime"],
    ["numberOfReturns", "intensity", "gpsTime"],
  ]

  test.each([
    [1, 60_000, 200_000],
    [2, 3000, 900_000],
  ])("are ordered as gatherPoints orders those of the file, to the byte, seed %i", async (seed, count, side) => {
    const path = join(folder, `${seed}.las`)
    await writeFile(path, encodeLas(pointsOf(seed, count, side), { pointFormat: 6, epsg: 2154, scale: 0.001 }))
    const file = await openPointFile(path)
    for (const asked of attributes) {
      for (const classes of [undefined, [2], [6, 66]]) {
        const query = { attributes: asked, classes }
        await writeBuckets(file, `${path}.bucket`, query)
        const bucketFile = await openBucketFile(`${path}.bucket`)
        const [extent, origin, cell] = [
          [-80.5, -100, 70, 33.333],
          [-7.003, 12.5, 0.5],
          [-25, -50, 50, 25],
        ] as const
        const { points } = await gatherBuckets([bucketFile], { extent, origin, cell, ...query })
        const { points: expected } = await gatherPoints([file], extent, origin, { cell, ...query })
        expect(points.count).toBeGreaterThan(10)
        for (const name of ["count", "x", "y", "z", "classification", ...asked] as const)
          expect(points[name]).toEqual(expected[name])
        await bucketFile.close()
      }
    }
    await file.close()
  })

  test("are dealt out to as many cells as there are, again and again, with the columns that there are", async () => {
    const core = await bucketCore()
    for (const [further, name] of [
      [{ gpsTime: true, intensity: true }, "all"],
      [{ gpsTime: false, intensity: false }, "none"],
    ] as const) {
      const query = { further, classMask: new Uint8Array(256).fill(1).fill(0, 6, 7), base: [-3, 5], most: 512 } as const
      const dealer = core.dealer(query)
      const [given, expected] = [cellsBy(), cellsBy()]
      let segments = 0
      const emit = (segment: DealtSegment): void => {
        segments++
        expect(segment.count).toBeLessThanOrEqual(512)
        addSegment(given, segment, query)
      }
      for (const seed of [5, 6]) {
        const whole: FullPoints = pointsOf(seed, 20_000, 1_900_000_000)
        const points: DealtPoints = {
          ...whole,
          returns: whole.returnNumber,
          ...(name === "all" ? {} : { gpsTime: new Float64Array(0), intensity: new Uint16Array(0) }),
        }
        for (let round = 0; round < 2; round++) {
          dealer.deal(points, emit)
          addPoints(expected, points, query)
          const rows = ({ all }: typeof given): number =>
            [...all.values()].reduce((sum, cell) => sum + cell.rows.length, 0)
          expect(dealer.buffered).toBe(rows(expected) - rows(given))
        }
        dealer.drain(emit)
        expect(dealer.buffered).toBe(0)
      }
      expect(segments).toBeGreaterThan(20_000)
      expect(summed(given)).toEqual(summed(expected))
    }
  })
})

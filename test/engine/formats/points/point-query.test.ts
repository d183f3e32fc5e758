import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { openBucketFile } from "../../../../engine/formats/buckets/bucket-file.js"
import { writeBuckets } from "../../../../engine/formats/buckets/write-buckets.js"
import type { FieldName, Part, PointColumns } from "../../../../engine/formats/las/columns.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { sharedData } from "../../../shared-data.js"
import { collect, lasBytes, randomPoints, rowsOf } from "../las/las-bytes.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-query-"))
})
afterAll(() => rm(folder, { recursive: true }))

const origin = [0, 0, 0] as const
const every: readonly FieldName[] = [
  "classification",
  "returnNumber",
  "numberOfReturns",
  "intensity",
  "gpsTime",
  "scanAngle",
  "flags",
  "userData",
  "pointSourceId",
  "red",
  "green",
  "blue",
  "nir",
]

/**
 * One LAS of a point format whose fields beside those of `randomPoints` are random bytes, and its
 * raw records.
 */
const lasOf = async (pointFormat: number): Promise<{ path: string; view: DataView; length: number; count: number }> => {
  const random = seededRandom(pointFormat + 1)
  const count = 3000
  const bytes = lasBytes({ points: randomPoints(random, count), pointFormat })
  const length = new DataView(bytes.buffer).getUint16(105, true)
  const start = bytes.length - count * length
  const kept = pointFormat >= 6 ? [14, 16] : [14, 15]
  for (let i = 0; i < count; i++) {
    for (let k = 15; k < length; k++) if (!kept.includes(k)) bytes[start + i * length + k] = Math.floor(random() * 256)
  }
  const path = join(folder, `format-${pointFormat}.las`)
  await writeFile(path, bytes)
  return { path, view: new DataView(bytes.buffer, start), length, count }
}

const sources = async (): Promise<[string, string][]> => {
  const las = (await lasOf(6)).path
  const shared = sharedData as string
  return [
    ["LAS", las],
    ...(sharedData
      ? ([
          ["LAZ of layers", `${shared}/lidar-hd/ign-pdal-tools/test_data_77055_627755_LA93_IGN69_extra_dims.laz`],
          ["LAZ of points", `${shared}/lidar-other/PDAL/laz/autzen_trim.laz`],
          ["COPC", `${shared}/lidar-other/copc.js/ellipsoid.copc.laz`],
        ] as [string, string][])
      : []),
  ]
}

describe("parts of a file", () => {
  test("joined in order are the whole, whatever their number", async () => {
    for (const [kind, path] of await sources()) {
      const file = await openPointFile(path)
      const { box, count } = file.info
      const near = [Math.floor(box[0]), Math.floor(box[1]), 0] as const
      const query = { origin: near, attributes: ["gpsTime"] as const }
      const flat = async (part?: Part): Promise<Float64Array[]> => {
        const chunks = await collect(file.read({ ...query, ...(part === undefined ? {} : { part }) }))
        return chunks.flatMap((chunk) => [Float64Array.from(chunk.x), chunk.gpsTime])
      }
      const values = (columns: Float64Array[], which: number): Buffer =>
        Buffer.concat(columns.filter((_, i) => i % 2 === which).map(({ buffer }) => Buffer.from(buffer)))
      const whole = await flat()
      expect(file.decoded, kind).toBe(count)
      for (const of of [1, 3, 40]) {
        const parts: Float64Array[] = []
        for (let index = 0; index < of; index++) parts.push(...(await flat({ index, of })))
        for (const which of [0, 1])
          expect(values(parts, which).equals(values(whole, which)), `${kind} in ${of}`).toBe(true)
      }
      await file.close()
    }
  })

  test("of which there is none are refused", async () => {
    const file = await openPointFile((await lasOf(6)).path)
    for (const part of [
      { index: 2, of: 2 },
      { index: -1, of: 2 },
      { index: 0, of: 0 },
    ]) {
      await expect(collect(file.read({ origin, part }))).rejects.toThrow(/part/)
    }
    await file.close()
  })

  test("in bucket files of their own answer as one", async () => {
    const { path } = await lasOf(7)
    const file = await openPointFile(path)
    const bucketFiles = [0, 1, 2].map((index) => join(folder, `part-${index}.buckets`))
    for (const [index, bucketFile] of bucketFiles.entries())
      await writeBuckets(file, bucketFile, { part: { index, of: 3 } })
    const bucketFile = await openBucketFile(...bucketFiles)
    expect(bucketFile.count).toBe(file.info.count)
    const query = { origin, box: [3, 4, 31, 28] as const, firstReturns: 3 }
    const sorted = (rows: number[][]): string[] => rows.map((row) => row.join(" ")).sort()
    expect(sorted(rowsOf(await collect(bucketFile.read(query))))).toEqual(
      sorted(rowsOf(await collect(file.read(query)))),
    )
    await bucketFile.close()
    await expect(openBucketFile(bucketFiles[0]!, join(folder, "absent.buckets"))).rejects.toMatchObject({
      code: "E_INPUT",
    })
    await file.close()
  })
})

describe("attributes", () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])("of format %d are those of its records", async (pointFormat) => {
    const { path, view, length, count } = await lasOf(pointFormat)
    const file = await openPointFile(path)
    const [columns] = (await collect(file.read({ origin, attributes: every }))) as [PointColumns]
    const wide = pointFormat >= 6
    const colour = { 2: 20, 3: 28, 5: 28, 7: 30, 8: 30, 10: 30 }[pointFormat]
    for (let i = 0; i < count; i++) {
      const at = i * length
      expect(columns.userData![i]).toBe(view.getUint8(at + 17))
      expect(columns.pointSourceId![i]).toBe(view.getUint16(at + (wide ? 20 : 18), true))
      const angle = wide ? view.getInt16(at + 18, true) * 0.006 : view.getInt8(at + 16)
      expect(Math.abs(columns.scanAngle![i]! * 0.006 - angle)).toBeLessThanOrEqual(0.003)
      const flags = wide ? view.getUint8(at + 15) : (view.getUint8(at + 15) >> 5) | (view.getUint8(at + 14) & 0xc0)
      expect(columns.flags![i]).toBe(flags)
      if (colour === undefined) expect(columns.red ?? columns.green ?? columns.blue).toBeUndefined()
      else {
        const rgb = [0, 2, 4].map((k) => view.getUint16(at + colour + k, true))
        expect([columns.red![i], columns.green![i], columns.blue![i]]).toEqual(rgb)
      }
      expect(columns.nir?.[i]).toBe([8, 10].includes(pointFormat) ? view.getUint16(at + 36, true) : undefined)
    }
    await file.close()
  })

  test("that are not asked for come empty or not at all", async () => {
    const file = await openPointFile((await lasOf(8)).path)
    const [columns] = (await collect(file.read({ origin, attributes: ["blue", "returnNumber"] }))) as [PointColumns]
    const there = Object.entries(columns).filter(([, column]) => (column as Uint8Array).length > 0)
    expect(there.map(([name]) => name).sort()).toEqual(["blue", "returnNumber", "x", "y", "z"])
    await file.close()
  })
})

test("first returns are those whose number is at most k", async () => {
  for (const [kind, path] of await sources()) {
    const file = await openPointFile(path)
    const { box } = file.info
    const near = [Math.floor(box[0]), Math.floor(box[1]), 0] as const
    const all = (await collect(file.read({ origin: near }))).flatMap(({ returnNumber }) => [...returnNumber])
    for (const firstReturns of [1, 2]) {
      const some = await collect(file.read({ origin: near, firstReturns, attributes: ["returnNumber"] }))
      expect(
        some.flatMap(({ returnNumber }) => [...returnNumber]),
        kind,
      ).toEqual(all.filter((n) => n <= firstReturns))
    }
    await file.close()
  }
})

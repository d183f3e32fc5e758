import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { encodeLas, type LasPoints } from "../../../../../engine/formats/las/write/las-writer.js"
import { openPointFile } from "../../../../../engine/formats/points/point-file.js"
import { collect, rowsOf } from "../las-bytes.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-writer-"))
})
afterAll(() => rm(folder, { recursive: true }))

const open = async (bytes: Uint8Array) => {
  const path = join(folder, "written.las")
  await writeFile(path, bytes)
  return openPointFile(path)
}

const point = fc.record({
  x: fc.integer({ min: -1000000, max: 1000000 }),
  y: fc.integer({ min: -1000000, max: 1000000 }),
  z: fc.integer({ min: -500000, max: 4000000 }),
  classification: fc.integer({ min: 0, max: 255 }),
  returnNumber: fc.integer({ min: 0, max: 15 }),
  numberOfReturns: fc.integer({ min: 0, max: 15 }),
  intensity: fc.integer({ min: 0, max: 65535 }),
  gpsTime: fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constant(Number.NaN)),
})

const columnsOf = (
  rows: readonly (typeof point extends fc.Arbitrary<infer P> ? P : never)[],
  origin: LasPoints["origin"],
) => ({
  count: rows.length,
  scale: 0.001,
  origin,
  x: Int32Array.from(rows, (row) => row.x),
  y: Int32Array.from(rows, (row) => row.y),
  z: Int32Array.from(rows, (row) => row.z),
  classification: Uint8Array.from(rows, (row) => row.classification),
  returnNumber: Uint8Array.from(rows, (row) => row.returnNumber),
  numberOfReturns: Uint8Array.from(rows, (row) => row.numberOfReturns),
  intensity: Uint16Array.from(rows, (row) => row.intensity),
  gpsTime: Float64Array.from(rows, (row) => row.gpsTime),
})

describe("encodeLas", () => {
  test("what is written is read again, every field", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(point, { maxLength: 50 }),
        fc.constantFrom<6 | 7>(6, 7),
        fc.constantFrom<readonly [number, number, number]>([770500, 6277500, 0], [0, 0, 0], [-12.345, 7655950.001, 3]),
        async (rows, pointFormat, origin) => {
          const points = columnsOf(rows, origin)
          const file = await open(encodeLas(points, { pointFormat, epsg: 2154, scale: 0.001 }))
          const { info } = file
          expect([info.version, info.pointFormat, info.count]).toEqual(["1.4", pointFormat, rows.length])
          expect(info.crs.epsg).toBe(2154)
          expect(rowsOf(await collect(file.read({ origin })))).toEqual(rowsOf([points]))
          await file.close()
          if (rows.length === 0) return
          expect(info.faults).toEqual([])
          const metres = rows.map((row) => row.x / 1000 + origin[0])
          expect(info.box[0]).toBeCloseTo(Math.min(...metres), 6)
          expect(info.box[2]).toBeCloseTo(Math.max(...metres), 6)
        },
      ),
      { numRuns: 60, seed: 1 },
    )
  })

  test("as LiDAR HD: 1 cm from 0, header 375, WKT bit, returns counted", async () => {
    const rows = [
      { x: 1230, y: 50, z: 0, classification: 2, returnNumber: 1, numberOfReturns: 2, intensity: 9, gpsTime: 1 },
      { x: 1230, y: 54, z: 9, classification: 66, returnNumber: 0, numberOfReturns: 0, intensity: 9, gpsTime: 0 },
    ]
    const bytes = encodeLas(columnsOf(rows, [636000, 6933000, 0]), { pointFormat: 6, epsg: 2154 })
    const view = new DataView(bytes.buffer)
    expect([view.getUint16(94, true), view.getUint16(6, true) & 16, view.getBigUint64(255, true)]).toEqual([
      375,
      16,
      1n,
    ])
    const { info, close } = await open(bytes)
    await close()
    expect([info.scale, info.offset]).toEqual([
      [0.01, 0.01, 0.01],
      [0, 0, 0],
    ])
  })

  test.each([2154, 5490, 2972, 2975, 4471])("EPSG:%i is recognised again", async (epsg) => {
    const file = await open(encodeLas(columnsOf([], [0, 0, 0]), { pointFormat: 6, epsg }))
    expect(file.info.crs).toMatchObject({ epsg, unit: "metre", from: "wkt" })
    await file.close()
  })

  test("an unknown code and coordinates that do not fit are refused", () => {
    const one = columnsOf(
      [{ x: 0, y: 0, z: 0, classification: 0, returnNumber: 0, numberOfReturns: 0, intensity: 0, gpsTime: 0 }],
      [0, 6900000, 0],
    )
    expect(() => encodeLas(one, { pointFormat: 6, epsg: 4326 })).toThrow(/EPSG:4326.*Give the text/)
    expect(() => encodeLas(one, { pointFormat: 6, scale: 0.001, offset: [0, 0, 0] })).toThrow(/do not fit/)
  })
})

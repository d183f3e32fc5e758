import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { parseHeader, parseVlrs, readEvlrs } from "../../../../engine/formats/las/header.js"
import type { RecordSpec } from "../../../../engine/formats/las/write/record-spec.js"
import { writeWkt } from "../../../../engine/formats/las/write/wkt.js"
import { openLazWriter } from "../../../../engine/formats/laz/laz-writer.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { openBytes } from "../../../../engine/io/bytes.js"
import { copyByLaszip, laszipProgram } from "../../../laszip/laszip-copy.js"
import { difference, readLazFile, recordsByLazPerf } from "./laz-file.js"
import { type RecordFacts, recordLengthOf, syntheticRecords } from "./synthetic-records.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-laz-writer-"))
})
afterAll(() => rm(folder, { recursive: true }))

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

const specOf = (facts: RecordFacts): RecordSpec => ({
  pointFormat: facts.pointFormat,
  recordLength: recordLengthOf(facts),
  scale: [0.01, 0.01, 0.001],
  offset: [0, -100, 7],
  vlrs: [
    { userId: "LASF_Projection", recordId: 2112, description: "WKT", data: text(`${writeWkt(2154)}\0`) },
    { userId: "somebody", recordId: 77, data: Uint8Array.of(1, 2, 3) },
  ],
  evlrs: [{ userId: "LASF_Spec", recordId: 4711, description: "long", data: new Uint8Array(70000).fill(9) }],
  globalEncoding: 17,
  fileSourceId: 12,
  guid: Uint8Array.from({ length: 16 }, (_, i) => i),
  systemId: "SURVEY",
  creation: { day: 200, year: 2024 },
})

/** Writes records in pieces of some sizes, in turn. */
const write = async (
  name: string,
  spec: RecordSpec,
  records: Uint8Array,
  pieces: readonly number[],
): Promise<string> => {
  const path = join(folder, name)
  const writer = await openLazWriter(path, spec)
  const count = records.length / spec.recordLength
  // One array for all pieces: what was written must not be looked at later.
  const piece = new Uint8Array(Math.max(...pieces) * spec.recordLength)
  for (let done = 0, turn = 0; done < count; turn++) {
    const taken = Math.min(pieces[turn % pieces.length], count - done)
    piece.fill(255)
    piece.set(records.subarray(done * spec.recordLength, (done + taken) * spec.recordLength))
    await writer.write(piece, taken)
    done += taken
  }
  const { points, bytes } = await writer.finish()
  expect([points, bytes]).toEqual([count, (await readFile(path)).length])
  return path
}

/** All records of a LAZ file by laz-perf. */
const readBack = async (path: string): Promise<{ records: Uint8Array; counts: number[] }> => {
  const file = await readLazFile(path)
  const parts: Uint8Array[] = []
  for (const i of file.chunks.keys()) parts.push(await recordsByLazPerf(file, i))
  return { records: Uint8Array.from(Buffer.concat(parts)), counts: file.chunks.map(({ count }) => count) }
}

const CASES: readonly (readonly [6 | 7 | 8, number, number])[] = [
  [6, 0, 0],
  [6, 0, 1],
  [6, 2, 2],
  [7, 0, 3],
  [7, 3, 67],
  [8, 0, 50000],
  [6, 1, 50001],
  [8, 4, 100000],
]

describe("a LAZ file", () => {
  test.each(CASES)("of format %i with %i extra bytes and %i points", async (pointFormat, extraBytes, count) => {
    const facts: RecordFacts = { pointFormat, extraBytes, count, channels: 3 }
    const records = syntheticRecords(seededRandom(count + pointFormat), facts)
    const path = await write("one.laz", specOf(facts), records, [20000, 1, 33333])
    const back = await readBack(path)
    expect(difference(back.records, records, recordLengthOf(facts))).toBeUndefined()
    const whole = Math.floor(count / 50000)
    expect(back.counts).toEqual([...new Array(whole).fill(50000), ...(count % 50000 > 0 ? [count % 50000] : [])])
    // The same bytes, however the records came.
    const again = await write("two.laz", specOf(facts), records, [100000])
    expect(Buffer.compare(await readFile(path), await readFile(again))).toBe(0)
  })

  test("says in its header what its points are, and keeps VLRs, EVLRs and facts", async () => {
    const facts: RecordFacts = { pointFormat: 7, extraBytes: 2, count: 51000, channels: 2 }
    const spec = specOf(facts)
    const records = syntheticRecords(seededRandom(1), facts)
    const path = await write("header.laz", spec, records, [51000])
    const view = new DataView(records.buffer)
    const stored = (axis: number): number[] =>
      Array.from({ length: facts.count }, (_, i) => view.getInt32(i * spec.recordLength + axis * 4, true))
    const returns = Array.from({ length: facts.count }, (_, i) => records[i * spec.recordLength + 14] & 15)
    const bytes = Uint8Array.from(await readFile(path))
    const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let axis = 0; axis < 3; axis++) {
      const metres = stored(axis).map((value) => value * spec.scale[axis] + spec.offset[axis])
      expect(head.getFloat64(179 + 16 * axis, true)).toBe(metres.reduce((a, b) => Math.max(a, b)))
      expect(head.getFloat64(187 + 16 * axis, true)).toBe(metres.reduce((a, b) => Math.min(a, b)))
    }
    for (let number = 1; number <= 15; number++) {
      const expected = returns.filter((value) => value === number).length
      expect(Number(head.getBigUint64(247 + 8 * number, true))).toBe(expected)
    }
    expect([
      head.getUint16(4, true),
      head.getUint16(6, true),
      head.getUint16(90, true),
      head.getUint16(92, true),
    ]).toEqual([12, 17, 200, 2024])
    expect([...bytes.subarray(8, 24)]).toEqual([...spec.guid!])
    expect(Buffer.from(bytes.buffer, 26, 38).toString("latin1")).toBe(`SURVEY${"\0".repeat(26)}maille`)
    const source = await openBytes(path)
    const header = parseHeader(bytes, source, [])
    const faults: string[] = []
    const vlrs = parseVlrs(bytes.subarray(0, header.pointOffset), header, faults)
    expect(vlrs.slice(0, 2).map(({ data }) => data)).toEqual(spec.vlrs.map(({ data }) => data))
    expect(vlrs[2]).toMatchObject({ userId: "laszip encoded", recordId: 22204 })
    const evlrs = await readEvlrs(source, header, faults)
    expect(evlrs).toEqual([{ userId: "LASF_Spec", recordId: 4711, data: spec.evlrs[0].data }])
    await source.close()
    const file = await openPointFile(path)
    expect([file.info.count, file.info.crs.epsg, file.info.faults, faults]).toEqual([51000, 2154, [], []])
    await file.close()
  })

  test("without points or EVLRs is sound", async () => {
    const facts: RecordFacts = { pointFormat: 6, extraBytes: 0, count: 0 }
    const path = await write("empty.laz", { ...specOf(facts), evlrs: [] }, new Uint8Array(0), [1])
    const file = await openPointFile(path)
    expect([file.info.count, file.info.box]).toEqual([0, [0, 0, 0, 0]])
    await file.close()
  })

  test("what the format cannot hold is refused; an unfinished file is none", async () => {
    const facts: RecordFacts = { pointFormat: 7, extraBytes: 0, count: 10 }
    const spec = specOf(facts)
    const path = join(folder, "refused.laz")
    await expect(openLazWriter(path, { ...spec, recordLength: 35 })).rejects.toThrow(/needs 36/)
    const long = { userId: "a", recordId: 1, data: new Uint8Array(65536) }
    await expect(openLazWriter(path, { ...spec, vlrs: [long] })).rejects.toThrow(/Give it as an EVLR/)
    await expect(openLazWriter(join(folder, "no", "such.laz"), spec)).rejects.toThrow(/ENOENT/)
    const writer = await openLazWriter(path, spec)
    await writer.write(syntheticRecords(seededRandom(1), facts), 10)
    await writer.close()
    await writer.close()
    await expect(openPointFile(path)).rejects.toThrow(/not a LAS or LAZ file/)
  })
})

describe.skipIf(laszipProgram === undefined)("LASzip's library (skipped without cc and liblaszip-dev)", () => {
  test.each([
    ...CASES.map((one) => [...one, false] as const),
    [6, 2, 3000, true] as const,
    [7, 0, 3000, true] as const,
    [8, 5, 3000, true] as const,
  ])("format %i, %i extra bytes, %i points, wild %s: reads every bit, and writes the same chunks", async (...made) => {
    const [pointFormat, extraBytes, count, wild] = made
    const facts: RecordFacts = { pointFormat, extraBytes, count, channels: 4, wild }
    const records = syntheticRecords(seededRandom(count), facts)
    const path = await write("laszip.laz", specOf(facts), records, [count + 1])
    const copy = copyByLaszip(path)
    expect(difference(copy.records, records, recordLengthOf(facts))).toBeUndefined()
    if (count === 0) return
    const [ours, theirs] = [await readLazFile(path), await readLazFile(`${path}.copy.laz`)]
    expect(theirs.chunks.map(({ bytes }) => bytes)).toEqual(ours.chunks.map(({ bytes }) => bytes))
  })
})

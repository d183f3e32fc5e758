import { describe, expect, test } from "vitest"
import { seededRandom } from "../../../../../engine/core/random.js"
import { createLazEncoder } from "../../../../../engine/formats/laz/encoder/encoder.js"
import { createLazDecoder } from "../../../../../engine/formats/laz/wasm/decoder.js"
import { compareEncodedFiles } from "../encoded-files.js"
import { columnDifference, difference, fileOf, recordsByLazPerf, requestFor } from "../laz-file.js"
import { type RecordFacts, recordLengthOf, syntheticRecords } from "../synthetic-records.js"

const encoder = await createLazEncoder()
const decoder = await createLazDecoder()

/** Encodes records; fails unless laz-perf and our decoder both give them back. */
const roundTrip = async (records: Uint8Array, facts: RecordFacts): Promise<Uint8Array> => {
  const { pointFormat, count, extraBytes } = facts
  const recordLength = recordLengthOf(facts)
  const chunk = encoder.encode(records, { count, pointFormat, recordLength })
  const request = requestFor(pointFormat, extraBytes, count)
  expect(columnDifference(decoder.decode(chunk, request), records, request)).toBeUndefined()
  expect(difference(await recordsByLazPerf(fileOf(chunk, request), 0), records, recordLength)).toBeUndefined()
  return chunk
}

/** Sizes of a chunk's layers. */
const layerSizes = (chunk: Uint8Array, recordLength: number, layers: number): number[] => {
  const view = new DataView(chunk.buffer, chunk.byteOffset)
  return Array.from({ length: layers }, (_, i) => view.getUint32(recordLength + 4 + 4 * i, true))
}

const FORMATS = [
  [6, 0],
  [6, 3],
  [7, 0],
  [7, 1],
  [8, 0],
  [8, 5],
] as const

describe("a chunk comes back bit by bit through laz-perf and our decoder", () => {
  test.each(FORMATS)("format %i with %i extra bytes", async (pointFormat, extraBytes) => {
    const random = seededRandom(pointFormat * 100 + extraBytes)
    for (const channels of [1, 3, 4]) {
      for (const count of [1, 2, 3, 67, 3000]) {
        const facts: RecordFacts = { pointFormat, extraBytes, count, channels }
        await roundTrip(syntheticRecords(random, facts), facts)
      }
      for (const count of [2, 67, 500]) {
        const facts: RecordFacts = { pointFormat, extraBytes, count, channels, wild: true }
        await roundTrip(syntheticRecords(random, facts), facts)
      }
    }
  })

  test("50,000 points of every channel", async () => {
    const facts: RecordFacts = { pointFormat: 8, extraBytes: 3, count: 50000, channels: 4 }
    await roundTrip(syntheticRecords(seededRandom(5), facts), facts)
  })
})

describe("a layer", () => {
  test("whose value never changes has no bytes; x and y, and z, always have", async () => {
    const facts: RecordFacts = { pointFormat: 8, extraBytes: 2, count: 100 }
    const one = syntheticRecords(seededRandom(3), { ...facts, count: 1 })
    const length = recordLengthOf(facts)
    const records = new Uint8Array(100 * length)
    for (let i = 0; i < 100; i++) records.set(one, i * length)
    // Colours of one grey: nothing to say; of one red: LASzip says that they are not grey.
    for (const [green, bytes] of [
      [0, false],
      [1, true],
    ] as const) {
      for (let i = 0; i < 100; i++) {
        records.fill(0, i * length + 30, i * length + 36)
        records[i * length + 32] = green
      }
      const sizes = layerSizes(await roundTrip(records, facts), length, 13)
      expect(sizes.map((size) => size > 0)).toEqual([
        true,
        true,
        ...new Array(7).fill(false),
        bytes,
        ...new Array(3).fill(false),
      ])
    }
    // One bit at the last point is enough.
    for (const [at, layer] of [
      [16, 2],
      [12, 4],
      [19, 5],
      [17, 6],
      [21, 7],
      [22, 8],
      [37, 10],
      [39, 12],
    ] as const) {
      const changed = records.slice()
      changed[99 * length + at] ^= 1
      expect(layerSizes(await roundTrip(changed, facts), length, 13)[layer]).toBeGreaterThan(0)
    }
  })

  test("a switch of channel alone is no change of flags", async () => {
    const facts: RecordFacts = { pointFormat: 6, extraBytes: 0, count: 50 }
    const records = syntheticRecords(seededRandom(8), { ...facts, channels: 1 })
    for (let i = 0; i < 50; i++) records[i * 30 + 15] = 5 | ((i & 3) << 4)
    expect(layerSizes(await roundTrip(records, facts), 30, 9)[3]).toBe(0)
  })
})

test("times come back as bits: −0 beside 0, NaN of any bits", () => {
  const facts: RecordFacts = { pointFormat: 6, extraBytes: 0, count: 6 }
  const records = syntheticRecords(seededRandom(2), facts)
  const view = new DataView(records.buffer)
  const nan = 0x7ff8dead0000beefn
  for (const [i, bits] of [0n, 1n << 63n, 0n, nan, nan, 0xfff0000000000001n].entries()) {
    view.setBigUint64(30 * i + 22, bits, true)
  }
  const chunk = encoder.encode(records, { count: 6, pointFormat: 6, recordLength: 30 })
  const request = requestFor(6, 0, 6)
  expect(columnDifference(decoder.decode(chunk, request), records, request)).toBeUndefined()
})

test("each chunk has bytes of its own, which do not depend on the chunks before", async () => {
  const facts: RecordFacts = { pointFormat: 7, extraBytes: 1, count: 300, channels: 4 }
  const request = { count: 300, pointFormat: 7, recordLength: 37 }
  const [a, b] = [1, 2].map((seed) => syntheticRecords(seededRandom(seed), facts))
  const first = encoder.encode(a, request)
  const copy = first.slice()
  const second = encoder.encode(b, request)
  expect(first).toEqual(copy)
  expect((await createLazEncoder()).encode(b, request)).toEqual(second)
  // Records in the middle of a larger array.
  const inside = new Uint8Array(a.length + 20)
  inside.set(a, 13)
  expect(encoder.encode(inside.subarray(13), request)).toEqual(first)
})

test("what cannot be written is refused", () => {
  const records = new Uint8Array(300)
  expect(() => encoder.encode(records, { count: 1, pointFormat: 5, recordLength: 63 })).toThrow(/point format 5/)
  expect(() => encoder.encode(records, { count: 1, pointFormat: 7, recordLength: 30 })).toThrow(/of 30 bytes/)
  expect(() => encoder.encode(records, { count: 11, pointFormat: 6, recordLength: 30 })).toThrow(RangeError)
  expect(() => encoder.encode(records, { count: 0, pointFormat: 6, recordLength: 30 })).toThrow(/no record/)
})

/** Sorts by time as bits: −0 before 0, no numbers at the ends. */
const plainOrder = (times: readonly number[]): number[] => {
  const view = new DataView(new ArrayBuffer(8))
  const keys = times.map((time) => {
    view.setFloat64(0, time)
    const bits = view.getBigUint64(0)
    return bits >> 63n ? ~bits & (2n ** 64n - 1n) : bits | (1n << 63n)
  })
  return times.map((_, i) => i).sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b))
}

/** The order in which a chunk by time holds records of 32 bytes: they have their place as x. */
const orderOf = (records: Uint8Array): number[] => {
  const count = records.length / 32
  const view = new DataView(records.buffer)
  for (let i = 0; i < count; i++) view.setInt32(32 * i, i, true)
  const chunk = encoder.encode(records, { count, pointFormat: 6, recordLength: 30, stride: 32, byTime: true })
  return [...decoder.decode(chunk, requestFor(6, 0, count)).x]
}

describe("a chunk by time", () => {
  const random = seededRandom(7)
  const some = (count: number, time: (i: number) => number): number[] =>
    Array.from({ length: count }, (_, i) => time(i))
  test.each([
    ["scattered over a day", some(3000, () => 3e8 + 86400 * random())],
    ["close together, with one far away", [...some(3000, () => 1e-9 * random()), 1e300]],
    ["many at one place, not sorted", [...some(500, (i) => 5 - i * 1e-15), 1e12]],
    ["all equal", some(200, () => 4)],
    ["negative and zero", [0, -0, -1, 2, -0, -1e9, 0, 7, -3]],
    ["not numbers", [3, Number.NaN, 1, Infinity, -Infinity, 2]],
    ["one", [5]],
  ])("has its points in the order of a plain sort: %s", (_, times) => {
    const records = new Uint8Array(32 * times.length)
    const view = new DataView(records.buffer)
    for (const [i, time] of times.entries()) view.setFloat64(32 * i + 22, time, true)
    expect(orderOf(records)).toEqual(plainOrder(times))
  })

  test("has a pulse in the order of its returns", () => {
    const records = new Uint8Array(32 * 20)
    for (const [i, number] of [3, 1, 2, 1].entries()) records[32 * i + 14] = number
    // Sixteen points of one time are no pulse.
    for (let i = 4; i < 20; i++) records[32 * i + 14] = 20 - i
    for (let i = 4; i < 20; i++) new DataView(records.buffer).setFloat64(32 * i + 22, 1, true)
    expect(orderOf(records)).toEqual([1, 3, 2, 0, ...some(16, (i) => 4 + i)])
  })
})

compareEncodedFiles((sizeBytes) => sizeBytes < 500_000)

import { describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { RECORD_BYTES } from "../../../../engine/formats/las/header.js"
import { createLazEncoder } from "../../../../engine/formats/laz/encoder/encoder.js"
import type { LazColumns, LazRequest } from "../../../../engine/formats/laz/wasm/chunk.js"
import { createLazDecoder } from "../../../../engine/formats/laz/wasm/decoder.js"
import { columnDifference, judge, outcome, requestFor } from "./laz-file.js"

const encoder = await createLazEncoder()
const decoder = await createLazDecoder()
/** A second one, which is never told of the chunk ahead. */
const oneByOne = await createLazDecoder()

/**
 * Records that walk: small steps, several returns, now and then a jump of everything, all four
 * channels.
 */
const walk = (random: () => number, pointFormat: number, extra: number, count: number): Uint8Array => {
  const base = RECORD_BYTES[pointFormat]
  const recordLength = base + extra
  const below = (n: number): number => Math.floor(random() * n)
  const records = new Uint8Array(count * recordLength)
  const view = new DataView(records.buffer)
  let [x, y, z, time, channel] = [below(1e6), -below(1e6), below(1e5), 3e8, 0]
  for (let i = 0; i < count; i++) {
    const at = i * recordLength
    const jump = random() < 0.05 ? 2 ** below(31) : 200
    x = (x + below(jump) - (jump >> 1)) | 0
    y = (y + below(jump) - (jump >> 1)) | 0
    z = (z + below(jump) - (jump >> 1)) | 0
    if (random() < 0.6) time += random() < 0.1 ? random() * 1e4 : 1e-5
    if (random() < 0.1) channel = below(4)
    const returns = 1 + below(4)
    for (let k = 15; k < recordLength; k++) records[at + k] = random() < 0.5 ? below(256) : 7
    view.setInt32(at, x, true)
    view.setInt32(at + 4, y, true)
    view.setInt32(at + 8, z, true)
    view.setUint16(at + 12, below(4000), true)
    records[at + 14] = (returns << 4) | (1 + below(returns))
    records[at + 15] = (records[at + 15] & 0xcf) | (channel << 4)
    view.setFloat64(at + 22, time, true)
  }
  return records
}

/** Kinds of outcomes, without the numbers in messages. */
const kindOf = (found: LazColumns | string): string =>
  typeof found === "string" ? found.replaceAll(/\d+/g, "n") : "sound"

/** Columns with times as bits, so that one NaN is not another. */
const bitsOf = (found: LazColumns | string): unknown =>
  typeof found === "string" || found.gpsTime === undefined
    ? found
    : { ...found, gpsTime: new BigUint64Array(found.gpsTime.slice().buffer) }

describe("the decoder", () => {
  test.each([
    [6, 0],
    [7, 3],
    [8, 1],
  ])("point format %i, %i extra bytes: gives 1 to 67 points to the bit at any byte offset", (pointFormat, extra) => {
    const random = seededRandom(pointFormat)
    for (let count = 1; count <= 67; count++) {
      const request = requestFor(pointFormat, extra, count)
      const records = walk(random, pointFormat, extra, count)
      const chunk = encoder.encode(records, request)
      const offset = count % 16
      const shifted = new Uint8Array(offset + chunk.length + 5).fill(0xa5)
      shifted.set(chunk, offset)
      const view = shifted.subarray(offset, offset + chunk.length)
      const found = decoder.decode(view, request)
      expect(columnDifference(found, records, request), `${count} points at byte ${offset}`).toBeUndefined()
      // One point more than there are.
      const longer = { ...request, count: count + 1 }
      new DataView(view.buffer, view.byteOffset).setUint32(request.recordLength, count + 1, true)
      expect(outcome(decoder, view, longer)).toMatch(/ends too early or has|layer xy is empty/)
    }
  })

  test("a chunk of no point is refused, whatever its layers hold", () => {
    for (const pointFormat of [6, 7, 8]) {
      const request = requestFor(pointFormat, 0, 0)
      for (const size of [0, 1, 4, 5]) {
        const layers = pointFormat + 3
        const chunk = new Uint8Array(request.recordLength + 4 + 4 * layers + size * layers)
        const view = new DataView(chunk.buffer)
        for (let i = 0; i < layers; i++) view.setUint32(request.recordLength + 4 + 4 * i, size, true)
        const why = size === 0 ? /layer xy is empty/ : size < 5 ? /ends too early or has/ : /continues after/
        expect(outcome(decoder, chunk, request), `${size} bytes a layer`).toMatch(why)
      }
    }
  })

  test.each([
    ["all layers", []],
    ["z and GPS time in turns", ["z", "gpsTime"]],
  ] as const)("refuses damaged chunks or gives what laz-perf gives: %s", async (_, layers) => {
    const random = seededRandom(14)
    const below = (n: number): number => Math.floor(random() * n)
    const kinds = new Set<string>()
    for (let i = 0; i < 60; i++) {
      const all = requestFor(6, 1, 2 + below(300))
      const request: LazRequest = layers.length === 0 ? all : { ...all, layers, extra: [] }
      const chunk = encoder.encode(walk(random, 6, 1, request.count), all)
      const first = request.recordLength + 4 + 4 * 10
      for (let k = 0; k < 12; k++) {
        const broken = chunk.slice()
        const at = first + below(chunk.length - first)
        if (k < 6) broken[at] ^= 1 << below(8)
        else broken.fill(k < 9 ? 255 : 0, at, at + 1 + below(20))
        const found = outcome(decoder, broken, request)
        await judge(found, broken, request)
        kinds.add(kindOf(found))
      }
    }
    expect(kinds.size).toBeGreaterThan(4)
  })

  test("chunks decoded with the next one known are those decoded one by one, sound or damaged, also when another comes", () => {
    const random = seededRandom(21)
    const below = (n: number): number => Math.floor(random() * n)
    const kinds = new Set<string>()
    for (let i = 0; i < 40; i++) {
      const base = {
        ...requestFor(6, 0, 0),
        layers: i % 2 === 0 ? (["z", "gpsTime"] as const) : (["classification"] as const),
      }
      const chunks = Array.from({ length: 7 }, () => {
        const count = 1 + below(random() < 0.2 ? 3 : 400)
        const chunk = encoder.encode(walk(random, 6, 0, count), requestFor(6, 0, count))
        if (random() < 0.3) chunk[30 + below(chunk.length - 30)] ^= 1 << below(8)
        return { chunk, count }
      })
      for (let k = 0; k < chunks.length; k++) {
        // Now and then the chunk that was announced is not the next one, or it is asked for in
        // another way.
        if (random() < 0.1) k = below(k)
        const { chunk, count } = chunks[k]
        const layers = random() < 0.1 ? (["z", "intensity"] as const) : base.layers
        const refused = random() < 0.2
        const request = { ...base, layers, count, ...(refused ? { wants: () => false } : {}) }
        const found = outcome(oneByOne, chunk, request)
        expect(bitsOf(outcome(decoder, chunk, request, chunks[k + 1]))).toEqual(bitsOf(found))
        kinds.add(`${kindOf(found)} ${refused}`)
      }
    }
    expect(kinds.size).toBeGreaterThan(4)
  })

  test("a layer that begins as no encoder begins one is refused, and the decoder is sound afterwards", () => {
    const request = requestFor(8, 2, 40)
    const records = walk(seededRandom(3), 8, 2, 40)
    const chunk = encoder.encode(records, request)
    const view = new DataView(chunk.buffer, chunk.byteOffset)
    for (let i = 0, at = request.recordLength + 4 + 4 * 13; i < 13; i++) {
      const size = view.getUint32(request.recordLength + 4 + 4 * i, true)
      for (const ones of [4, size]) {
        if (ones > size) continue
        const broken = chunk.slice()
        broken.fill(0xff, at, at + ones)
        expect(outcome(decoder, broken, request), `layer ${i}, ${ones} bytes of ones`).toMatch(/ends too early or has/)
      }
      at += size
    }
    expect(columnDifference(decoder.decode(chunk, request), records, request)).toBeUndefined()
  })
})

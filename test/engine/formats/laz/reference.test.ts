import { describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { LasHeader } from "../../../../engine/formats/las/header.js"
import { createLazEncoder } from "../../../../engine/formats/laz/encoder/encoder.js"
import type { LazDecoder, LazRequest } from "../../../../engine/formats/laz/wasm/chunk.js"
import { createLazDecoder } from "../../../../engine/formats/laz/wasm/decoder.js"
import { createLazTwin } from "../../../reference/laz/decoder.js"
import { difference, recordsOf, requestAll } from "./laz-file.js"

const wasm = await createLazDecoder()
const twin = createLazTwin()
const BYTES: Readonly<Record<number, number>> = { 6: 30, 7: 36, 8: 38 }

/** Records that walk: small steps, several returns, now and then a jump of everything, all four channels. */
const walk = (random: () => number, pointFormat: number, extra: number, count: number): Uint8Array => {
  const base = BYTES[pointFormat]
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

const outcome = (decoder: LazDecoder, chunk: Uint8Array, request: LazRequest): Uint8Array | string => {
  try {
    return recordsOf(decoder.decode(chunk, request), request)
  } catch (error) {
    if (error instanceof RangeError) return error.message
    throw error
  }
}

/** The columns, whatever layers there are. */
const columnsOutcome = (
  decoder: LazDecoder,
  chunk: Uint8Array,
  request: LazRequest,
  ahead?: Parameters<LazDecoder["decode"]>[2],
): unknown => {
  try {
    const { x, y, z, gpsTime, ...others } = decoder.decode(chunk, request, ahead)
    return structuredClone({ x, y, z, times: gpsTime && new BigUint64Array(gpsTime.slice().buffer), ...others })
  } catch (error) {
    if (error instanceof RangeError) return error.message
    throw error
  }
}

const requestFor = (pointFormat: number, extra: number, count: number): LazRequest =>
  requestAll({ header: { pointFormat, recordLength: BYTES[pointFormat] + extra } as LasHeader }, count)

describe("WebAssembly and its twin", () => {
  test.each([
    [6, 0],
    [7, 3],
    [8, 1],
  ])(
    "point format %i, %i extra bytes: equal to the bit for 1 to 67 points at any byte offset",
    (pointFormat, extra) => {
      const random = seededRandom(pointFormat)
      const encoder = createLazEncoder()
      for (let count = 1; count <= 67; count++) {
        const request = requestFor(pointFormat, extra, count)
        const records = walk(random, pointFormat, extra, count)
        const chunk = encoder.encode(records, request)
        const offset = count % 16
        const shifted = new Uint8Array(offset + chunk.length + 5).fill(0xa5)
        shifted.set(chunk, offset)
        const view = shifted.subarray(offset, offset + chunk.length)
        for (const decoder of [wasm, twin]) {
          const found = recordsOf(decoder.decode(view, request), request)
          expect(difference(found, records, request.recordLength), `${count} points at byte ${offset}`).toBeUndefined()
        }
        // Ends too early: both say so, of the same layer.
        const longer = { ...request, count: count + 1 }
        new DataView(view.buffer, view.byteOffset).setUint32(request.recordLength, count + 1, true)
        expect(outcome(twin, view, longer)).toEqual(outcome(wasm, view, longer))
      }
    },
  )

  test("no point at all: the same refusal or nothing", () => {
    for (const pointFormat of [6, 7, 8]) {
      const request = requestFor(pointFormat, 0, 0)
      for (const size of [0, 1, 4, 5]) {
        const layers = pointFormat + 3
        const chunk = new Uint8Array(request.recordLength + 4 + 4 * layers + size * layers)
        const view = new DataView(chunk.buffer)
        for (let i = 0; i < layers; i++) view.setUint32(request.recordLength + 4 + 4 * i, size, true)
        expect(outcome(twin, chunk, request), `${size} bytes a layer`).toEqual(outcome(wasm, chunk, request))
      }
    }
  })

  test.each([
    ["all layers", []],
    ["z and GPS time in turns", ["z", "gpsTime"]],
  ] as const)("damaged chunks are refused alike or give the same: %s", (_, layers) => {
    const random = seededRandom(14)
    const below = (n: number): number => Math.floor(random() * n)
    const kinds = new Set<string>()
    for (let i = 0; i < 60; i++) {
      const all = requestFor(6, 1, 2 + below(300))
      const request = layers.length === 0 ? all : { ...all, layers }
      const chunk = createLazEncoder().encode(walk(random, 6, 1, request.count), all)
      const first = request.recordLength + 4 + 4 * 10
      for (let k = 0; k < 12; k++) {
        const broken = chunk.slice()
        const at = first + below(chunk.length - first)
        if (k < 6) broken[at] ^= 1 << below(8)
        else broken.fill(k < 9 ? 255 : 0, at, at + 1 + below(20))
        const found = columnsOutcome(twin, broken, request)
        expect(columnsOutcome(wasm, broken, request)).toEqual(found)
        kinds.add(typeof found === "string" ? found.replaceAll(/\d+/g, "n") : "sound")
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
        const chunk = createLazEncoder().encode(walk(random, 6, 0, count), requestFor(6, 0, count))
        if (random() < 0.3) chunk[30 + below(chunk.length - 30)] ^= 1 << below(8)
        return { chunk, count }
      })
      for (let k = 0; k < chunks.length; k++) {
        // Now and then the chunk that was announced is not the next one, or it is asked for in another way.
        if (random() < 0.1) k = below(k)
        const { chunk, count } = chunks[k]
        const layers = random() < 0.1 ? (["z", "intensity"] as const) : base.layers
        const refused = random() < 0.2
        const request = { ...base, layers, count, ...(refused ? { wants: () => false } : {}) }
        const found = columnsOutcome(twin, chunk, request)
        expect(columnsOutcome(wasm, chunk, request, chunks[k + 1])).toEqual(found)
        kinds.add(typeof found === "string" ? found.replaceAll(/\d+/g, "n") : `sound ${refused}`)
      }
    }
    expect(kinds.size).toBeGreaterThan(4)
  })

  test("a layer that begins as no encoder begins one is refused, and the twin is sound afterwards", () => {
    const request = requestFor(8, 2, 40)
    const records = walk(seededRandom(3), 8, 2, 40)
    const chunk = createLazEncoder().encode(records, request)
    const view = new DataView(chunk.buffer, chunk.byteOffset)
    for (let i = 0, at = request.recordLength + 4 + 4 * 13; i < 13; i++) {
      const size = view.getUint32(request.recordLength + 4 + 4 * i, true)
      for (const ones of [4, size]) {
        if (ones > size) continue
        const broken = chunk.slice()
        broken.fill(0xff, at, at + ones)
        expect(outcome(twin, broken, request), `layer ${i}, ${ones} bytes of ones`).toMatch(/ends too early or holds/)
        expect(outcome(wasm, broken, request)).toEqual(outcome(twin, broken, request))
      }
      at += size
    }
    expect(difference(outcome(twin, chunk, request) as Uint8Array, records, request.recordLength)).toBeUndefined()
  })
})

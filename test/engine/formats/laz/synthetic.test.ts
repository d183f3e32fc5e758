import { describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { LasHeader } from "../../../../engine/formats/las/header.js"
import { createLazEncoder } from "../../../../engine/formats/laz/encoder/encoder.js"
import type { LazDecoder, LazLayer, LazRequest } from "../../../../engine/formats/laz/wasm/chunk.js"
import { createLazDecoder } from "../../../../engine/formats/laz/wasm/decoder.js"
import { processorMs } from "../../../processor-ms.js"
import { createLazTwin } from "../../../reference/laz/decoder.js"
import { difference, type LazFile, recordsByLazPerf, recordsOf, requestAll } from "./laz-file.js"

const wasm = await createLazDecoder()
const twin = createLazTwin()
const encoder = createLazEncoder()

const ORDER: readonly LazLayer[] = [
  "z",
  "classification",
  "flags",
  "intensity",
  "scanAngle",
  "userData",
  "sourceId",
  "gpsTime",
  "rgb",
  "nir",
]

const concat = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))

const chunkOf = (record: Uint8Array, count: number, layers: readonly Uint8Array[]): Uint8Array => {
  const sizes = new Uint32Array([count, ...layers.map((layer) => layer.length)])
  return concat([record, new Uint8Array(sizes.buffer), ...layers])
}

/** What a decoder makes of a chunk: its records, or the refusal. */
const outcome = (decoder: LazDecoder, chunk: Uint8Array, request: LazRequest): Uint8Array | string => {
  try {
    return recordsOf(decoder.decode(chunk, request), request)
  } catch (error) {
    // Nothing else: no trap of WebAssembly, no mistake of the decoder.
    if (error instanceof RangeError) return error.message
    throw error
  }
}

/**
 * A chunk of wild values (all channels, all jumps): what laz-perf makes of random bytes, written as an encoder writes it, since a layer
 * must end as an encoder ends. Some layers are empty. No time is a NaN, whose bits an engine may replace.
 */
const wildChunk = async (random: () => number, request: LazRequest): Promise<Uint8Array> => {
  const { count, recordLength, pointFormat, extra = [] } = request
  const below = (n: number): number => Math.floor(random() * n)
  const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, () => below(256))
  const record = bytes(recordLength)
  record[29] = 65
  const names = ["xy", ...ORDER.slice(0, pointFormat + 2), ...extra]
  // Layers that points announce are never empty then: LASzip takes the first value, laz-perf reads on.
  const full: readonly unknown[] = ["xy", "scanAngle", "sourceId", "gpsTime"]
  const layers = names.map((name) => bytes(full.includes(name) || random() < 0.8 ? count * 24 + 40 : 0))
  const records = await recordsByLazPerf(fileOf(chunkOf(record, count, layers), request), 0)
  const view = new DataView(records.buffer, records.byteOffset)
  for (let at = 22; at < records.length; at += recordLength)
    if (Number.isNaN(view.getFloat64(at, true))) view.setUint8(at + 7, 65)
  return encoder.encode(records, { count, recordLength, pointFormat: pointFormat as 6 | 7 | 8 }).slice()
}

const requestFor = (pointFormat: number, extra: number, count: number): LazRequest => {
  const base = pointFormat === 6 ? 30 : pointFormat === 7 ? 36 : 38
  return requestAll({ header: { pointFormat, recordLength: base + extra } as LasHeader }, count)
}

const fileOf = (chunk: Uint8Array, request: LazRequest): LazFile => ({
  path: "synthetic",
  header: { pointFormat: request.pointFormat, recordLength: request.recordLength } as LasHeader,
  laszip: {
    compressor: 3,
    chunkSize: 50000,
    extraBytes: request.extra?.length ?? 0,
  },
  chunks: [{ begin: 0, end: chunk.length, count: request.count, bytes: chunk }],
})

describe("wild chunks", { retry: 2 }, () => {
  test.each([
    [6, 0],
    [6, 3],
    [7, 0],
    [7, 2],
    [8, 0],
    [8, 5],
  ])("of point format %i with %i extra bytes: laz-perf, WebAssembly and twin agree", async (pointFormat, extra) => {
    const random = seededRandom(pointFormat * 10 + extra)
    const channels = new Set<number>()
    for (let i = 0; i < 14; i++) {
      const request = requestFor(pointFormat, extra, i < 12 ? 2 + 3 * i : 150)
      const chunk = await wildChunk(random, request)
      const found = outcome(wasm, chunk, request)
      expect(outcome(twin, chunk, request)).toEqual(found)
      const expected = await recordsByLazPerf(fileOf(chunk, request), 0)
      expect(difference(found as Uint8Array, expected, request.recordLength), `chunk ${i}`).toBeUndefined()
      for (const flags of wasm.decode(chunk, request).flags!) channels.add((flags >> 4) & 3)
    }
    expect(channels.size).toBe(4)
  })
})

describe("a chunk", async () => {
  const request = requestFor(8, 2, 60)
  const random = seededRandom(4)
  const whole = await wildChunk(random, request)
  const layersAt = request.recordLength + 4 + 4 * 13

  test.each([
    ["WebAssembly", wasm],
    ["twin", twin],
  ])("%s: each layer alone is what it is among all", (_name, decoder) => {
    const all = structuredClone(decoder.decode(whole, request))
    for (const layer of request.layers) {
      const alone = decoder.decode(whole, { ...request, layers: [layer], extra: [] }) as unknown as Record<
        string,
        unknown
      >
      for (const name of layer === "rgb" ? ["red", "green", "blue"] : [layer]) {
        expect(alone[name]).toEqual((all as unknown as Record<string, unknown>)[name])
      }
      expect(alone["extra"]).toEqual([])
    }
    expect(decoder.decode(whole, { ...request, layers: [], extra: [1] }).extra[1]).toEqual(all.extra[1])
    const refused = decoder.decode(whole, { ...request, wants: (x, y) => x.length + y.length === 0 })
    expect([refused.count, refused.z]).toEqual([0, undefined])
  })

  test.each([
    ["WebAssembly", wasm],
    ["twin", twin],
  ])("%s: of one point is its first record, whatever follows", (_name, decoder) => {
    const one = { ...request, count: 1 }
    const record = whole.subarray(0, request.recordLength)
    const empty = chunkOf(
      record,
      1,
      Array.from({ length: 13 }, () => new Uint8Array(0)),
    )
    expect(outcome(decoder, empty, one)).toEqual(record)
  })

  test.each([
    ["WebAssembly", wasm],
    ["twin", twin],
  ])("%s: a layer that is a byte longer or shorter than its points is refused", (_name, decoder) => {
    const view = new DataView(whole.buffer)
    for (let i = 0, end = layersAt; i < 13; i++) {
      const at = request.recordLength + 4 + 4 * i
      const size = view.getUint32(at, true)
      end += size
      if (size === 0) continue
      const longer = concat([whole.subarray(0, end), new Uint8Array(1), whole.subarray(end)])
      new DataView(longer.buffer).setUint32(at, size + 1, true)
      expect(outcome(decoder, longer, request)).toMatch(/is not used up by its points/)
      const shorter = concat([whole.subarray(0, end - 1), whole.subarray(end)])
      new DataView(shorter.buffer).setUint32(at, size - 1, true)
      expect(outcome(decoder, shorter, request)).toMatch(/ends too early|not used up/)
    }
    expect(outcome(decoder, whole.subarray(0, whole.length - 1), request)).toMatch(/layers need more/)
    expect(outcome(decoder, whole.subarray(0, 20), request)).toMatch(/less than one record/)
    expect(outcome(decoder, whole, { ...request, count: 61 })).toMatch(/holds 60 points where 61/)
  })

  test("400 seeded mutations: points or a refusal, soon, and both decoders say the same", () => {
    const mutate = seededRandom(11)
    const below = (n: number): number => Math.floor(mutate() * n)
    const outcomes = { read: 0, refused: 0 }
    let slowest = 0
    for (let i = 0; i < 400; i++) {
      const mutant = whole.slice()
      for (let k = 0; k < 1 + below(4); k++) {
        // Not the first point's GPS time: its bits may become a NaN, which an engine may replace.
        const at = below(mutant.length)
        if (at < 22 || at >= 30) mutant[at] = below(256)
      }
      const started = processorMs()
      const found = outcome(wasm, mutant, request)
      slowest = Math.max(slowest, processorMs() - started)
      expect(outcome(twin, mutant, request)).toEqual(found)
      outcomes[typeof found === "string" ? "refused" : "read"]++
    }
    expect(slowest).toBeLessThan(500)
    expect(outcomes.refused).toBeGreaterThan(100)
    // The decoder is sound afterwards.
    expect(outcome(wasm, whole, request)).toEqual(outcome(twin, whole, request))
  })
})

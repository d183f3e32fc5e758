import { describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { createLazEncoder } from "../../../../engine/formats/laz/encoder/encoder.js"
import type { LazRequest } from "../../../../engine/formats/laz/wasm/chunk.js"
import { createLazDecoder } from "../../../../engine/formats/laz/wasm/decoder.js"
import { processorMs } from "../../../processor-ms.js"
import { chunkOf, columnDifference, fileOf, judge, ORDER, outcome, recordsByLazPerf, requestFor } from "./laz-file.js"

const decoder = await createLazDecoder()
const encoder = await createLazEncoder()

const concat = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))

/**
 * A chunk of wild values (all channels, all jumps): what laz-perf makes of random bytes, written as
 * an encoder writes it, since a layer must end as an encoder ends. Some layers are empty. No time
 * is a NaN, whose bits an engine may replace.
 */
const wildChunk = async (random: () => number, request: LazRequest): Promise<Uint8Array> => {
  const { count, recordLength, pointFormat, extra = [] } = request
  const below = (n: number): number => Math.floor(random() * n)
  const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, () => below(256))
  const record = bytes(recordLength)
  record[29] = 65
  const names = [...ORDER.slice(0, pointFormat + 3), ...extra]
  // Layers that points announce are never empty then: LASzip takes the first value, laz-perf reads
  // on.
  const full: readonly unknown[] = ["xy", "scanAngle", "sourceId", "gpsTime"]
  const layers = names.map((name) => bytes(full.includes(name) || random() < 0.8 ? count * 24 + 40 : 0))
  const records = await recordsByLazPerf(fileOf(chunkOf(record, count, layers), request), 0)
  const view = new DataView(records.buffer, records.byteOffset)
  for (let at = 22; at < records.length; at += recordLength)
    if (Number.isNaN(view.getFloat64(at, true))) view.setUint8(at + 7, 65)
  return encoder.encode(records, { count, recordLength, pointFormat: pointFormat as 6 | 7 | 8 }).slice()
}

describe("wild chunks", { retry: 2 }, () => {
  test.each([
    [6, 0],
    [6, 3],
    [7, 0],
    [7, 2],
    [8, 0],
    [8, 5],
  ])("of point format %i with %i extra bytes: laz-perf and WebAssembly agree", async (pointFormat, extra) => {
    const random = seededRandom(pointFormat * 10 + extra)
    const channels = new Set<number>()
    for (let i = 0; i < 14; i++) {
      const request = requestFor(pointFormat, extra, i < 12 ? 2 + 3 * i : 150)
      const chunk = await wildChunk(random, request)
      const found = decoder.decode(chunk, request)
      for (const flags of found.flags!) channels.add((flags >> 4) & 3)
      const expected = await recordsByLazPerf(fileOf(chunk, request), 0)
      expect(columnDifference(found, expected, request), `chunk ${i}`).toBeUndefined()
    }
    expect(channels.size).toBe(4)
  })
})

describe("a chunk", async () => {
  const request = requestFor(8, 2, 60)
  const random = seededRandom(4)
  const whole = await wildChunk(random, request)
  const records = await recordsByLazPerf(fileOf(whole, request), 0)
  const layersAt = request.recordLength + 4 + 4 * 13

  test("each layer alone is what laz-perf makes of all", () => {
    for (const layer of request.layers) {
      const one = { ...request, layers: [layer], extra: [] }
      const alone = decoder.decode(whole, one)
      expect(columnDifference(alone, records, one), layer).toBeUndefined()
      expect(alone.extra).toEqual([])
      for (const other of ["z", "flags", "gpsTime", "nir"] as const)
        expect(alone[other] === undefined, `${other} beside ${layer}`).toBe(other !== layer)
    }
    const byte = { ...request, layers: [], extra: [1] }
    expect(columnDifference(decoder.decode(whole, byte), records, byte)).toBeUndefined()
    const refused = decoder.decode(whole, { ...request, wants: (x, y) => x.length + y.length === 0 })
    expect([refused.count, refused.z]).toEqual([0, undefined])
  })

  test("of one point is its first record, whatever follows", () => {
    const one = { ...request, count: 1 }
    const record = whole.subarray(0, request.recordLength)
    const empty = chunkOf(
      record,
      1,
      Array.from({ length: 13 }, () => new Uint8Array(0)),
    )
    expect(columnDifference(decoder.decode(empty, one), record, one)).toBeUndefined()
  })

  test("a layer that is a byte longer or shorter than its points is refused", () => {
    const view = new DataView(whole.buffer)
    for (let i = 0, end = layersAt; i < 13; i++) {
      const at = request.recordLength + 4 + 4 * i
      const size = view.getUint32(at, true)
      end += size
      if (size === 0) continue
      const longer = concat([whole.subarray(0, end), new Uint8Array(1), whole.subarray(end)])
      new DataView(longer.buffer).setUint32(at, size + 1, true)
      expect(outcome(decoder, longer, request)).toMatch(/continues after its points/)
      const shorter = concat([whole.subarray(0, end - 1), whole.subarray(end)])
      new DataView(shorter.buffer).setUint32(at, size - 1, true)
      expect(outcome(decoder, shorter, request)).toMatch(/ends too early|continues after/)
    }
    expect(outcome(decoder, whole.subarray(0, whole.length - 1), request)).toMatch(/layers need more/)
    expect(outcome(decoder, whole.subarray(0, 20), request)).toMatch(/less than one record/)
    expect(outcome(decoder, whole, { ...request, count: 61 })).toMatch(/has 60 points, not the 61/)
  })

  test("400 seeded mutations: refused, or laz-perf's points, soon", async () => {
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
      const found = outcome(decoder, mutant, request)
      slowest = Math.max(slowest, processorMs() - started)
      outcomes[typeof found === "string" ? "refused" : "read"]++
      await judge(found, mutant, request)
    }
    expect(slowest).toBeLessThan(500)
    expect(outcomes.refused).toBeGreaterThan(100)
    expect(outcomes.read).toBeGreaterThan(5)
    // The decoder is sound afterwards.
    expect(columnDifference(decoder.decode(whole, request), records, request)).toBeUndefined()
  })
})

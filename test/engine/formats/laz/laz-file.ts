import { expect } from "vitest"
import { EngineError } from "../../../../engine/errors.js"
import { openCopc } from "../../../../engine/formats/copc/open-copc.js"
import {
  type LasHeader,
  parseHeader,
  parseVlrs,
  RECORD_BYTES,
  readEvlrs,
  readPreamble,
} from "../../../../engine/formats/las/header.js"
import { decodeChunk } from "../../../../engine/formats/laz/chunk-decoder.js"
import { lazEncoder } from "../../../../engine/formats/laz/encoder/encoder.js"
import { type Chunk, type Laszip, parseLaszip, readChunkTable } from "../../../../engine/formats/laz/laszip.js"
import type { LazColumns, LazDecoder, LazLayer, LazRequest } from "../../../../engine/formats/laz/wasm/chunk.js"
import { openBytes } from "../../../../engine/io/bytes.js"

/** A LAZ file taken apart into its chunks. */
export interface LazFile {
  readonly path: string
  readonly header: LasHeader
  readonly laszip: Laszip
  readonly chunks: readonly (Chunk & { readonly bytes: Uint8Array })[]
}

/** Reads all chunks of a LAZ or COPC file. */
export const readLazFile = async (path: string): Promise<LazFile> => {
  const source = await openBytes(path)
  try {
    const head = await source.read(0, Math.min(65536, source.size))
    const header = parseHeader(head, source, [])
    const vlrs = [
      ...parseVlrs(await readPreamble(source, header, head), header, []),
      ...(await readEvlrs(source, header, [])),
    ]
    const laszip = parseLaszip(vlrs, header, path)
    const copc = await openCopc(source, header, vlrs, [])
    const table = copc === undefined ? (await readChunkTable(source, header, laszip)).chunks : await copc.nodes({})
    const chunks = []
    for (const chunk of table) chunks.push({ ...chunk, bytes: await source.read(chunk.begin, chunk.end) })
    return { path, header, laszip, chunks }
  } finally {
    await source.close()
  }
}

/** The raw records of a chunk, by laz-perf. */
export const recordsByLazPerf = async (file: LazFile, index: number): Promise<Uint8Array> => {
  const chunk = file.chunks[index]
  const records = new Uint8Array(chunk.count * file.header.recordLength)
  let at = 0
  for (const block of await decodeChunk(chunk.bytes, chunk, file.header, file.path)) {
    records.set(block, at)
    at += block.length
  }
  return records
}

/** A file of one chunk, which is in no file. */
export const fileOf = (chunk: Uint8Array, { pointFormat, recordLength, count }: LazRequest): LazFile => ({
  path: "synthetic",
  header: { pointFormat, recordLength } as LasHeader,
  laszip: { compressor: 3, chunkSize: 50000, extraBytes: recordLength - RECORD_BYTES[pointFormat]! },
  chunks: [{ begin: 0, end: chunk.length, count, bytes: chunk }],
})

/** A request for everything in a chunk of no file. */
export const requestFor = (pointFormat: number, extra: number, count: number): LazRequest =>
  requestAll({ header: { pointFormat, recordLength: RECORD_BYTES[pointFormat]! + extra } as LasHeader }, count)

/**
 * What a decoder makes of a chunk, or why it refuses; anything else, such as a trap of WebAssembly,
 * is thrown.
 */
export const outcome = (
  decoder: LazDecoder,
  chunk: Uint8Array,
  request: LazRequest,
  ahead?: Parameters<LazDecoder["decode"]>[2],
): LazColumns | string => {
  try {
    return structuredClone(decoder.decode(chunk, request, ahead))
  } catch (error) {
    if (error instanceof RangeError) return error.message
    throw error
  }
}

/** Each column, the layer that holds it, how a record holds a value and where. */
const COLUMNS = [
  ["x", "xy", "getInt32", 0],
  ["y", "xy", "getInt32", 4],
  ["z", "z", "getInt32", 8],
  ["intensity", "intensity", "getUint16", 12],
  ["returns", "xy", "getUint8", 14],
  ["flags", "flags", "getUint8", 15],
  ["classification", "classification", "getUint8", 16],
  ["userData", "userData", "getUint8", 17],
  ["scanAngle", "scanAngle", "getInt16", 18],
  ["sourceId", "sourceId", "getUint16", 20],
  ["gpsTime", "gpsTime", "getBigUint64", 22],
  ["red", "rgb", "getUint16", 30],
  ["green", "rgb", "getUint16", 32],
  ["blue", "rgb", "getUint16", 34],
  ["nir", "nir", "getUint16", 36],
] as const

/**
 * Names the first value of the columns asked for that is not as in the records, or undefined; times
 * are compared as bits.
 */
export const columnDifference = (found: LazColumns, records: Uint8Array, request: LazRequest): string | undefined => {
  const { count, recordLength, pointFormat, layers, extra = [] } = request
  if (found.count !== count) return `${found.count} points for ${count}`
  const view = new DataView(records.buffer, records.byteOffset, records.length)
  for (const [name, layer, get, at] of COLUMNS) {
    if (layer !== "xy" && !layers.includes(layer)) continue
    const column = found[name]!
    const values = column instanceof Float64Array ? new BigUint64Array(column.slice().buffer) : column
    for (let i = 0; i < count; i++) {
      const wanted = view[get](i * recordLength + at, true)
      if (values[i] !== wanted) return `point ${i}: ${name} ${values[i]} for ${wanted}`
    }
  }
  for (const k of extra) {
    const at = RECORD_BYTES[pointFormat]! + k
    for (let i = 0; i < count; i++)
      if (found.extra[k]![i] !== records[i * recordLength + at]) return `point ${i}: extra byte ${k}`
  }
  return undefined
}

/** A chunk from its first record and its layers. */
export const chunkOf = (record: Uint8Array, count: number, layers: readonly Uint8Array[]): Uint8Array => {
  const sizes = new Uint32Array([count, ...layers.map(({ length }) => length)])
  return Uint8Array.from(Buffer.concat([record, new Uint8Array(sizes.buffer), ...layers]))
}

/** Layers in the order of a chunk, before those of extra bytes. */
export const ORDER: readonly (LazLayer | "xy")[] = [
  "xy",
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

/**
 * A chunk with zeros, more than its points need, for the layers not asked for: laz-perf decodes
 * all, and would trap at a short one.
 */
const padded = (
  chunk: Uint8Array,
  { count, recordLength, pointFormat, layers, extra = [] }: LazRequest,
): Uint8Array => {
  const named = pointFormat + 3
  const total = named + recordLength - RECORD_BYTES[pointFormat]!
  const view = new DataView(chunk.buffer, chunk.byteOffset)
  let at = recordLength + 4 + 4 * total
  const parts = Array.from({ length: total }, (_, i) => {
    const name = ORDER[i]!
    const bytes = chunk.subarray(at, at + view.getUint32(recordLength + 4 + 4 * i, true))
    at += bytes.length
    const isWanted = i < named ? name === "xy" || layers.includes(name) : extra.includes(i - named)
    return isWanted ? bytes : new Uint8Array(64 * count)
  })
  return chunkOf(chunk.subarray(0, recordLength), count, parts)
}

/**
 * Fails unless a decoder gave the points that laz-perf gives, or refused a chunk that no encoder
 * writes: not the one of laz-perf's points.
 */
export const judge = async (found: LazColumns | string, chunk: Uint8Array, request: LazRequest): Promise<void> => {
  const { count, recordLength, pointFormat } = request
  const recordsOf = (bytes: Uint8Array): Promise<Uint8Array | undefined> =>
    recordsByLazPerf(fileOf(bytes, request), 0).catch((error: unknown) => {
      if (error instanceof EngineError) return undefined
      throw error
    })
  if (typeof found !== "string") {
    const records = await recordsOf(padded(chunk, request))
    expect(records, "points that laz-perf cannot decode").toBeDefined()
    expect(columnDifference(found, records!, request)).toBeUndefined()
  } else {
    const records = await recordsOf(chunk)
    if (records === undefined) return
    const written = (await lazEncoder()).encode(records, { count, recordLength, pointFormat: pointFormat as 6 | 7 | 8 })
    expect(Buffer.compare(written, chunk), found).not.toBe(0)
  }
}

/** Everything that a chunk of a file holds. */
export const requestAll = (file: Pick<LazFile, "header">, count: number): LazRequest => {
  const { pointFormat, recordLength } = file.header
  const layers: LazLayer[] = [
    "z",
    "classification",
    "flags",
    "intensity",
    "scanAngle",
    "userData",
    "sourceId",
    "gpsTime",
  ]
  if (pointFormat >= 7) layers.push("rgb")
  if (pointFormat === 8) layers.push("nir")
  const extra = recordLength - RECORD_BYTES[pointFormat]!
  return { count, pointFormat, recordLength, layers, extra: Array.from({ length: extra }, (_, i) => i) }
}

/** Names the first difference of two lists of records, or undefined when they are equal. */
export const difference = (found: Uint8Array, expected: Uint8Array, recordLength: number): string | undefined => {
  if (Buffer.compare(found, expected) === 0) return undefined
  const at = found.findIndex((byte, i) => byte !== expected[i])
  return `point ${Math.floor(at / recordLength)}, byte ${at % recordLength}: ${found[at]} for ${expected[at]}`
}

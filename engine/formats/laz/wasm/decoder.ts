/**
 * Decoder of LAZ layers in WebAssembly (`assembly/`). One instance per thread suffices. Its memory
 * grows to the largest two neighbouring chunks (about 8 MB for 50,000 points each) and never
 * shrinks.
 */
import { loadWasm, type WasmGlobal, type WasmMemory } from "../../../core/wasm.js"
import { type LayerDecoder, type LazDecoder, layeredDecoder } from "./chunk.js"

/**
 * Exports of `assembly/index.ts`. Addresses and counts are u32; results as in {@link
 * LayerDecoder.decode}.
 */
interface Exports {
  readonly memory: WasmMemory
  setUp(): number
  /** Addresses of the two lanes, each the state of one layer's decoder. */
  readonly FIRST: WasmGlobal
  readonly SECOND: WasmGlobal
  startLayer(lane: number, source: number, size: number, turned: number): void
  decodeXy(count: number, channel: number, xs: number, ys: number, returns: number, links: number): number
  startXy(lane: number, channel: number, xs: number, ys: number, returns: number, links: number): void
  decodeXyOfTwo(count: number, other: number): number
  decodeZAndTime(count: number, zs: number, times: number, links: number): number
  decodeRgb(count: number, red: number, green: number, blue: number, links: number): number
  leastOf(column: number, count: number): number
  mostOf(column: number, count: number): number
  placeColumn(column: number, count: number, scale: number, offset: number): void
  settleColumn(column: number, count: number): void
  /** Columns in the order of the record; their addresses. */
  interleave(from: number, count: number, recordLength: number, pointFormat: number, ...columns: number[]): void
  recordsAt(): number
  readonly [name: string]: unknown
}

const PAGE = 65536
/** Size of the place where records are written. */
const RECORDS_BYTES = 4 * 65536
/** Readable bytes below a reversed layer, for broken streams. */
const PADDING = 256
const COLUMN_LAYERS: Readonly<Record<string, string>> = {
  z: "decodeZ",
  classification: "decodeClassification",
  flags: "decodeFlags",
  intensity: "decodeIntensity",
  scanAngle: "decodeScanAngle",
  userData: "decodeUserData",
  sourceId: "decodeSourceId",
  gpsTime: "decodeGpsTime",
  nir: "decodeNir",
  byte: "decodeByte",
}
const ARRAYS = { Int32: Int32Array, Uint8: Uint8Array, Uint16: Uint16Array, Int16: Int16Array, Float64: Float64Array }

/** Columns in the order of the record. */
const COLUMNS = [
  ...(["x", "y", "z", "intensity", "returns", "flags", "classification", "userData"] as const),
  ...(["scanAngle", "sourceId", "gpsTime", "red", "green", "blue", "nir"] as const),
]

let decoder: Promise<LazDecoder> | undefined

/**
 * Returns this thread's decoder, instantiated at the first call.
 *
 * @throws EngineError `E_INTERNAL` if the module is missing
 */
export const lazDecoder = (): Promise<LazDecoder> => {
  decoder ??= createLazDecoder().catch((error: unknown) => {
    decoder = undefined
    throw error
  })
  return decoder
}

/**
 * Creates a decoder with memory of its own. Its columns are views of that memory: copy those that
 * must outlive the next call.
 */
export const createLazDecoder = async (): Promise<LazDecoder> => {
  const wasm = (await loadWasm<Exports>("laz"))()
  return {
    decode: layeredDecoder(wasmLayers(wasm)),
    range: ({ byteOffset, length }) =>
      length === 0 ? [0, 0] : [wasm.leastOf(byteOffset, length), wasm.mostOf(byteOffset, length)],
    place: ({ byteOffset, length }, scale, offset) => wasm.placeColumn(byteOffset, length, scale, offset),
    records: (columns, { pointFormat, recordLength }, into) => {
      const places = COLUMNS.map((name) => (columns[name] as Uint8Array | undefined)?.byteOffset ?? 0)
      const most = Math.floor(RECORDS_BYTES / recordLength)
      for (let done = 0; done < columns.count; done += most) {
        const n = Math.min(most, columns.count - done)
        wasm.interleave(done, n, recordLength, pointFormat, ...places)
        into.set(new Uint8Array(wasm.memory.buffer, wasm.recordsAt(), n * recordLength), done * recordLength)
      }
    },
    settle: ({ byteOffset, length }) => wasm.settleColumn(byteOffset, length),
  }
}

const wasmLayers = (wasm: Exports): LayerDecoder => {
  const base = (wasm.setUp() + 15) & ~15
  const { FIRST, SECOND } = wasm
  let [source, turned, beside, free] = [base, base, base, base]
  const start = (lane: number, bytes: Uint8Array, place: number): void => {
    new Uint8Array(wasm.memory.buffer).set(bytes, source)
    wasm.startLayer(lane, source, bytes.length, place)
  }
  return {
    reserve: (columnBytes, layerBytes, besideBytes) => {
      // Columns are below the layers: a stream that runs past its end reads the padding at lower
      // addresses, and never writes there.
      free = base
      source = (base + columnBytes + 15) & ~15
      turned = (source + layerBytes + 15) & ~15
      beside = (turned + PADDING + layerBytes + 15) & ~15
      const missing = beside + PADDING + besideBytes + 16 - wasm.memory.buffer.byteLength
      if (missing > 0) wasm.memory.grow(Math.ceil(missing / PAGE))
    },
    column: (type, count) => {
      const column = new ARRAYS[type](wasm.memory.buffer, free, count)
      free = (free + column.byteLength + 7) & ~7
      return column
    },
    decode: (layer, bytes, columns, links) => {
      start(FIRST.value, bytes, turned)
      const count = links.length
      const [a, b, c] = columns.map((column) => column.byteOffset) as [number, number, number]
      if (layer === "xy") return wasm.decodeXy(count, links[0] >> 8, a, b, c, links.byteOffset)
      if (layer === "rgb") return wasm.decodeRgb(count, a, b, c, links.byteOffset)
      const decode = wasm[COLUMN_LAYERS[layer]] as (count: number, column: number, links: number) => number
      return decode(count, a, links.byteOffset)
    },
    decodeXyOfTwo: (one, other) => {
      start(FIRST.value, one.bytes, turned)
      start(SECOND.value, other.bytes, beside)
      for (const [lane, { columns, links }] of [[FIRST.value, one] as const, [SECOND.value, other] as const]) {
        const [x, y, returns] = columns.map((column) => column.byteOffset) as [number, number, number]
        wasm.startXy(lane, links[0] >> 8, x, y, returns, links.byteOffset)
      }
      return statusesOf(wasm.decodeXyOfTwo(one.links.length, other.links.length))
    },
    decodeZAndTime: (z, time, links) => {
      start(FIRST.value, z.bytes, turned)
      start(SECOND.value, time.bytes, beside)
      const { byteOffset, length } = links
      return statusesOf(wasm.decodeZAndTime(length, z.column.byteOffset, time.column.byteOffset, byteOffset))
    },
  }
}

const statusesOf = (both: number): readonly [number, number] => [both & 255, both >> 8]

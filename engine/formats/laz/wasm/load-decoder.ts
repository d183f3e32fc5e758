/**
 * Loader of the WebAssembly decoder of LAZ layers (`assembly/`, built by `npm run build` into `laz.wasm` beside this module's
 * output). It sees no file: whoever loads it gives the binary's bytes. One instance a thread is enough; its memory grows to the
 * largest two neighbouring chunks (about 8 MB for 50,000 points each) and stays.
 */
import { type LayerDecoder, type LazDecoder, layeredDecoder } from "./chunk.js"

/** What `assembly/index.ts` exports. Addresses and counts are u32; results as {@link LayerDecoder.decode} says. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  setUp(): number
  /** Addresses of the two lanes: what decodes a layer. */
  readonly FIRST: { readonly value: number }
  readonly SECOND: { readonly value: number }
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
  readonly [name: string]: unknown
}

/** The part of the `WebAssembly` global that is used; its types are those of browsers. */
interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: unknown }
}

const PAGE = 65536
/** What lies below a turned layer: bytes that a broken stream may look at. */
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

/**
 * Instantiates the decoder.
 *
 * Columns that it gives are views of its memory: copy what must outlive the next call.
 *
 * @param binary the bytes of `laz.wasm`
 */
export const createLazDecoder = (binary: Uint8Array): LazDecoder => {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal }
  const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), {})
  const wasm = instance.exports as Exports
  return {
    decode: layeredDecoder(wasmLayers(wasm)),
    range: ({ byteOffset, length }) =>
      length === 0 ? [0, 0] : [wasm.leastOf(byteOffset, length), wasm.mostOf(byteOffset, length)],
    place: ({ byteOffset, length }, scale, offset) => wasm.placeColumn(byteOffset, length, scale, offset),
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
      // Columns first: a stream that runs past its end looks at lower addresses, of the padding, and never writes there.
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

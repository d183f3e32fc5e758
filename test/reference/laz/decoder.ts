/**
 * The decoder of LAZ layers in plain TypeScript: the reference implementation of
 * `engine/formats/laz/wasm/assembly/`, file by file and equal bit by bit. It decodes one layer
 * after another; the native decoder takes x and y of two chunks in turns, and z beside GPS time.
 */
import {
  type Column,
  type LayerDecoder,
  type LazDecoder,
  layeredDecoder,
} from "../../../engine/formats/laz/wasm/chunk.js"
import {
  decodeFlags,
  decodeGpsTime,
  decodeIntensity,
  decodeScanAngle,
  decodeSourceId,
  decodeUserData,
} from "./attributes.js"
import { layerStatus, startLayer } from "./coder.js"
import { decodeByte, decodeNir, decodeRgb } from "./colours.js"
import { twinColumns } from "./columns.js"
import { decodeXy } from "./xy.js"
import { decodeClassification, decodeZ } from "./z.js"

const ARRAYS = { Int32: Int32Array, Uint8: Uint8Array, Uint16: Uint16Array, Int16: Int16Array, Float64: Float64Array }

type Decode = (columns: readonly Column[], links: Uint16Array) => void

/** How each layer is decoded; the columns are those of `engine/formats/laz/wasm/chunk.ts`. */
const DECODE: Readonly<Record<string, Decode>> = {
  xy: ([x, y, returns], links) => decodeXy(x as Int32Array, y as Int32Array, returns as Uint8Array, links),
  z: ([z], links) => decodeZ(z as Int32Array, links),
  classification: ([codes], links) => decodeClassification(codes as Uint8Array, links),
  flags: ([flags], links) => decodeFlags(flags as Uint8Array, links),
  intensity: ([values], links) => decodeIntensity(values as Uint16Array, links),
  scanAngle: ([angles], links) => decodeScanAngle(angles as Int16Array, links),
  userData: ([values], links) => decodeUserData(values as Uint8Array, links),
  sourceId: ([ids], links) => decodeSourceId(ids as Uint16Array, links),
  gpsTime: ([times], links) => decodeGpsTime(times as Float64Array, links),
  rgb: ([red, green, blue], links) => decodeRgb(red as Uint16Array, green as Uint16Array, blue as Uint16Array, links),
  nir: ([values], links) => decodeNir(values as Uint16Array, links),
  byte: ([values], links) => decodeByte(values as Uint8Array, links),
}

/**
 * The twin of `createLazDecoder`: the same calls, the same results; each call gives new arrays. All twins of a thread share one working
 * memory (0.5 MB, and the largest layer met): a layer is decoded in one go.
 */
export const createLazTwin = (): LazDecoder => {
  const layers: LayerDecoder = {
    reserve: () => {},
    column: (type, count) => new ARRAYS[type](count),
    decode: (layer, bytes, columns, links) => {
      startLayer(bytes)
      DECODE[layer](columns, links)
      return layerStatus()
    },
  }
  return { decode: layeredDecoder(layers), ...twinColumns }
}

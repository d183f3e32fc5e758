/**
 * Encodes layered LAZ chunks (compressor 3, items of version 3), the reverse of
 * `../wasm/assembly/`. It makes the same choices as LASzip, hence writes the same bytes. Each layer
 * is one loop over the raw records.
 */
import { EncoderChannels, type RawRecords } from "./channels.js"
import { encodeByte, encodeNir, encodeRgb } from "./colour.js"
import {
  encodeClassification,
  encodeFlags,
  encodeIntensity,
  encodeScanAngle,
  encodeSourceId,
  encodeUserData,
  encodeZ,
} from "./point.js"
import { encodeGpsTime } from "./time.js"
import { encodeXy } from "./xy.js"

/** Encodes chunks one after another. */
export interface LazEncoder {
  /**
   * Encodes a chunk of `count` whole raw records of format 6, 7 or 8, little-endian. The chunk:
   * first record, u32 count, one u32 size a layer, then the layers. O(n) time. Memory: some bytes a
   * point besides the chunk, reused for the next one.
   *
   * @returns a new array
   * @throws RangeError for no point, another format, or records that are too short
   */
  encode(
    records: Uint8Array,
    request: {
      readonly count: number
      readonly pointFormat: number
      readonly recordLength: number
      /** Bytes from one record to the next; default: the record's length. */
      readonly stride?: number
    },
  ): Uint8Array
}

interface Layer {
  /** Offset of the layer's bytes in the record. */
  readonly at: number
  readonly bytes: number
  /** Bits that belong to the layer; default: all. */
  readonly mask?: number
  /** Written even if all points have the same value. */
  readonly always?: true
  readonly encode: (channels: EncoderChannels, records: RawRecords, links: Uint16Array, place: number) => void
}

/** Layers in file order. Format 7 ends with colours, format 6 before them. */
const LAYERS: readonly Layer[] = [
  { at: 0, bytes: 8, always: true, encode: encodeXy },
  { at: 8, bytes: 4, always: true, encode: encodeZ },
  { at: 16, bytes: 1, encode: encodeClassification },
  { at: 15, bytes: 1, mask: 0xcf, encode: encodeFlags },
  { at: 12, bytes: 2, encode: encodeIntensity },
  { at: 18, bytes: 2, encode: encodeScanAngle },
  { at: 17, bytes: 1, encode: encodeUserData },
  { at: 20, bytes: 2, encode: encodeSourceId },
  { at: 22, bytes: 8, encode: encodeGpsTime },
  { at: 30, bytes: 6, encode: encodeRgb },
  { at: 36, bytes: 2, encode: encodeNir },
]
const RECORD_BYTES: Readonly<Record<number, number>> = { 6: 30, 7: 36, 8: 38 }

const layersOf = (pointFormat: number, recordLength: number): readonly Layer[] => {
  const base = RECORD_BYTES[pointFormat]
  if (base === undefined || recordLength < base) {
    throw new RangeError(`point format ${pointFormat} of ${recordLength} bytes cannot be written in layers`)
  }
  const extra = Array.from({ length: recordLength - base }, (_, i) => ({ at: base + i, bytes: 1, encode: encodeByte }))
  return [...LAYERS.slice(0, 9 + pointFormat - 6), ...extra]
}

/** True if a point differs from the first one in the layer's bytes. */
const changes = ({ bytes, count, length }: RawRecords, layer: Layer): boolean => {
  const mask = layer.mask ?? 255
  for (let k = layer.at; k < layer.at + layer.bytes; k++) {
    const first = bytes[k]
    for (let i = 1, at = length + k; i < count; i++, at += length) {
      if (((bytes[at] ^ first) & mask) !== 0) return true
    }
  }
  return false
}

/** LASzip also writes colours that are all the same, unless grey. */
const isColoured = ({ view }: RawRecords): boolean =>
  view.getUint16(30, true) !== view.getUint16(32, true) || view.getUint16(30, true) !== view.getUint16(34, true)

/** Creates an encoder for many chunks, with its models and buffers (2 MB). */
export const createLazEncoder = (): LazEncoder => {
  const channels = new EncoderChannels()
  const { coder } = channels
  let links = new Uint16Array(0)
  return {
    encode: (bytes, { count, pointFormat, recordLength: length, stride = length }) => {
      const layers = layersOf(pointFormat, length)
      if (count < 1 || bytes.length < count * stride) {
        throw new RangeError(`${bytes.length} bytes are not ${count} records of ${stride}, or there is no record`)
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const records = { bytes, view, count, length: stride }
      if (links.length < count) links = new Uint16Array(count)
      let end = length + 4 + 4 * layers.length
      const sizes = layers.map((layer) => {
        const wanted =
          layer.always === true ||
          changes(records, layer) ||
          (layer.encode === encodeRgb && count > 1 && isColoured(records))
        if (!wanted) return 0
        const begin = end
        coder.start(begin)
        layer.encode(channels, records, links, layer.at)
        end = coder.end()
        return end - begin
      })
      const chunk = coder.bytes.slice(0, end)
      chunk.set(bytes.subarray(0, length))
      const head = new DataView(chunk.buffer)
      for (const [i, value] of [count, ...sizes].entries()) head.setUint32(length + 4 * i, value, true)
      return chunk
    },
  }
}

let encoder: LazEncoder | undefined

/** The one encoder of this thread. */
export const lazEncoder = (): LazEncoder => {
  encoder ??= createLazEncoder()
  return encoder
}

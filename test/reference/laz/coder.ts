/**
 * The arithmetic coder of LASzip (M. Isenburg 2013) over one layer: the reference implementation
 * of `assembly/coder.ts`.
 *
 * Value and length of the interval are unsigned 32-bit integers kept as signed ones, since V8
 * would make doubles of numbers from 2^31 on; they become unsigned where they are divided and
 * compared.
 */

/** Bytes of zeros beyond a layer's end: what one point can take at most, and four more. */
const PADDING = 256

/**
 * State of the coder: by {@link VALUE}, {@link LENGTH}, {@link AT} (the next byte), {@link END} (the layer's bytes; −1: the stream holds
 * what no encoder writes).
 */
export const coder = new Int32Array(4)
export const VALUE = 0
export const LENGTH = 1
export const AT = 2
export const END = 3

let bytes = new Uint8Array(1 << 16)
let view = new DataView(bytes.buffer)

/** The layer's bytes, then zeros; good until the next {@link startLayer}. */
export const layerView = (): DataView => view

/** Starts on a layer. */
export const startLayer = (layer: Uint8Array): void => {
  const end = layer.length
  if (end + PADDING > bytes.length) {
    bytes = new Uint8Array(2 * end + PADDING)
    view = new DataView(bytes.buffer)
  }
  bytes.set(layer)
  bytes.fill(0, end, end + PADDING)
  const first = view.getInt32(0)
  // The value is always below the length. Where it begins as high as that, no encoder wrote it.
  coder[VALUE] = first === -1 ? -2 : first
  coder[LENGTH] = -1
  coder[AT] = 4
  coder[END] = first === -1 ? -1 : end
}

/**
 * 0: the layer was read to its last byte and ends as an encoder ends; 1: too short, or impossible; 2: bytes are left.
 *
 * LASzip's encoder closes on base + 2^24, cut to its highest byte, or on base + 2^23, cut to two, where the interval is narrow; zeros follow.
 * The value left is what was added, less what was cut. A broken stream that happens to end at the last byte rarely ends on that.
 */
export const layerStatus = (): number => {
  const left = coder[END] - coder[AT]
  if (left !== 0) return left < 0 ? 1 : 2
  const value = coder[VALUE] >>> 0
  const tail = view.getUint32(coder[END] - 4)
  const wide = coder[LENGTH] >>> 0 > 0x02000000
  const sound = wide
    ? value > 0 && value <= 0x01000000 && (tail & 0xffffff) === 0
    : value > 0x7f0000 && value <= 0x800000 && (tail & 0xffff) === 0
  return sound ? 0 : 1
}

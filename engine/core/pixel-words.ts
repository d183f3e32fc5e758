/** Reads RGBA pixels as 32-bit words, which is several times as fast as four separate bytes. */

/** True on little-endian machines, nearly all of them. */
const IS_LITTLE = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/**
 * RGBA pixels as 32-bit words, red lowest and alpha highest: a view of the same memory. Undefined
 * where no view is possible: misaligned bytes, or a big-endian machine.
 */
export const pixelWords = (data: Uint8Array): Uint32Array | undefined =>
  IS_LITTLE && data.byteOffset % 4 === 0 ? new Uint32Array(data.buffer, data.byteOffset, data.length >> 2) : undefined

/** The same for reading only, on any machine: a copy where no view is possible. */
export const readPixelWords = (data: Uint8Array): Uint32Array => {
  const words = pixelWords(data)
  if (words !== undefined) return words
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  return Uint32Array.from({ length: data.length >> 2 }, (_, i) => view.getUint32(4 * i, true))
}

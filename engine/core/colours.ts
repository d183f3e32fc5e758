/** Colours: those of the LiDAR HD classes, and pixels as 32-bit words. */

const SRGB: ReadonlyMap<number, readonly [number, number, number]> = new Map([
  [1, [176, 172, 164]], // unclassified
  [2, [190, 168, 132]], // ground
  [3, [158, 182, 106]], // low vegetation
  [4, [114, 156, 82]], // medium vegetation
  [5, [68, 118, 62]], // high vegetation
  [6, [190, 102, 82]], // building
  [9, [86, 138, 186]], // water
  [17, [140, 142, 148]], // bridge deck
  [64, [166, 150, 168]], // lasting above-ground
  [65, [120, 110, 110]], // artefact
  [66, [208, 192, 162]], // virtual points: ground that was filled
  [67, [160, 128, 112]], // miscellaneous built
])
const OTHER: readonly [number, number, number] = [170, 170, 170]

/** Red, green, blue (sRGB, 0 to 255) of a class; grey for other classes. */
export const classColour = (code: number): readonly [number, number, number] => SRGB.get(code) ?? OTHER

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

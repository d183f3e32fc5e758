/**
 * The fast path of `sample-pixels.ts`: copies opaque pixels and averages whole squares of pixels.
 */
import { pixelWords } from "../../../core/colours.js"

const [OPAQUE, EVEN] = [0xff000000, 0x00ff00ff]

/** A row of adjacent squares of pixels, as words of {@link pixelWords}. */
export interface PixelBlocks {
  readonly words: Uint32Array
  /** `start`: first pixel of the first square; `stride`: pixels a row; `side`: 1, 2, 4, 8 or 16. */
  readonly start: number
  readonly stride: number
  readonly side: number
}

/**
 * Fills each empty pixel (0) of a row with the mean of its square, rounded half up. Pixels with
 * alpha below 128 do not count. A pixel stays empty if less than half of its square has image.
 * Gives the same result as sums with equal weights.
 *
 * @returns true if it filled any pixel
 */
export const fillFromBlocks = (blocks: PixelBlocks, to: Uint32Array, at: number, count: number): boolean => {
  const { words, start, stride, side } = blocks
  if (side === 1) return copyRow(words, start, to, at, count)
  if (side === 2) return halveRows(blocks, to, at, count)
  let filled = false
  for (let i = 0; i < count; i++) {
    if (to[at + i] === 0 && fillFromBlock(blocks, start + side * i, stride, to, at + i)) filled = true
  }
  return filled
}

const copyRow = (words: Uint32Array, start: number, to: Uint32Array, at: number, count: number): boolean => {
  let filled = false
  for (let i = 0; i < count; i++) {
    const word = words[start + i]!
    // Alpha of 128 or more sets the highest bit.
    if (word <= 0x7fffffff || to[at + i] !== 0) continue
    to[at + i] = word | OPAQUE
    filled = true
  }
  return filled
}

const halveRows = (blocks: PixelBlocks, to: Uint32Array, at: number, count: number): boolean => {
  const { words, start, stride } = blocks
  let filled = false
  for (let i = 0, k = start; i < count; i++, k += 2) {
    if (to[at + i] !== 0) continue
    const a = words[k]!
    const b = words[k + 1]!
    const c = words[k + stride]!
    const d = words[k + stride + 1]!
    if ((a & b & c & d) >= 0) {
      if (fillFromBlock(blocks, k, stride, to, at + i)) filled = true
      continue
    }
    // Two bands at a time, 16 bits apart.
    const even = (a & EVEN) + (b & EVEN) + (c & EVEN) + (d & EVEN) + 0x00020002
    const odd = ((a >>> 8) & 255) + ((b >>> 8) & 255) + ((c >>> 8) & 255) + ((d >>> 8) & 255) + 2
    to[at + i] = ((even >>> 2) & EVEN) | ((odd >>> 2) << 8) | OPAQUE
    filled = true
  }
  return filled
}

const fillFromBlock = (
  { words, side }: PixelBlocks,
  start: number,
  stride: number,
  to: Uint32Array,
  at: number,
): boolean => {
  let [all, even, odd] = [-1, 0, 0]
  // Two bands at a time, 16 bits apart: sums of 64 pixels stay below 2³¹.
  for (let row = 0, k = start; row < side && side <= 8; row++, k += stride) {
    for (let i = k; i < k + side; i++) {
      const word = words[i]!
      all &= word
      even += word & EVEN
      odd += (word >>> 8) & 255
    }
  }
  if (side <= 8 && all < 0) {
    const half = (side * side) >> 1
    const shift = 2 * (31 - Math.clz32(side))
    to[at] = (((even + half * 0x00010001) >>> shift) & EVEN) | (((odd + half) >>> shift) << 8) | OPAQUE
    return true
  }
  let [red, green, blue, shown] = [0, 0, 0, 0]
  for (let row = 0, k = start; row < side; row++, k += stride) {
    for (let i = k; i < k + side; i++) {
      const word = words[i]!
      if (word <= 0x7fffffff) continue
      red += word & 255
      green += (word >>> 8) & 255
      blue += (word >>> 16) & 255
      shown++
    }
  }
  if (2 * shown < side * side) return false
  const mean = (sum: number): number => Math.round(sum / shown)
  to[at] = mean(red) | (mean(green) << 8) | (mean(blue) << 16) | OPAQUE
  return true
}

/**
 * Converts pixels of a file to opaque words of {@link pixelWords}.
 *
 * @param bytes red, green and blue of each pixel, and a fourth byte, ignored, if `step` is 4
 * @param step bytes from one pixel to the next
 */
export const copyOpaque = (
  bytes: Uint8Array,
  from: number,
  step: number,
  to: Uint32Array,
  at: number,
  count: number,
): void => {
  const end = at + count
  const words = pixelWords(bytes.subarray(0, bytes.length & ~3))
  let [i, k] = [from, at]
  if (words !== undefined && step === 4 && from % 4 === 0) {
    for (let w = from >> 2; k < end; w++) to[k++] = words[w]! | OPAQUE
    return
  }
  if (words !== undefined && step === 3) {
    while (k < end && i % 4 !== 0) {
      to[k++] = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | OPAQUE
      i += 3
    }
    k = copyFours(words, i >> 2, to, k, end)
    i = from + 3 * (k - at)
  }
  for (; k < end; i += step) to[k++] = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | OPAQUE
}

/**
 * Converts four pixels from three words at a time. Returns the index after the last one written.
 */
const copyFours = (words: Uint32Array, from: number, to: Uint32Array, at: number, end: number): number => {
  let k = at
  for (let w = from; k + 4 <= end; k += 4, w += 3) {
    const first = words[w]!
    const second = words[w + 1]!
    const third = words[w + 2]!
    to[k] = first | OPAQUE
    to[k + 1] = (first >>> 24) | (second << 8) | OPAQUE
    to[k + 2] = (second >>> 16) | (third << 16) | OPAQUE
    to[k + 3] = (third >>> 8) | OPAQUE
  }
  return k
}

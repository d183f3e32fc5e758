/** Lists the pixels that no image covers, as runs in rows. */
import { readPixelWords } from "../../../engine/core/pixel-words.js"

/** A pixel above this has an alpha other than 0. */
const NO_ALPHA = 0x00ffffff

/**
 * Runs of pixels, each within a row, in order: pixels `[starts[i], ends[i])`, numbered row by row.
 */
export interface PixelRuns {
  readonly count: number
  readonly starts: Int32Array
  readonly ends: Int32Array
}

/**
 * The pixels whose alpha is 0, as runs in rows: memory depends on the runs, not on the pixels.
 * O(pixels) time, 8 bytes a run.
 * @param data RGBA
 */
export const emptyRuns = (data: Uint8Array, width: number, height: number): PixelRuns => {
  let starts = new Int32Array(1024)
  let ends = new Int32Array(1024)
  let count = 0
  const words = readPixelWords(data)
  for (let row = 0; row < height; row++) {
    const end = (row + 1) * width
    for (let i = row * width; i < end; i++) {
      i = opaqueEnd(words, i, end)
      if (i === end) break
      if (count === starts.length) {
        starts = doubled(starts)
        ends = doubled(ends)
      }
      starts[count] = i
      i = emptyEnd(words, i, end)
      ends[count++] = i
    }
  }
  return { count, starts, ends }
}

/**
 * The first pixel from `i` whose alpha is 0, or `end`. Tests eight at a time, since most are
 * opaque.
 */
const opaqueEnd = (words: Uint32Array, from: number, end: number): number => {
  let i = from
  while (i + 8 <= end) {
    const first = words[i] & words[i + 1] & words[i + 2] & words[i + 3]
    // A common bit of alpha means that all eight are above 0.
    if ((first & words[i + 4] & words[i + 5] & words[i + 6] & words[i + 7]) >>> 24 === 0) break
    i += 8
  }
  while (i < end && words[i] > NO_ALPHA) i++
  return i
}

/** The first pixel from `i` whose alpha is not 0, or `end`. */
const emptyEnd = (words: Uint32Array, from: number, end: number): number => {
  let i = from
  while (i + 8 <= end) {
    const first = words[i] | words[i + 1] | words[i + 2] | words[i + 3]
    if ((first | words[i + 4] | words[i + 5] | words[i + 6] | words[i + 7]) >>> 24 !== 0) break
    i += 8
  }
  while (i < end && words[i] <= NO_ALPHA) i++
  return i
}

const doubled = (values: Int32Array): Int32Array<ArrayBuffer> => {
  const out = new Int32Array(2 * values.length)
  out.set(values)
  return out
}

/** The runs whose number passes `keep`. */
export const keptRuns = ({ count, starts, ends }: PixelRuns, keep: (run: number) => boolean): PixelRuns => {
  const chosen = Int32Array.from({ length: count }, (_, run) => run).filter(keep)
  return {
    count: chosen.length,
    starts: chosen.map((run) => starts[run]),
    ends: chosen.map((run) => ends[run]),
  }
}

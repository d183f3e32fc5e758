/** Pixels that no image covers: lists them, and fills small holes. */
import { readPixelWords } from "../../../engine/core/colours.js"
import { UnionFind } from "../../geometry/union-find.js"

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
export const chooseRuns = ({ count, starts, ends }: PixelRuns, keep: (run: number) => boolean): PixelRuns => {
  const chosen = Int32Array.from({ length: count }, (_, run) => run).filter(keep)
  return {
    count: chosen.length,
    starts: chosen.map((run) => starts[run]),
    ends: chosen.map((run) => ends[run]),
  }
}

/**
 * Fills small holes of an image from their rims inward, ring by ring: 4-connected pixels of alpha
 * 0, at most `maxPixels` of them.
 *
 * Each pixel gets the mean of its known neighbours among four. Larger holes, and images without any
 * pixel, are unchanged. Holes are found as runs in rows that overlap from row to row. Time and
 * memory: runs, and pixels of the small holes.
 * @param data RGBA, changed in place
 * @param runs the pixels without a colour, of `emptyRuns`
 * @returns the runs of the remaining holes
 */
export const fillImageHoles = (
  data: Uint8Array,
  width: number,
  height: number,
  maxPixels: number,
  runs: PixelRuns,
): PixelRuns => {
  const { count, starts, ends } = runs
  const { holeOf, sizes } = connectHoles(runs, width)
  // An image that is one hole has no rim.
  const most = Math.min(maxPixels, width * height - 1)
  const holes = new Map<number, number[]>()
  for (let run = 0; run < count; run++) {
    if (sizes[holeOf[run]] > most) continue
    const pixels = holes.get(holeOf[run]) ?? []
    holes.set(holeOf[run], pixels)
    for (let i = starts[run]; i < ends[run]; i++) pixels.push(i)
  }
  for (const hole of holes.values()) fill(data, width, height, hole)
  return chooseRuns(runs, (run) => sizes[holeOf[run]] > most)
}

/** The first run of each run's hole, and for those the pixels of the hole. */
const connectHoles = (
  { count, starts, ends }: PixelRuns,
  width: number,
): { readonly holeOf: Int32Array; readonly sizes: Int32Array } => {
  const sets = UnionFind.make(count)
  for (let above = 0, run = 0; run < count; run++) {
    while (ends[above] + width <= starts[run]) above++
    for (let k = above; k < run && starts[k] + width < ends[run]; k++) UnionFind.unite(sets, k, run)
  }
  const holeOf = sets.map((_, run) => UnionFind.find(sets, run))
  const sizes = new Int32Array(count)
  for (let run = 0; run < count; run++) sizes[holeOf[run]] += ends[run] - starts[run]
  return { holeOf, sizes }
}

const fill = (data: Uint8Array, width: number, height: number, hole: readonly number[]): void => {
  for (let left = hole; left.length > 0; ) left = fillBeside(data, width, height, left)
}

/** Gives each listed pixel beside known ones their mean; returns the others. */
export const fillBeside = (
  data: Uint8Array,
  width: number,
  height: number,
  pixels: readonly number[],
): readonly number[] => {
  const ring: number[] = []
  const colours: number[] = []
  const rest: number[] = []
  for (const pixel of pixels) {
    const sums = [0, 0, 0]
    let count = 0
    for (let k = 0; k < 4; k++) {
      const other = neighbour(pixel, k, width, height)
      if (other < 0 || data[4 * other + 3] === 0) continue
      count++
      for (let band = 0; band < 3; band++) sums[band] += data[4 * other + band]
    }
    if (count === 0) {
      rest.push(pixel)
      continue
    }
    ring.push(pixel)
    for (const sum of sums) colours.push(Math.round(sum / count))
  }
  // Write them together: the order of the pixels must not matter.
  for (const [i, pixel] of ring.entries()) data.set([...colours.slice(3 * i, 3 * i + 3), 255], 4 * pixel)
  return rest
}

/** West, east, north, south neighbour of a pixel, or −1. */
const neighbour = (pixel: number, k: number, width: number, height: number): number => {
  const column = pixel % width
  if (k === 0) return column > 0 ? pixel - 1 : -1
  if (k === 1) return column < width - 1 ? pixel + 1 : -1
  if (k === 2) return pixel >= width ? pixel - width : -1
  return pixel < width * (height - 1) ? pixel + width : -1
}

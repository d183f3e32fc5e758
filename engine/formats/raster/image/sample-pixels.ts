/**
 * Resamples an image to a pixel grid of the CRS: area means of finer pixels, bilinear between
 * coarser ones.
 */

import { pixelWords } from "../../../core/colours.js"
import type { Box2 } from "../../../core/geometry/box.js"
import { EngineError } from "../../../errors.js"
import { fillFromBlocks } from "./whole-pixels.js"

/** One level of an image: full resolution or an overview. */
export interface PixelLevel {
  readonly width: number
  readonly height: number
  /**
   * Reads RGBA of the pixels `[left, right) × [top, bottom)`, row by row. Alpha below 128 means no
   * image. `spare`, if large enough, is a discarded window whose memory is reused.
   */
  read(left: number, top: number, right: number, bottom: number, spare?: Uint8Array): Promise<Uint8Array>
  /** Frees data cached between windows. */
  release?(): void
}

/** An image with its outer edges in CRS metres and its levels from finest to coarsest. */
export interface PixelSource {
  readonly minX: number
  readonly maxX: number
  readonly minY: number
  readonly maxY: number
  readonly levels: readonly PixelLevel[]
}

/** Wraps the RGBA pixels of a whole image as a source of one level. */
export const wholeSource = (
  [minX, minY, maxX, maxY]: Box2,
  { width, height }: { readonly width: number; readonly height: number },
  pixels: () => Uint8Array | Promise<Uint8Array>,
): PixelSource => {
  const read: PixelLevel["read"] = async (left, top, right, bottom) => {
    const all = await pixels()
    const out = new Uint8Array((right - left) * (bottom - top) * 4)
    for (let row = top; row < bottom; row++) {
      const from = 4 * (row * width + left)
      out.set(all.subarray(from, from + 4 * (right - left)), 4 * (row - top) * (right - left))
    }
    return out
  }
  return { minX, minY, maxX, maxY, levels: [{ width, height, read }] }
}

/**
 * Pixels of side `resolution` on the grid of the CRS. Pixel (column, row) has its centre at x =
 * (firstColumn + column + 0.5) · resolution, y = −(firstRow + row + 0.5) · resolution.
 */
export interface PixelGrid {
  readonly resolution: number
  readonly firstColumn: number
  readonly firstRow: number
  readonly width: number
  readonly height: number
}

/**
 * Most source pixels in memory at once, and the widest window. Wide windows that follow each other
 * downward decode no strip or tile twice.
 */
const [MOST_PIXELS, WIDEST] = [2 ** 20, 2 ** 14]

/**
 * Fills the empty pixels (alpha 0) of `target`, RGBA on `grid`, from `source`.
 *
 * Reads the coarsest level whose pixels are no longer than the grid's, and averages over the
 * pixel's footprint. A coarser source is interpolated bilinearly. A pixel is filled (alpha 255) if
 * its centre is within the source and at least half of the weight has image. Its value depends only
 * on its place in the CRS, not on the grid's window.
 *
 * @returns true if it filled any pixel
 */
export const fillFrom = async (source: PixelSource, grid: PixelGrid, target: Uint8Array): Promise<boolean> => {
  const level = fittingLevel(source, grid.resolution)
  const columns = axisTaps(grid.firstColumn, grid.width, grid.resolution, source.minX, source.maxX, level.width)
  const rows = axisTaps(grid.firstRow, grid.height, grid.resolution, -source.maxY, -source.minY, level.height)
  const [west, east] = tapped(columns)
  const [north, south] = tapped(rows)
  const perColumn = Math.max(1, (grid.resolution * level.width) / (source.maxX - source.minX))
  const perRow = Math.max(1, (grid.resolution * level.height) / (source.maxY - source.minY))
  const stepX = Math.max(1, Math.min(east - west, Math.floor(WIDEST / perColumn)))
  const stepY = Math.max(1, Math.floor(MOST_PIXELS / (stepX * perColumn * perRow)))
  let filled = false
  let pixels: Uint8Array | undefined
  for (let left = west; left < east; left += stepX) {
    const right = Math.min(left + stepX, east)
    const [columnStart, columnEnd] = tapRange(columns, left, right)
    for (let top = north; top < south; top += stepY) {
      const bottom = Math.min(top + stepY, south)
      if (!hasEmpty(target, grid.width, left, top, right, bottom)) continue
      const [rowStart, rowEnd] = tapRange(rows, top, bottom)
      pixels = await level.read(columnStart, rowStart, columnEnd, rowEnd, pixels)
      const block = { pixels, left: columnStart, top: rowStart, width: columnEnd - columnStart }
      if (fillBlock(target, grid.width, [left, top, right, bottom], columns, rows, block)) filled = true
    }
  }
  return filled
}

/** The coarsest level whose pixels are at most `resolution` (within 0.1 %), else the finest. */
const fittingLevel = (source: PixelSource, resolution: number): PixelLevel => {
  let best = source.levels[0]
  if (!best) throw new EngineError("E_INTERNAL", "cannot sample an image without levels")
  for (const level of source.levels) {
    const pixel = Math.max((source.maxX - source.minX) / level.width, (source.maxY - source.minY) / level.height)
    if (pixel <= resolution * 1.001 && level.width < best.width) best = level
  }
  return best
}

/**
 * For each output index along an axis: first source pixel, count and weights. Weights sum to 1
 * inside the source.
 */
interface Taps {
  readonly starts: Int32Array
  readonly counts: Int32Array
  readonly weights: Float64Array
  /** Weights per output index. */
  readonly stride: number
}

const axisTaps = (
  first: number,
  length: number,
  resolution: number,
  begin: number,
  end: number,
  size: number,
): Taps => {
  const pixel = (end - begin) / size
  const ratio = resolution / pixel
  const stride = Math.max(2, Math.ceil(ratio) + 2)
  const taps: Taps = {
    starts: new Int32Array(length),
    counts: new Int32Array(length),
    weights: new Float64Array(length * stride),
    stride,
  }
  for (let i = 0; i < length; i++) {
    // Rounded to 1/4096 pixel. Coordinates of millions of metres over pixels of centimetres have
    // noise below that. A source on the same grid is then copied exactly.
    const centre = Math.round((((first + i + 0.5) * resolution - begin) / pixel) * 4096) / 4096
    if (centre < 0 || centre >= size) continue
    if (ratio > 1.001) areaTaps(taps, i, centre, ratio, size)
    else linearTaps(taps, i, centre, size)
  }
  return taps
}

const linearTaps = (taps: Taps, i: number, centre: number, size: number): void => {
  const low = Math.floor(centre - 0.5)
  const share = centre - 0.5 - low
  const start = Math.max(0, low)
  const stop = Math.min(size - 1, share === 0 ? low : low + 1)
  taps.starts[i] = start
  taps.counts[i] = stop - start + 1
  // Beyond the centre of the border pixel, only that pixel counts.
  taps.weights[i * taps.stride] = stop === start ? 1 : 1 - share
  taps.weights[i * taps.stride + 1] = stop === start ? 0 : share
}

const areaTaps = (taps: Taps, i: number, centre: number, ratio: number, size: number): void => {
  const from = Math.max(0, centre - ratio / 2)
  const to = Math.min(size, centre + ratio / 2)
  const start = Math.floor(from)
  const stop = Math.min(size, Math.ceil(to))
  taps.starts[i] = start
  taps.counts[i] = stop - start
  for (let k = start; k < stop; k++) {
    taps.weights[i * taps.stride + k - start] = (Math.min(to, k + 1) - Math.max(from, k)) / (to - from)
  }
}

/** Range of the output indices that the source reaches; it has no gaps. */
const tapped = ({ counts }: Taps): [from: number, to: number] => {
  const from = counts.findIndex((count) => count > 0)
  return from < 0 ? [0, 0] : [from, counts.findLastIndex((count) => count > 0) + 1]
}

const tapRange = (taps: Taps, from: number, to: number): [start: number, end: number] => {
  let start = Number.POSITIVE_INFINITY
  let end = 0
  for (let i = from; i < to; i++) {
    if (taps.counts[i] === 0) continue
    start = Math.min(start, taps.starts[i]!)
    end = Math.max(end, taps.starts[i]! + taps.counts[i]!)
  }
  return [start, end]
}

const hasEmpty = (
  target: Uint8Array,
  width: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
): boolean => {
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) if (target[4 * (row * width + column) + 3] === 0) return true
  }
  return false
}

/**
 * Side of the squares if each column averages the next equal square of source pixels, else 0. Sides
 * are powers of two up to 16.
 */
const blockSide = ({ starts, counts, weights, stride }: Taps, left: number, right: number): number => {
  const side = counts[left]!
  if (side > 16 || (side & (side - 1)) !== 0) return 0
  for (let i = left; i < right; i++) {
    if (counts[i] !== side || starts[i] !== starts[left]! + side * (i - left)) return 0
    for (let k = 0; k < side; k++) if (weights[i * stride + k] !== 1 / side) return 0
  }
  return side
}

const fillBlock = (
  target: Uint8Array,
  width: number,
  [left, top, right, bottom]: readonly [number, number, number, number],
  columns: Taps,
  rows: Taps,
  block: { readonly pixels: Uint8Array; readonly left: number; readonly top: number; readonly width: number },
): boolean => {
  const { pixels } = block
  const [words, filling] = [pixelWords(pixels), pixelWords(target)]
  const side = blockSide(columns, left, right)
  let filled = false
  for (let row = top; row < bottom; row++) {
    const rowCount = rows.counts[row]!
    const rowStart = rows.starts[row]! - block.top
    if (side > 0 && words !== undefined && filling !== undefined && blockSide(rows, row, row + 1) === side) {
      const start = rowStart * block.width + columns.starts[left]! - block.left
      const blocks = { words, start, stride: block.width, side }
      if (fillFromBlocks(blocks, filling, row * width + left, right - left)) filled = true
      continue
    }
    for (let column = left; column < right; column++) {
      const at = 4 * (row * width + column)
      const columnCount = columns.counts[column]!
      if (target[at + 3] !== 0 || rowCount === 0 || columnCount === 0) continue
      const columnStart = columns.starts[column]! - block.left
      let red = 0
      let green = 0
      let blue = 0
      let total = 0
      for (let r = 0; r < rowCount; r++) {
        const rowWeight = rows.weights[row * rows.stride + r]!
        let from = 4 * ((rowStart + r) * block.width + columnStart)
        for (let c = 0; c < columnCount; c++, from += 4) {
          if (pixels[from + 3]! < 128) continue
          const weight = rowWeight * columns.weights[column * columns.stride + c]!
          red += weight * pixels[from]!
          green += weight * pixels[from + 1]!
          blue += weight * pixels[from + 2]!
          total += weight
        }
      }
      if (total < 0.499) continue
      target[at] = Math.round(red / total)
      target[at + 1] = Math.round(green / total)
      target[at + 2] = Math.round(blue / total)
      target[at + 3] = 255
      filled = true
    }
  }
  return filled
}

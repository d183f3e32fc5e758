/** Closes, opens and grows a mask by a disc, where slanting edges must stay straight. */
import { closeMask } from "./close-mask.js"

/**
 * Morphology of masks by a disc (Serra 1982). A disc acts alike in all directions: slanting edges
 * stay straight, where a square would turn them into steps.
 *
 * All operations work in place. `mask` is 0 or 1, `width` cells a row, and `spare` is as long.
 * Cells beyond the mask count as unset when growing and as set when shrinking.
 */
export const DiscMask = {
  /**
   * Closing: sets every gap that no disc of the radius fits into. A cell's result depends on the
   * cells up to 2·radius away. O(cells · radius).
   */
  close: (mask: Uint8Array, spare: Uint8Array, width: number, radius: number): void => {
    spread(mask, spare, width, radius, 1)
    spread(mask, spare, width, radius, 0)
  },
  /** Opening: clears what no disc of the radius fits into. */
  open: (mask: Uint8Array, spare: Uint8Array, width: number, radius: number): void => {
    spread(mask, spare, width, radius, 0)
    spread(mask, spare, width, radius, 1)
  },
  /** Sets the cells up to `radius` from a set one. */
  grow: (mask: Uint8Array, spare: Uint8Array, width: number, radius: number): void =>
    spread(mask, spare, width, radius, 1),
  /** Clears the cells up to `radius` from an unset one. */
  shrink: (mask: Uint8Array, spare: Uint8Array, width: number, radius: number): void =>
    spread(mask, spare, width, radius, 0),
} as const

/**
 * Radius of the disc that rounds the result of the square in {@link closeGaps}, in radii of the
 * square.
 */
const ROUNDING = 1

/** Largest distance, in cells, of a cell that affects another one in {@link closeGaps}. */
export const gapReach = (radius: number): number => 2 * Math.round(radius) + 2 * Math.ceil(ROUNDING * radius)

/**
 * Closes gaps between sparse points, in place. A square first connects single cells up to 2·radius
 * apart; a disc would leave every gap that is not surrounded. A disc then smooths the steps of
 * slanting edges.
 */
export const closeGaps = (mask: Uint8Array, spare: Uint8Array, width: number, radius: number): void => {
  closeMask(mask, spare, width, mask.length / width, Math.round(radius))
  DiscMask.close(mask, spare, width, ROUNDING * radius)
}

/** Gives a cell `value` if any cell whose centre is within `radius` has it. */
const spread = (mask: Uint8Array, spare: Uint8Array, width: number, radius: number, value: 0 | 1): void => {
  const reach = Math.min(254, Math.floor(radius))
  if (reach < 1) return
  const height = mask.length / width
  // Most of a tile has nothing to grow or shrink: rows without the value give nothing, full rows
  // take nothing.
  const gives = new Uint8Array(height)
  const takes = new Uint8Array(height)
  for (let row = 0; row < height; row++) {
    const cells = mask.subarray(row * width, (row + 1) * width)
    gives[row] = cells.includes(value) ? 1 : 0
    takes[row] = cells.includes(1 - value) ? 1 : 0
  }
  for (let row = 0; row < height; row++) {
    const isRead = takes.subarray(Math.max(0, row - reach), row + reach + 1).includes(1)
    if (gives[row] === 1 && isRead) rowDistances(mask, spare, row * width, width, reach, value)
  }
  // Largest distance along a row that still counts, by how many rows away it is.
  const limits = Int32Array.from({ length: reach + 1 }, (_, dy) => Math.floor(Math.sqrt(radius * radius - dy * dy)))
  for (let row = 0; row < height; row++) {
    if (takes[row] === 0) continue
    const to = row * width
    for (let other = Math.max(0, row - reach); other <= Math.min(height - 1, row + reach); other++) {
      if (gives[other] !== 1) continue
      const from = other * width
      const limit = limits[Math.abs(other - row)]
      for (let c = 0; c < width; c++) if (spare[from + c] <= limit) mask[to + c] = value
    }
  }
}

/** Distance, cells, to the nearest cell of the row that has `value`, up to `reach`; 255 beyond. */
const rowDistances = (
  mask: Uint8Array,
  distance: Uint8Array,
  start: number,
  width: number,
  reach: number,
  value: 0 | 1,
): void => {
  let since = 255
  for (let i = start; i < start + width; i++) {
    since = mask[i] === value ? 0 : since < reach ? since + 1 : 255
    distance[i] = since
  }
  since = 255
  for (let i = start + width - 1; i >= start; i--) {
    since = mask[i] === value ? 0 : since < reach ? since + 1 : 255
    if (since < distance[i]) distance[i] = since
  }
}

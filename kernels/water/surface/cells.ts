/**
 * Decides which cells are water: by class 9 against ground, under decks, and clear of buildings.
 */
import type { Points, Scratch } from "../../../engine/kernel.js"
import type { CellGrid } from "../../grid/cell-grid.js"
import { closeMask } from "../../grid/close-mask.js"
import { closeGaps, DiscMask, gapReach } from "../../grid/disc-mask.js"

/** Distances of {@link waterMask}, in cells. */
export interface WaterReach {
  /** Gaps between water points up to twice as wide are closed, unless ground is seen there. */
  readonly close: number
  /** Largest distance of a deck's cell from water on both sides for water to continue below. */
  readonly deck: number
  /** Distance of water from buildings. */
  readonly clear: number
}

/**
 * Gaps of land up to twice as wide, in cells, become water; water narrower than twice this and a
 * cell is dropped.
 */
const SMALL = 1
/** Number of passes that separate cells meeting only at a corner. */
const PASSES = 2

/** Distance, in cells, within which other cells can affect a cell. */
export const waterReach = ({ close, deck, clear }: WaterReach): number =>
  gapReach(close) + deck + 4 * SMALL + clear + PASSES

/**
 * Marks the cells of water on `grid`:
 *
 * 1. A cell with at least as many class 9 as class 2 points is water; one with more ground is land.
 * 2. Gaps between water close if no land is seen there (water gives few returns), as do gaps below
 *    decks (17) with water on both sides.
 * 3. Gaps of land of two cells close and strips of two cells go, so that outlines of two bodies
 *    have room between them.
 * 4. Cells near buildings (6) go, and cells that would meet only at a corner are separated.
 *
 * A cell depends on the points up to {@link waterReach} cells away.
 *
 * @param points with classes
 * @param cells of the points, −1 outside
 */
export const waterMask = (
  points: Points,
  cells: Int32Array,
  grid: CellGrid,
  reach: WaterReach,
  scratch: Scratch,
): Uint8Array => {
  const { columns } = grid
  const classes = points.classification!
  const size = columns * grid.rows
  const seen = countClasses(classes, cells, size, scratch)
  const mask = scratch.uint8(size)
  const spare = scratch.uint8(size)
  for (let i = 0; i < size; i++) if (seen.balance[i] > 0) mask[i] = 1
  closeGaps(mask, spare, columns, reach.close)
  for (let i = 0; i < size; i++) if (seen.balance[i] < 0) mask[i] = 0
  if (classes.includes(17)) goBelowDecks(mask, seen, grid, reach.deck, scratch)
  closeMask(mask, spare, columns, grid.rows, SMALL)
  DiscMask.open(mask, spare, columns, SMALL)
  if (classes.includes(6)) keepClear(mask, seen.building, spare, columns, reach.clear)
  for (let pass = 0; pass < PASSES; pass++) partCorners(mask, spare, columns)
  return mask
}

interface Seen {
  /** Above 0: water; below 0: land; 0: nothing seen. */
  readonly balance: Int32Array
  readonly building: Uint8Array
  readonly deck: Uint8Array
}

const countClasses = (classes: Uint8Array, cells: Int32Array, size: number, scratch: Scratch): Seen => {
  // Twice the difference, plus one if there is water, so that water wins ties.
  const balance = scratch.int32(size)
  const [building, deck] = [scratch.uint8(size), scratch.uint8(size)]
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]
    if (cell < 0) continue
    const kind = classes[i]
    if (kind === 9) balance[cell] = ((balance[cell] & ~1) + 2) | 1
    else if (kind === 2) balance[cell] -= 2
    else if (kind === 6) building[cell] = 1
    else if (kind === 17) deck[cell] = 1
  }
  return { balance, building, deck }
}

/** One direction of each of the four lines through a cell. */
const RAYS = [
  [1, 0],
  [0, 1],
  [1, 1],
  [1, -1],
] as const

/** A deck's cell is water if a line through it meets water on both sides before any land. */
const goBelowDecks = (
  mask: Uint8Array,
  { balance, deck }: Seen,
  { columns, rows }: CellGrid,
  reach: number,
  scratch: Scratch,
): void => {
  closeMask(deck, scratch.uint8(deck.length), columns, rows, 2)
  const found: number[] = []
  const meetsWater = (c: number, r: number, dx: number, dy: number): boolean => {
    const steps = dx !== 0 && dy !== 0 ? Math.floor(reach * Math.SQRT1_2) : reach
    for (let s = 1; s <= steps; s++) {
      const [x, y] = [c + dx * s, r + dy * s]
      if (x < 0 || y < 0 || x >= columns || y >= rows) return false
      const i = y * columns + x
      if (mask[i] === 1) return true
      if (balance[i] < 0) return false
    }
    return false
  }
  for (let i = 0; i < deck.length; i++) {
    if (deck[i] === 0 || mask[i] === 1 || balance[i] < 0) continue
    const [c, r] = [i % columns, Math.floor(i / columns)]
    if (RAYS.some(([dx, dy]) => meetsWater(c, r, dx, dy) && meetsWater(c, r, -dx, -dy))) found.push(i)
  }
  // Set after the search, so that no cell found affects another.
  for (const i of found) mask[i] = 1
}

/** Clears the cells up to `distance` cells from a building's. Grows `building` in place. */
const keepClear = (
  mask: Uint8Array,
  building: Uint8Array,
  spare: Uint8Array,
  columns: number,
  distance: number,
): void => {
  DiscMask.grow(building, spare, columns, distance)
  for (let i = 0; i < mask.length; i++) if (building[i] === 1) mask[i] = 0
}

/** Of two cells that meet only at a corner, clears the southern one, by the original mask. */
const partCorners = (mask: Uint8Array, before: Uint8Array, columns: number): void => {
  before.set(mask)
  for (let i = 0; i + columns + 1 < mask.length; i++) {
    if ((i + 1) % columns === 0) continue
    const [a, b] = [before[i], before[i + 1]]
    if (a === b || a !== before[i + columns + 1] || b !== before[i + columns]) continue
    mask[a === 1 ? i : i + 1] = 0
  }
}

/**
 * Decides which cells are water: by classes 9 and 66 against ground, under decks, and clear of
 * buildings.
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
/** Ground within this distance of the shore, in cells, says nothing against virtual points. */
const INSIDE = 1

/** Classes of water: returns, and virtual points, which others must confirm. */
export const WATER_CLASS = 9
export const VIRTUAL_CLASS = 66

/** Distance, in cells, within which other cells can affect a cell. */
export const waterReach = ({ close, deck, clear }: WaterReach): number =>
  gapReach(close) + deck + 4 * SMALL + clear + PASSES + INSIDE

/** Cells of water. */
export interface WaterMask {
  /** Water by returns and virtual points. */
  readonly mask: Uint8Array
  /** With virtual points: what they claim. */
  readonly claim?: WaterClaim
}

/** What virtual points claim. */
export interface WaterClaim {
  /** Water by returns only; part of the mask. */
  readonly sure: Uint8Array
  /** Of the other cells: 2 with ground points inside the mask, 1 with other points. */
  readonly seen: Uint8Array
}

/**
 * Marks the cells of water on `grid`:
 *
 * 1. A cell with at least as many points of water (9, 66) as of ground (2) is water; one with more
 *    ground is land.
 * 2. Gaps between water close if no land is seen there (water gives few returns), as do gaps below
 *    decks (17) with water on both sides.
 * 3. Gaps of land of two cells close and strips of two cells go, so that outlines of two bodies
 *    have room between them.
 * 4. Cells near buildings (6) go, and cells that would meet only at a corner are separated.
 *
 * With virtual points (66) it also finds what class 9 alone would give. A cell depends on the
 * points up to {@link waterReach} cells away.
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
): WaterMask => {
  const { columns } = grid
  const classes = points.classification!
  const size = columns * grid.rows
  const obstacles = seeObstacles(classes, cells, grid, reach, scratch)
  const spare = scratch.uint8(size)
  const balance = scratch.int32(size)
  const mask = scratch.uint8(size)
  weigh(balance, classes, cells, "virtual", obstacles.deck)
  fillMask(mask, balance, spare, obstacles, grid, reach)
  if (!classes.includes(VIRTUAL_CLASS)) return { mask }
  const sure = scratch.uint8(size)
  weigh(balance, classes, cells, undefined, obstacles.deck)
  fillMask(sure, balance, spare, obstacles, grid, reach)
  for (let i = 0; i < size; i++) if (mask[i] === 0) sure[i] = 0
  for (let pass = 0; pass < PASSES; pass++) partCorners(sure, spare, columns)
  const seen = scratch.uint8(size)
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]
    if (cell < 0 || mask[cell] === 0 || sure[cell] === 1 || seen[cell] === 2) continue
    seen[cell] = classes[i] === 2 && isInside(mask, cell, columns) ? 2 : 1
  }
  return { mask, claim: { sure, seen } }
}

const isInside = (mask: Uint8Array, cell: number, columns: number): boolean =>
  mask[cell - 1] === 1 && mask[cell + 1] === 1 && mask[cell - columns] === 1 && mask[cell + columns] === 1

/** Fills `mask` by the steps of {@link waterMask}. */
const fillMask = (
  mask: Uint8Array,
  balance: Int32Array,
  spare: Uint8Array,
  { building, deck }: Obstacles,
  grid: CellGrid,
  reach: WaterReach,
): void => {
  const { columns, rows } = grid
  for (let i = 0; i < mask.length; i++) if (balance[i] > 0) mask[i] = 1
  closeGaps(mask, spare, columns, reach.close)
  for (let i = 0; i < mask.length; i++) if (balance[i] < 0) mask[i] = 0
  if (deck) goBelowDecks(mask, balance, deck, grid, reach.deck)
  closeMask(mask, spare, columns, rows, SMALL)
  DiscMask.open(mask, spare, columns, SMALL)
  if (building) for (let i = 0; i < mask.length; i++) if (building[i] === 1) mask[i] = 0
  for (let pass = 0; pass < PASSES; pass++) partCorners(mask, spare, columns)
}

/**
 * Writes the balance of each cell. Above 0: water; below 0: land; 0: nothing seen. Twice the
 * difference, plus one if there is water, so that water wins ties. Virtual points below decks do
 * not count, since they may as well be its banks.
 */
const weigh = (
  balance: Int32Array,
  classes: Uint8Array,
  cells: Int32Array,
  virtual: "virtual" | undefined,
  deck: Uint8Array | undefined,
): void => {
  balance.fill(0)
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]
    if (cell < 0) continue
    const kind = classes[i]
    const isWet = kind === WATER_CLASS || (kind === VIRTUAL_CLASS && virtual !== undefined && deck?.[cell] !== 1)
    if (isWet) balance[cell] = ((balance[cell] & ~1) + 2) | 1
    else if (kind === 2) balance[cell] -= 2
  }
}

/** Cells near buildings, and cells of decks, closed; undefined without points of their class. */
interface Obstacles {
  readonly building: Uint8Array | undefined
  readonly deck: Uint8Array | undefined
}

const seeObstacles = (
  classes: Uint8Array,
  cells: Int32Array,
  { columns, rows }: CellGrid,
  reach: WaterReach,
  scratch: Scratch,
): Obstacles => {
  const size = columns * rows
  const building = classes.includes(6) ? scratch.uint8(size) : undefined
  const deck = classes.includes(17) ? scratch.uint8(size) : undefined
  for (let i = 0; i < cells.length; i++) {
    if (cells[i] < 0) continue
    if (classes[i] === 6) building![cells[i]] = 1
    else if (classes[i] === 17) deck![cells[i]] = 1
  }
  const spare = scratch.uint8(size)
  if (building) DiscMask.grow(building, spare, columns, reach.clear)
  if (deck) closeMask(deck, spare, columns, rows, 2)
  return { building, deck }
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
  balance: Int32Array,
  deck: Uint8Array,
  { columns, rows }: CellGrid,
  reach: number,
): void => {
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

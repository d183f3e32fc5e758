/**
 * Decides which cells are water: by classes 9 and 66 against ground, under decks, and clear of
 * buildings.
 */
import type { Points, Scratch } from "../../../engine/kernel.js"
import type { CellGrid } from "../../grid/cell-grid.js"
import { closeMask } from "../../grid/close-mask.js"
import { closeGaps, DiscMask, gapReach } from "../../grid/disc-mask.js"
import type { DataEnd } from "../../handover/extent/data-extent.js"
import { requireColumn } from "../../handover/point-set.js"

/** Distances of {@link waterMask}, in cells. */
export interface WaterReach {
  /** Gaps between water points up to twice as wide are closed, unless ground is seen there. */
  readonly close: number
  /** Largest distance of a deck's cell from water on both sides for water to continue below. */
  readonly deck: number
  /** Distance of water from buildings. */
  readonly clear: number
  /** A void holds a disc of this radius without any return; 0 finds none. */
  readonly empty: number
}

/**
 * Gaps of land up to twice as wide, in cells, become water; water narrower than twice this and a
 * cell is dropped.
 */
const SMALL = 1
/** Number of passes that separate cells meeting only at a corner. */
const PASSES = 2
/** Virtual points with a return of water as near, in cells, claim nothing. */
const NEAR = 2
/** Ground within this distance of the shore, in cells, says nothing against virtual points. */
const INSIDE = 1

/** A void continues below trees, without ground, up to so many of its disc's radii. */
const UNDER = 3
/** Classes whose returns may be above water: unclassified and vegetation. */
const ABOVE: readonly number[] = [1, 3, 4, 5]

/** Classes of water: returns, and virtual points, which others must confirm. */
export const WATER_CLASS = 9
export const VIRTUAL_CLASS = 66

/** Distance, in cells, within which other cells can affect a cell. */
export const waterReach = ({ close, deck, clear, empty }: WaterReach): number =>
  gapReach(close) + deck + 4 * SMALL + clear + PASSES + NEAR + INSIDE + (2 + UNDER) * empty

/** Cells of water. */
export interface WaterMask {
  /** Water by returns and virtual points. */
  readonly mask: Uint8Array
  /** What virtual points claim; absent if nothing. */
  readonly claim?: WaterClaim
  /** The mask with voids as water too; absent without voids. */
  readonly flooded?: Uint8Array
}

export interface WaterClaim {
  /** Water by returns only; part of the mask. The other cells of the mask are claimed. */
  readonly sure: Uint8Array
  /** Of claimed cells: 2 with ground points inside the mask, 1 with other points. */
  readonly seen: Uint8Array
}

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
 * Virtual points (66) without a return of water near, ground in their cell or a deck above make the
 * same steps once more, with their cells as water; so do voids. A cell depends on the points up to
 * {@link waterReach} cells away.
 *
 * @param points with classes
 * @param cells of the points, −1 outside
 */
export const waterMask = (
  points: Points,
  cells: Int32Array,
  { grid, covers }: { readonly grid: CellGrid; readonly covers: DataEnd["covers"] },
  reach: WaterReach,
  scratch: Scratch,
): WaterMask => {
  const classes = requireColumn(points, "classification")
  const size = grid.columns * grid.rows
  const ground = seeGround(classes, cells, grid, reach, scratch)
  const spare = scratch.uint8(size)
  const sure = scratch.uint8(size)
  fillMask(sure, spare, ground, grid, reach)
  const virtual = virtualCells(classes, cells, ground, grid.columns)
  const empty = emptyCells({ classes, cells, covers }, grid, reach.empty, scratch)
  const flood = (dry: Uint8Array): Pick<WaterMask, "flooded"> => {
    if (empty.length === 0) return {}
    const flooded = dry.slice()
    claimAround(flooded, [...virtual, ...empty], spare, ground, grid, reach)
    for (let i = 0; i < size; i++) if (flooded[i] === 0) dry[i] = 0
    return { flooded }
  }
  if (virtual.length === 0) return { mask: sure, ...flood(sure) }
  const mask = scratch.uint8(size)
  mask.set(sure)
  claimAround(mask, virtual, spare, ground, grid, reach)
  const flooded = flood(mask)
  const seen = scratch.uint8(size)
  for (let i = 0; i < size; i++) if (mask[i] === 0) sure[i] = 0
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]
    if (cell < 0 || mask[cell] === 0 || sure[cell] === 1 || seen[cell] === 2) continue
    seen[cell] = classes[i] === 2 && isInside(mask, cell, grid.columns) ? 2 : 1
  }
  return { mask, claim: { sure, seen }, ...flooded }
}

/** What {@link emptyCells} reads: classes and cells of the points, and where files are. */
interface Returns extends Pick<DataEnd, "covers"> {
  readonly classes: Uint8Array
  readonly cells: Int32Array
}

/**
 * Cells of voids, as far as the files reach: those that a disc without any return but water's
 * covers, and those near them that a disc covers with nothing but what may be above water.
 */
const emptyCells = (
  { classes, cells, covers }: Returns,
  { cell: side, column, row, columns, rows }: CellGrid,
  radius: number,
  scratch: Scratch,
): number[] => {
  const empty: number[] = []
  if (radius === 0) return empty
  const size = columns * rows
  const [seen, solid, spare] = [scratch.uint8(size), scratch.uint8(size), scratch.uint8(size)]
  for (let i = 0; i < cells.length; i++) {
    if (cells[i] < 0 || classes[i] === WATER_CLASS) continue
    seen[cells[i]] = 1
    if (!ABOVE.includes(classes[i])) solid[cells[i]] = 1
  }
  for (const mask of [seen, solid]) DiscMask.close(mask, spare, columns, radius)
  DiscMask.shrink(seen, spare, columns, UNDER * radius)
  for (let i = 0; i < size; i++) {
    if (seen[i] === 1 || solid[i] === 1) continue
    const [x, y] = [(column + (i % columns) + 0.5) * side, (row + Math.floor(i / columns) + 0.5) * side]
    if (covers(x, y)) empty.push(i)
  }
  return empty
}

const isInside = (mask: Uint8Array, cell: number, columns: number): boolean =>
  mask[cell - 1] === 1 && mask[cell + 1] === 1 && mask[cell - columns] === 1 && mask[cell + columns] === 1

/** Cells of virtual points that may be water; see {@link waterMask}. */
const virtualCells = (
  classes: Uint8Array,
  cells: Int32Array,
  { balance, deck }: SeenGround,
  columns: number,
): number[] => {
  const found: number[] = []
  const isNear = (cell: number): boolean => {
    for (let dy = -NEAR; dy <= NEAR; dy++)
      for (let dx = -NEAR; dx <= NEAR; dx++) if (balance[cell + dy * columns + dx] > 0) return true
    return false
  }
  for (let i = classes.indexOf(VIRTUAL_CLASS); i >= 0; i = classes.indexOf(VIRTUAL_CLASS, i + 1)) {
    const cell = cells[i]
    if (cell >= 0 && balance[cell] === 0 && deck?.[cell] !== 1 && !isNear(cell)) found.push(cell)
  }
  return found
}

/** Fills `mask` again with further cells as water, in the rows that they can affect. */
const claimAround = (
  mask: Uint8Array,
  further: readonly number[],
  spare: Uint8Array,
  { balance, building, deck }: SeenGround,
  grid: CellGrid,
  reach: WaterReach,
): void => {
  const { columns, rows } = grid
  const around = waterReach({ ...reach, deck: deck === undefined ? 0 : reach.deck })
  let [first, last] = [rows, 0]
  for (const cell of further) {
    first = Math.min(first, Math.floor(cell / columns))
    last = Math.max(last, Math.floor(cell / columns))
  }
  // Rows up to `around` from the first and last change; those up to twice as far decide.
  const [low, high] = [Math.max(0, first - 2 * around), Math.min(rows, last + 1 + 2 * around)]
  const cut = <T extends Uint8Array | Int32Array>(cells: T): T => cells.subarray(low * columns, high * columns) as T
  const band = new Uint8Array((high - low) * columns)
  for (const cell of further) band[cell - low * columns] = 1
  const ground = { balance: cut(balance), building: building && cut(building), deck: deck && cut(deck) }
  fillMask(band, cut(spare), ground, { ...grid, rows: high - low }, reach)
  const [from, to] = [Math.max(0, first - around), Math.min(rows, last + 1 + around)]
  mask.set(band.subarray((from - low) * columns, (to - low) * columns), from * columns)
}

/** Fills `mask` by the steps of {@link waterMask}. Cells set already are water too. */
const fillMask = (
  mask: Uint8Array,
  spare: Uint8Array,
  { balance, building, deck }: SeenGround,
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

interface SeenGround {
  /** Above 0: water; below 0: land; 0: nothing seen. */
  readonly balance: Int32Array
  /** Cells near buildings, and those of decks, closed; undefined without points of their class. */
  readonly building: Uint8Array | undefined
  readonly deck: Uint8Array | undefined
}

const seeGround = (
  classes: Uint8Array,
  cells: Int32Array,
  { columns, rows }: CellGrid,
  reach: WaterReach,
  scratch: Scratch,
): SeenGround => {
  const size = columns * rows
  // Twice the difference, plus one if there is water, so that water wins ties.
  const balance = scratch.int32(size)
  const [building, deck] = [6, 17].map((code) => (classes.includes(code) ? scratch.uint8(size) : undefined))
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]
    if (cell < 0) continue
    const kind = classes[i]
    if (kind === WATER_CLASS) balance[cell] = ((balance[cell] & ~1) + 2) | 1
    else if (kind === 2) balance[cell] -= 2
    else if (kind === 6 && building !== undefined) building[cell] = 1
    else if (kind === 17 && deck !== undefined) deck[cell] = 1
  }
  const spare = scratch.uint8(size)
  if (building) DiscMask.grow(building, spare, columns, reach.clear)
  if (deck) closeMask(deck, spare, columns, rows, 2)
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

/** Gives cells without any point, as between distant scan lines, to the nearest points. */
import { type Presence, PresenceBit } from "../../engine/kernel.js"
import { boxSums } from "./box-sums.js"
import type { CellGrid } from "./cell-grid.js"

/**
 * Fills the unseen cells of a mask between set ones, and as far outwards, in place. A cell is seen
 * if it is set, or belongs to a cell of 1 m with points and without a set cell. An unseen cell is
 * filled if a set cell is as near as any seen one, at most `reach` away, and
 * - another set cell is on its other side, also within `reach`, or
 * - such a cell as far from its nearest set cell, or farther, is within twice the reach.
 *
 * Both apply only where points are far apart: of the cells within {@link AROUND} that are set, or
 * unseen and nearest to a set one, fewer are set than on lines {@link DENSE} apart. Openings of a
 * roof of dense points stay open.
 *
 * A mask of points on scan lines thus extends half their spacing beyond its last line. It does not
 * extend into voids that are wider than the gaps inside it. A cell within {@link fillMargin} of the
 * window's border is not valid. O(unseen cells near set ones · reach²).
 *
 * @param mask 0 or 1, a byte a cell of `grid`: 1 where points of a class are
 * @param reach mm
 * @param isWithin false where the data end: cells with their centre there, mm, remain unset
 */
export const fillUnseen = (
  mask: Uint8Array,
  presence: Presence,
  grid: CellGrid,
  reach: number,
  isWithin: (x: number, y: number) => boolean,
): void => {
  const { cell, columns } = grid
  const most = Math.floor(reach / cell)
  if (most === 0) return
  const seen = seenCells(mask, presence, grid)
  const offsets = offsetsWithin(most, (reach / cell) ** 2)
  // Squared distances of unseen cells from the nearest set one; only of those between two.
  const away = new Uint16Array(mask.length)
  const between = new Uint16Array(mask.length)
  for (let row = most; row < grid.rows - most; row++) {
    for (let at = row * columns + most, end = (row + 1) * columns - most; at < end; at++) {
      if (seen[at] === 1) continue
      const nearest = nearestSet(mask, seen, at, columns, offsets)
      if (nearest === undefined) continue
      away[at] = nearest[2]
      if (isSetBehind(mask, at, columns, nearest, offsets)) between[at] = nearest[2]
    }
  }
  keepSparse(mask, away, between, grid)
  const widest = largestAround(between, grid, 2 * most)
  for (let at = 0; at < mask.length; at++) {
    if (away[at] === 0 || away[at] > widest[at]) continue
    const [x, y] = [grid.column + (at % columns) + 0.5, grid.row + Math.floor(at / columns) + 0.5]
    if (isWithin(x * cell, y * cell)) mask[at] = 1
  }
}

/** Cells around a cell that decide whether it is filled. */
export const fillMargin = (reach: number, cell: number): number =>
  reach < cell ? 0 : 3 * Math.floor(reach / cell) + Math.round(AROUND / cell) + Math.ceil(1000 / cell)

/** Half the side of the square in which set cells count, mm. */
const AROUND = 7000
/** Lines of points this near to each other, mm, or nearer leave nothing to fill. */
const DENSE = 1500

/** Clears the cells between set ones where points are not far apart. */
const keepSparse = (mask: Uint8Array, away: Uint16Array, between: Uint16Array, grid: CellGrid): void => {
  const { cell, columns, rows } = grid
  // Lines `DENSE` apart set one cell in `DENSE / cell`: the sum over such a square is 0.
  const excess = Float32Array.from(mask, (set, at) => (set === 1 ? DENSE - cell : away[at] > 0 ? -cell : 0))
  boxSums(excess, columns, rows, Math.round(AROUND / cell))
  for (let at = 0; at < mask.length; at++) if (excess[at] >= 0) between[at] = 0
}

/** 1 for set cells, and for those of cells of 1 m with points but without a set cell. */
const seenCells = (mask: Uint8Array, presence: Presence, grid: CellGrid): Uint8Array => {
  const seen = mask.slice()
  for (let r = 0; r < presence.rows; r++) {
    const [south, north] = cellsOfMetre(presence.row + r, grid.cell, grid.row, grid.rows)
    for (let c = 0; c < presence.columns && south < north; c++) {
      if ((presence.cells[r * presence.columns + c] & PresenceBit.point) === 0) continue
      const [west, east] = cellsOfMetre(presence.column + c, grid.cell, grid.column, grid.columns)
      if (hasSet(mask, grid.columns, west, east, south, north)) continue
      for (let row = south; row < north; row++) seen.fill(1, row * grid.columns + west, row * grid.columns + east)
    }
  }
  return seen
}

/** The cells of a window that a cell of 1 m meets along an axis: first and end, from its first. */
const cellsOfMetre = (metre: number, cell: number, first: number, count: number): readonly [number, number] => {
  const within = (at: number): number => Math.min(count, Math.max(0, at - first))
  return [within(Math.floor((metre * 1000) / cell)), within(Math.ceil(((metre + 1) * 1000) / cell))]
}

const hasSet = (mask: Uint8Array, width: number, west: number, east: number, south: number, north: number): boolean => {
  for (let row = south; row < north; row++)
    for (let at = row * width + west; at < row * width + east; at++) if (mask[at] === 1) return true
  return false
}

/** Offset of a cell, and its squared length. */
type Offset = readonly [column: number, row: number, squared: number]

/** Offsets of cells, nearest first. */
const offsetsWithin = (most: number, squaredReach: number): readonly Offset[] => {
  const side = Array.from({ length: 2 * most + 1 }, (_, i) => i - most)
  return side
    .flatMap((row) => side.map((column): Offset => [column, row, column * column + row * row]))
    .filter(([, , squared]) => squared > 0 && squared <= squaredReach)
    .sort((a, b) => a[2] - b[2])
}

/** The nearest set cell; undefined if none is within reach or another seen cell is nearer. */
const nearestSet = (
  mask: Uint8Array,
  seen: Uint8Array,
  at: number,
  width: number,
  offsets: readonly Offset[],
): Offset | undefined => {
  let nearest = Number.POSITIVE_INFINITY
  for (const offset of offsets) {
    const [column, row, squared] = offset
    if (squared > nearest) return undefined
    const other = at + row * width + column
    if (mask[other] === 1) return offset
    if (seen[other] === 1) nearest = squared
  }
  return undefined
}

/** True where a set cell is on the other side: more than 120 degrees from the nearest one. */
const isSetBehind = (
  mask: Uint8Array,
  at: number,
  width: number,
  [x, y, squaredNearest]: Offset,
  offsets: readonly Offset[],
): boolean =>
  offsets.some(([column, row, squared]) => {
    const dot = x * column + y * row
    return dot < 0 && 4 * dot * dot > squared * squaredNearest && mask[at + row * width + column] === 1
  })

/** The largest value within `radius` rows and columns of each cell. */
const largestAround = (values: Uint16Array, { columns, rows }: CellGrid, radius: number): Uint16Array => {
  const inRow = new Uint16Array(values.length)
  const largest = new Uint16Array(values.length)
  for (let at = 0; at < values.length; at++) {
    if (values[at] === 0) continue
    const start = at - (at % columns)
    const end = Math.min(start + columns, at + radius + 1)
    for (let to = Math.max(start, at - radius); to < end; to++) if (values[at] > inRow[to]) inRow[to] = values[at]
  }
  for (let at = 0; at < values.length; at++) {
    if (inRow[at] === 0) continue
    const row = Math.floor(at / columns)
    for (let r = Math.max(0, row - radius); r <= Math.min(rows - 1, row + radius); r++) {
      const to = at + (r - row) * columns
      if (inRow[at] > largest[to]) largest[to] = inRow[at]
    }
  }
  return largest
}

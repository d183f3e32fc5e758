/** Where points are: roles by cell of 1 m, and the lowest return of each square of 5 m. */
import type { Box2 } from "./geometry/box.js"
import type { Points } from "./kernel-data.js"

/** Bits of a cell of {@link Presence}. */
export const PresenceBit = {
  /** A point of any class but noise. */
  point: 1,
  /** A return of ground, vegetation, buildings, water or decks: classes 2 to 6, 9, 17 and 66. */
  surface: 2,
  /** One of ground or water: classes 2, 9 and 66. */
  ground: 4,
} as const

/** The bits of a point, by class. */
export const presenceBits: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => {
  if (code === 7 || code === 18) return 0
  if (code === 2 || code === 9 || code === 66) return PresenceBit.point | PresenceBit.surface | PresenceBit.ground
  return (code >= 3 && code <= 6) || code === 17 ? PresenceBit.point | PresenceBit.surface : PresenceBit.point
})

/** Cells along the side of a square. */
export const LOWEST_CELLS = 5
/** Bytes of the presence of a cell of 50 m in bucket files: see `BucketPresence`. */
export const PRESENCE_BYTES = 50 ** 2 + 4 * (50 / LOWEST_CELLS) ** 2
/** {@link Presence.lowest} of a square without a return; each of its bytes is 127. */
export const NO_LOWEST = 0x7f7f7f7f

/**
 * Where points are, row by row from the south. Cells count from the CRS origin, and begin and end
 * at multiples of {@link LOWEST_CELLS}. It says nothing of heights but `lowest`, and costs no
 * reading of points.
 */
export interface Presence {
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
  /** {@link PresenceBit}s of each cell of 1 m. */
  readonly cells: Uint8Array
  /** Height of the lowest return of each square, mm in the CRS; {@link NO_LOWEST} without any. */
  readonly lowest: Int32Array
}

/** Makes one for a box (CRS metres), grown to whole squares, without any point. */
export const makePresence = ([minX, minY, maxX, maxY]: Box2): Presence => {
  const [column, row] = [minX, minY].map((at) => Math.floor(at / LOWEST_CELLS) * LOWEST_CELLS) as [number, number]
  const [columns, rows] = [
    Math.ceil(maxX / LOWEST_CELLS) * LOWEST_CELLS - column,
    Math.ceil(maxY / LOWEST_CELLS) * LOWEST_CELLS - row,
  ]
  const lowest = new Int32Array((columns / LOWEST_CELLS) * (rows / LOWEST_CELLS)).fill(NO_LOWEST)
  return { column, row, columns, rows, cells: new Uint8Array(columns * rows), lowest }
}

type Placed = Pick<Points, "count" | "x" | "y" | "z" | "origin"> & { readonly classification: Uint8Array }

/** Adds points (mm from their origin), in place; those outside are left out. O(points). */
export const markPoints = ({ column, row, columns, rows, cells, lowest }: Presence, points: Placed): void => {
  const { count, x, y, z, classification, origin } = points
  const [left, bottom, base] = [
    Math.round(origin[0] * 1000) - column * 1000,
    Math.round(origin[1] * 1000) - row * 1000,
    Math.round(origin[2] * 1000),
  ]
  const across = columns / LOWEST_CELLS
  for (let i = 0; i < count; i++) {
    const [c, r] = [Math.floor((x[i]! + left) / 1000), Math.floor((y[i]! + bottom) / 1000)]
    if (c < 0 || r < 0 || c >= columns || r >= rows) continue
    const bits = presenceBits[classification[i]!]!
    cells[r * columns + c]! |= bits
    if ((bits & PresenceBit.surface) === 0) continue
    const square = Math.floor(r / LOWEST_CELLS) * across + Math.floor(c / LOWEST_CELLS)
    if (z[i]! + base < lowest[square]!) lowest[square] = z[i]! + base
  }
}

/** Where some points are in a box, CRS metres. */
export const findPresence = (box: Box2, points: Placed): Presence => {
  const presence = makePresence(box)
  markPoints(presence, points)
  return presence
}

/** Adds the cells of another one that lie in this one, in place. */
export const markPresence = (to: Presence, from: Presence): void => {
  eachRow(to, from, 1, (at, other, count) => {
    for (let k = 0; k < count; k++) to.cells[at + k]! |= from.cells[other + k]!
  })
  eachRow(to, from, LOWEST_CELLS, (at, other, count) => {
    for (let k = 0; k < count; k++)
      if (from.lowest[other + k]! < to.lowest[at + k]!) to.lowest[at + k] = from.lowest[other + k]!
  })
}

/** Calls `join` for each row of cells or squares that both have, with the first index in each. */
const eachRow = (
  to: Presence,
  from: Presence,
  side: number,
  join: (at: number, other: number, count: number) => void,
): void => {
  const [west, east] = [Math.max(to.column, from.column), Math.min(to.column + to.columns, from.column + from.columns)]
  const [south, north] = [Math.max(to.row, from.row), Math.min(to.row + to.rows, from.row + from.rows)]
  if (east <= west) return
  for (let row = south; row < north; row += side) {
    const at = ((row - to.row) / side) * (to.columns / side) + (west - to.column) / side
    const other = ((row - from.row) / side) * (from.columns / side) + (west - from.column) / side
    join(at, other, (east - west) / side)
  }
}

/** The part of one inside a box. */
export const cropPresence = (from: Presence, box: Box2): Presence => {
  const part = makePresence(box)
  markPresence(part, from)
  return part
}

/**
 * Picks the points at the border of a building, to which its outline is fitted: the vertices of an
 * alpha shape.
 */
import type { Buckets } from "../../geometry/buckets.js"
import type { CellGrid } from "../../grid/cell-grid.js"

/** Radius, mm, of the empty disc that touches a boundary point. */
const DISC = 750
/** Only points within this distance, mm, decide whether a point is on the boundary. */
export const boundaryReach = 2 * DISC
/** Number of directions from the point to the disc's centre: every 15°. */
const DIRECTIONS = 24
/**
 * Points less deep in the disc than this, mm, do not count. The disc may be up to 7.5° askew to a
 * straight wall and then reaches DISC · sin²(7.5°) / 2 = 6.4 mm behind it. Without the slack,
 * points of the wall would exclude each other.
 */
const SLACK = 25
/**
 * A point at offset d is this deep in the disc about DISC·e if |d|² < 2·DISC·(d · e) −
 * SLACK·(2·DISC − SLACK), here times 1024.
 */
const SLACK_TERM = 1024 * SLACK * (2 * DISC - SLACK)
/**
 * Unit vectors of the directions times 1024 and the disc's diameter: all tests use whole numbers.
 */
const [EAST, NORTH] = [Math.cos, Math.sin].map((part) =>
  Int32Array.from({ length: DIRECTIONS }, (_, k) => 2 * DISC * Math.round(1024 * part((k * Math.PI) / 12))),
) as [Int32Array, Int32Array]

/**
 * The points that an empty disc of radius 0.75 m can touch, for 24 positions of the disc. They are
 * the vertices of the set's alpha shape (Edelsbrunner, Kirkpatrick and Seidel 1983). Whole numbers,
 * and only points within 1.5 m, decide: the result is the same in any tiling.
 *
 * Gaps below 1.5 m have no such points on their sides, and near a reflex corner about 0.3 m lack
 * them. A point deep inside fails after a few neighbours; a boundary point visits all within 1.5 m.
 *
 * @param x millimetres; `y` likewise
 * @param wanted 1: test the points of this cell
 * @returns their indices, by cell
 */
export const boundaryPoints = (
  x: Int32Array,
  y: Int32Array,
  { starts, order }: Buckets,
  wanted: Uint8Array,
  { cell: cellMm, columns: width, rows: height }: Pick<CellGrid, "cell" | "columns" | "rows">,
): Int32Array => {
  const near = nearCells(cellMm)
  const search = { starts, x: inOrder(x, order), y: inOrder(y, order), near, width, height }
  const found: number[] = []
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const cell = row * width + column
      if (wanted[cell] === 0) continue
      for (let k = starts[cell]; k < starts[cell + 1]; k++) {
        if (isExposed(k, search, column, row)) found.push(order[k])
      }
    }
  }
  return Int32Array.from(found)
}

/** The values of items in some order: those of neighbouring points are then close in memory. */
const inOrder = (values: Int32Array, order: Int32Array): Int32Array => {
  const ordered = new Int32Array(order.length)
  for (let k = 0; k < order.length; k++) ordered[k] = values[order[k]]
  return ordered
}

/** Points by cell, and the offsets of cells to search. */
interface Search extends Pick<Buckets, "starts"> {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly near: Int32Array
  readonly width: number
  readonly height: number
}

const isExposed = (
  point: number,
  { starts, x, y, near, width, height }: Search,
  column: number,
  row: number,
): boolean => {
  const px = x[point]
  const py = y[point]
  let open = (1 << DIRECTIONS) - 1
  for (let n = 0; n < near.length; n += 2) {
    const c = column + near[n]
    const r = row + near[n + 1]
    if (c < 0 || c >= width || r < 0 || r >= height) continue
    const cell = r * width + c
    for (let k = starts[cell]; k < starts[cell + 1]; k++) {
      const dx = x[k] - px
      const dy = y[k] - py
      const squared = dx * dx + dy * dy
      if (squared >= boundaryReach * boundaryReach) continue
      const scaled = 1024 * squared + SLACK_TERM
      // Only the directions that are still open; a few points close most of them.
      for (let left = open; left !== 0; left &= left - 1) {
        const e = 31 - Math.clz32(left & -left)
        if (scaled < dx * EAST[e] + dy * NORTH[e]) open &= ~(1 << e)
      }
      if (open === 0) return false
    }
  }
  return true
}

/** Offsets of the cells that may contain a point within reach, nearest first: column, row pairs. */
const nearCells = (cellMm: number): Int32Array => {
  const reach = Math.ceil(boundaryReach / cellMm)
  const offsets: [column: number, row: number][] = []
  for (let row = -reach; row <= reach; row++)
    for (let column = -reach; column <= reach; column++) offsets.push([column, row])
  const squaredLength = ([column, row]: readonly [number, number]): number => column * column + row * row
  const within = offsets.filter(([c, r]) => {
    const [gapX, gapY] = [Math.max(0, Math.abs(c) - 1) * cellMm, Math.max(0, Math.abs(r) - 1) * cellMm]
    return gapX * gapX + gapY * gapY < boundaryReach * boundaryReach
  })
  return Int32Array.from(
    within.sort((a, b) => squaredLength(a) - squaredLength(b) || a[1] - b[1] || a[0] - b[0]).flat(),
  )
}

/**
 * Picks the points at the border of a building, to which its outline is fitted: the vertices of an
 * alpha shape.
 */
import type { Buckets } from "../../geometry/buckets.js"
import type { CellGrid } from "../../grid/cell-grid.js"

/** Radius, mm, of the empty disc that a boundary point must touch. */
const DISC = 750
/** Points within this distance, mm, decide whether a point is one of the boundary. */
export const boundaryReach = 2 * DISC
/** Directions from the point to the disc's centre that are tried: every 15°. */
const DIRECTIONS = 24
/**
 * Points less deep in the disc than this, mm, do not count: else the points of a straight wall would shut out each other from a disc that stands up to 7.5°
 * askew, which reaches DISC · sin²(7.5°) / 2 = 6.4 mm behind it.
 */
const SLACK = 25
/** |d|² < 2·DISC·(d · e) − this: a point at d from another one is that deep in the disc about DISC·e. */
const SLACK_TERM = 1024 * SLACK * (2 * DISC - SLACK)
/** Unit vectors of the directions in 1/1024, times the disc's diameter: all tests stay whole numbers. */
const EAST = Array.from({ length: DIRECTIONS }, (_, k) => 2 * DISC * Math.round(1024 * Math.cos((k * Math.PI) / 12)))
const NORTH = Array.from({ length: DIRECTIONS }, (_, k) => 2 * DISC * Math.round(1024 * Math.sin((k * Math.PI) / 12)))

/**
 * The points of a set that an empty disc of radius 0.75 m can touch: the vertices of its alpha shape (Edelsbrunner, Kirkpatrick and Seidel 1983), for 24
 * positions of the disc. A point's answer depends on the points within 1.5 m alone, in whole numbers: the same in any tiling.
 *
 * Gaps of less than 1.5 m have no such points on their sides, and near a reflex corner they are missing for about 0.3 m.
 * Time: a point deep inside is left after a few neighbours; one of the boundary looks at all within 1.5 m.
 *
 * @param x @param y millimetres; @param byCell the points by cell of the mask
 * @param wanted 1: the points of this cell are to be tested
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
  const found: number[] = []
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const cell = row * width + column
      if (wanted[cell] === 0) continue
      for (let k = starts[cell]; k < starts[cell + 1]; k++) {
        if (isExposed(order[k], x, y, column, row, { starts, order }, near, width, height)) found.push(order[k])
      }
    }
  }
  return Int32Array.from(found)
}

const isExposed = (
  point: number,
  x: Int32Array,
  y: Int32Array,
  column: number,
  row: number,
  { starts, order }: Buckets,
  near: Int32Array,
  width: number,
  height: number,
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
      const dx = x[order[k]] - px
      const dy = y[order[k]] - py
      const square = dx * dx + dy * dy
      if (square >= boundaryReach * boundaryReach) continue
      const scaled = 1024 * square + SLACK_TERM
      for (let e = 0; e < DIRECTIONS; e++) {
        if ((open & (1 << e)) !== 0 && scaled < dx * EAST[e] + dy * NORTH[e]) open &= ~(1 << e)
      }
      if (open === 0) return false
    }
  }
  return true
}

/** Offsets of the cells that may hold a point within reach, nearest first: column, row pairs. */
const nearCells = (cellMm: number): Int32Array => {
  const reach = Math.ceil(boundaryReach / cellMm)
  const offsets: [column: number, row: number][] = []
  for (let row = -reach; row <= reach; row++)
    for (let column = -reach; column <= reach; column++) offsets.push([column, row])
  const square = ([column, row]: readonly [number, number]): number => column * column + row * row
  const within = offsets.filter(([c, r]) => {
    const [gapX, gapY] = [Math.max(0, Math.abs(c) - 1) * cellMm, Math.max(0, Math.abs(r) - 1) * cellMm]
    return gapX * gapX + gapY * gapY < boundaryReach * boundaryReach
  })
  return Int32Array.from(within.sort((a, b) => square(a) - square(b) || a[1] - b[1] || a[0] - b[0]).flat())
}

/**
 * Interpolates void cells in the Delaunay TIN of one point a cell, block by block with the same
 * bits.
 */
import type { Points } from "../../../engine/kernel.js"
import { canonicalDelaunay } from "../../geometry/delaunay.js"
import { type CellGrid, growGrid } from "../../grid/cell-grid.js"
import { requireColumn } from "../../handover/point-set.js"

/** Input of {@link tinRaster}. Rasters run from the south row. */
export interface TinRasterTask {
  readonly points: Points
  /** The window of `values` and `classes`, and the one in it whose cells get heights. */
  readonly grid: CellGrid
  readonly window: CellGrid
  /**
   * Covers `window` grown by {@link tinMargin}: `index[cell]` is the point that represents the
   * cell, −1 for none.
   */
  readonly sampleGrid: CellGrid
  readonly index: Int32Array
  /** Largest circumcircle diameter, mm, of a triangle that counts. */
  readonly reach: number
  /** Metres; only NaN cells are written. */
  readonly values: Float32Array
  /** Receives the class of the triangle's vertex nearest to the cell's centre. */
  readonly classes?: Uint8Array
  /** Largest side, in cells, of the blocks that are processed in turn; no effect on the result. */
  readonly block?: number
}

/**
 * About 166 MB for a block of 0.5 m cells with a reach of 50 m. A tile of 1 km with its margins is
 * just under two blocks wide.
 */
const BLOCK = 1088

/** Largest diameter, metres, of a small triangle's circle: about the width of a building. */
const SMALL = 20

/** Largest diameter, metres, of the circles of the triangles that the filling of voids reads. */
export const nearReach = (reach: number): number => Math.min(reach, SMALL)

/**
 * Cells of samples needed around the window: the largest circle around an outermost cell centre,
 * rounded up.
 */
export const tinMargin = (reach: number, cell: number): number => Math.ceil(reach / cell) + 1

/**
 * Bytes per cell of a block and its margins, if each has a vertex: place, point, two triangles, and
 * the working memory of triangulating.
 */
const BYTES_A_CELL = 100
/**
 * Most bytes of a block that V8 has not collected when the next one starts: it collects once
 * buffers have grown by 64 MB.
 */
const LEFT_BYTES = 96e6

/**
 * Upper estimate of the bytes that {@link tinRaster} takes at its peak, and of those uncollected
 * after it ended. The window is square, its side between two numbers of cells.
 */
export const tinRasterBytes = (
  least: number,
  most: number,
  reach: number,
  cell: number,
): { readonly peak: number; readonly left: number } => {
  // Blocks are equal. For each number of blocks, the largest are those of the largest window that
  // needs no more.
  const count = (side: number): number => Math.max(1, Math.ceil(side / BLOCK))
  let [peak, left] = [0, 0]
  for (let blocks = count(least); blocks <= count(most); blocks++) {
    const side = Math.ceil(Math.min(most, blocks * BLOCK) / blocks) + 2 * tinMargin(reach, cell)
    const bytes = BYTES_A_CELL * side ** 2
    const uncollected = Math.min(bytes, LEFT_BYTES)
    peak = Math.max(peak, bytes + (blocks > 1 ? uncollected : 0))
    left = Math.max(left, uncollected)
  }
  return { peak, left }
}

/**
 * Interpolates linearly, at the centres of the window's void cells, in the Delaunay triangulation
 * of one point a cell. A triangle counts if its circumcircle is at most `reach` across.
 *
 * A cell thus depends only on the points within `reach` of its centre, and every tile and block
 * yields the same bits. The triangulation is unique ({@link canonicalDelaunay}), and the arithmetic
 * runs on exact integers from the triangle's smallest vertex on. O(n log n) a block.
 */
export const tinRaster = (task: TinRasterTask): void => {
  const { window, block = BLOCK } = task
  // Equal blocks: a narrow last one would need the same margins.
  const width = Math.ceil(window.columns / Math.ceil(window.columns / block))
  const height = Math.ceil(window.rows / Math.ceil(window.rows / block))
  for (let row = 0; row < window.rows; row += height) {
    for (let column = 0; column < window.columns; column += width) {
      tinBlock(task, {
        cell: window.cell,
        column: window.column + column,
        row: window.row + row,
        columns: Math.min(width, window.columns - column),
        rows: Math.min(height, window.rows - row),
      })
    }
  }
}

const tinBlock = (task: TinRasterTask, block: CellGrid): void => {
  if (!hasVoid(task, block)) return
  const window = growGrid(block, tinMargin(task.reach, block.cell))
  drawTriangles(task, block, window, blockVertices(task, window))
}

const hasVoid = ({ grid, values }: TinRasterTask, block: CellGrid): boolean => {
  for (let row = 0; row < block.rows; row++) {
    const from = (row + block.row - grid.row) * grid.columns + block.column - grid.column
    for (let i = from; i < from + block.columns; i++) if (Number.isNaN(values[i])) return true
  }
  return false
}

interface Vertices {
  /** x, y in mm from the window's corner. */
  readonly coordinates: Float64Array
  /** Point of each vertex. */
  readonly point: Int32Array
}

const blockVertices = ({ index, sampleGrid, points }: TinRasterTask, window: CellGrid): Vertices => {
  const { columns, rows } = window
  const stride = sampleGrid.columns
  const first = (window.row - sampleGrid.row) * stride + window.column - sampleGrid.column
  let count = 0
  for (let row = 0; row < rows; row++) {
    for (let at = first + row * stride, end = at + columns; at < end; at++) if (index[at] >= 0) count++
  }
  const coordinates = new Float64Array(2 * count)
  const point = new Int32Array(count)
  const { x, y } = points
  const shiftX = Math.round(points.origin[0] * 1000) - window.column * window.cell
  const shiftY = Math.round(points.origin[1] * 1000) - window.row * window.cell
  let n = 0
  for (let row = 0; row < rows; row++) {
    for (let at = first + row * stride, end = at + columns; at < end; at++) {
      const i = index[at]
      if (i < 0) continue
      coordinates[2 * n] = x[i] + shiftX
      coordinates[2 * n + 1] = y[i] + shiftY
      point[n++] = i
    }
  }
  return { coordinates, point }
}

const drawTriangles = (
  task: TinRasterTask,
  block: CellGrid,
  window: CellGrid,
  { coordinates, point }: Vertices,
): void => {
  const triangles = canonicalDelaunay(coordinates)
  const { z } = task.points
  const { grid, values, classes } = task
  const codes = classes === undefined ? new Uint8Array(0) : requireColumn(task.points, "classification")
  const { cell } = block
  const reach2 = task.reach * task.reach
  const offset = Math.round(task.points.origin[2] * 1000)
  // The block in cells of the window, and the offset from the window to the values.
  const left = block.column - window.column
  const bottom = block.row - window.row
  const right = left + block.columns
  const top = bottom + block.rows
  const toColumn = window.column - grid.column
  const toRow = window.row - grid.row
  for (let t = 0; t < triangles.length; t += 3) {
    // Sorts a, b, c by (x, y): every tile then does the same arithmetic.
    let a = triangles[t]
    let b = triangles[t + 1]
    let c = triangles[t + 2]
    if (after(coordinates, a, b)) [a, b] = [b, a]
    if (after(coordinates, b, c)) [b, c] = [c, b]
    if (after(coordinates, a, b)) [a, b] = [b, a]
    const ax = coordinates[2 * a]
    const ay = coordinates[2 * a + 1]
    const ux = coordinates[2 * b] - ax
    const uy = coordinates[2 * b + 1] - ay
    const vx = coordinates[2 * c] - ax
    const vy = coordinates[2 * c + 1] - ay
    const firstColumn = Math.max(left, Math.ceil(ax / cell - 0.5))
    const lastColumn = Math.min(right - 1, Math.floor((ax + vx) / cell - 0.5))
    if (firstColumn > lastColumn) continue
    const firstRow = Math.max(bottom, Math.ceil((ay + Math.min(0, uy, vy)) / cell - 0.5))
    const lastRow = Math.min(top - 1, Math.floor((ay + Math.max(0, uy, vy)) / cell - 0.5))
    if (firstRow > lastRow) continue
    const cross = ux * vy - uy * vx
    if (cross === 0) continue
    const wx = vx - ux
    const wy = vy - uy
    // The diameter of the circumcircle is the product of the sides over twice the area.
    if ((ux * ux + uy * uy) * (vx * vx + vy * vy) * (wx * wx + wy * wy) > reach2 * cross * cross) continue
    const base = z[point[a]] + offset
    const rise1 = z[point[b]] - z[point[a]]
    const rise2 = z[point[c]] - z[point[a]]
    const sign = cross > 0 ? 1 : -1
    // A centre on an edge belongs to the triangle on one side, by the edge's direction.
    const closedU = owns(sign * ux, sign * uy)
    const closedV = owns(-sign * vx, -sign * vy)
    const closedW = owns(sign * wx, sign * wy)
    const area = sign * cross
    // Twice the areas towards c (by edge u) and b (by edge v): weights of c and b. They are whole
    // multiples of 0.5 below 2^53, so sums are exact.
    const stepC = -sign * uy * cell
    const stepB = sign * vy * cell
    const firstDx = (firstColumn + 0.5) * cell - ax
    for (let row = firstRow; row <= lastRow; row++) {
      const dy = (row + 0.5) * cell - ay
      const to = (row + toRow) * grid.columns + toColumn
      let weightC = sign * (ux * dy - uy * firstDx) - stepC
      let weightB = sign * (firstDx * vy - dy * vx) - stepB
      for (let column = firstColumn; column <= lastColumn; column++) {
        weightC += stepC
        weightB += stepB
        const weightA = area - weightB - weightC
        if (weightC < 0 || weightB < 0 || weightA < 0) continue
        if ((weightC === 0 && !closedU) || (weightB === 0 && !closedV) || (weightA === 0 && !closedW)) continue
        const at = to + column
        if (!Number.isNaN(values[at])) continue
        values[at] = (base + (rise1 * weightB + rise2 * weightC) / area) / 1000
        if (classes) {
          const dx = (column + 0.5) * cell - ax
          const da = dx * dx + dy * dy
          const db = (dx - ux) * (dx - ux) + (dy - uy) * (dy - uy)
          const dc = (dx - vx) * (dx - vx) + (dy - vy) * (dy - vy)
          const near = da <= db && da <= dc ? a : db <= dc ? b : c
          classes[at] = codes[point[near]]
        }
      }
    }
  }
}

const after = (c: Float64Array, a: number, b: number): boolean =>
  c[2 * a] > c[2 * b] || (c[2 * a] === c[2 * b] && c[2 * a + 1] > c[2 * b + 1])

const owns = (dx: number, dy: number): boolean => dy > 0 || (dy === 0 && dx > 0)

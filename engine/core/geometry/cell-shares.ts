/** How much of each cell of a window a polygon covers. */
import { doubledArea } from "./rings.js"

/** Cells of a raster: row 0 is northernmost. */
export interface CellWindow {
  readonly width: number
  readonly height: number
  readonly minX: number
  readonly maxY: number
  readonly cellSize: number
}

/**
 * Share of each cell that is inside a polygon, 0 to 1: exact but for rounding (about 10⁻⁹ m × its
 * perimeter). Edges add the area on their right to the cells that they cross, and their height to
 * those beyond; a running sum along each row completes it. Rings must not cross.
 *
 * Time: O(cells of the window + cells that edges cross). Memory: 8 bytes a cell.
 *
 * @param rings closed, x and y, CRS; the outer one first, in either direction
 * @returns `width × height` shares, row by row
 */
export const cellShares = (rings: readonly ArrayLike<number>[], window: CellWindow): Float64Array => {
  const { width, height } = window
  const sums = new ShareSums(window)
  for (const [r, ring] of rings.entries()) {
    const isLeft = doubledArea(ring) > 0
    sums.addRing(ring, isLeft === (r === 0) ? 1 : -1)
  }
  const shares = new Float64Array(width * height)
  for (let row = 0; row < height; row++) {
    let sum = 0
    for (let column = 0; column < width; column++) {
      sum += sums.values[row * sums.stride + column]!
      // What rounding leaves of cells beyond the polygon.
      shares[row * width + column] = sum < 1e-12 ? 0 : Math.min(1, sum)
    }
  }
  return shares
}

class ShareSums {
  /** Two columns more than the window: what edges leave beyond its last one. */
  readonly stride: number
  readonly values: Float64Array
  readonly #window: CellWindow

  constructor(window: CellWindow) {
    this.#window = window
    this.stride = window.width + 2
    this.values = new Float64Array(this.stride * window.height)
  }

  addRing(ring: ArrayLike<number>, sign: number): void {
    const { minX, maxY, cellSize } = this.#window
    for (let i = 0; i + 3 < ring.length; i += 2) {
      const [x0, y0] = [(ring[i]! - minX) / cellSize, (maxY - ring[i + 1]!) / cellSize]
      const [x1, y1] = [(ring[i + 2]! - minX) / cellSize, (maxY - ring[i + 3]!) / cellSize]
      // Rows count southwards, so a ring that turns left goes down on its western side.
      if (y0 < y1) this.#addEdge(x0, y0, x1, y1, sign)
      else if (y0 > y1) this.#addEdge(x1, y1, x0, y0, -sign)
    }
  }

  /** An edge that goes down. */
  #addEdge(x0: number, y0: number, x1: number, y1: number, sign: number): void {
    const slope = (x1 - x0) / (y1 - y0)
    const top = Math.max(0, y0)
    const bottom = Math.min(this.#window.height, y1)
    for (let row = Math.floor(top); row < bottom; row++) {
      const from = Math.max(top, row)
      const to = Math.min(bottom, row + 1)
      const xFrom = from === y0 ? x0 : x0 + (from - y0) * slope
      const xTo = to === y1 ? x1 : x0 + (to - y0) * slope
      this.#addInRow(row, Math.min(xFrom, xTo), Math.max(xFrom, xTo), sign * (to - from))
    }
  }

  /** A piece of an edge within a row: from column `left` to `right`, `rise` rows high. */
  #addInRow(row: number, left: number, right: number, rise: number): void {
    const { width } = this.#window
    if (left >= width) return
    const first = row * this.stride
    const whole = right - left
    if (right <= 0) {
      this.values[first] = this.values[first]! + rise
      return
    }
    if (left < 0) this.values[first] = this.values[first]! + (rise * -left) / whole
    const end = Math.min(right, width)
    for (let column = Math.max(0, Math.floor(left)); column < end || column === left; column++) {
      const begin = Math.max(left, column)
      const stop = Math.min(right, column + 1)
      const part = whole === 0 ? rise : (rise * (stop - begin)) / whole
      const right0 = part * (column + 1 - (begin + stop) / 2)
      this.values[first + column] = this.values[first + column]! + right0
      this.values[first + column + 1] = this.values[first + column + 1]! + part - right0
      if (whole === 0) return
    }
  }
}

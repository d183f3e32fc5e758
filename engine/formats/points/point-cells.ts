/** Counts points by 100 m cell; `wild-points.ts` uses the density to find stray points. */
import type { Box2 } from "../../core/geometry/box.js"

/** Side of a cell, millimetres. */
export const CELL_MM = 100_000
/** Minimum number of points of a dense cell. */
const LEAST = 10
/** Column and row numbers are clamped to ±this: 3.3 million kilometres. */
const MOST = 2 ** 25

/**
 * Number of points in each 100 m cell of the CRS grid. Memory: about 100 bytes a non-empty cell.
 */
export class PointCells {
  readonly #slots = new Map<number, number>()
  #columns = new Float64Array(64)
  #rows = new Float64Array(64)
  #counts = new Float64Array(64)
  #firstX = new Float64Array(64)
  #firstY = new Float64Array(64)
  /**
   * 1 if the cell has two distinct coordinates: repeats of one coordinate are an artefact of the
   * writer.
   */
  #spread = new Uint8Array(64)
  #last = { column: Number.NaN, row: Number.NaN, slot: 0 }

  get size(): number {
    return this.#slots.size
  }

  /** Counts a point; coordinates in millimetres of the CRS. */
  add(x: number, y: number): void {
    const column = Math.floor(x / CELL_MM)
    const row = Math.floor(y / CELL_MM)
    const last = this.#last
    if (column !== last.column || row !== last.row) {
      last.column = column
      last.row = row
      last.slot = this.#findSlot(column, row, x, y)
    }
    const { slot } = last
    this.#counts[slot]!++
    if (x !== this.#firstX[slot] || y !== this.#firstY[slot]) this.#spread[slot] = 1
  }

  /** Visits every non-empty cell. */
  forEach(visit: (column: number, row: number, count: number, dense: boolean) => void): void {
    for (let slot = 0; slot < this.size; slot++)
      visit(this.#columns[slot]!, this.#rows[slot]!, this.#counts[slot]!, this.#isDense(slot))
  }

  /** True if every cell that meets a box (CRS metres, closed) is dense. */
  areDense([minX, minY, maxX, maxY]: Box2): boolean {
    const cellOf = (metres: number): number => Math.floor((1000 * metres) / CELL_MM)
    const [last, top] = [cellOf(maxX), cellOf(maxY)]
    for (let row = cellOf(minY); row <= top; row++) {
      for (let column = cellOf(minX); column <= last; column++) {
        const slot = this.#slots.get(keyOf(column, row))
        if (slot === undefined || !this.#isDense(slot)) return false
      }
    }
    return true
  }

  #isDense(slot: number): boolean {
    return this.#counts[slot]! >= LEAST && this.#spread[slot] === 1
  }

  #findSlot(column: number, row: number, x: number, y: number): number {
    const key = keyOf(column, row)
    const known = this.#slots.get(key)
    if (known !== undefined) return known
    const slot = this.size
    if (slot === this.#columns.length) this.#grow()
    this.#slots.set(key, slot)
    this.#columns[slot] = column
    this.#rows[slot] = row
    this.#firstX[slot] = x
    this.#firstY[slot] = y
    return slot
  }

  #grow(): void {
    const longer = <T extends Float64Array | Uint8Array>(from: T, to: T): T => {
      to.set(from)
      return to
    }
    const length = 2 * this.#columns.length
    this.#columns = longer(this.#columns, new Float64Array(length))
    this.#rows = longer(this.#rows, new Float64Array(length))
    this.#counts = longer(this.#counts, new Float64Array(length))
    this.#firstX = longer(this.#firstX, new Float64Array(length))
    this.#firstY = longer(this.#firstY, new Float64Array(length))
    this.#spread = longer(this.#spread, new Uint8Array(length))
  }
}

const keyOf = (column: number, row: number): number => {
  const within = (value: number): number => Math.max(-MOST, Math.min(MOST - 1, value)) + MOST
  return within(row) * 2 * MOST + within(column)
}

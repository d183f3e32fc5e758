import type { ConstrainedTin } from "./constrained-tin.js"

/** So many points that follow each other are told of together. */
export const RUN = 64
/** Least side of a cell, mm. */
const CELL = 2000
const MOST_COLUMNS = 500

/** Points in an order in which neighbours follow each other; mm in the square. */
interface PlacedPoints {
  readonly count: number
  readonly x: Int32Array
  readonly y: Int32Array
}

/**
 * Where triangles of a square were changed, by round, and the places of runs of points: which points need another look, told for {@link RUN} of them at once. Rounds are
 * greater than 0. 8 bytes a run, at most 1 MB of cells.
 */
export class ChangedPlaces {
  private readonly cell: number
  private readonly columns: number
  /** Last round in which a triangle that meets the cell was changed. */
  private readonly rounds: Int32Array
  /** Of each run its range of cells: first column, first row, last column, last row. */
  private readonly runs: Int16Array

  constructor({ count, x, y }: PlacedPoints, side: number) {
    const cell = Math.max(CELL, Math.ceil(side / MOST_COLUMNS))
    this.cell = cell
    this.columns = Math.floor(side / cell) + 1
    this.rounds = new Int32Array(this.columns * this.columns)
    this.runs = new Int16Array(4 * Math.ceil(count / RUN))
    for (let begin = 0, at = 0; begin < count; begin += RUN, at += 4) {
      let [minX, minY, maxX, maxY] = [x[begin], y[begin], x[begin], y[begin]]
      for (let i = begin + 1; i < Math.min(begin + RUN, count); i++) {
        if (x[i] < minX) minX = x[i]
        if (x[i] > maxX) maxX = x[i]
        if (y[i] < minY) minY = y[i]
        if (y[i] > maxY) maxY = y[i]
      }
      this.runs[at] = (minX / cell) | 0
      this.runs[at + 1] = (minY / cell) | 0
      this.runs[at + 2] = (maxX / cell) | 0
      this.runs[at + 3] = (maxY / cell) | 0
    }
  }

  /**
   * Marks the cells around a triangle. The triangles around a new vertex cover all that were changed for it, so a point whose triangle was changed lies in
   * a marked cell.
   */
  mark({ corners, x, y }: ConstrainedTin, t: number, round: number): void {
    const a = corners[3 * t]
    const b = corners[3 * t + 1]
    const c = corners[3 * t + 2]
    const { cell, columns, rounds } = this
    const left = (Math.min(x[a], x[b], x[c]) / cell) | 0
    const right = (Math.max(x[a], x[b], x[c]) / cell) | 0
    const top = (Math.max(y[a], y[b], y[c]) / cell) | 0
    for (let row = (Math.min(y[a], y[b], y[c]) / cell) | 0; row <= top; row++) {
      for (let at = row * columns + left; at <= row * columns + right; at++) rounds[at] = round
    }
  }

  /** True where a triangle near the run was changed in the round. */
  isNear(run: number, round: number): boolean {
    const { columns, rounds, runs } = this
    const left = runs[4 * run]
    const right = runs[4 * run + 2]
    const top = runs[4 * run + 3]
    for (let row = runs[4 * run + 1]; row <= top; row++) {
      for (let at = row * columns + left; at <= row * columns + right; at++) if (rounds[at] === round) return true
    }
    return false
  }
}

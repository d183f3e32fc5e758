/** Bounds how far an outline may leave the cells of its building, so that no two outlines meet. */
import type { CellRuns } from "../../grid/cell-runs.js"

/** An outline leaves the cells of its object by at most this, mm, */
const OUT = 600
/** … or by this share of a cell, 200 mm at most, where cells of another object are nearer than `FOREIGN`, mm: outlines then keep 0.1 m apart. */
const OUT_NEAR = 0.4
const OUT_NEAR_MOST = 200
const FOREIGN = OUT + 100
/** It leaves out at most this much of the cells, mm. */
const IN = 1000
/** Places of a ring that are looked at, mm apart. */
const STEP = 250

/** Cells of other objects this many cells around an object decide where its outline may go. */
export const foreignReach = (cellMm: number): number => Math.ceil((OUT + FOREIGN) / cellMm)

/** Farthest that an outline lies outside the cells, mm. */
export const outlineReach = OUT
/** Farthest that an outline lies inside the cells, mm. */
export const outlineDepth = IN

/**
 * Places, x, y, of a ring that are out of bounds, of those every 0.25 m along its edges: too far from its object's cells, or too near to those of others.
 *
 * @param ring x, y, whole millimetres relative to the object's origin. O(length · log runs).
 */
export type OutlineLimits = (ring: Int32Array) => (readonly [x: number, y: number])[]

/**
 * The limits of one object: its outline lies within 0.6 m outside and 1.0 m inside the border of its cells. As any two objects are at least a cell apart,
 * and near another one an outline leaves its cells by 0.4 of a cell at most, outlines never meet: with cells of 0.5 m they keep 0.1 m apart.
 *
 * @param origin first column and row, which relative millimetres count from; @param foreign column, row pairs of cells of other objects nearby
 */
export const outlineLimits = (
  runs: CellRuns,
  cellMm: number,
  origin: readonly [column: number, row: number],
  foreign: Int32Array,
): OutlineLimits => {
  const lookUp = cellLookUp(runs)
  const outNear = Math.min(OUT_NEAR_MOST, OUT_NEAR * cellMm)
  const holdsAt = (x: number, y: number): boolean => {
    const [column, row] = [origin[0] + Math.floor(x / cellMm), origin[1] + Math.floor(y / cellMm)]
    const inside = lookUp(column, row)
    const limit = inside ? IN : isNearForeign(x, y) ? outNear : OUT
    const reach = Math.ceil(limit / cellMm)
    for (let r = row - reach; r <= row + reach; r++) {
      for (let c = column - reach; c <= column + reach; c++) {
        if (gap(x, y, c, r) <= limit && lookUp(c, r) !== inside) return true
      }
    }
    return false
  }
  /** Distance of a place to a cell. */
  const gap = (x: number, y: number, column: number, row: number): number => {
    const [west, south] = [(column - origin[0]) * cellMm, (row - origin[1]) * cellMm]
    return Math.hypot(Math.max(0, west - x, x - west - cellMm), Math.max(0, south - y, y - south - cellMm))
  }
  const isNearForeign = (x: number, y: number): boolean => {
    for (let k = 0; k < foreign.length; k += 2) if (gap(x, y, foreign[k], foreign[k + 1]) < FOREIGN) return true
    return false
  }
  return (ring) => {
    const found: [number, number][] = []
    for (let i = 0; i < ring.length; i += 2) {
      const j = (i + 2) % ring.length
      const [dx, dy] = [ring[j] - ring[i], ring[j + 1] - ring[i + 1]]
      const steps = Math.max(1, Math.ceil(Math.hypot(dx, dy) / STEP))
      for (let s = 0; s < steps; s++) {
        const [x, y] = [ring[i] + (dx * s) / steps, ring[i + 1] + (dy * s) / steps]
        if (!holdsAt(x, y)) found.push([x, y])
      }
    }
    return found
  }
}

/** Tells whether a cell is one of the runs'. O(log runs). */
export const cellLookUp = ({ rows, starts, ends }: CellRuns): ((column: number, row: number) => boolean) => {
  return (column, row) => {
    // The last run that starts at or before the cell.
    let [low, high] = [0, rows.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (rows[middle] < row || (rows[middle] === row && starts[middle] <= column)) low = middle + 1
      else high = middle
    }
    return low > 0 && rows[low - 1] === row && column < ends[low - 1]
  }
}

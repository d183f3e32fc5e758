/** Bounds how far an outline may leave the cells of its building, so that no two outlines meet. */
import type { CellRuns } from "../../grid/cell-runs.js"

/** Largest distance of an outline outside the cells of its object, mm … */
const OUT = 600
/**
 * … or this share of a cell, at most 200 mm, where cells of another object are nearer than
 * `FOREIGN`, mm. Outlines of 0.5 m cells are then at least 0.1 m apart.
 */
const OUT_NEAR = 0.4
const OUT_NEAR_MOST = 200
const FOREIGN = OUT + 100
/** Largest distance of an outline inside the border of its cells, mm. */
const IN = 1000
/** Spacing, mm, of the places of a ring to check. */
const STEP = 250

/** Radius in cells around an object within which cells of other objects limit its outline. */
export const foreignReach = (cellMm: number): number => Math.ceil((OUT + FOREIGN) / cellMm)

/** Largest distance of an outline outside the cells, mm. */
export const outlineReach = OUT
/** Largest distance of an outline inside the border of the cells, mm. */
export const outlineDepth = IN

/**
 * Checks a ring every 0.25 m along its edges. Returns the places that are too far from its object's
 * cells, or too near to those of others.
 *
 * @param ring x, y, whole millimetres relative to the object's origin. O(length · log runs).
 */
export type OutlineLimits = (ring: Int32Array) => (readonly [x: number, y: number])[]

/**
 * The limits of one object: its outline is within 0.6 m outside and 1.0 m inside the border of its
 * cells. Any two objects are at least a cell apart. Near another object an outline leaves its cells
 * by at most 0.4 of a cell. Outlines therefore never meet; with cells of 0.5 m they are at least
 * 0.1 m apart.
 *
 * @param origin first column and row, origin of relative millimetres
 * @param foreign column, row pairs of cells of other objects nearby
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
    forEachPlace([ring], STEP, (x, y) => {
      if (!holdsAt(x, y)) found.push([x, y])
    })
    return found
  }
}

/** Calls `call` with places along the edges of rings, at most `step` apart. */
export const forEachPlace = (
  rings: readonly ArrayLike<number>[],
  step: number,
  call: (x: number, y: number) => void,
): void => {
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      const j = (i + 2) % ring.length
      const [dx, dy] = [ring[j] - ring[i], ring[j + 1] - ring[i + 1]]
      const steps = Math.max(1, Math.ceil(Math.hypot(dx, dy) / step))
      for (let s = 0; s < steps; s++) call(ring[i] + (dx * s) / steps, ring[i + 1] + (dy * s) / steps)
    }
  }
}

/** Returns a test whether a cell belongs to the runs. O(log runs). */
export const cellLookUp = ({ rows, starts, ends }: CellRuns): ((column: number, row: number) => boolean) => {
  return (column, row) => {
    // Finds the last run that starts at or before the cell.
    let [low, high] = [0, rows.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (rows[middle] < row || (rows[middle] === row && starts[middle] <= column)) low = middle + 1
      else high = middle
    }
    return low > 0 && rows[low - 1] === row && column < ends[low - 1]
  }
}

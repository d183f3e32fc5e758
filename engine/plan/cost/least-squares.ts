/** Non-negative least squares, for fitting cost rates. */
import { elementAt } from "../../core/lists.js"

/**
 * Finds the vector x ≥ 0 that minimises |rows · x − values|. Active-set method of C. L. Lawson and
 * R. J. Hanson, "Solving Least Squares Problems" (1974), chapter 23, on the normal equations. Zero
 * columns get 0.
 *
 * Time: about rows · columns² + columns⁴; meant for some ten columns.
 */
export const nonNegativeLeastSquares = (
  rows: readonly (readonly number[])[],
  values: readonly number[],
): readonly number[] => {
  const width = rows[0]?.length ?? 0
  // Columns are scaled to length 1: one tolerance then serves all.
  const lengths = Array.from({ length: width }, (_, j) => Math.hypot(...rows.map((row) => row[j]!)))
  const scaled = rows.map((row) => row.map((value, j) => (lengths[j]! > 0 ? value / lengths[j]! : 0)))
  const normal = lengths.map((_, j) => lengths.map((__, k) => scaled.reduce((sum, row) => sum + row[j]! * row[k]!, 0)))
  const target = lengths.map((_, j) => scaled.reduce((sum, row, i) => sum + row[j]! * values[i]!, 0))
  const tolerance = 1e-12 * Math.max(...target.map(Math.abs), Number.MIN_VALUE)
  const x = new Array<number>(width).fill(0)
  const free = new Set<number>()
  const refused = new Set<number>()
  for (;;) {
    const slope = (j: number): number =>
      target[j]! - elementAt(normal, j).reduce((sum, value, k) => sum + value * x[k]!, 0)
    const next = [...x.keys()]
      .filter((j) => !free.has(j) && !refused.has(j) && slope(j) > tolerance)
      .reduce((best, j) => (best < 0 || slope(j) > slope(best) ? j : best), -1)
    if (next < 0) break
    free.add(next)
    // Skip a column that depends on others.
    if (!step(normal, target, x, free)) {
      free.delete(next)
      refused.add(next)
    }
  }
  return x.map((value, j) => (lengths[j]! > 0 ? value / lengths[j]! : 0))
}

/**
 * Moves x to the least squares over the free columns, or as far as all remain non-negative; false
 * if the columns are dependent.
 */
const step = (
  normal: readonly (readonly number[])[],
  target: readonly number[],
  x: number[],
  free: Set<number>,
): boolean => {
  for (;;) {
    const columns = [...free].sort((a, b) => a - b)
    const found = solve(columns.map((j) => [...columns.map((k) => elementAt(normal, j)[k]!), target[j]!]))
    if (found === undefined) return false
    const low = columns.filter((_, i) => found[i]! <= 0)
    if (low.length === 0) {
      for (const [i, j] of columns.entries()) x[j] = found[i]!
      return true
    }
    const share = Math.min(...columns.map((j, i) => (found[i]! <= 0 ? x[j]! / (x[j]! - found[i]!) : 1)))
    for (const [i, j] of columns.entries()) {
      x[j] = x[j]! + share * (found[i]! - x[j]!)
      if (found[i]! <= 0 && x[j]! <= 1e-15) {
        x[j] = 0
        free.delete(j)
      }
    }
    if (free.size === 0) return true
  }
}

/**
 * Gaussian elimination with partial pivoting, of rows that end with the right side; undefined for a
 * singular matrix.
 */
const solve = (rows: number[][]): number[] | undefined => {
  const size = rows.length
  for (let k = 0; k < size; k++) {
    let place = k
    let pivot = elementAt(rows, k)
    for (const [i, row] of rows.entries())
      if (i > k && Math.abs(row[k]!) > Math.abs(pivot[k]!)) [place, pivot] = [i, row]
    rows[place] = elementAt(rows, k)
    rows[k] = pivot
    if (Math.abs(pivot[k]!) < 1e-11) return undefined
    for (const row of rows.slice(k + 1)) {
      const share = row[k]! / pivot[k]!
      for (let j = k; j <= size; j++) row[j] = row[j]! - share * pivot[j]!
    }
  }
  const x = new Array<number>(size).fill(0)
  for (let k = size - 1; k >= 0; k--) {
    const row = elementAt(rows, k)
    let rest = row[size]!
    for (let j = k + 1; j < size; j++) rest -= row[j]! * x[j]!
    x[k] = rest / row[k]!
  }
  return x
}

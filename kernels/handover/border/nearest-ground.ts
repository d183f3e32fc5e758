/**
 * Finds the nearest ground or water point for places of a border that have no point of their own.
 */
import type { Points } from "../../../engine/kernel.js"

/** Classes that show the height of ground or water: ground, water, virtual points. */
const isGround = (label: number): boolean => label === 2 || label === 9 || label === 66

/** Side of the buckets, mm. */
const BUCKET = 4000

/**
 * True where point a takes precedence over b: higher, then further south, then west, then lower
 * class.
 */
export const goesBefore = (points: Points, classes: Uint8Array, a: number, b: number): boolean => {
  const { x, y, z } = points
  if (z[a] !== z[b]) return z[a] > z[b]
  if (y[a] !== y[b]) return y[a] < y[b]
  if (x[a] !== x[b]) return x[a] < x[b]
  return classes[a] < classes[b]
}

/**
 * Finds the nearest point of class 2, 9 or 66 within `reach` of a place, or −1. All in mm relative
 * to the tile's origin; places within the square [0, side].
 *
 * The answer depends only on the points within `reach` of the place. O(points) and 4 bytes a point
 * to build; O(points within reach) a query.
 */
export const groundFinder = (
  points: Points,
  classes: Uint8Array,
  side: number,
  reach: number,
): ((x: number, y: number) => number) => {
  const columns = Math.ceil((side + 2 * reach) / BUCKET) + 1
  const bucketOf = (i: number): number => {
    const column = Math.floor((points.x[i] + reach) / BUCKET)
    const row = Math.floor((points.y[i] + reach) / BUCKET)
    return column < 0 || row < 0 || column >= columns || row >= columns ? -1 : row * columns + column
  }
  const first = new Int32Array(columns * columns).fill(-1)
  const next = new Int32Array(points.count)
  for (let i = points.count - 1; i >= 0; i--) {
    const bucket = isGround(classes[i]) ? bucketOf(i) : -1
    if (bucket < 0) continue
    next[i] = first[bucket]
    first[bucket] = i
  }
  return (x, y) => {
    const low = (value: number): number => Math.max(0, Math.floor(value / BUCKET))
    const high = (value: number): number => Math.min(columns - 1, Math.floor((value + 2 * reach) / BUCKET))
    let nearest = -1
    let distance = reach * reach
    for (let row = low(y); row <= high(y); row++) {
      for (let column = low(x); column <= high(x); column++) {
        for (let i = first[row * columns + column]; i >= 0; i = next[i]) {
          const square = (points.x[i] - x) * (points.x[i] - x) + (points.y[i] - y) * (points.y[i] - y)
          if (square > distance) continue
          if (nearest < 0 || square < distance || goesBefore(points, classes, i, nearest)) {
            nearest = i
            distance = square
          }
        }
      }
    }
    return nearest
  }
}

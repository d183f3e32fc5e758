/** Selects the ground points outside all objects, which the surface must meet. */
import type { Scratch } from "../../../engine/kernel.js"
import type { ConstrainedTin } from "../../geometry/constrained-tin.js"
import { EdgeKind } from "../../geometry/half-edge-mesh.js"
import { type LocalObject, placeTo } from "../../handover/footprint/local-object.js"
import { slopeAround } from "../border/profile.js"
import type { RowPoints } from "./triangle-points.js"

/** Side, mm, of the cells that quickly show whether a place is far from every object. */
const CELL = 1000

/** Points that the surface must meet. */
export interface AcceptedPoints extends RowPoints {
  readonly classes: Uint8Array
  /** Number of points inside a block, a water body or a deck, or on its ring. */
  readonly covered: number
}

/**
 * The points outside all objects, written in place into the columns of `points`, which touches no
 * new memory. Near an object's box a point is located in the triangulation of the fixed edges.
 * Decks have no edges there: their rings decide.
 *
 * @param points strictly inside the square tile
 */
export const acceptPoints = (
  points: RowPoints & { readonly classes: Uint8Array },
  side: number,
  tin: ConstrainedTin,
  objects: readonly LocalObject[],
  decks: readonly LocalObject[],
  scratch: Scratch,
): AcceptedPoints => {
  const { x, y, z, classes } = points
  if (objects.length + decks.length === 0) return { ...points, covered: 0 }
  const columns = Math.ceil(side / CELL)
  const near = scratch.uint8(columns * columns)
  for (const object of [...objects, ...decks]) markBox(near, columns, object)
  let count = 0
  let triangle = 0
  for (let i = 0; i < points.count; i++) {
    const px = x[i]
    const py = y[i]
    if (near[((py / CELL) | 0) * columns + ((px / CELL) | 0)] === 1) {
      triangle = tin.locate(px, py, triangle)
      if (tin.owner[triangle] !== 0 || isOnWall(tin, triangle, px, py) || decks.some((d) => placeTo(d, px, py) >= 0))
        continue
    }
    x[count] = px
    y[count] = py
    z[count] = z[i]
    classes[count++] = classes[i]
  }
  return { count, x, y, z, classes, covered: points.count - count }
}

/**
 * Slope of the points within `reach` of a place along both axes ({@link slopeAround}), 0 without
 * any. O(log n + points in its rows of 1 m).
 */
export const slopeNear = (points: RowPoints, px: number, py: number, reach: number): readonly [number, number] => {
  const { x, y, count } = points
  const found: number[] = []
  let [nearest, least] = [-1, Number.POSITIVE_INFINITY]
  for (let i = firstOfRow(points, Math.floor((py - reach) / CELL)); i < count && y[i] < py + reach + CELL; i++) {
    if (Math.abs(x[i] - px) > reach || Math.abs(y[i] - py) > reach) continue
    found.push(i)
    const square = (x[i] - px) ** 2 + (y[i] - py) ** 2
    if (square >= least) continue
    least = square
    nearest = i
  }
  return nearest < 0 ? [0, 0] : slopeAround(points, found, nearest, px, py, reach)
}

/** Index of the first point in a row of 1 m or after it. */
const firstOfRow = ({ y, count }: RowPoints, row: number): number => {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >> 1
    if (Math.floor(y[middle] / CELL) < row) low = middle + 1
    else high = middle
  }
  return low
}

const markBox = (near: Uint8Array, columns: number, { box }: LocalObject): void => {
  const clamp = (value: number): number => Math.min(columns - 1, Math.max(0, Math.floor(value / CELL)))
  if (box[2] < 0 || box[3] < 0 || box[0] > columns * CELL || box[1] > columns * CELL) return
  for (let row = clamp(box[1]); row <= clamp(box[3]); row++) {
    near.fill(1, row * columns + clamp(box[0]), row * columns + clamp(box[2]) + 1)
  }
}

const isOnWall = (tin: ConstrainedTin, t: number, px: number, py: number): boolean => {
  for (let e = 3 * t; e < 3 * t + 3; e++) if (tin.kinds[e] === EdgeKind.wall && tin.side(e, px, py) === 0) return true
  return false
}

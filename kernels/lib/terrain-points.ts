import type { Points, Scratch } from "../../engine/kernel.js"
import { GroundMark } from "./accept-ground.js"
import { type ConstrainedTin, EdgeKind } from "./constrained-tin.js"
import { type LocalObject, placeTo } from "./ring-place.js"
import type { RowPoints } from "./triangle-points.js"

/** Side of the cells, mm, by which places far from every object are told. */
const CELL = 1000

/** Points that the surface must meet, and what became of the others inside the tile. */
export interface AcceptedPoints extends RowPoints {
  readonly classes: Uint8Array
  readonly merged: number
  readonly steps: number
  /** Inside a block, a water body or a deck, or on its ring. */
  readonly covered: number
}

/** Points of some classes, order kept; the same object where that is all of them. The columns live in the scratch. */
export const pointsOfClasses = (points: Points, wanted: Uint8Array, scratch: Scratch): Points => {
  const classes = points.classification!
  const { x, y, z } = points
  let count = 0
  for (let i = 0; i < points.count; i++) count += wanted[classes[i]]
  if (count === points.count) return points
  // One place more: what is not wanted is written too, and written over, which costs less than a branch that nothing foretells.
  const toX = scratch.int32(count + 1)
  const toY = scratch.int32(count + 1)
  const toZ = scratch.int32(count + 1)
  const toClass = scratch.uint8(count + 1)
  let at = 0
  for (let i = 0; i < points.count; i++) {
    const label = classes[i]
    toX[at] = x[i]
    toY[at] = y[i]
    toZ[at] = z[i]
    toClass[at] = label
    at += wanted[label]
  }
  return {
    count,
    x: toX.subarray(0, count),
    y: toY.subarray(0, count),
    z: toZ.subarray(0, count),
    classification: toClass.subarray(0, count),
    scale: points.scale,
    origin: points.origin,
  }
}

/**
 * The usable points strictly inside the square tile and outside all objects: in the columns of `points` themselves where `own` says that nobody else reads them, so that no page of memory is touched for the first time. Near an object's box a point is looked up in the triangulation of the fixed
 * edges; decks, which have no edges there, are asked by their rings.
 */
export const acceptPoints = (
  points: Points,
  marks: Uint8Array,
  side: number,
  tin: ConstrainedTin,
  objects: readonly LocalObject[],
  decks: readonly LocalObject[],
  scratch: Scratch,
  own: boolean,
): AcceptedPoints => {
  const columns = Math.ceil(side / CELL)
  const near = scratch.uint8(columns * columns)
  for (const object of [...objects, ...decks]) markBox(near, columns, object)
  const { x: fromX, y: fromY, z: fromZ } = points
  const fromClasses = points.classification!
  const x = own ? fromX : scratch.int32(points.count)
  const y = own ? fromY : scratch.int32(points.count)
  const z = own ? fromZ : scratch.int32(points.count)
  const classes = own ? fromClasses : scratch.uint8(points.count)
  const counts = [0, 0, 0]
  let covered = 0
  let count = 0
  let triangle = 0
  for (let i = 0; i < points.count; i++) {
    const px = fromX[i]
    const py = fromY[i]
    if (px <= 0 || py <= 0 || px >= side || py >= side) continue
    if (marks[i] !== GroundMark.usable) {
      counts[marks[i]]!++
      continue
    }
    if (near[((py / CELL) | 0) * columns + ((px / CELL) | 0)] === 1) {
      triangle = tin.locate(px, py, triangle)
      if (tin.owner[triangle] !== 0 || isOnWall(tin, triangle, px, py) || decks.some((d) => placeTo(d, px, py) >= 0)) {
        covered++
        continue
      }
    }
    x[count] = px
    y[count] = py
    z[count] = fromZ[i]
    classes[count++] = fromClasses[i]
  }
  return { count, x, y, z, classes, merged: counts[1]!, steps: counts[2]!, covered }
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

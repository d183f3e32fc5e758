/**
 * Gathers ground points and accepts those that the surface must meet: outside objects, each place
 * once.
 */
import type { Points, Scratch } from "../../../engine/kernel.js"
import type { ConstrainedTin } from "../../geometry/constrained-tin.js"
import { EdgeKind } from "../../geometry/half-edge-mesh.js"
import { type LocalObject, placeTo } from "../../handover/footprint/footprint.js"
import { requireColumn } from "../../handover/point-set.js"
import { slopeAround } from "../border/profile.js"
import { type GatheredGround, type GatherRule, type GroundCore, preparedGroundCore } from "../wasm/ground.js"
import type { RowPoints } from "./triangle-points.js"

/** Marks of {@link markGround}. */
export const GroundMark = { usable: 0, merged: 1, step: 2 } as const

/** Distance in plan, mm, within which two points may not differ by more than twice the bound. */
const NEIGHBOUR = 100
const ROW = 1000

/**
 * Marks ground points that a height field within a bound cannot or need not meet.
 *
 * - `merged`: at the place of another; the lowest there stays.
 * - `step`: within 0.10 m in plan of another that differs by more than twice the bound; both are
 *   marked.
 *
 * A point depends only on the points within 0.10 m. O(points · points within a 1 m × 0.20 m strip).
 *
 * @param points in canonical order: rows of 1 m from the south, by x in a row, then y, then z
 * @param marks one a point, zeroed
 * @throws Error for points in another order
 */
export const markGround = (points: Points, bound: number, marks: Uint8Array): void => {
  const { x, y, count } = points
  const limit = 2 * bound
  markMerged(points, marks)
  let rowStart = 0
  while (rowStart < count) {
    const row = Math.floor(y[rowStart] / ROW)
    const rowEnd = endOfRow(points, rowStart, row)
    const upper = (row + 1) * ROW
    // The row above, if any, is walked beside this row.
    const aboveEnd =
      rowEnd < count && Math.floor(y[rowEnd] / ROW) === row + 1 ? endOfRow(points, rowEnd, row + 1) : rowEnd
    let above = rowEnd
    for (let i = rowStart; i < rowEnd; i++) {
      if (marks[i] === GroundMark.merged) continue
      markNeighbours(points, marks, i, i + 1, rowEnd, limit)
      if (upper - y[i] > NEIGHBOUR) continue
      while (above < aboveEnd && x[above] < x[i] - NEIGHBOUR) above++
      markNeighbours(points, marks, i, above, aboveEnd, limit)
    }
    rowStart = rowEnd
  }
}

/**
 * Marks point i and its neighbours (within 0.10 m) that differ by more than the limit. Searches
 * from `from` to before `end`, sorted by x.
 */
const markNeighbours = (
  { x, y, z }: Points,
  marks: Uint8Array,
  i: number,
  from: number,
  end: number,
  limit: number,
): void => {
  for (let j = from; j < end && x[j] - x[i] <= NEIGHBOUR; j++) {
    if (Math.abs(z[j] - z[i]) <= limit || (x[j] - x[i]) ** 2 + (y[j] - y[i]) ** 2 > NEIGHBOUR * NEIGHBOUR) continue
    if (marks[j] === GroundMark.merged) continue
    marks[i] = GroundMark.step
    marks[j] = GroundMark.step
  }
}

/** Points at one place are consecutive, the lowest first. */
const markMerged = ({ x, y, count }: Points, marks: Uint8Array): void => {
  for (let i = 1; i < count; i++) {
    if (x[i] === x[i - 1] && y[i] === y[i - 1]) marks[i] = GroundMark.merged
  }
}

/** Index after the last point of the row; checks the order. */
const endOfRow = ({ x, y, count }: Points, start: number, row: number): number => {
  const upper = (row + 1) * ROW
  let i = start + 1
  for (; i < count && y[i] < upper; i++) {
    // Sorted by x, within cells and by cell.
    if (x[i] < x[i - 1] || y[i] < upper - ROW) throw new Error("ground points: expected canonical order")
  }
  return i
}

/** Side, mm, of the cells that show if a place is far from objects. */
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

/**
 * Ground points of a tile that a height field can meet: of the wanted classes, without those that
 * {@link markGround} marks. Strictly inside the square and, separately, near its border. Runs in
 * WebAssembly if it was prepared and the numbers are small enough, else in {@link gatherPlainly},
 * with the same result. O(points).
 *
 * @param returns in canonical order
 * @throws Error for points in another order
 */
export const gatherGround = (
  returns: Points,
  rule: GatherRule,
  core: GroundCore | null = preparedGroundCore(),
): { readonly ground: GatheredGround; readonly core: GroundCore | null } => {
  const ground = core?.gather(returns, rule)
  if (ground !== undefined) return { ground, core }
  return { ground: gatherPlainly(returns, rule), core: null }
}

/** The reference implementation of the WebAssembly passes. */
const gatherPlainly = (returns: Points, rule: GatherRule): GatheredGround => {
  const of = requireColumn(returns, "classification")
  const chosen = Int32Array.from({ length: returns.count }, (_, i) => i).filter((i) => rule.wanted[of[i]] === 1)
  const [x, y, z] = [returns.x, returns.y, returns.z].map((column) => chosen.map((i) => column[i])) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ]
  const classes = Uint8Array.from(chosen, (i) => of[i])
  const all = chosen.length
  const marks = new Uint8Array(all)
  markGround({ ...returns, count: all, x, y, z }, rule.step / 2, marks)
  const near: { x: number[]; y: number[]; z: number[] } = { x: [], y: [], z: [] }
  const counts = [0, 0, 0]
  let count = 0
  for (let i = 0; i < all; i++) {
    const [px, py, pz] = [x[i], y[i], z[i]]
    const inside = px > 0 && py > 0 && px < rule.side && py < rule.side
    if (inside) counts[marks[i]]!++
    if (marks[i] !== GroundMark.usable) continue
    if (inside) {
      x[count] = px
      y[count] = py
      z[count] = pz
      classes[count++] = classes[i]
    }
    if (!isNear(px, py, rule)) continue
    near.x.push(px)
    near.y.push(py)
    near.z.push(pz)
  }
  return {
    inside: {
      count,
      x: x.subarray(0, count),
      y: y.subarray(0, count),
      z: z.subarray(0, count),
      classes: classes.subarray(0, count),
    },
    near: { count: near.x.length, x: Int32Array.from(near.x), y: Int32Array.from(near.y), z: Int32Array.from(near.z) },
    points: all,
    merged: counts[GroundMark.merged]!,
    steps: counts[GroundMark.step]!,
  }
}

/**
 * False if a place is farther from all sides than the strip's width, and from all corners, along
 * some axis, than a corner's reach.
 */
const isNear = (x: number, y: number, { side, strip, corner }: GatherRule): boolean =>
  !(x > corner && x < side - corner && y > strip && y < side - strip) &&
  !(y > corner && y < side - corner && x > strip && x < side - strip)

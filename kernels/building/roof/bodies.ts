/**
 * Chimneys, aerials and other bodies on a roof: boxes and masts from points that rise above its
 * planes.
 */
import { addToList } from "../../../engine/core/lists.js"
import type { Segment } from "../../geometry/arrange-segments.js"
import { UnionFind } from "../../geometry/union-find.js"
import type { BlockPoints } from "../block/block.js"
import type { BlockGrid, LabelledGrid } from "../block/grid.js"
import { boxAlong, boxDirections, type Direction, ringSegments } from "./lines.js"
import type { RoofPlane } from "./raise.js"

/** An object on a roof that is not one of its planes: an upright prism on a rectangle. */
export interface RoofBody {
  /** Corners of the rectangle, counter-clockwise, mm. */
  readonly corners: readonly (readonly [x: number, y: number])[]
  readonly top: RoofPlane
}

/** Points at least this high above the roof below them, mm, are not part of it. */
const leastRise = 300
/** Points nearer in plan than this, mm, belong to one body. */
const link = 800
/** Least number of points of a body. */
const leastOfBody = 4
/** By default a body has at least this area in plan, mm², and median height above the roof, mm. */
const [usualArea, usualRise] = [2e6, 1000]
/** A box has at least this share of the points of a roof of its size … */
const leastFill = 0.35
/** … and at least this many, unless it is a part of something longer. */
const leastOfBox = 8
/** Largest width and area of a box, mm and mm². */
const widestBox = 3000
const largestBox = 16e6
/** A sparse cluster is a mast if it is at least this high and at most this wide, mm. */
const mastRise = 1000
const widestMast = 2500
/** Points high above the roof are no box if their heights spread by more, mm. */
const aloft = 500
/** Side of a mast, and least side of a box, mm: lines nearer than 60 mm would merge. */
const mastSide = 200
const leastSide = 250
/** Largest number of times that a cluster is halved if it is neither box nor mast. */
const mostHalvings = 5

/**
 * Chimneys, aerials, lift housings, collectors. Candidates are points well above the roof below
 * them, not near a roof of their own height (those are façades), and clustered in plan.
 *
 * - A cluster as dense as a roof becomes a box around it, with its top at the third quartile of
 *   heights.
 * - A sparse, high cluster such as an aerial becomes a mast of 0.2 m at its middle.
 * - Any other cluster (a railing around a roof) is halved along its length and tried again.
 *
 * All limits are absolute; the density is that of the block. Time: O(n) in all points, O(k²) in
 * those of a cell of 0.8 m above a roof.
 *
 * @param label plane of each point that its cell shows, −1 for others
 * @param isHigh true: small boxes and masts too; else only boxes from 2 m² in plan and 1 m high
 */
export const roofBodies = (
  cells: LabelledGrid,
  planes: readonly RoofPlane[],
  label: Int32Array,
  points: BlockPoints,
  rings: readonly Float64Array[],
  isHigh: boolean,
): RoofBody[] => {
  const raised = raisedPoints(cells, planes, label, points)
  if (raised.index.length < leastOfBody) return []
  const rules = {
    isHigh,
    density: densityOf(
      cells,
      label.reduce((sum, plane) => sum + (plane >= 0 ? 1 : 0), 0),
    ),
    directions: boxDirections(rings),
  }
  const edges = ringSegments(rings)
  return clusterPoints(raised, points)
    .flatMap((own) => fitBodies(own, raised.rise, points, rules, 0))
    .map((body) => throughRing(body, edges))
}

const boxArea = ({ u0, u1, v0, v1 }: Box): number => Math.max(leastSide, u1 - u0) * Math.max(leastSide, v1 - v0)

/**
 * Sides of all bodies as lines of the plan, a little beyond their corners, so that they cross
 * there.
 */
export const bodySides = (bodies: readonly RoofBody[]): Segment[] =>
  bodies.flatMap(({ corners }) =>
    corners.map(([ax, ay], i) => {
      const [bx, by] = corners[(i + 1) % corners.length]
      const length = Math.hypot(bx - ax, by - ay)
      const [ox, oy] = [(10 * (bx - ax)) / length, (10 * (by - ay)) / length]
      return { ax: ax - ox, ay: ay - oy, bx: bx + ox, by: by + oy }
    }),
  )

/**
 * A side this near to the outline, mm, moves out by the second distance, so that no strip of roof
 * remains between.
 */
const beside = 200
const through = 300

/** The body, with the sides that run along the outline moved beyond it. */
const throughRing = (body: RoofBody, edges: readonly Segment[]): RoofBody => {
  const corners = body.corners.map(([x, y]): [number, number] => [x, y])
  for (let k = 0; k < 4; k++) {
    const [a, b] = [body.corners[k], body.corners[(k + 1) % 4]]
    if (!runsAlong(a, b, edges)) continue
    const length = Math.hypot(b[0] - a[0], b[1] - a[1])
    const [ox, oy] = [(through * (b[1] - a[1])) / length, (-through * (b[0] - a[0])) / length]
    for (const c of [k, (k + 1) % 4]) {
      corners[c][0] += ox
      corners[c][1] += oy
    }
  }
  return { ...body, corners }
}

/** True if the middle of a side is near an edge of the outline that is nearly parallel to it. */
const runsAlong = (
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
  edges: readonly Segment[],
): boolean => {
  const [mx, my] = [(ax + bx) / 2, (ay + by) / 2]
  const length = Math.hypot(bx - ax, by - ay)
  return edges.some((edge) => {
    const [dx, dy] = [edge.bx - edge.ax, edge.by - edge.ay]
    const [px, py] = [mx - edge.ax, my - edge.ay]
    const width = Math.hypot(dx, dy)
    const t = (px * dx + py * dy) / width
    const off = Math.abs(px * dy - py * dx) / width
    const askew = Math.abs(dx * (by - ay) - dy * (bx - ax)) / (width * length)
    return off < beside && t > 0 && t < width && askew < 0.2
  })
}

/**
 * Largest distance of a vertex beyond the rectangle on whose side it is, mm: near lines meet in
 * common vertices.
 */
const snapped = 61

/** True where a place is in the body's rectangle or on its sides. */
export const isOnBody = ({ corners }: RoofBody, x: number, y: number): boolean =>
  corners.every(([ax, ay], i) => {
    const [bx, by] = corners[(i + 1) % corners.length]
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= -snapped * Math.hypot(bx - ax, by - ay)
  })

interface Raised {
  /** Indices of points above the roof. */
  readonly index: readonly number[]
  /** Height of each point of the block above the roof, mm; 0 for points not in `index`. */
  readonly rise: Int32Array
}

const raisedPoints = (
  { side, columns, rows, inside, label: plane, points: counts }: LabelledGrid,
  planes: readonly RoofPlane[],
  label: Int32Array,
  { x, y, z }: BlockPoints,
): Raised => {
  const index: number[] = []
  const rise = new Int32Array(x.length)
  const heightAt = (cell: number, i: number): number => {
    const { a, b, c } = planes[plane[cell]]
    return c + a * x[i] + b * y[i]
  }
  for (let i = 0; i < x.length; i++) {
    const [column, row] = [Math.floor(x[i] / side), Math.floor(y[i] / side)]
    const cell = row * columns + column
    if (label[i] >= 0 || inside[cell] !== 1 || plane[cell] < 0) continue
    const over = z[i] - heightAt(cell, i)
    if (over < leastRise) continue
    let isFacade = false
    for (let r = Math.max(0, row - 2); r <= Math.min(rows - 1, row + 2) && !isFacade; r++) {
      for (let c = Math.max(0, column - 2); c <= Math.min(columns - 1, column + 2); c++) {
        const near = r * columns + c
        if (counts[near] > 0 && plane[near] >= 0 && heightAt(near, i) > z[i] - leastRise) isFacade = true
      }
    }
    if (isFacade) continue
    index.push(i)
    rise[i] = Math.round(over)
  }
  return { index, rise }
}

/** Points on planes a mm² inside the outline. */
const densityOf = ({ side, inside }: BlockGrid, onPlane: number): number => {
  const cells = inside.reduce((sum, value) => sum + value, 0)
  return onPlane / (Math.max(1, cells) * side * side)
}

/** Clusters of raised points, in the order of their first point. */
const clusterPoints = ({ index }: Raised, { x, y }: BlockPoints): number[][] => {
  const cells = new Map<number, number[]>()
  const keyOf = (column: number, row: number): number => row * 0x400000 + column
  index.forEach((i, k) => {
    addToList(cells, keyOf(Math.floor(x[i] / link), Math.floor(y[i] / link)), k)
  })
  const parent = UnionFind.make(index.length)
  index.forEach((i, k) => {
    const [column, row] = [Math.floor(x[i] / link), Math.floor(y[i] / link)]
    for (let r = row - 1; r <= row + 1; r++) {
      for (let c = column - 1; c <= column + 1; c++) {
        for (const j of cells.get(keyOf(c, r)) ?? []) {
          if (j >= k) continue
          const [dx, dy] = [x[index[j]] - x[i], y[index[j]] - y[i]]
          if (dx * dx + dy * dy <= link * link) UnionFind.unite(parent, j, k)
        }
      }
    }
  })
  return UnionFind.groups(parent)
    .filter((own) => own.length >= leastOfBody)
    .map((own) => own.map((k) => index[k]))
}

interface BodyRules {
  /** True: bodies of any size. */
  readonly isHigh: boolean
  readonly density: number
  readonly directions: readonly Direction[]
}

const fitBodies = (
  own: readonly number[],
  rise: Int32Array,
  points: BlockPoints,
  rules: BodyRules,
  halvings: number,
): RoofBody[] => {
  if (own.length < leastOfBody) return []
  const isLarge = (area: number): boolean => rules.isHigh || (area >= usualArea && shareOf(own, rise, 0.5) >= usualRise)
  const box = smallestBox(own, points, rules.directions)
  const area = boxArea(box)
  const width = Math.min(box.u1 - box.u0, box.v1 - box.v0)
  const length = Math.max(box.u1 - box.u0, box.v1 - box.v0)
  const fill = Math.max(halvings > 0 ? leastOfBody : leastOfBox, leastFill * area * rules.density)
  // Points high above the roof at many heights, with none below, are the arms of an aerial, not
  // walls.
  const isAloft = shareOf(own, rise, 0.1) >= mastRise && shareOf(own, rise, 0.9) - shareOf(own, rise, 0.1) > aloft
  if (!isAloft && own.length >= fill && width <= widestBox && area <= largestBox)
    return isLarge(Math.min(area, own.length / rules.density)) ? [makeBody(box, leastSide, own, points)] : []
  if (length <= widestMast) {
    return rules.isHigh && shareOf(own, rise, 0.5) >= mastRise
      ? [makeBody(medianBox(own, points, box), mastSide, own, points)]
      : []
  }
  if (halvings === mostHalvings) return []
  const along = box.u1 - box.u0 >= box.v1 - box.v0
  const [dx, dy] = box.direction
  const half = along ? (box.u0 + box.u1) / 2 : (box.v0 + box.v1) / 2
  const isFirst = (i: number): boolean =>
    (along ? dx * points.x[i] + dy * points.y[i] : dx * points.y[i] - dy * points.x[i]) < half
  return [own.filter(isFirst), own.filter((i) => !isFirst(i))].flatMap((part) =>
    fitBodies(part, rise, points, rules, halvings + 1),
  )
}

interface Box {
  readonly direction: Direction
  readonly u0: number
  readonly v0: number
  readonly u1: number
  readonly v1: number
}

/** Quantile of the points' values. */
const shareOf = (own: readonly number[], values: ArrayLike<number>, share: number): number => {
  const sorted = Float64Array.from(own, (i) => values[i]).sort()
  return sorted[Math.floor(share * (sorted.length - 1))]
}

const smallestBox = (
  own: readonly number[],
  { x, y }: Pick<BlockPoints, "x" | "y">,
  directions: readonly Direction[],
): Box => {
  let best: Box | undefined
  for (const direction of directions) {
    const box = { direction, ...boxAlong(direction, x, y, own) }
    if (!best || boxArea(box) < boxArea(best) - 1) best = box
  }
  return best as Box
}

/** The median of the points in x and y, as a box without size. */
const medianBox = (own: readonly number[], { x, y }: BlockPoints, { direction }: Box): Box => {
  const [mx, my] = [shareOf(own, x, 0.5), shareOf(own, y, 0.5)]
  const [dx, dy] = direction
  const [u, v] = [dx * mx + dy * my, dx * my - dy * mx]
  return { direction, u0: u, v0: v, u1: u, v1: v }
}

const makeBody = (
  { direction: [dx, dy], u0, v0, u1, v1 }: Box,
  side: number,
  own: readonly number[],
  points: BlockPoints,
): RoofBody => {
  const { z } = points
  const [halfU, halfV] = [Math.max(side, u1 - u0) / 2, Math.max(side, v1 - v0) / 2]
  const [u, v] = [(u0 + u1) / 2, (v0 + v1) / 2]
  const corner = (p: number, q: number): readonly [number, number] => [p * dx - q * dy, p * dy + q * dx]
  const c = shareOf(own, z, 0.75)
  const flat: RoofPlane = { a: 0, b: 0, c, low: c, high: c, isBody: true }
  return {
    corners: [
      corner(u - halfU, v - halfV),
      corner(u + halfU, v - halfV),
      corner(u + halfU, v + halfV),
      corner(u - halfU, v + halfV),
    ],
    top: side === mastSide ? flat : (inclinedTop(own, points) ?? flat),
  }
}

/**
 * Largest distance of points from an inclined top (root mean square, mm), their least number, and
 * the steepest top.
 */
const topThickness = 90
const leastOfTop = 12
const steepestTop = 2.5

/** The plane through the points; undefined if they are not on one. */
const inclinedTop = (own: readonly number[], { x, y, z }: BlockPoints): RoofPlane | undefined => {
  const n = own.length
  if (n < leastOfTop) return undefined
  let [mx, my, mz, low, high] = [0, 0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const i of own) {
    ;[mx, my, mz] = [mx + x[i] / n, my + y[i] / n, mz + z[i] / n]
    ;[low, high] = [Math.min(low, z[i]), Math.max(high, z[i])]
  }
  let [xx, xy, yy, xz, yz, zz] = [0, 0, 0, 0, 0, 0]
  for (const i of own) {
    const [p, q, r] = [x[i] - mx, y[i] - my, z[i] - mz]
    ;[xx, xy, yy, xz, yz, zz] = [xx + p * p, xy + p * q, yy + q * q, xz + p * r, yz + q * r, zz + r * r]
  }
  const det = xx * yy - xy * xy
  if (!(det > 1e-3 * (xx + yy) ** 2)) return undefined
  const [a, b] = [(xz * yy - yz * xy) / det, (yz * xx - xz * xy) / det]
  const slope2 = a * a + b * b
  const rms = Math.sqrt(Math.max(0, zz - a * xz - b * yz) / n / (1 + slope2))
  return slope2 > steepestTop ** 2 || rms > topThickness
    ? undefined
    : { a, b, c: mz - a * mx - b * my, low, high, isBody: true }
}

/** Inserts ground points until the surface is within the bound of all of them, and proves it. */
import { nextEdge, previousEdge } from "../../../engine/core/geometry/triangles.js"
import type { ConstrainedTin } from "../../geometry/constrained-tin.js"
import { EdgeKind, grown } from "../../geometry/half-edge-mesh.js"
import type { PointLookup } from "../wasm/ground.js"
import { type RowPoints, TrianglePoints } from "./triangle-points.js"

/**
 * Subtracted from the bound: a distance computed from another corner of the triangle must not
 * exceed it.
 */
const ROUNDING = 1e-6
/** One point in so many is examined, level by level: few points settle the coarse form. */
const STRIDES = [64, 8, 1]
/**
 * Binary logarithm of the height, mm, of the strips in which triangles are examined: their points
 * take less than a megabyte even where dense.
 */
const STRIP = 13
/** A point closer than this to a wall, mm, cannot be a vertex: its triangle would be a sliver. */
const SLIVER = 2
/**
 * A point within this distance of a wall, mm, that differs from it by more than twice the bound
 * lies beyond a step.
 */
const STEP_REACH = 100

/** Vertical distances from the points to the surface, mm. */
export interface SurfaceErrors {
  readonly points: number
  readonly max: number
  readonly rms: number
  /** Distance that 95 % of the points do not exceed, rounded up to a whole mm. */
  readonly p95: number
}

export interface Refined {
  /** Number of points dropped at walls. */
  readonly atWall: number
  /** The point of each new vertex. */
  readonly sources: Int32Array
  /** Of all points except those dropped. */
  readonly errors: SurfaceErrors
}

/**
 * Inserts points into the triangulation of the square [0, side]² until each is within `maxError` of
 * it vertically. In each round every changed triangle proposes its worst point. Proposals that
 * earlier insertions of the round do not already meet are inserted. One point in 64 is examined
 * first, then one in 8, then all: a point is examined few times, in small triangles.
 *
 * An unmet point within 2 mm of a wall is dropped. So is one within 0.10 m of a wall, if it differs
 * from it by more than twice the bound. No height field with that edge can follow.
 *
 * Ties: the first point; a point on an edge belongs to one side of it ({@link TrianglePoints}). The
 * result depends only on the order of the points. A few passes over the points; 20 bytes a triangle
 * besides the triangulation.
 *
 * Source: after Garland and Heckbert, "Fast polygonal approximation of terrains and height fields",
 * 1995.
 *
 * @param points strictly inside the square, by rows of 1 m and x
 * @param lookup finds the points of triangles
 */
export const refineTin = (
  tin: ConstrainedTin,
  points: RowPoints,
  maxError: number,
  lookup: PointLookup = new TrianglePoints(points, tin.x[1]),
): Refined => {
  const before = tin.vertexCount
  const refinement = new Refinement(tin, points, lookup, maxError - ROUNDING)
  for (const stride of STRIDES) {
    refinement.look(stride)
    while (refinement.insertProposals()) refinement.lookAtChanged(stride)
  }
  const { atWall } = refinement
  return {
    atWall,
    sources: refinement.sources.slice(0, tin.vertexCount - before),
    errors: measureErrors(tin, lookup, points.count - atWall),
  }
}

class Refinement {
  atWall = 0
  /** Point of each added vertex. */
  sources: Int32Array = new Int32Array(1 << 14)
  private added = 0
  private round = 0
  /** Round in which a triangle last changed; its worst point beyond the bound. */
  private stamp: Int32Array
  private worst: Int32Array
  /** Triangles to examine; those with a proposal, and the first point of each beyond the bound. */
  private changed: Int32Array
  private changes = 0
  private proposals: Int32Array
  private firsts: Int32Array
  private size = 0

  private readonly tin: ConstrainedTin
  private readonly points: RowPoints
  private readonly lookup: PointLookup
  private readonly bound: number

  constructor(tin: ConstrainedTin, points: RowPoints, lookup: PointLookup, bound: number) {
    this.tin = tin
    this.points = points
    this.lookup = lookup
    this.bound = bound
    const capacity = (tin.corners.length / 3) | 0
    this.stamp = new Int32Array(capacity)
    this.worst = new Int32Array(capacity)
    this.changed = new Int32Array(capacity)
    this.proposals = new Int32Array(capacity)
    this.firsts = new Int32Array(capacity)
  }

  /** Finds the proposals of all triangles, from one point in `stride`. */
  look(stride: number): void {
    this.changes = this.tin.triangleCount
    this.changed.set(byPlace(this.tin))
    this.lookAtChanged(stride)
  }

  /** As {@link look}, but only for triangles that changed in the last round. */
  lookAtChanged(stride: number): void {
    const { tin, lookup, bound, changed, changes, worst, proposals, firsts } = this
    let size = 0
    for (let k = 0; k < changes; k++) {
      const t = changed[k]
      if (!lookup.findWorst(tin, t, stride, bound)) continue
      worst[t] = lookup.worst
      firsts[size] = lookup.first
      proposals[size++] = t
    }
    this.size = size
  }

  /**
   * Inserts the proposed points in the order of the triangles' first points beyond the bound; false
   * if there are none.
   */
  insertProposals(): boolean {
    const { size, tin, points, bound, lookup } = this
    if (size === 0) return false
    this.round++
    this.changes = 0
    const order = this.order()
    for (let k = 0; k < size; k++) {
      const proposer = order[k]
      const i = this.worst[proposer]
      const px = points.x[i]
      const py = points.y[i]
      const pz = points.z[i]
      const t = tin.locate(px, py, proposer)
      if (Math.abs(pz - heightIn(tin, t, px, py)) <= bound) continue
      if (this.isBeyondWall(t, px, py, pz)) {
        lookup.drop(i)
        this.atWall++
        // The triangle must propose another point.
        this.markChanged(t)
        continue
      }
      const vertex = tin.insert(px, py, pz, t)
      this.grow()
      this.sources[this.added++] = i
      this.markStar(vertex)
    }
    return true
  }

  /** The proposals by their first points, which are all different. */
  private order(): Int32Array {
    const { size, proposals, firsts } = this
    const keys = new Float64Array(size)
    // Below 2^53: fewer than 2^28 points, and triangles with some of them.
    for (let k = 0; k < size; k++) keys[k] = firsts[k] * size + k
    keys.sort()
    const order = new Int32Array(size)
    for (let k = 0; k < size; k++) order[k] = proposals[keys[k] % size]
    return order
  }

  /** True for a place on or almost on a wall of the triangle, or beyond a step from it. */
  private isBeyondWall(t: number, px: number, py: number, pz: number): boolean {
    const { corners, kinds, x, y, z } = this.tin
    for (let e = 3 * t; e < 3 * t + 3; e++) {
      if (kinds[e] === EdgeKind.free) continue
      const a = corners[e]
      const b = corners[nextEdge(e)]
      const ux = x[b] - x[a]
      const uy = y[b] - y[a]
      const length = Math.hypot(ux, uy)
      const distance = this.tin.side(e, px, py) / length
      if (distance >= STEP_REACH) continue
      if (distance < SLIVER && (distance > 0 || kinds[e] === EdgeKind.wall)) return true
      const share = Math.min(1, Math.max(0, ((px - x[a]) * ux + (py - y[a]) * uy) / (length * length)))
      // Distance to the wall, not to its line: beyond the wall's ends a point does not conflict
      // with it.
      if (Math.hypot(px - x[a] - share * ux, py - y[a] - share * uy) >= STEP_REACH) continue
      if (Math.abs(pz - z[a] - share * (z[b] - z[a])) > 2 * this.bound) return true
    }
    return false
  }

  private markStar(vertex: number): void {
    const { twins } = this.tin
    const start = this.tin.edgeFrom(vertex)
    let e = start
    do {
      this.markChanged((e / 3) | 0)
      e = twins[previousEdge(e)]
    } while (e !== start)
  }

  private markChanged(t: number): void {
    if (this.stamp[t] === this.round) return
    this.stamp[t] = this.round
    this.changed[this.changes++] = t
  }

  /** Makes room for what an insertion added. */
  private grow(): void {
    if (this.added === this.sources.length) this.sources = grown(this.sources, 2 * this.added)
    const capacity = (this.tin.corners.length / 3) | 0
    if (capacity <= this.stamp.length) return
    this.stamp = grown(this.stamp, capacity)
    this.worst = grown(this.worst, capacity)
    this.changed = grown(this.changed, capacity)
    this.proposals = grown(this.proposals, capacity)
    this.firsts = grown(this.firsts, capacity)
  }
}

/**
 * All triangles by strips from the south: triangles of a strip share rows of points, which stay in
 * the cache.
 */
const byPlace = ({ corners, triangleCount, x, y }: ConstrainedTin): Int32Array => {
  const keys = new Float64Array(triangleCount)
  for (let t = 0; t < triangleCount; t++) {
    const a = corners[3 * t]
    const b = corners[3 * t + 1]
    const south = Math.min(y[a], y[b], y[corners[3 * t + 2]])
    // Below 2^53: strips, metres and triangles.
    keys[t] = ((south >> STRIP) * 2 ** 21 + (x[a] >> 10)) * triangleCount + t
  }
  keys.sort()
  const order = new Int32Array(triangleCount)
  for (let k = 0; k < triangleCount; k++) order[k] = keys[k] % triangleCount
  return order
}

/** Height of the plane of triangle t at a place. */
export const heightIn = (tin: ConstrainedTin, t: number, px: number, py: number): number => {
  const { corners, x, y, z } = tin
  const o = corners[3 * t]
  const a = corners[3 * t + 1]
  const b = corners[3 * t + 2]
  const ax = x[a] - x[o]
  const ay = y[a] - y[o]
  const bx = x[b] - x[o]
  const by = y[b] - y[o]
  const az = z[a] - z[o]
  const bz = z[b] - z[o]
  const area = ax * by - ay * bx
  return z[o] + ((az * by - bz * ay) * (px - x[o]) + (ax * bz - bx * az) * (py - y[o])) / area
}

/**
 * Measures the distances of all points except those dropped, triangle by triangle, independently of
 * the refinement: the proof of the bound. O(points).
 */
const measureErrors = (tin: ConstrainedTin, lookup: PointLookup, expected: number): SurfaceErrors => {
  const order = byPlace(tin)
  for (let k = 0; k < order.length; k++) lookup.addErrors(tin, order[k])
  const { points, max, squaredSum, histogram } = lookup.sums()
  if (points !== expected) throw new Error(`terrain: the surface has ${points} points; expected ${expected}`)
  let p95 = 0
  for (let below = histogram[0]; below < 0.95 * points; below += histogram[p95]) p95++
  return { points, max, rms: points === 0 ? 0 : Math.sqrt(squaredSum / points), p95 }
}

import { ChangedPlaces, RUN } from "./changed-places.js"
import { type ConstrainedTin, EdgeKind } from "./constrained-tin.js"

/** Kept below the bound, so that a distance computed from another corner of its triangle does not pass it. */
const ROUNDING = 1e-6
/** One point in so many is looked at, level by level: what is coarse is settled while few points wait. */
const STRIDES = [64, 8, 1]
/** A point closer than this to a wall, mm, cannot be a vertex: its triangle would be a sliver. */
const SLIVER = 2
/** A point within this of a wall, mm, that differs from it by more than twice the bound stands beyond a step. */
const STEP_REACH = 100

/** Points in an order in which neighbours follow each other; integers of mm. `triangle`: −1 each, is filled by the refinement. */
export interface RefinePoints {
  readonly count: number
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly triangle: Int32Array
}

/** Vertical distances from the points to the surface, mm. */
export interface SurfaceErrors {
  readonly points: number
  readonly max: number
  readonly rms: number
  /** Distance that 95 % of the points keep, rounded up to a whole mm. */
  readonly p95: number
}

/** Mark of a point that a wall keeps from being met; see {@link refineTin}. */
export const AT_WALL = -2

/**
 * Inserts points into the triangulation until every one is within `maxError` of it vertically. In rounds: all points of changed triangles are
 * looked at in memory order, each triangle proposes its worst one, and the proposals are inserted if what was inserted before them has not
 * met them already. One point in 64 first, then one in 8, then all: a point is looked at few times, in small triangles.
 *
 * A point that is not met and lies within 2 mm of a wall, or within 0.10 m of a wall that differs from it by more than twice the bound, is
 * given up: no height field with that edge fixed can follow. Its `triangle` is {@link AT_WALL}. Gives the count of those, and for each new vertex its
 * point.
 *
 * Ties: the first point. The result depends on the order of the points and nothing else. A few passes over the points; 13 bytes a triangle beside
 * those of the triangulation. Source: after Garland and Heckbert, "Fast polygonal approximation of terrains and height fields", 1995.
 */
export const refineTin = (
  tin: ConstrainedTin,
  points: RefinePoints,
  maxError: number,
): { atWall: number; sources: Int32Array } => {
  const before = tin.vertexCount
  const refinement = new Refinement(tin, points, maxError - ROUNDING)
  for (const stride of STRIDES) {
    refinement.look(stride, 0)
    while (refinement.insertProposals()) {
      if (stride === 1) refinement.lookAtChanged()
      else refinement.look(stride, refinement.round)
    }
  }
  return { atWall: refinement.atWall, sources: refinement.sources.slice(0, tin.vertexCount - before) }
}

class Refinement {
  round = 1
  atWall = 0
  /** Round in which a triangle was last changed; its worst point and that one's error. */
  private stamp: Int32Array
  private worst: Int32Array
  private error: Float64Array
  /** Triangles with a proposal. */
  private proposals: Int32Array
  private size = 0
  /** Point of each vertex that was added. */
  sources: Int32Array = new Int32Array(1 << 14)
  private added = 0
  private readonly changed: ChangedPlaces

  private readonly tin: ConstrainedTin
  private readonly points: RefinePoints
  private readonly bound: number

  constructor(tin: ConstrainedTin, points: RefinePoints, bound: number) {
    this.tin = tin
    this.points = points
    this.bound = bound
    const capacity = (tin.corners.length / 3) | 0
    this.stamp = new Int32Array(capacity)
    this.worst = new Int32Array(capacity).fill(-1)
    this.error = new Float64Array(capacity)
    this.proposals = new Int32Array(capacity)
    this.changed = new ChangedPlaces(points, tin.x[1])
  }

  /** Finds the triangle and the error of every point (of `stride`) whose triangle was changed since round `since`. */
  look(stride: number, since: number): void {
    this.size = 0
    this.lookFrom(0, this.points.count, stride, since)
  }

  /** As {@link look} at every point, of those whose triangle was changed in the last round. */
  lookAtChanged(): void {
    const { changed, round } = this
    const { count } = this.points
    this.size = 0
    for (let begin = 0; begin < count; ) {
      if (!changed.isNear(begin / RUN, round)) {
        begin += RUN
        continue
      }
      let end = begin + RUN
      while (end < count && changed.isNear(end / RUN, round)) end += RUN
      this.lookFrom(begin, Math.min(end, count), 1, round)
      begin = end
    }
  }

  private lookFrom(first: number, last: number, stride: number, since: number): void {
    const { tin, stamp, worst, error, proposals, bound } = this
    const { x, y, z, triangle } = this.points
    const { corners, x: vx, y: vy, z: vz } = tin
    let { size } = this
    // The triangle in hand: its corners relative to the first, its plane.
    let t = -1
    let ox = 0
    let oy = 0
    let oz = 0
    let ax = 0
    let ay = 0
    let bx = 0
    let by = 0
    let slopeX = 0
    let slopeY = 0
    let area = 0
    for (let i = first; i < last; i += stride) {
      const known = triangle[i]
      if (known < -1 || (known >= 0 && stamp[known] < since)) continue
      const px = x[i]
      const py = y[i]
      let dx = px - ox
      let dy = py - oy
      const toB = ax * dy - ay * dx
      const toA = dx * by - dy * bx
      if (t < 0 || toB < 0 || toA < 0 || toA + toB > area) {
        const found = tin.locate(px, py, known >= 0 ? known : Math.max(t, 0))
        if (found !== t) {
          t = found
          const o = corners[3 * t]
          const a = corners[3 * t + 1]
          const b = corners[3 * t + 2]
          ox = vx[o]
          oy = vy[o]
          oz = vz[o]
          ax = vx[a] - ox
          ay = vy[a] - oy
          bx = vx[b] - ox
          by = vy[b] - oy
          area = ax * by - ay * bx
          slopeX = ((vz[a] - oz) * by - (vz[b] - oz) * ay) / area
          slopeY = (ax * (vz[b] - oz) - bx * (vz[a] - oz)) / area
          dx = px - ox
          dy = py - oy
        }
      }
      triangle[i] = t
      const distance = Math.abs(z[i] - oz - slopeX * dx - slopeY * dy)
      if (distance <= bound) continue
      if (worst[t] < 0) proposals[size++] = t
      else if (distance <= error[t]) continue
      worst[t] = i
      error[t] = distance
    }
    this.size = size
  }

  /** Inserts what the triangles have proposed, in the order of the points that they come from; false when there was nothing. */
  insertProposals(): boolean {
    if (this.size === 0) return false
    this.round++
    const { tin, points } = this
    for (let k = 0; k < this.size; k++) {
      const proposer = this.proposals[k]
      const i = this.worst[proposer]
      this.worst[proposer] = -1
      const [px, py, pz] = [points.x[i], points.y[i], points.z[i]]
      const t = tin.locate(px, py, proposer)
      if (Math.abs(pz - heightIn(tin, t, px, py)) <= this.bound) continue
      if (this.isBeyondWall(t, px, py, pz)) {
        points.triangle[i] = AT_WALL
        this.atWall++
        // What it stood for is looked for again.
        this.stamp[t] = this.round
        this.changed.mark(tin, t, this.round)
        continue
      }
      const vertex = tin.insert(px, py, pz, t)
      this.grow()
      this.sources[this.added++] = i
      this.stampStar(vertex)
    }
    return true
  }

  /** True for a place on a wall of the triangle or nearly so, or beyond a step from it. */
  private isBeyondWall(t: number, px: number, py: number, pz: number): boolean {
    const { corners, kinds, x, y, z } = this.tin
    for (let e = 3 * t; e < 3 * t + 3; e++) {
      if (kinds[e] === EdgeKind.free) continue
      const a = corners[e]
      const b = corners[e % 3 === 2 ? e - 2 : e + 1]
      const ux = x[b] - x[a]
      const uy = y[b] - y[a]
      const length = Math.hypot(ux, uy)
      const distance = this.tin.side(e, px, py) / length
      if (distance >= STEP_REACH) continue
      if (distance < SLIVER && (distance > 0 || kinds[e] === EdgeKind.wall)) return true
      const share = Math.min(1, Math.max(0, ((px - x[a]) * ux + (py - y[a]) * uy) / (length * length)))
      // The wall, not the line that it lies on: beyond its ends a point has a place of its own.
      if (Math.hypot(px - x[a] - share * ux, py - y[a] - share * uy) >= STEP_REACH) continue
      if (Math.abs(pz - z[a] - share * (z[b] - z[a])) > 2 * this.bound) return true
    }
    return false
  }

  private stampStar(vertex: number): void {
    const { tin, stamp, changed, round } = this
    const start = tin.edgeFrom(vertex)
    let e = start
    do {
      stamp[(e / 3) | 0] = round
      changed.mark(tin, (e / 3) | 0, round)
      e = tin.twins[e % 3 === 0 ? e + 2 : e - 1]
    } while (e !== start)
  }

  /** Makes room for what an insertion has added. */
  private grow(): void {
    if (this.added === this.sources.length) this.sources = larger(this.sources, 2 * this.added)
    const capacity = (this.tin.corners.length / 3) | 0
    const length = this.stamp.length
    if (capacity <= length) return
    this.stamp = larger(this.stamp, capacity)
    this.worst = larger(this.worst, capacity).fill(-1, length)
    this.proposals = larger(this.proposals, capacity)
    const error = new Float64Array(capacity)
    error.set(this.error)
    this.error = error
  }
}

const larger = (array: Int32Array, length: number): Int32Array => {
  const copy = new Int32Array(length)
  copy.set(array)
  return copy
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

/** Distances of all points but those given up, each located anew, whatever the refinement thought of it: the proof of the bound. O(points). */
export const measureErrors = (tin: ConstrainedTin, points: RefinePoints): SurfaceErrors => {
  const { count, x, y, z, triangle } = points
  const histogram = new Uint32Array(4096)
  let seen = 0
  let max = 0
  let squares = 0
  // The triangle in hand, its corners relative to the first, and its plane as in heightIn.
  let known = -1
  let [originX, originY, originZ, slopeX, slopeY, area] = [0, 0, 0, 0, 0, 1]
  let [ax, ay, bx, by] = [0, 0, 0, 0]
  const { corners, x: vx, y: vy, z: vz } = tin
  for (let i = 0; i < count; i++) {
    if (triangle[i] === AT_WALL) continue
    let dx = x[i] - originX
    let dy = y[i] - originY
    const toB = ax * dy - ay * dx
    const toA = dx * by - dy * bx
    // Exact: a walk from the triangle in hand would end at once.
    if (known < 0 || toB < 0 || toA < 0 || toA + toB > area) {
      known = tin.locate(x[i], y[i], Math.max(known, 0))
      const o = corners[3 * known]
      const a = corners[3 * known + 1]
      const b = corners[3 * known + 2]
      originX = vx[o]
      originY = vy[o]
      originZ = vz[o]
      ax = vx[a] - originX
      ay = vy[a] - originY
      bx = vx[b] - originX
      by = vy[b] - originY
      const az = vz[a] - originZ
      const bz = vz[b] - originZ
      area = ax * by - ay * bx
      slopeX = az * by - bz * ay
      slopeY = ax * bz - bx * az
      dx = x[i] - originX
      dy = y[i] - originY
    }
    const height = originZ + (slopeX * dx + slopeY * dy) / area
    const distance = Math.abs(z[i] - height)
    seen++
    squares += distance * distance
    if (distance > max) max = distance
    histogram[Math.min(4095, Math.ceil(distance))]++
  }
  let p95 = 0
  for (let below = histogram[0]; below < 0.95 * seen; below += histogram[p95]) p95++
  return { points: seen, max, rms: seen === 0 ? 0 : Math.sqrt(squares / seen), p95 }
}

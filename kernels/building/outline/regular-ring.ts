/**
 * Turns fitted edges into a regular ring: snaps, merges and links them, drops short ones and
 * crosses neighbours.
 */

import type { EdgePoints } from "./edge-points.js"
import { type EdgeSampling, fitEdge, type OutlineEdge, type Place, placeEdge, roughLength } from "./fit-edge.js"

/**
 * Directions in radians, [0, π/2), that long edges of an object share, strongest first; at most
 * three.
 */
export const mainDirections = (edges: Iterable<OutlineEdge>): number[] => {
  const angles: number[] = []
  const lengths: number[] = []
  for (const edge of edges) {
    const length = roughLength(edge)
    if (edge.bins < 3 || length < 2000) continue
    angles.push(quarter(Math.atan2(edge.uy, edge.ux)))
    lengths.push(length)
  }
  const total = lengths.reduce((sum, length) => sum + length, 0)
  const free = lengths.map(() => true)
  const found: number[] = []
  while (found.length < 3) {
    const peak = strongestDirection(angles, lengths, free)
    if (peak === undefined || (found.length > 0 && peak.weight < Math.max(6000, 0.15 * total))) break
    found.push(peak.angle)
    angles.forEach((angle, i) => {
      if (Math.abs(quarterDifference(angle, peak.angle)) < (10 * Math.PI) / 180) free[i] = false
    })
  }
  return found
}

const QUARTER = Math.PI / 2
const quarter = (angle: number): number => ((angle % QUARTER) + QUARTER) % QUARTER
const quarterDifference = (a: number, b: number): number => quarter(a - b + QUARTER / 2) - QUARTER / 2

/**
 * Peak of the histogram of directions in bins of 1°, weighted by length over five bins. Then the
 * mean nearby, weighted by the cube of length: the direction of a fitted line has a variance of
 * about 1 / length³.
 */
const strongestDirection = (
  angles: readonly number[],
  lengths: readonly number[],
  free: readonly boolean[],
): { angle: number; weight: number } | undefined => {
  const bins = new Float64Array(90)
  angles.forEach((angle, i) => {
    if (free[i]) bins[Math.min(89, Math.floor((angle / QUARTER) * 90))] += lengths[i]
  })
  let best = -1
  let weight = 0
  for (let bin = 0; bin < 90; bin++) {
    let sum = bins[bin] / 2
    for (let off = -2; off <= 2; off++) sum += bins[(bin + off + 90) % 90]
    if (sum > weight) {
      weight = sum
      best = bin
    }
  }
  if (best < 0) return undefined
  const centre = ((best + 0.5) / 90) * QUARTER
  let [sum, cubes, near] = [0, 0, 0]
  angles.forEach((angle, i) => {
    const off = quarterDifference(angle, centre)
    if (!free[i] || Math.abs(off) > (3 * Math.PI) / 180) return
    sum += off * lengths[i] ** 3
    cubes += lengths[i] ** 3
    near += lengths[i]
  })
  return { angle: quarter(centre + (cubes > 0 ? sum / cubes : 0)), weight: near }
}

/** Common inputs when the rings of one object are regularised. */
export interface RingRules {
  readonly points: EdgePoints
  readonly sampling: EdgeSampling
  /** Main directions of the object, radians in [0, π/2). */
  readonly mains: readonly number[]
}

/**
 * Largest turn, radians, of an edge with points onto a main direction, and largest shift of its
 * ends, mm.
 */
const SNAP_ANGLE = (12.5 * Math.PI) / 180
const SNAP_SHIFT = 300
/** The same for an edge with too few points. */
const LOOSE_ANGLE = (25 * Math.PI) / 180
const LOOSE_SHIFT = 500
/** Consecutive edges of one direction merge if their lines are this near, mm. */
const STEP = 450
/**
 * Consecutive free edges merge if neither's middle is farther than this, mm, from the other's line.
 */
const BEND = 250
/** Edges shorter than this, mm, are removed. */
const SHORTEST = 600
/**
 * … and edges shorter than this that are askew to all main directions: cells cut corners like that.
 */
const SHORTEST_ASKEW = 1200
/** Sine of 20°: consecutive edges that turn by less do not form a corner. */
export const FLAT = 0.342
/** Flat pairs may still meet in their crossing if it is this near, mm. */
const CROSSING = 700

/**
 * A ring of straight edges from fitted ones. Edges snap to main directions where points allow it,
 * and merge if on one line. A step links parallel neighbours, short edges are removed, and
 * neighbours cross in corners. The ring may cross itself or leave the traced ring; the caller
 * checks. O(n²) in edges at worst, usually O(n).
 *
 * @param fitted in order around the ring, the inside on the left
 * @returns x, y of the corners in whole millimetres, or undefined if fewer than three edges remain
 */
export const regularRing = (fitted: readonly OutlineEdge[], rules: RingRules): Int32Array | undefined => {
  let edges = mergeEdges(
    fitted.map((edge) => snapEdge(edge, rules)),
    rules,
  )
  edges = linkEdges(edges)
  for (let rounds = 4 * edges.length + 8; rounds > 0; rounds--) {
    if (edges.length < 3 || edges.length > 4 * fitted.length) return undefined
    const corners = edges.map((edge, i) => crossing(edge, edges[(i + 1) % edges.length]))
    const short = shortestEdge(edges, corners, rules.mains.length > 0)
    if (short < 0) return Int32Array.from(corners.flat(), Math.round)
    const shorter = removeEdge(edges, short, rules)
    if (shorter === undefined) return undefined
    edges = linkEdges(shorter)
  }
  return undefined
}

/**
 * A ring with the corners of the rough edges, each moved to the crossing of its two edges, snapped
 * as above. If they cross too far away or at too flat an angle, the mean of the corner's
 * projections onto both. For outlines that lose their shape in {@link regularRing}.
 *
 * @param fixed 1: corner i, between edges i and i + 1, stays in its rough place
 */
export const movedRing = (fitted: readonly OutlineEdge[], rules: RingRules, fixed: Uint8Array): Int32Array => {
  const edges = fitted.map((edge) => snapEdge(edge, rules))
  const corners = edges.map((edge, i): Place => {
    const next = edges[(i + 1) % edges.length]
    if (fixed[i] === 1) return edge.b
    const [p, q] = [foot(edge, edge.b), foot(next, edge.b)]
    const meet = Math.abs(cross(edge, next)) < FLAT ? undefined : crossing(edge, next)
    if (meet !== undefined && Math.hypot(meet[0] - edge.b[0], meet[1] - edge.b[1]) <= CROSSING) return meet
    return [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2]
  })
  return Int32Array.from(corners.flat(), Math.round)
}

/** The edge turned onto the nearest main direction, or unchanged. */
const snapEdge = (edge: OutlineEdge, { points, sampling, mains }: RingRules): OutlineEdge => {
  if (edge.fixed) return edge
  const loose = edge.bins < 3
  const angle = Math.atan2(edge.uy, edge.ux)
  let best = { main: -1, off: loose ? LOOSE_ANGLE : SNAP_ANGLE }
  mains.forEach((main, m) => {
    const quarters = Math.round((angle - main) / (Math.PI / 2))
    const off = Math.abs(angle - main - (quarters * Math.PI) / 2)
    if (off < best.off) best = { main: 4 * m + (((quarters % 4) + 4) % 4), off }
  })
  if (best.main < 0) return edge
  if ((roughLength(edge) / 2) * Math.sin(best.off) > (loose ? LOOSE_SHIFT : SNAP_SHIFT)) return edge
  const [ux, uy] = turnDirection(best.main, mains)
  return placeEdge(points, { a: edge.a, b: edge.b, ux, uy, main: best.main }, sampling)
}

/** Unit vector of a main direction and its quarter turns, exactly perpendicular. */
const turnDirection = (main: number, mains: readonly number[]): Place => {
  const [cos, sin] = [Math.cos(mains[main >> 2]), Math.sin(mains[main >> 2])]
  const [ux, uy] = (main & 1) === 0 ? [cos, sin] : [-sin, cos]
  return (main & 2) === 0 ? [ux, uy] : [-ux, -uy]
}

const distanceTo = (edge: OutlineEdge, [x, y]: Place): number => Math.abs(edge.uy * x - edge.ux * y - edge.c)
const middleOf = ({ a, b }: OutlineEdge): Place => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]
/** Sine of the turn from one edge to another. */
export const cross = (e: OutlineEdge, f: OutlineEdge): number => e.ux * f.uy - e.uy * f.ux
const dot = (e: OutlineEdge, f: OutlineEdge): number => e.ux * f.ux + e.uy * f.uy

const areOne = (e: OutlineEdge, f: OutlineEdge): boolean => {
  if (e.fixed || f.fixed) return false
  if (e.main >= 0 && e.main === f.main) return Math.abs(e.c - f.c) <= STEP
  if (dot(e, f) < 0 || Math.abs(cross(e, f)) > FLAT) return false
  return distanceTo(e, middleOf(f)) <= BEND && distanceTo(f, middleOf(e)) <= BEND
}

/** Merges neighbours on one line until none remain. */
const mergeEdges = (rough: readonly OutlineEdge[], rules: RingRules): OutlineEdge[] => {
  const edges = [...rough]
  for (let i = 0, still = 0; still < edges.length && edges.length > 3; ) {
    const next = (i + 1) % edges.length
    if (!areOne(edges[i], edges[next])) {
      i = next
      still++
      continue
    }
    edges[i] = mergedEdge(edges[i], edges[next], rules)
    edges.splice(next, 1)
    if (next < i) i--
    // The merged edge may merge with the one before it.
    i = (i + edges.length - 1) % edges.length
    still = 0
  }
  return edges
}

const mergedEdge = (e: OutlineEdge, f: OutlineEdge, rules: RingRules): OutlineEdge => {
  if (e.main >= 0 && e.main === f.main)
    return placeEdge(rules.points, { a: e.a, b: f.b, ux: e.ux, uy: e.uy, main: e.main }, rules.sampling)
  // Steps between edges have hardly any length.
  const length = Math.hypot(f.b[0] - e.a[0], f.b[1] - e.a[1])
  if (length < SHORTEST) return roughLength(e) >= roughLength(f) ? e : f
  return snapEdge(fitEdge(rules.points, e.a, f.b, rules.sampling), rules)
}

/** Inserts a step between neighbours that are too nearly parallel to form a corner. */
const linkEdges = (edges: readonly OutlineEdge[]): OutlineEdge[] =>
  edges.flatMap((edge, i) => {
    const next = edges[(i + 1) % edges.length]
    if (Math.abs(cross(edge, next)) >= FLAT) return [edge]
    const joint: Place = [(edge.b[0] + next.a[0]) / 2, (edge.b[1] + next.a[1]) / 2]
    if (Math.abs(cross(edge, next)) > 0.02 && dot(edge, next) > 0) {
      const [x, y] = crossing(edge, next)
      if (Math.hypot(x - joint[0], y - joint[1]) <= CROSSING) return [edge]
    }
    const [p, q] = [foot(edge, joint), foot(next, joint)]
    const out = (q[0] - p[0]) * edge.uy - (q[1] - p[1]) * edge.ux
    const sign = out < 0 ? -1 : 1
    const [ux, uy] = [sign * edge.uy, -sign * edge.ux]
    // Outwards is a quarter turn clockwise.
    const main = edge.main < 0 ? -1 : (edge.main & ~3) | ((edge.main + (sign > 0 ? 3 : 1)) & 3)
    return [edge, { a: p, b: q, ux, uy, c: uy * joint[0] - ux * joint[1], main, bins: 0 }]
  })

/** The point of the edge's line nearest to a place. */
const foot = (edge: OutlineEdge, [x, y]: Place): Place => {
  const off = edge.c - (edge.uy * x - edge.ux * y)
  return [x + off * edge.uy, y - off * edge.ux]
}

/** Crossing of two lines. */
export const crossing = (e: OutlineEdge, f: OutlineEdge): Place => {
  const d = cross(e, f)
  return [(e.ux * f.c - f.ux * e.c) / d, (e.uy * f.c - f.uy * e.c) / d]
}

/**
 * The shortest edge below its limit, −1 if there is none. An edge that runs backwards has a
 * negative length.
 */
const shortestEdge = (edges: readonly OutlineEdge[], corners: readonly Place[], hasMains: boolean): number => {
  let best = -1
  let shortest = Number.POSITIVE_INFINITY
  edges.forEach((edge, i) => {
    const [from, to] = [corners[(i + edges.length - 1) % edges.length], corners[i]]
    const length = (to[0] - from[0]) * edge.ux + (to[1] - from[1]) * edge.uy
    // An edge that must not change is removed only if it runs backwards.
    const limit = edge.fixed ? 0 : hasMains && edge.main < 0 ? SHORTEST_ASKEW : SHORTEST
    if (length >= Math.min(limit, shortest)) return
    shortest = length
    best = i
  })
  return best
}

/**
 * Removes an edge and merges its neighbours if they run the same way. Undefined if too few edges
 * would remain.
 */
const removeEdge = (edges: readonly OutlineEdge[], at: number, rules: RingRules): OutlineEdge[] | undefined => {
  const n = edges.length
  if (n <= 3) return undefined
  const [before, after] = [(at + n - 1) % n, (at + 1) % n]
  const [e, f] = [edges[before], edges[after]]
  if (Math.abs(cross(e, f)) >= FLAT) return edges.filter((_, i) => i !== at)
  if (dot(e, f) < 0) {
    // The end of a spike: removes it with both its sides.
    return n <= 5 ? undefined : edges.filter((_, i) => i !== at && i !== before && i !== after)
  }
  return edges.flatMap((edge, i) => (i === at || i === after ? [] : i === before ? [mergedEdge(e, f, rules)] : [edge]))
}

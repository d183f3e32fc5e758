/** Simplifies the traced outline of a patch into a valid polygon. */
import { boxOfRings, doubledArea, isInsideHalfOpen } from "../../engine/core/geometry/rings.js"
import { segmentsMeetClosed } from "../../engine/core/geometry/segments.js"
import { farthestVertex, simplifyLine } from "../../engine/core/geometry/simplify-line.js"
import type { GridRing } from "./trace-patches.js"

/**
 * A simplified polygon, and how many rings stayed as traced because simplifying them made it
 * invalid.
 */
export interface SimplifiedPatch {
  readonly rings: readonly GridRing[]
  readonly unsimplified: number
}

/**
 * Simplifies the outline of one patch without making it invalid.
 *
 * Each ring is cut at its first vertex and the vertex farthest from it, then simplified by Douglas
 * and Peucker. Vertices where two rings touch stay, with their neighbours. Then every ring must
 * still be simple and turn the same way. Rings may touch only in those vertices, and holes must lie
 * inside the outer ring and beside each other. Rings that break this return to their traced form
 * until all is valid, as the traced polygon is.
 *
 * The result depends only on the rings. Vertices are a subset of the traced ones. Usually O(n log
 * n).
 *
 * @param rings as `tracePatch` returns them
 * @param tolerance in cells
 */
export const simplifyPatch = (rings: readonly GridRing[], tolerance: number): SimplifiedPatch => {
  if (tolerance <= 0) return { rings, unsimplified: 0 }
  const touching = touchingVertices(rings)
  const current = rings.map((ring) => simplifyRing(ring, touching, tolerance))
  let unsimplified = 0
  for (;;) {
    const broken = [...brokenRings(current, rings, touching)].filter((r) => current[r] !== rings[r])
    if (broken.length === 0) return { rings: current, unsimplified }
    unsimplified += broken.length
    for (const r of broken) current[r] = rings[r]
  }
}

/** Unique for corners less than 2^25 cells from the CRS origin. */
const vertexKey = (x: number, y: number): number => x * 2 ** 26 + y

const touchingVertices = (rings: readonly GridRing[]): ReadonlySet<number> => {
  const touching = new Set<number>()
  if (rings.length < 2) return touching
  const seen = new Set<number>()
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      const key = vertexKey(ring[i], ring[i + 1])
      if (seen.has(key)) touching.add(key)
      else seen.add(key)
    }
  }
  return touching
}

const simplifyRing = (ring: GridRing, touching: ReadonlySet<number>, tolerance: number): GridRing => {
  const count = ring.length / 2
  // Closed for the line algorithm: vertex `count` is the first again.
  const closed = new Int32Array(ring.length + 2)
  closed.set(ring)
  closed.set(ring.subarray(0, 2), ring.length)
  const keep = new Uint8Array(count + 1)
  for (let v = 0; v < count && touching.size > 0; v++) {
    if (!touching.has(vertexKey(ring[2 * v], ring[2 * v + 1]))) continue
    for (const near of [v - 1, v, v + 1]) keep[(near + count) % count] = 1
  }
  keep[farthestVertex(ring, count, 0)] = 1
  simplifyLine(closed, keep, 0, count, tolerance)
  const chosen: number[] = []
  for (let v = 0; v < count; v++) if (keep[v] === 1) chosen.push(ring[2 * v], ring[2 * v + 1])
  return Int32Array.from(chosen)
}

/**
 * The rings (by index) that make a polygon invalid: not simple, turned, crossing, or holes outside
 * the outer ring or in each other. A ring may run through a vertex of `touching`. Exact in whole
 * numbers of any unit while the polygon's sides are below 2^26.
 */
export const brokenRings = (
  current: readonly GridRing[],
  traced: readonly GridRing[],
  touching: ReadonlySet<number> = new Set(),
): Set<number> => {
  const broken = new Set<number>()
  current.forEach((ring, r) => {
    if (ring.length < 6 || Math.sign(doubledArea(ring)) !== Math.sign(doubledArea(traced[r]))) broken.add(r)
  })
  const boxes = current.map((ring) => boxOfRings([ring]))
  markCrossings(current, touching, broken)
  if (broken.size > 0) return broken
  // Without crossings a ring lies wholly inside or outside another, so one vertex decides.
  const byWest = boxes.map((_, r) => r).sort((a, b) => boxes[a][0] - boxes[b][0])
  for (let r = 1; r < current.length; r++) if (!holdsRing(current[0], current[r], touching)) broken.add(0).add(r)
  byWest.forEach((r, i) => {
    for (let j = i + 1; r !== 0 && j < byWest.length && boxes[byWest[j]][0] <= boxes[r][2]; j++) {
      const other = byWest[j]
      if (other === 0 || boxes[other][1] > boxes[r][3] || boxes[other][3] < boxes[r][1]) continue
      if (holdsRing(current[r], current[other], touching) || holdsRing(current[other], current[r], touching)) {
        broken.add(r).add(other)
      }
    }
  })
  return broken
}

/**
 * True if `inner` lies inside `outer`, judged by a vertex of `inner` that does not lie on `outer`.
 */
const holdsRing = (outer: GridRing, inner: GridRing, touching: ReadonlySet<number>): boolean => {
  let v = 0
  while (v + 2 < inner.length && touching.has(vertexKey(inner[v], inner[v + 1]))) v += 2
  return isInsideHalfOpen([outer], inner[v], inner[v + 1])
}

/** Segments of rings: four numbers each, with their ring and their place in it. */
interface Segments {
  readonly rings: readonly GridRing[]
  readonly segments: Int32Array
  readonly owner: Int32Array
  readonly place: Int32Array
}

const listSegments = (rings: readonly GridRing[]): Segments => {
  const total = rings.reduce((sum, ring) => sum + ring.length / 2, 0)
  const segments = new Int32Array(4 * total)
  const owner = new Int32Array(total)
  const place = new Int32Array(total)
  let n = 0
  rings.forEach((ring, r) => {
    for (let i = 0; i < ring.length; i += 2) {
      const j = (i + 2) % ring.length
      segments.set([ring[i], ring[i + 1], ring[j], ring[j + 1]], 4 * n)
      owner[n] = r
      place[n++] = i / 2
    }
  })
  return { rings, segments, owner, place }
}

/**
 * Marks rings with segments that meet where they must not. Sweeps by west ends within strips from
 * south to north. On a building with many courtyards a single sweep would compare every segment
 * with a whole column of others.
 */
const markCrossings = (rings: readonly GridRing[], touching: ReadonlySet<number>, broken: Set<number>): void => {
  const all = listSegments(rings)
  const { segments, owner } = all
  const west = (s: number): number => Math.min(segments[4 * s], segments[4 * s + 2])
  const east = (s: number): number => Math.max(segments[4 * s], segments[4 * s + 2])
  const { order, ends } = sortIntoStrips(segments, west)
  for (let strip = 0; strip < ends.length; strip++) {
    const stop = ends[strip]
    for (let i = strip > 0 ? ends[strip - 1] : 0; i < stop; i++) {
      const s = order[i]
      const end = east(s)
      for (let j = i + 1; j < stop && west(order[j]) <= end; j++) {
        if (isFault(all, s, order[j], touching)) broken.add(owner[s]).add(owner[order[j]])
      }
    }
  }
}

/**
 * The segments of each strip by their west ends; those of strip k end at `ends[k]`. There are as
 * many strips as an even spread of short segments needs.
 */
const sortIntoStrips = (segments: Int32Array, west: (s: number) => number): { order: Int32Array; ends: Int32Array } => {
  const total = segments.length / 4
  const south = (s: number): number => Math.min(segments[4 * s + 1], segments[4 * s + 3])
  const north = (s: number): number => Math.max(segments[4 * s + 1], segments[4 * s + 3])
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let s = 0; s < total; s++) {
    low = Math.min(low, south(s))
    high = Math.max(high, north(s))
  }
  const strips = Math.max(1, Math.floor(Math.sqrt(total) / 2))
  const height = (high - low + 1) / strips
  const stripAt = (y: number): number => Math.min(strips - 1, Math.floor((y - low) / height))
  const byWest = Int32Array.from({ length: total }, (_, s) => s).sort((a, b) => west(a) - west(b) || a - b)
  const ends = new Int32Array(strips)
  for (let s = 0; s < total; s++) for (let k = stripAt(south(s)); k <= stripAt(north(s)); k++) ends[k]++
  for (let k = 1; k < strips; k++) ends[k] += ends[k - 1]
  const next = Int32Array.from(ends, (_, k) => (k > 0 ? ends[k - 1] : 0))
  const order = new Int32Array(ends[strips - 1])
  for (const s of byWest) for (let k = stripAt(south(s)); k <= stripAt(north(s)); k++) order[next[k]++] = s
  return { order, ends }
}

/** True if two segments meet, except as neighbours in a ring or where rings touch. */
const isFault = (
  { rings, segments, owner, place }: Segments,
  s: number,
  t: number,
  touching: ReadonlySet<number>,
): boolean => {
  if (owner[s] === owner[t]) {
    const gap = Math.abs(place[s] - place[t])
    if (gap === 1 || gap === rings[owner[s]].length / 2 - 1) return foldsBack(segments, s, t)
  } else if (sharesTouching(segments, s, t, touching)) return false
  return segmentsMeetClosed(segments, 4 * s, 4 * s + 2, segments, 4 * t, 4 * t + 2)
}

/** True if two neighbours of one ring overlap. */
const foldsBack = (segments: Int32Array, s: number, t: number): boolean => {
  const [ax, ay, bx, by] = segments.subarray(4 * s, 4 * s + 4)
  const [cx, cy, dx, dy] = segments.subarray(4 * t, 4 * t + 4)
  const cross = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
  return cross === 0 && (bx - ax) * (dx - cx) + (by - ay) * (dy - cy) < 0
}

/**
 * True if segments of two rings share a vertex where the traced rings touch. They are unchanged
 * there and do not cross.
 */
const sharesTouching = (segments: Int32Array, s: number, t: number, touching: ReadonlySet<number>): boolean => {
  for (const a of [4 * s, 4 * s + 2]) {
    for (const b of [4 * t, 4 * t + 2]) {
      const same = segments[a] === segments[b] && segments[a + 1] === segments[b + 1]
      if (same && touching.has(vertexKey(segments[a], segments[a + 1]))) return true
    }
  }
  return false
}

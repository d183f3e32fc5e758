/** Cuts a roof outline with candidate lines into a planar graph: the first step of a roof plan. */

import { isInsideHalfOpen } from "../../engine/core/geometry/rings.js"
import { turn } from "../../engine/core/geometry/segments.js"
import { addToList } from "../../engine/core/lists.js"

/** True if segments a–b and c–d (vertices) touch other than at a common end vertex. */
export const edgesMeet = (
  { x, y }: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> },
  a: number,
  b: number,
  c: number,
  d: number,
): boolean => {
  const ax = x[a]
  const bx = x[b]
  const cx = x[c]
  const dx = x[d]
  if (Math.max(ax, bx) < Math.min(cx, dx) || Math.max(cx, dx) < Math.min(ax, bx)) return false
  const ay = y[a]
  const by = y[b]
  const cy = y[c]
  const dy = y[d]
  if (Math.max(ay, by) < Math.min(cy, dy) || Math.max(cy, dy) < Math.min(ay, by)) return false
  if (a === c || a === d || b === c || b === d) {
    const shared = a === c || a === d ? a : b
    const p = shared === a ? b : a
    const q = shared === c ? d : c
    if (p === q) return true
    // Two edges from one vertex overlap only if they run in the same direction.
    const same = (x[p] - x[shared]) * (x[q] - x[shared]) + (y[p] - y[shared]) * (y[q] - y[shared]) > 0
    return same && turn(x[shared], y[shared], x[p], y[p], x[q], y[q]) === 0
  }
  const c1 = Math.sign(turn(ax, ay, bx, by, cx, cy))
  const d1 = Math.sign(turn(ax, ay, bx, by, dx, dy))
  if (c1 * d1 > 0) return false
  const a1 = Math.sign(turn(cx, cy, dx, dy, ax, ay))
  const b1 = Math.sign(turn(cx, cy, dx, dy, bx, by))
  return (
    (c1 * d1 < 0 && a1 * b1 < 0) ||
    (c1 === 0 && isBetween(ax, ay, bx, by, cx, cy)) ||
    (d1 === 0 && isBetween(ax, ay, bx, by, dx, dy)) ||
    (a1 === 0 && isBetween(cx, cy, dx, dy, ax, ay)) ||
    (b1 === 0 && isBetween(cx, cy, dx, dy, bx, by))
  )
}

/** True if r, on the line through p and q, is between them. */
const isBetween = (px: number, py: number, qx: number, qy: number, rx: number, ry: number): boolean =>
  (rx - px) * (rx - qx) + (ry - py) * (ry - qy) <= 0

/** A candidate line through the plan: a segment in millimetres. */
export interface Segment {
  readonly ax: number
  readonly ay: number
  readonly bx: number
  readonly by: number
}

/** Lines cut at each other: vertices on whole millimetres, edges that meet only at vertices. */
export interface Arrangement {
  readonly x: number[]
  readonly y: number[]
  readonly from: number[]
  readonly to: number[]
  /** Ring edge that this edge is part of, in the same direction; −1 for other lines. */
  readonly ring: number[]
}

/** Vertices nearer than this are merged, millimetres: lines that miss each other by less meet. */
export const mergeDistance = 60

/**
 * Arranges the rings of a polygon and the parts of segments inside it into a planar graph.
 *
 * The vertices of the rings are first, in order, and do not move; ring edge e runs from vertex e. A
 * crossing snaps to the nearest vertex within 60 mm, else to a ring edge that near, else becomes a
 * vertex. Lines that should meet in one point thus do. A piece that would then cross or touch
 * another is dropped (rings have priority, then segments in order). So are loose ends. The result
 * is always planar.
 *
 * @param rings x, y pairs, whole millimetres, not closed; outer counter-clockwise, holes clockwise
 * @param fixed segments that must be in the plan (members of a block); they precede the candidates
 *
 * Time: O(s · (s + e)) in the segments and edges, and few pairs of edges.
 */
export const arrangeSegments = (
  rings: readonly Float64Array[],
  fixed: readonly Segment[],
  candidates: readonly Segment[],
): Arrangement => {
  const places = new Places(rings)
  const lines = [...fixed, ...candidates]
  const onLine: number[][] = lines.map(() => [])
  lines.forEach((line, k) => {
    if (k < fixed.length) onLine[k].push(places.at(line.ax, line.ay), places.at(line.bx, line.by))
    places.crossRings(line, onLine[k])
  })
  lines.forEach((line, k) => {
    for (let j = k + 1; j < lines.length; j++) {
      const at = crossing(line, lines[j])
      if (!at || !isInsideHalfOpen(rings, at[0], at[1])) continue
      const v = places.at(at[0], at[1])
      onLine[k].push(v)
      onLine[j].push(v)
    }
  })
  const result = places.ringEdges()
  const known = new Set(result.from.map((a, e) => pairKey(a, result.to[e])))
  lines.forEach((line, k) => {
    addPieces(rings, result, line, onLine[k], known)
  })
  return pruneLooseEnds(result)
}

const pairKey = (a: number, b: number): number => Math.min(a, b) * 0x4000000 + Math.max(a, b)

/** The crossing of two segments, unless they are nearly parallel. */
const crossing = (p: Segment, q: Segment): readonly [x: number, y: number] | undefined => {
  if (areApart(p.ax, p.bx, q.ax, q.bx) || areApart(p.ay, p.by, q.ay, q.by)) return undefined
  const px = p.bx - p.ax
  const py = p.by - p.ay
  const qx = q.bx - q.ax
  const qy = q.by - q.ay
  const cross = px * qy - py * qx
  if (cross * cross <= 4e-4 * (px * px + py * py) * (qx * qx + qy * qy)) return undefined
  const dx = q.ax - p.ax
  const dy = q.ay - p.ay
  const s = (dx * qy - dy * qx) / cross
  const t = (dx * py - dy * px) / cross
  return s < 0 || s > 1 || t < 0 || t > 1 ? undefined : [p.ax + s * px, p.ay + s * py]
}

/** True if the intervals a – b and c – d are more than a millimetre apart. */
const areApart = (a: number, b: number, c: number, d: number): boolean =>
  Math.max(a, b) + 1 < Math.min(c, d) || Math.max(c, d) + 1 < Math.min(a, b)

/** The vertices, and the ring edges that some of them lie on. */
class Places {
  readonly x: number[] = []
  readonly y: number[] = []
  private readonly ringNext: number[] = []
  private readonly onRing: number[][] = []
  private readonly grid = new Map<number, number[]>()

  constructor(rings: readonly Float64Array[]) {
    for (const ring of rings) {
      const first = this.x.length
      const count = ring.length / 2
      for (let i = 0; i < count; i++) {
        this.add(ring[2 * i], ring[2 * i + 1])
        this.ringNext.push(first + ((i + 1) % count))
        this.onRing.push([])
      }
    }
  }

  /** The vertex for a place: a near one, else a new one on a near ring edge, else a new one. */
  at(x: number, y: number, ringEdge = -1): number {
    const near = this.near(x, y)
    if (near >= 0) return near
    const edge = ringEdge >= 0 ? ringEdge : this.nearRing(x, y)
    if (edge < 0) return this.add(Math.round(x), Math.round(y))
    const [a, b] = [edge, this.ringNext[edge]]
    const [dx, dy] = [this.x[b] - this.x[a], this.y[b] - this.y[a]]
    const t = ((x - this.x[a]) * dx + (y - this.y[a]) * dy) / (dx * dx + dy * dy)
    const [px, py] = [this.x[a] + t * dx, this.y[a] + t * dy]
    const again = this.near(px, py)
    if (again >= 0) return again
    const v = this.add(Math.round(px), Math.round(py))
    this.onRing[edge].push(v)
    return v
  }

  crossRings(line: Segment, found: number[]): void {
    for (let e = 0; e < this.ringNext.length; e++) {
      const b = this.ringNext[e]
      const at = crossing({ ax: this.x[e], ay: this.y[e], bx: this.x[b], by: this.y[b] }, line)
      if (at) found.push(this.at(at[0], at[1], e))
    }
  }

  ringEdges(): Arrangement {
    const [from, to, ring]: [number[], number[], number[]] = [[], [], []]
    this.onRing.forEach((vertices, e) => {
      const b = this.ringNext[e]
      const along = (v: number): number =>
        (this.x[v] - this.x[e]) * (this.x[b] - this.x[e]) + (this.y[v] - this.y[e]) * (this.y[b] - this.y[e])
      const chain = [e, ...vertices.sort((p, q) => along(p) - along(q) || p - q), b]
      for (let i = 0; i + 1 < chain.length; i++) {
        from.push(chain[i])
        to.push(chain[i + 1])
        ring.push(e)
      }
    })
    return { x: this.x, y: this.y, from, to, ring }
  }

  private add(x: number, y: number): number {
    const v = this.x.length
    this.x.push(x)
    this.y.push(y)
    addToList(this.grid, cellKey(x, y), v)
    return v
  }

  private near(x: number, y: number): number {
    let best = -1
    let least = mergeDistance * mergeDistance
    for (let j = -1; j <= 1; j++) {
      for (let i = -1; i <= 1; i++) {
        const own = this.grid.get(cellKey(x + i * mergeDistance, y + j * mergeDistance))
        if (own === undefined) continue
        for (const v of own) {
          const d = (this.x[v] - x) ** 2 + (this.y[v] - y) ** 2
          if (d < least) [best, least] = [v, d]
        }
      }
    }
    return best
  }

  private nearRing(x: number, y: number): number {
    let best = -1
    let least = mergeDistance
    for (let a = 0; a < this.ringNext.length; a++) {
      const b = this.ringNext[a]
      const dx = this.x[b] - this.x[a]
      const dy = this.y[b] - this.y[a]
      const px = x - this.x[a]
      const py = y - this.y[a]
      const length = Math.sqrt(dx * dx + dy * dy)
      const off = Math.abs(px * dy - py * dx) / length
      if (!(off < least)) continue
      const t = (px * dx + py * dy) / length
      if (t > 0 && t < length) [best, least] = [a, off]
    }
    return best
  }
}

const cellKey = (x: number, y: number): number =>
  Math.floor(x / mergeDistance) * 0x4000000 + Math.floor(y / mergeDistance)

/**
 * Adds the parts of a line between its vertices and those within the merge distance. Parts outside
 * the rings, or that cross an edge, are dropped.
 */
const addPieces = (
  rings: readonly Float64Array[],
  result: Arrangement,
  line: Segment,
  found: number[],
  known: Set<number>,
): void => {
  if (found.length < 2) return
  const { x, y, from, to, ring } = result
  const [dx, dy] = [line.bx - line.ax, line.by - line.ay]
  const length = Math.sqrt(dx * dx + dy * dy)
  const along = (v: number): number => ((x[v] - line.ax) * dx + (y[v] - line.ay) * dy) / length
  const ends = found.map(along)
  const [first, last] = [Math.min(...ends), Math.max(...ends)]
  const chain = new Set(found)
  const { ax, ay } = line
  for (let v = 0; v < x.length; v++) {
    const off = (x[v] - ax) * dy - (y[v] - ay) * dx
    if (off >= mergeDistance * length || off <= -mergeDistance * length) continue
    const t = along(v)
    if (t > first && t < last) chain.add(v)
  }
  const sorted = [...chain].sort((p, q) => along(p) - along(q) || p - q)
  const near = edgesNear(result, sorted, line)
  for (let i = 0; i + 1 < sorted.length; i++) {
    const a = sorted[i]
    const b = sorted[i + 1]
    if (known.has(pairKey(a, b))) continue
    if (near.some((e) => edgesMeet(result, a, b, from[e], to[e]))) continue
    if (!isInsideHalfOpen(rings, (x[a] + x[b]) / 2, (y[a] + y[b]) / 2)) continue
    known.add(pairKey(a, b))
    near.push(from.length)
    from.push(a)
    to.push(b)
    ring.push(-1)
  }
}

/** Edges that may meet one between vertices along a line: those that reach the box around these. */
const edgesNear = (
  { x, y, from, to }: Arrangement,
  chain: readonly number[],
  { ax, ay, bx, by }: Segment,
): number[] => {
  const dx = bx - ax
  const dy = by - ay
  // A millimetre beyond the box, for rounding.
  const rim = Math.hypot(dx, dy)
  let [start, end, right, left] = [Infinity, -Infinity, Infinity, -Infinity]
  for (const v of chain) {
    const t = x[v] * dx + y[v] * dy
    const off = y[v] * dx - x[v] * dy
    start = Math.min(start, t - rim)
    end = Math.max(end, t + rim)
    right = Math.min(right, off - rim)
    left = Math.max(left, off + rim)
  }
  const near: number[] = []
  for (let e = 0; e < from.length; e++) {
    const u = from[e]
    const v = to[e]
    const offU = y[u] * dx - x[u] * dy
    const offV = y[v] * dx - x[v] * dy
    if ((offU > left && offV > left) || (offU < right && offV < right)) continue
    const tU = x[u] * dx + y[u] * dy
    const tV = x[v] * dx + y[v] * dy
    if ((tU > end && tV > end) || (tU < start && tV < start)) continue
    near.push(e)
  }
  return near
}

/** Drops edges with an end that no other edge shares. */
const pruneLooseEnds = (arrangement: Arrangement): Arrangement => {
  const { x, y, from, to, ring } = arrangement
  const degree = new Int32Array(x.length)
  const edgesAt: number[][] = x.map(() => [])
  from.forEach((a, e) => {
    degree[a]++
    degree[to[e]]++
    edgesAt[a].push(e)
    edgesAt[to[e]].push(e)
  })
  const gone = new Uint8Array(from.length)
  const loose = x.map((_, v) => v).filter((v) => degree[v] === 1)
  for (let v = loose.pop(); v !== undefined; v = loose.pop()) {
    const e = edgesAt[v].find((k) => gone[k] === 0)
    if (e === undefined || degree[v] !== 1) continue
    gone[e] = 1
    for (const end of [from[e], to[e]]) if (--degree[end] === 1) loose.push(end)
  }
  const keep = <T>(values: T[]): T[] => values.filter((_, e) => gone[e] === 0)
  return { x, y, from: keep(from), to: keep(to), ring: keep(ring) }
}

/** Simplifies many rings together without letting them cross or touch: the outlines of blocks. */

import { addToList } from "../../../engine/core/lists.js"
import { borderLoops, type JoinedMeshes } from "../../geometry/mesh-border.js"
import { orientation } from "../../geometry/triangulation.js"
import { simplifyProfile } from "../../handover/border/border-profile.js"

/** A simplified border: the remaining vertices of the joined meshes, and edges between them. */
export interface SimplifiedBorder {
  /** Indices into the joined vertices. */
  readonly vertices: Int32Array
  /** Directed edges as pairs of indices into `vertices`. */
  readonly edges: Int32Array
  /** Largest vertical distance from a vertex of the old border to the new one. */
  readonly maxError: number
}

/**
 * Simplifies the border of joined meshes piece by piece. Meshes on both sides of a common line get
 * the same vertices, although each sees only its own side.
 *
 * A piece ends where the border turns and at every corner of the grid of `square` mm. It is
 * simplified from its west or south end by Douglas and Peucker's rule to `maxError`. The outline in
 * plan does not change. O(n²) a piece at worst.
 */
export const simplifyBorder = (joined: JoinedMeshes, tileSide: number, maxError: number): SimplifiedBorder => {
  const numbers = new Map<number, number>()
  const edges: number[] = []
  let largest = 0
  const numberVertex = (vertex: number): number => {
    const number = numbers.get(vertex) ?? numbers.size
    numbers.set(vertex, number)
    return number
  }
  for (const loop of borderLoops(joined)) {
    for (const piece of splitLoop(joined, loop, tileSide)) {
      const { vertices, error } = simplifyPiece(joined, piece, maxError)
      if (error > largest) largest = error
      for (let i = 1; i < vertices.length; i++) edges.push(numberVertex(vertices[i - 1]!), numberVertex(vertices[i]!))
    }
  }
  return { vertices: Int32Array.from(numbers.keys()), edges: Int32Array.from(edges), maxError: largest }
}

/** Straight pieces of a closed loop, each with both ends. */
const splitLoop = (joined: JoinedMeshes, loop: readonly number[], tileSide: number): number[][] => {
  const { x, y } = joined
  const n = loop.length
  const isEnd = (i: number): boolean => {
    const a = loop[(i + n - 1) % n]!
    const b = loop[i % n]!
    const c = loop[(i + 1) % n]!
    if (x[b] % tileSide === 0 && y[b] % tileSide === 0) return true
    // Straight pieces follow lines of the grid; any other edge is unchanged.
    return !((x[a] === x[b] && x[b] === x[c]) || (y[a] === y[b] && y[b] === y[c]))
  }
  let start = 0
  while (start < n && !isEnd(start)) start++
  const pieces: number[][] = []
  let piece = [loop[start % n]!]
  for (let i = start + 1; i <= start + n; i++) {
    piece.push(loop[i % n]!)
    if (!isEnd(i % n)) continue
    pieces.push(piece)
    piece = [loop[i % n]!]
  }
  return pieces
}

const simplifyPiece = (
  joined: JoinedMeshes,
  piece: number[],
  maxError: number,
): { vertices: number[]; error: number } => {
  const { x, y, z } = joined
  if (piece.length <= 2) return { vertices: piece, error: 0 }
  const horizontal = y[piece[0]!] === y[piece[1]!]
  const along = piece.map((v) => (horizontal ? x[v] : y[v]))
  const backwards = along[0]! > along[1]!
  if (backwards) {
    piece.reverse()
    along.reverse()
  }
  const heights = piece.map((v) => z[v])
  const chosen = simplifyProfile(along, heights, maxError)
  let error = 0
  for (let k = 1; k < chosen.length; k++) {
    const a = chosen[k - 1]!
    const b = chosen[k]!
    const slope = (heights[b]! - heights[a]!) / (along[b]! - along[a]!)
    for (let i = a + 1; i < b; i++) {
      error = Math.max(error, Math.abs(heights[i]! - heights[a]! - slope * (along[i]! - along[a]!)))
    }
  }
  const vertices = chosen.map((i) => piece[i]!)
  if (backwards) vertices.reverse()
  return { vertices, error }
}

/**
 * Rings as x, y pairs, not closed. `moved`: for each the largest distance of a removed vertex from
 * the edge that replaced it.
 */
export interface SimplifiedRings {
  readonly rings: readonly Int32Array[]
  readonly moved: readonly number[]
}

/**
 * Shares of the tolerance, ascending: small details go first, before they can block larger ones.
 */
const PASSES = [0.125, 0.25, 0.5, 1]

/**
 * Simplifies many rings together by removing vertices; simple and disjoint rings remain so.
 *
 * A vertex goes only when the triangle with its neighbours has no other vertex of any ring, since
 * no edge can then cross the new one. Every vertex removed between the two neighbours must be
 * within the tolerance of the edge between them. Old and new ring are then within `moved` of each
 * other, both ways.
 *
 * Rings retain their order, their direction and at least three vertices. The result depends only on
 * rings and order. About O(n).
 * @param tolerance of each ring, mm
 * @param obstacles vertices (x, y pairs) that no ring may sweep over
 */
export const simplifyRings = (
  rings: readonly Int32Array[],
  tolerance: number,
  obstacles: Int32Array = new Int32Array(0),
): SimplifiedRings => {
  const sweep = new RingSweep(rings, obstacles)
  for (const share of PASSES) {
    for (let r = 0; r < rings.length; r++) sweep.thin(r, share * tolerance)
  }
  return sweep.result()
}

/** Side of the squares that index the vertices, mm. */
const CELL = 8000

class RingSweep {
  private readonly x: Float64Array
  private readonly y: Float64Array
  private readonly before: Int32Array
  private readonly after: Int32Array
  private readonly alive: Uint8Array
  private readonly starts: number[] = []
  private readonly counts: number[] = []
  private readonly cells = new Map<number, number[]>()
  private readonly moved: number[]

  constructor(rings: readonly Int32Array[], obstacles: Int32Array) {
    const total = rings.reduce((sum, ring) => sum + ring.length / 2, 0) + obstacles.length / 2
    this.x = new Float64Array(total)
    this.y = new Float64Array(total)
    this.before = new Int32Array(total)
    this.after = new Int32Array(total)
    this.alive = new Uint8Array(total).fill(1)
    this.moved = rings.map(() => 0)
    let at = 0
    for (const ring of [...rings, obstacles]) {
      const count = ring.length / 2
      for (let i = 0; i < count; i++) {
        this.x[at + i] = ring[2 * i]
        this.y[at + i] = ring[2 * i + 1]
        this.before[at + i] = at + ((i + count - 1) % count)
        this.after[at + i] = at + ((i + 1) % count)
        this.list(at + i)
      }
      this.starts.push(at)
      this.counts.push(count)
      at += count
    }
  }

  /** Removes vertices in one walk around a ring. */
  thin(r: number, tolerance: number): void {
    const { alive, after, before, starts, counts } = this
    const start = starts[r]!
    let left = 0
    for (let v = start; v < start + counts[r]!; v++) left += alive[v]
    for (let v = start; v < start + counts[r]! && left > 3; v++) {
      if (alive[v] === 0) continue
      const p = before[v]
      const n = after[v]
      const off = this.chainDistance(start, counts[r]!, p, n)
      if (off > tolerance || !this.isFree(p, v, n)) continue
      this.moved[r] = Math.max(this.moved[r]!, off)
      alive[v] = 0
      after[p] = n
      before[n] = p
      left--
    }
  }

  result(): SimplifiedRings {
    const rings: Int32Array[] = []
    for (let r = 0; r < this.starts.length - 1; r++) {
      const ring: number[] = []
      for (let v = this.starts[r]!; v < this.starts[r]! + this.counts[r]!; v++)
        if (this.alive[v] === 1) ring.push(this.x[v], this.y[v])
      rings.push(Int32Array.from(ring))
    }
    return { rings, moved: this.moved }
  }

  /** Largest distance of the original vertices between p and n from the edge p–n. */
  private chainDistance(start: number, count: number, p: number, n: number): number {
    const { x, y } = this
    const dx = x[n] - x[p]
    const dy = y[n] - y[p]
    const squared = dx * dx + dy * dy
    let largest = 0
    for (let i = (p - start + 1) % count; i !== n - start; i = (i + 1) % count) {
      const ux = x[start + i] - x[p]
      const uy = y[start + i] - y[p]
      const share = squared === 0 ? 0 : Math.min(1, Math.max(0, (ux * dx + uy * dy) / squared))
      largest = Math.max(largest, Math.hypot(ux - share * dx, uy - share * dy))
    }
    return largest
  }

  /** True where the closed triangle p, v, n has no other vertex. */
  private isFree(p: number, v: number, n: number): boolean {
    const { x, y } = this
    const minX = Math.min(x[p], x[v], x[n])
    const maxX = Math.max(x[p], x[v], x[n])
    const minY = Math.min(y[p], y[v], y[n])
    const maxY = Math.max(y[p], y[v], y[n])
    for (let row = Math.floor(minY / CELL); row <= Math.floor(maxY / CELL); row++) {
      for (let column = Math.floor(minX / CELL); column <= Math.floor(maxX / CELL); column++) {
        for (const w of this.cells.get(keyOf(column, row)) ?? []) {
          if (this.alive[w] === 0 || w === p || w === v || w === n) continue
          if (x[w] < minX || x[w] > maxX || y[w] < minY || y[w] > maxY) continue
          const pv = orientation(x[p], y[p], x[v], y[v], x[w], y[w])
          const vn = orientation(x[v], y[v], x[n], y[n], x[w], y[w])
          const np = orientation(x[n], y[n], x[p], y[p], x[w], y[w])
          if ((pv >= 0 && vn >= 0 && np >= 0) || (pv <= 0 && vn <= 0 && np <= 0)) return false
        }
      }
    }
    return true
  }

  private list(v: number): void {
    addToList(this.cells, keyOf(Math.floor(this.x[v] / CELL), Math.floor(this.y[v] / CELL)), v)
  }
}

const keyOf = (column: number, row: number): number => row * 2 ** 24 + column

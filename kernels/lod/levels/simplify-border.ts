/**
 * Simplifies the border of a coarser mesh by a rule that both neighbours compute alike: the gap is
 * 0 mm.
 */
import { borderLoops, type JoinedMeshes } from "../../geometry/mesh-border.js"
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
export const simplifyBorder = (joined: JoinedMeshes, square: number, maxError: number): SimplifiedBorder => {
  const numbers = new Map<number, number>()
  const vertices: number[] = []
  const edges: number[] = []
  let largest = 0
  const numberOf = (vertex: number): number => {
    const known = numbers.get(vertex)
    if (known !== undefined) return known
    numbers.set(vertex, vertices.length)
    return vertices.push(vertex) - 1
  }
  for (const loop of borderLoops(joined)) {
    for (const piece of piecesOf(joined, loop, square)) {
      const { kept, error } = simplifyPiece(joined, piece, maxError)
      if (error > largest) largest = error
      for (let i = 1; i < kept.length; i++) edges.push(numberOf(kept[i - 1]!), numberOf(kept[i]!))
    }
  }
  return { vertices: Int32Array.from(vertices), edges: Int32Array.from(edges), maxError: largest }
}

/** Straight pieces of a closed loop, each with both ends. */
const piecesOf = (joined: JoinedMeshes, loop: readonly number[], square: number): number[][] => {
  const { x, y } = joined
  const n = loop.length
  const isEnd = (i: number): boolean => {
    const a = loop[(i + n - 1) % n]!
    const b = loop[i % n]!
    const c = loop[(i + 1) % n]!
    if (x[b] % square === 0 && y[b] % square === 0) return true
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

const simplifyPiece = (joined: JoinedMeshes, piece: number[], maxError: number): { kept: number[]; error: number } => {
  const { x, y, z } = joined
  if (piece.length <= 2) return { kept: piece, error: 0 }
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
  const kept = chosen.map((i) => piece[i]!)
  if (backwards) kept.reverse()
  return { kept, error }
}

/** Finds the open, non-manifold and duplicated parts of a mesh. */
import { nextEdge, triangleNormal } from "./triangles.js"

/** Defects of a mesh. */
export interface MeshEdges {
  /** Edges of one triangle, as pairs of vertex indices in that triangle's direction. */
  readonly open: Uint32Array
  /** The triangle of each open edge. */
  readonly openTriangles: Uint32Array
  /** Edges of three or more triangles, or of two triangles that use it in the same direction. */
  readonly nonManifold: number
  /** Triangles without area. */
  readonly degenerate: number
  /** Triangles with the same three vertices as an earlier one. */
  readonly duplicates: number
}

/**
 * Finds the defects of a mesh. Vertices with equal positions count as one. Degenerate triangles
 * (exactly no area) contribute their edges, since they may fill a T-junction. O(n log n), about 60
 * bytes a triangle.
 *
 * @param positions 3·n, on a lattice (equal means equal bit for bit)
 */
export const meshEdges = (positions: Float64Array, triangles: Uint32Array): MeshEdges => {
  const welded = weld(positions)
  const count = welded.length
  // An edge as one number, (lower · count + higher) · 2 + direction: below 2⁵³ for up to 60 million
  // vertices.
  const edges = new Float64Array(triangles.length)
  const isKnown = knownTriangles(welded, triangles)
  let used = 0
  let degenerate = 0
  let duplicates = 0
  for (let i = 0; i < triangles.length; i += 3) {
    const a = welded[triangles[i]!]!
    const b = welded[triangles[i + 1]!]!
    const c = welded[triangles[i + 2]!]!
    if (hasNoArea(positions, a, b, c)) degenerate++
    if (a === b || b === c || c === a) continue
    if (isKnown(i)) duplicates++
    edges[used++] = edgeCode(a, b, count)
    edges[used++] = edgeCode(b, c, count)
    edges[used++] = edgeCode(c, a, count)
  }
  const sorted = edges.subarray(0, used).sort()
  const open: number[] = []
  const codes = new Map<number, number>()
  let nonManifold = 0
  for (let i = 0; i < used; ) {
    const edge = Math.floor(sorted[i]! / 2)
    let end = i + 1
    while (end < used && Math.floor(sorted[end]! / 2) === edge) end++
    if (end - i === 1) {
      const [low, high] = [Math.floor(edge / count), edge % count]
      codes.set(sorted[i]!, open.length / 2)
      if (sorted[i]! % 2 === 0) open.push(low, high)
      else open.push(high, low)
    } else if (end - i > 2 || sorted[i] === sorted[i + 1]) nonManifold++
    i = end
  }
  const ends = Uint32Array.from(open)
  return {
    open: ends,
    openTriangles: findOpenTriangles(codes, ends, welded, triangles),
    nonManifold,
    degenerate,
    duplicates,
  }
}

/** The triangle of each open edge, in the order of `codes`. */
const findOpenTriangles = (
  codes: ReadonlyMap<number, number>,
  ends: Uint32Array,
  welded: Uint32Array,
  triangles: Uint32Array,
): Uint32Array => {
  const found = new Uint32Array(codes.size)
  if (codes.size === 0) return found
  const isEnd = new Uint8Array(welded.length)
  for (const vertex of ends) isEnd[vertex] = 1
  for (let i = 0; i < triangles.length; i++) {
    const from = welded[triangles[i]!]!
    const to = welded[triangles[nextEdge(i)]!]!
    if (isEnd[from] === 0 || isEnd[to] === 0 || from === to) continue
    const place = codes.get(edgeCode(from, to, welded.length))
    if (place !== undefined) found[place] = Math.floor(i / 3)
  }
  return found
}

/**
 * Returns a function that reports whether it has met the same three vertices before; triangles are
 * named by their first corner.
 */
const knownTriangles = (welded: Uint32Array, triangles: Uint32Array): ((corner: number) => boolean) => {
  const table = hashTable(triangles.length / 3)
  // Equal for any order of the three.
  const keyOf = (i: number): readonly [sum: number, least: number, most: number] => {
    const [a, b, c] = [welded[triangles[i]!]!, welded[triangles[i + 1]!]!, welded[triangles[i + 2]!]!]
    return [a + b + c, Math.min(a, b, c), Math.max(a, b, c)]
  }
  return (corner) => {
    const [sum, least, most] = keyOf(corner)
    let slot = (Math.imul(least, 0x9e3779b1) ^ Math.imul(most, 0x85ebca6b) ^ sum) & (table.length - 1)
    for (; table[slot] !== 0; slot = (slot + 1) & (table.length - 1)) {
      const other = keyOf(table[slot]! - 1)
      if (other[0] === sum && other[1] === least && other[2] === most) return true
    }
    table[slot] = corner + 1
    return false
  }
}

/** Slots of a hash table that is at most half full; 0 marks an empty slot. */
const hashTable = (entries: number): Uint32Array => new Uint32Array(2 ** Math.ceil(Math.log2(2 * entries + 2)))

const edgeCode = (from: number, to: number, count: number): number =>
  from < to ? (from * count + to) * 2 : (to * count + from) * 2 + 1

/** For each vertex, the first one with the same position. */
const weld = (positions: Float64Array): Uint32Array => {
  const count = positions.length / 3
  const welded = new Uint32Array(count)
  const table = hashTable(count)
  const place = new Float64Array(3)
  const words = new Int32Array(place.buffer)
  for (let vertex = 0; vertex < count; vertex++) {
    // Adding 0 makes −0 equal to 0.
    for (let k = 0; k < 3; k++) place[k] = positions[3 * vertex + k]! + 0
    let hash = 0
    for (let k = 0; k < 6; k++) hash = Math.imul(hash ^ words[k]!, 0x9e3779b1) ^ (hash >>> 15)
    let slot = (hash ^ (hash >>> 16)) & (table.length - 1)
    for (; table[slot] !== 0; slot = (slot + 1) & (table.length - 1)) {
      const other = 3 * (table[slot]! - 1)
      if (positions[other] !== place[0] || positions[other + 1] !== place[1] || positions[other + 2] !== place[2])
        continue
      break
    }
    if (table[slot] === 0) table[slot] = vertex + 1
    welded[vertex] = table[slot]! - 1
  }
  return welded
}

const hasNoArea = (p: Float64Array, a: number, b: number, c: number): boolean =>
  triangleNormal(p, a, b, c).every((part) => part === 0)

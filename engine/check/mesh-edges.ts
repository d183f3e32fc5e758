/** What the edges of a mesh tell. */
export interface MeshEdges {
  /** Edges of one triangle, as pairs of vertex indices in that triangle's direction. */
  readonly open: Uint32Array
  /** The triangle of each open edge. */
  readonly openTriangles: Uint32Array
  /** Edges of three or more triangles, or of two that run through it in the same direction. */
  readonly nonManifold: number
  /** Triangles without area. */
  readonly degenerate: number
  /** Triangles with the three vertices of an earlier one. */
  readonly duplicates: number
}

/**
 * Edges of a mesh, vertices taken as one where their positions are equal. Degenerate triangles (exactly no area on the
 * lattice) take part in the edges: they may fill a T-junction. O(n log n), about 60 bytes a triangle.
 *
 * @param positions 3 · n, on a lattice (equal means equal bit for bit)
 */
export const meshEdges = (positions: Float64Array, triangles: Uint32Array): MeshEdges => {
  const welded = weld(positions)
  const count = welded.length
  // An edge as one number: (lower · count + higher) · 2 + direction; below 2^53 for up to 60 million vertices.
  const edges = new Float64Array(triangles.length)
  const faces = new Map<number, number[]>()
  let used = 0
  let degenerate = 0
  let duplicates = 0
  for (let i = 0; i < triangles.length; i += 3) {
    const a = welded[triangles[i]!]!
    const b = welded[triangles[i + 1]!]!
    const c = welded[triangles[i + 2]!]!
    if (hasNoArea(positions, a, b, c)) degenerate++
    if (a === b || b === c || c === a) continue
    if (isKnown(faces, a, b, c, count)) duplicates++
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
  const openTriangles = trianglesOf(codes, welded, triangles)
  return { open: Uint32Array.from(open), openTriangles, nonManifold, degenerate, duplicates }
}

/** The triangle of each edge that only one has, by the edge's code. */
const trianglesOf = (codes: ReadonlyMap<number, number>, welded: Uint32Array, triangles: Uint32Array): Uint32Array => {
  const found = new Uint32Array(codes.size)
  if (codes.size === 0) return found
  for (let i = 0; i < triangles.length; i++) {
    const next = i % 3 === 2 ? i - 2 : i + 1
    const [from, to] = [welded[triangles[i]!]!, welded[triangles[next]!]!]
    const place = codes.get(edgeCode(from, to, welded.length))
    if (place !== undefined && from !== to) found[place] = Math.floor(i / 3)
  }
  return found
}

/** True where a triangle of these vertices was met before; remembers it. */
const isKnown = (faces: Map<number, number[]>, a: number, b: number, c: number, count: number): boolean => {
  const least = Math.min(a, b, c)
  const most = Math.max(a, b, c)
  const middle = a + b + c - least - most
  const thirds = faces.get(least * count + middle)
  if (thirds === undefined) faces.set(least * count + middle, [most])
  else if (thirds.includes(most)) return true
  else thirds.push(most)
  return false
}

const edgeCode = (from: number, to: number, count: number): number =>
  from < to ? (from * count + to) * 2 : (to * count + from) * 2 + 1

/** For each vertex the first (in sorted order) with the same position. */
const weld = (positions: Float64Array): Uint32Array => {
  const order = Uint32Array.from({ length: positions.length / 3 }, (_, i) => i)
  order.sort(
    (a, b) =>
      positions[3 * a]! - positions[3 * b]! ||
      positions[3 * a + 1]! - positions[3 * b + 1]! ||
      positions[3 * a + 2]! - positions[3 * b + 2]! ||
      a - b,
  )
  const welded = new Uint32Array(order.length)
  for (let i = 0; i < order.length; i++) {
    const vertex = order[i]!
    const before = i === 0 ? vertex : order[i - 1]!
    const same = [0, 1, 2].every((k) => positions[3 * vertex + k] === positions[3 * before + k])
    welded[vertex] = same ? welded[before]! : vertex
    if (i === 0) welded[vertex] = vertex
  }
  return welded
}

const hasNoArea = (p: Float64Array, a: number, b: number, c: number): boolean => {
  const ux = p[3 * b]! - p[3 * a]!
  const uy = p[3 * b + 1]! - p[3 * a + 1]!
  const uz = p[3 * b + 2]! - p[3 * a + 2]!
  const vx = p[3 * c]! - p[3 * a]!
  const vy = p[3 * c + 1]! - p[3 * a + 1]!
  const vz = p[3 * c + 2]! - p[3 * a + 2]!
  return uy * vz === uz * vy && uz * vx === ux * vz && ux * vy === uy * vx
}

/** Welds the seam between ground and building skins, and counts the faults of the welded mesh. */
import { disjointSets } from "../../../engine/core/geometry/disjoint-sets.js"
import { loopKind } from "../../../engine/core/geometry/open-loops.js"
import { triangleNormal } from "../../../engine/core/geometry/triangles.js"
import type { Mesh } from "../../../engine/kernel.js"
import { edgeKeys, openEdges } from "../../geometry/mesh-border.js"

/** Faults in the faces of a mesh; all zero in a sound one. */
export interface MeshFaults extends Record<string, number> {
  /** Edges of one face, except those that may be open. */
  readonly openEdges: number
  /** Edges of more than two faces, or of two with the same direction along it. */
  readonly nonManifoldEdges: number
  /** Faces without area. */
  readonly degenerate: number
  /** Faces with the same three vertices as another. */
  readonly duplicated: number
}

/**
 * Counts open, non-manifold and misdirected edges, and faces without area or with a duplicate, by
 * vertex numbers. O(n log n).
 *
 * Edges of one face are no fault in three places:
 * - on the border of the tile (a square of `side` mm from the origin) or beyond it;
 * - between two places of open edges of `ground`, unless around a hole ({@link countHoleEdges});
 * - between two vertices of `foreign`, ground whose building belongs to another tile.
 */
export const meshFaults = (mesh: Mesh, side: number, ground: Mesh, foreign: Mesh): MeshFaults => {
  const { positions, triangles } = mesh
  const count = mesh.classes.length
  let [open, crowded, degenerate] = [0, 0, 0]
  const outline: number[] = []
  const { keys, ends } = sortEdges(triangles, count)
  const placesOf = ({ positions: own }: Mesh, vertices: Iterable<number>): Set<string> =>
    new Set(Array.from(new Set(vertices), (v) => placeOf(own, v)))
  const edge = placesOf(ground, openEdges(ground.triangles, ground.classes.length))
  const onBorder = (v: number): boolean => {
    const [x, y] = [positions[3 * v], positions[3 * v + 1]]
    return x <= 0 || y <= 0 || x >= side || y >= side
  }
  const cover = placesOf(foreign, foreign.triangles)
  const both = (places: ReadonlySet<string>, a: number, b: number): boolean =>
    places.has(placeOf(positions, a)) && places.has(placeOf(positions, b))
  for (let g = 0; g < ends.length; g++) {
    const from = g === 0 ? 0 : ends[g - 1]
    const size = ends[g] - from
    if (size === 2 && keys[from] % 2 !== keys[from + 1] % 2) continue
    if (size > 1) {
      crowded++
      continue
    }
    const pair = Math.floor(keys[from] / 2)
    const [a, b] = [Math.floor(pair / count), pair % count]
    if (onBorder(a) && onBorder(b)) continue
    if (both(cover, a, b)) continue
    if (!both(edge, a, b)) open++
    else if (keys[from] % 2 === 0) outline.push(a, b)
    else outline.push(b, a)
  }
  open += countHoleEdges(mesh, outline, onBorder)
  for (let t = 0; t < triangles.length; t += 3) if (isFlat(positions, triangles, t)) degenerate++
  return { openEdges: open, nonManifoldEdges: crowded, degenerate, duplicated: countDuplicates(triangles) }
}

/**
 * Counts the edges around holes of the ground, as `maille validate` does: closed loops too small or
 * too narrow for a void of the data. Loops that meet the tile's border are not judged here.
 *
 * @param edges directed pairs of vertices, the surface on their left
 */
const countHoleEdges = (
  { positions }: Mesh,
  edges: readonly number[],
  onBorder: (vertex: number) => boolean,
): number => {
  const set = disjointSets<number>()
  const balance = new Map<number, number>()
  const shift = (vertex: number, by: number): void => void balance.set(vertex, (balance.get(vertex) ?? 0) + by)
  for (let e = 0; e < edges.length; e += 2) {
    set.join(edges[e]!, edges[e + 1]!)
    shift(edges[e]!, 1)
    shift(edges[e + 1]!, -1)
  }
  const open = new Set<number>()
  for (const [vertex, value] of balance) if (value !== 0 || onBorder(vertex)) open.add(set.find(vertex))
  const loops = new Map<number, { count: number; doubled: number; length: number }>()
  for (let e = 0; e < edges.length; e += 2) {
    const [from, to] = [3 * edges[e]!, 3 * edges[e + 1]!]
    const root = set.find(edges[e]!)
    if (open.has(root)) continue
    const loop = loops.get(root) ?? { count: 0, doubled: 0, length: 0 }
    loops.set(root, loop)
    const [x, y, endX, endY] = [positions[from]!, positions[from + 1]!, positions[to]!, positions[to + 1]!]
    loop.count++
    loop.doubled += (x * endY - endX * y) / 1e6
    loop.length += Math.hypot(endX - x, endY - y) / 1000
  }
  return [...loops.values()].reduce(
    (sum, { count, doubled, length }) => sum + (loopKind(doubled, length) === "hole" ? count : 0),
    0,
  )
}

/**
 * Undirected edges in order, the direction in the last bit, and the end of each group of equal
 * ones.
 */
const sortEdges = (triangles: Uint32Array, vertexCount: number): { keys: Float64Array; ends: Uint32Array } => {
  const keys = edgeKeys(triangles, vertexCount)
  const ends: number[] = []
  for (let i = 1; i <= keys.length; i++)
    if (i === keys.length || Math.floor(keys[i] / 2) !== Math.floor(keys[i - 1] / 2)) ends.push(i)
  return { keys, ends: Uint32Array.from(ends) }
}

const placeOf = (positions: Int32Array, v: number): string =>
  `${positions[3 * v]} ${positions[3 * v + 1]} ${positions[3 * v + 2]}`

/** True where the cross product of two sides is zero: exact below 2^26 mm of extent. */
const isFlat = (positions: Int32Array, triangles: Uint32Array, t: number): boolean =>
  triangleNormal(positions, triangles[t], triangles[t + 1], triangles[t + 2]).every((part) => part === 0)

/**
 * Counts faces with the vertices of an earlier face, in any order, by an open hash table of face
 * numbers.
 */
const countDuplicates = (triangles: Uint32Array): number => {
  const faces = triangles.length / 3
  const mask = 2 ** Math.ceil(Math.log2(2 * faces + 2)) - 1
  const table = new Int32Array(mask + 1)
  const sorted = new Uint32Array(triangles.length)
  let duplicated = 0
  for (let t = 0; t < triangles.length; t += 3) {
    const [p, q, r] = [triangles[t], triangles[t + 1], triangles[t + 2]]
    const [low, high] = [Math.min(p, q, r), Math.max(p, q, r)]
    const middle = p + q + r - low - high
    sorted[t] = low
    sorted[t + 1] = middle
    sorted[t + 2] = high
    let slot = (Math.imul(low, 0x9e3779b1) ^ Math.imul(middle, 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35)) & mask
    while (table[slot] !== 0) {
      const other = 3 * (table[slot] - 1)
      if (sorted[other] === low && sorted[other + 1] === middle && sorted[other + 2] === high) break
      slot = (slot + 1) & mask
    }
    if (table[slot] === 0) table[slot] = t / 3 + 1
    else duplicated++
  }
  return duplicated
}

/**
 * Merges vertices at one place (equal x, y and z) where both are on edges of only one face, and
 * removes unused vertices. Vertices from `first` on are unchanged. Of equal vertices the first
 * remains; triangles retain their order. O(n log n) in the edges.
 */
export const weldOpenVertices = (mesh: Mesh, first: number): Mesh => {
  const { positions, triangles } = mesh
  const count = mesh.classes.length
  const same = Uint32Array.from({ length: count }, (_, v) => v)
  const border = [...new Set(openEdges(triangles, count))].filter((v) => v < first)
  const compare = (a: number, b: number): number =>
    positions[3 * a + 1] - positions[3 * b + 1] ||
    positions[3 * a] - positions[3 * b] ||
    positions[3 * a + 2] - positions[3 * b + 2]
  border.sort((a, b) => compare(a, b) || a - b)
  for (let i = 1; i < border.length; i++)
    if (compare(border[i - 1], border[i]) === 0) same[border[i]] = same[border[i - 1]]
  const numbers = new Int32Array(count).fill(-1)
  const remaining: number[] = []
  const renumbered = triangles.map((v) => {
    const own = same[v]
    if (numbers[own] < 0) numbers[own] = remaining.push(own) - 1
    return numbers[own]
  })
  const places = new Int32Array(3 * remaining.length)
  remaining.forEach((v, i) => {
    places.set(positions.subarray(3 * v, 3 * v + 3), 3 * i)
  })
  return {
    ...mesh,
    positions: places,
    triangles: renumbered,
    classes: Uint8Array.from(remaining, (v) => mesh.classes[v]),
  }
}

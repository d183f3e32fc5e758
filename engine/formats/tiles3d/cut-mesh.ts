/** Cuts a mesh along a line in plan, where a finer tile may later replace one part. */
import type { Mesh } from "../../kernel.js"

/**
 * A straight segment in plan. x (axis 0) or y (axis 1) is `at`, CRS metres; the other coordinate is
 * within two limits.
 */
export interface CutLine {
  readonly axis: 0 | 1
  readonly at: number
  readonly between: readonly [min: number, max: number]
}

/** A mesh after a cut. */
export interface CutMesh {
  readonly mesh: Mesh
  /**
   * For each triangle appended by the cut, the triangle that it was part of. The first piece keeps
   * the old index.
   */
  readonly added: Uint32Array
}

/** Two vertex indices fit into the 53 bits of a double. */
const STRIDE = 2 ** 26

/**
 * Cuts the triangles of a mesh along a line in plan. Every edge that crosses it gets a vertex
 * there, to the millimetre, so the pieces still fit together. No vertex moves. Edges of a single
 * triangle are not cut. They border the tile or a neighbour's building, and the other side must
 * match. O(triangles) time.
 */
export const cutMesh = (mesh: Mesh, line: CutLine): CutMesh => {
  const { triangles, owners } = mesh
  const { edges, met } = crossings(mesh, line)
  if (edges.size === 0) return { mesh, added: new Uint32Array(0) }
  const cutters = addVertices(mesh, edges)
  const first = Uint32Array.from(triangles)
  const more: number[] = []
  const added: number[] = []
  for (const t of met) {
    const pieces = divided([triangles[3 * t]!, triangles[3 * t + 1]!, triangles[3 * t + 2]!], cutters.vertexOn)
    for (let i = 0; i < pieces.length; i++)
      if (i < 3) first[3 * t + i] = pieces[i]!
      else more.push(pieces[i]!)
    for (let i = 3; i < pieces.length; i += 3) added.push(t)
  }
  const all = new Uint32Array(first.length + more.length)
  all.set(first)
  all.set(more, first.length)
  const sources = Uint32Array.from(added)
  return {
    mesh: {
      ...mesh,
      ...cutters.columns,
      triangles: all,
      ...(owners === undefined ? {} : { owners: withAdded(owners, sources) }),
    },
    added: sources,
  }
}

/** Extends values of triangles by those of the pieces that a cut added. */
export const withAdded = (values: Uint32Array, added: Uint32Array): Uint32Array => {
  const out = new Uint32Array(values.length + added.length)
  out.set(values)
  for (let i = 0; i < added.length; i++) out[values.length + i] = values[added[i]!]!
  return out
}

interface Crossing {
  /** The edge's ends below and above the line, and the crossing as a fraction from low to high. */
  readonly low: number
  readonly high: number
  readonly part: number
  readonly place: readonly [x: number, y: number, z: number]
  triangles: number
}

const edgeOf = (a: number, b: number): number => (a < b ? a * STRIDE + b : b * STRIDE + a)

/** The crossing edges with at least two triangles, and the triangles that cross the line. */
const crossings = (
  mesh: Mesh,
  line: CutLine,
): { readonly edges: ReadonlyMap<number, Crossing>; readonly met: readonly number[] } => {
  const { positions: p, triangles, origin } = mesh
  const sides = classifyVertices(mesh, line)
  const { axis } = line
  const at = Math.round((line.at - origin[axis]!) * 1000)
  const [min, max] = line.between.map((value) => Math.round((value - origin[1 - axis]!) * 1000)) as [number, number]
  const edges = new Map<number, Crossing>()
  const meet = (a: number, b: number): void => {
    const known = edges.get(edgeOf(a, b))
    if (known !== undefined) {
      known.triangles++
      return
    }
    const [low, high] = sides[a]! < 0 ? [a, b] : [b, a]
    const part = (at - p[3 * low + axis]!) / (p[3 * high + axis]! - p[3 * low + axis]!)
    const between = (k: number): number => Math.round(p[3 * low + k]! + part * (p[3 * high + k]! - p[3 * low + k]!))
    const other = between(1 - axis)
    if (other < min || other > max) return
    const place = axis === 0 ? ([at, other, between(2)] as const) : ([other, at, between(2)] as const)
    edges.set(edgeOf(a, b), { low, high, part, place, triangles: 1 })
  }
  const met: number[] = []
  for (let i = 0; i < triangles.length; i += 3) {
    const a = triangles[i]!
    const b = triangles[i + 1]!
    const c = triangles[i + 2]!
    const [u, v, w] = [sides[a]!, sides[b]!, sides[c]!]
    if (u * v >= 0 && v * w >= 0 && w * u >= 0) continue
    met.push(i / 3)
    if (u * v < 0) meet(a, b)
    if (v * w < 0) meet(b, c)
    if (w * u < 0) meet(c, a)
  }
  for (const [edge, crossing] of edges) if (crossing.triangles < 2) edges.delete(edge)
  return { edges, met }
}

/** For each vertex: −1 below the line, 0 on it, 1 above. */
const classifyVertices = ({ positions, classes, origin }: Mesh, { axis, at }: CutLine): Int8Array => {
  const line = Math.round((at - origin[axis]!) * 1000)
  const sides = new Int8Array(classes.length)
  for (let v = 0; v < sides.length; v++) sides[v] = Math.sign(positions[3 * v + axis]! - line)
  return sides
}

interface Cutters {
  readonly columns: Pick<Mesh, "positions" | "classes">
  vertexOn(a: number, b: number): number | undefined
}

const addVertices = (mesh: Mesh, crossing: ReadonlyMap<number, Crossing>): Cutters => {
  const before = mesh.classes.length
  const positions = new Int32Array(3 * (before + crossing.size))
  const classes = new Uint8Array(before + crossing.size)
  positions.set(mesh.positions)
  classes.set(mesh.classes)
  const numbers = new Map<number, number>()
  for (const [edge, { low, high, part, place }] of crossing) {
    const vertex = before + numbers.size
    numbers.set(edge, vertex)
    positions.set(place, 3 * vertex)
    classes[vertex] = mesh.classes[part < 0.5 ? low : high]!
  }
  return { columns: { positions, classes }, vertexOn: (a, b) => numbers.get(edgeOf(a, b)) }
}

/**
 * The pieces of a triangle as corners, with its orientation. A straight line cuts at most two
 * edges.
 */
const divided = ([a, b, c]: readonly [number, number, number], vertexOn: Cutters["vertexOn"]): number[] => {
  const [ab, bc, ca] = [vertexOn(a, b), vertexOn(b, c), vertexOn(c, a)]
  if (ab !== undefined && bc !== undefined) return [b, bc, ab, a, ab, bc, a, bc, c]
  if (bc !== undefined && ca !== undefined) return [c, ca, bc, b, bc, ca, b, ca, a]
  if (ca !== undefined && ab !== undefined) return [a, ab, ca, c, ca, ab, c, ab, b]
  if (ab !== undefined) return [a, ab, c, ab, b, c]
  if (bc !== undefined) return [b, bc, a, bc, c, a]
  return ca === undefined ? [a, b, c] : [c, ca, b, ca, a, b]
}

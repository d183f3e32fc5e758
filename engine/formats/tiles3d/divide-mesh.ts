/** Divides the mesh of a large cell into parts that are small enough for one content each. */
import type { Box2 } from "../../core/geometry/box.js"
import type { Mesh } from "../../kernel.js"
import { cutMesh, withAdded } from "./cut-mesh.js"

export interface MeshPart {
  /**
   * Quadrants that lead to it: 0 south-west, 1 south-east, 2 north-west, 3 north-east; "" for the
   * whole.
   */
  readonly path: string
  /** Indices of its triangles. */
  readonly triangles: Uint32Array
}

/** Limits above which a part is divided further. */
interface DivisionLimits {
  readonly maxTriangles: number
  /** Texels of the whole tile's image, and the most for a part. */
  readonly texels?: number
  readonly maxTexels?: number
  /** True if a part may be divided; default: always. */
  mayDivide?(path: string): boolean
}

/** Cells of 1000 m become 15.6 m. */
const MOST_DIVISIONS = 6

/**
 * Divides the mesh of a cell into quadrants, recursively, until no part has more than
 * `maxTriangles` triangles.
 *
 * Ground and water are cut along the lines between parts (see `cutMesh`), so a finer tile can
 * replace a single part. Buildings, decks and trees stay whole. They belong to the part that
 * contains the centre of their box in plan (half-open, as cells are). Inside the mesh, both sides
 * of a line have the same edges. O(triangles · parts) time; a copy of the mesh if it is cut.
 */
export const divideMesh = (whole: Mesh, cell: Box2, limits: DivisionLimits) => {
  let mesh = whole
  let sources: Uint32Array = Uint32Array.from({ length: whole.triangles.length / 3 }, (_, t) => t)
  // The part of each triangle, as an index of `parts`.
  let partOf: Uint32Array = new Uint32Array(whole.triangles.length / 3)
  const parts: { path: string; box: Box2 }[] = [{ path: "", box: cell }]
  // Computed once: cuts stay within an object's box.
  const centres = wholeCentres(whole)
  for (;;) {
    const counts = countOf(partOf, parts.length)
    const part = parts.findIndex(({ path }, i) => isTooLarge(path, counts[i]!, limits))
    const chosen = parts[part]
    if (chosen === undefined) break
    const [minX, minY, maxX, maxY] = chosen.box
    const middle = [(minX + maxX) / 2, (minY + maxY) / 2] as const
    for (const axis of [0, 1] as const) {
      const between = axis === 0 ? ([minY, maxY] as const) : ([minX, maxX] as const)
      const cut = cutMesh(mesh, { axis, at: middle[axis], between })
      partOf = withAdded(partOf, cut.added)
      mesh = cut.mesh
      sources = withAdded(sources, cut.added)
    }
    share(mesh, partOf, centres, { part, first: parts.length, middle })
    const boxes: Box2[] = [
      [minX, minY, middle[0], middle[1]],
      [middle[0], minY, maxX, middle[1]],
      [minX, middle[1], middle[0], maxY],
      [middle[0], middle[1], maxX, maxY],
    ]
    for (const [quadrant, box] of boxes.entries()) parts.push({ path: `${chosen.path}${quadrant}`, box })
  }
  return { mesh, sources, parts: listed(parts, partOf) }
}

const countOf = (partOf: Uint32Array, parts: number): Uint32Array => {
  const counts = new Uint32Array(parts)
  for (const part of partOf) counts[part]!++
  return counts
}

const isTooLarge = (path: string, count: number, limits: DivisionLimits): boolean => {
  const { maxTriangles, texels = 0, maxTexels = Infinity } = limits
  if (count < 2 || path.length >= MOST_DIVISIONS) return false
  return (count > maxTriangles || texels / 4 ** path.length > maxTexels) && limits.mayDivide?.(path) !== false
}

/** Moves the triangles of a part to its quadrants, which are numbered from `first`. */
const share = (
  mesh: Mesh,
  partOf: Uint32Array,
  centres: Float64Array,
  {
    part,
    first,
    middle,
  }: { readonly part: number; readonly first: number; readonly middle: readonly [number, number] },
): void => {
  const { positions: p, triangles, origin } = mesh
  const [midX, midY] = [0, 1].map((axis) => Math.round((middle[axis]! - origin[axis]!) * 1000)) as [number, number]
  for (let t = 0; t < partOf.length; t++) {
    if (partOf[t] !== part) continue
    const row = mesh.owners?.[t] ?? 0
    let [x, y] = [centres[2 * row]!, centres[2 * row + 1]!]
    if (Number.isNaN(x)) {
      const [a, b, c] = [3 * triangles[3 * t]!, 3 * triangles[3 * t + 1]!, 3 * triangles[3 * t + 2]!]
      x = (p[a]! + p[b]! + p[c]!) / 3
      y = (p[a + 1]! + p[b + 1]! + p[c + 1]!) / 3
    }
    partOf[t] = first + (x >= midX ? 1 : 0) + (y >= midY ? 2 : 0)
  }
}

/** For each object that stays whole, the centre of its box in plan (x, y); NaN for the others. */
const wholeCentres = ({ positions: p, triangles, owners, objects }: Mesh): Float64Array => {
  const rows = objects?.ids.length ?? 1
  const box = new Float64Array(4 * rows)
  for (let row = 0; row < rows; row++) box.set([Infinity, Infinity, -Infinity, -Infinity], 4 * row)
  for (let i = 0; owners !== undefined && i < triangles.length; i++) {
    const at = 4 * owners[(i / 3) | 0]!
    const [x, y] = [p[3 * triangles[i]!]!, p[3 * triangles[i]! + 1]!]
    if (x < box[at]!) box[at] = x
    if (y < box[at + 1]!) box[at + 1] = y
    if (x > box[at + 2]!) box[at + 2] = x
    if (y > box[at + 3]!) box[at + 3] = y
  }
  const centres = new Float64Array(2 * rows).fill(Number.NaN)
  for (let row = 0; row < rows; row++) {
    const code = objects?.classes[row] ?? 2
    if (code === 2 || code === 9) continue
    centres[2 * row] = (box[4 * row]! + box[4 * row + 2]!) / 2
    centres[2 * row + 1] = (box[4 * row + 1]! + box[4 * row + 3]!) / 2
  }
  return centres
}

const listed = (parts: readonly { path: string }[], partOf: Uint32Array): MeshPart[] => {
  const ends = countOf(partOf, parts.length)
  for (let part = 1; part < ends.length; part++) ends[part]! += ends[part - 1]!
  const starts = ends.slice()
  const sorted = new Uint32Array(partOf.length)
  for (let t = partOf.length - 1; t >= 0; t--) sorted[--starts[partOf[t]!]!] = t
  return parts
    .map(({ path }, part) => ({ path, triangles: sorted.slice(starts[part], ends[part]) }))
    .filter(({ triangles }) => triangles.length > 0)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/**
 * Extracts triangles with their vertices, in the original order. The table keeps all objects.
 * O(vertices) time.
 */
export const pickTriangles = (mesh: Mesh, which: Uint32Array) => {
  const number = new Int32Array(mesh.classes.length).fill(-1)
  for (const t of which) for (let k = 0; k < 3; k++) number[mesh.triangles[3 * t + k]!] = 0
  let count = 0
  for (let v = 0; v < number.length; v++) if (number[v] === 0) number[v] = count++
  const vertices = new Uint32Array(count)
  for (let v = 0; v < number.length; v++) if (number[v]! >= 0) vertices[number[v]!] = v
  const triangles = new Uint32Array(3 * which.length)
  for (let i = 0; i < which.length; i++)
    for (let k = 0; k < 3; k++) triangles[3 * i + k] = number[mesh.triangles[3 * which[i]! + k]!]!
  const { owners } = mesh
  return {
    mesh: {
      ...mesh,
      positions: pickValues(mesh.positions, vertices, 3),
      classes: Uint8Array.from(vertices, (v) => mesh.classes[v]!),
      triangles,
      ...(owners === undefined ? {} : { owners: which.map((t) => owners[t]!) }),
    },
    vertices,
  }
}

/** `width` values for each of some vertices. */
export const pickValues = <T extends Int32Array | Float32Array>(values: T, vertices: Uint32Array, width: number): T => {
  const out = values.slice(0, width * vertices.length) as T
  for (let i = 0; i < vertices.length; i++)
    for (let k = 0; k < width; k++) out[width * i + k] = values[width * vertices[i]! + k]!
  return out
}

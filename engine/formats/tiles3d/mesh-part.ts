/** Extracts triangles of a mesh, and copies vertices that must not be shared. */
import type { Mesh } from "../../kernel.js"

/** Some triangles of a mesh, with the vertices that they use. */
export interface PickedMesh {
  readonly mesh: Mesh
  /** The original index of each vertex. */
  readonly vertices: Uint32Array
}

/**
 * Extracts triangles with their vertices, in the original order. The table keeps all objects.
 * O(vertices) time.
 */
export const pickTriangles = (mesh: Mesh, which: Uint32Array): PickedMesh => {
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

/** Triangles whose vertices are split by a tag. */
export interface SplitVertices {
  /** The original of each new vertex. */
  readonly from: Uint32Array
  /** The first corner, an index into the given triangles, that uses each new vertex. */
  readonly first: Uint32Array
  /** The triangles, with new vertex indices. */
  readonly triangles: Uint32Array
}

/**
 * Copies vertices so that triangles of different tags share none. Triangles of one tag still share
 * theirs. New vertices are numbered as the triangles first use them. O(corners · tags at a vertex)
 * time, 20 bytes a corner.
 *
 * @param vertices number of vertices
 * @param triangles 3 · n vertex indices
 * @param tags n numbers
 */
export const splitVertices = (vertices: number, triangles: Uint32Array, tags: Float64Array): SplitVertices => {
  const head = new Int32Array(vertices).fill(-1)
  const next = new Int32Array(triangles.length)
  const from = new Uint32Array(triangles.length)
  const first = new Uint32Array(triangles.length)
  const out = new Uint32Array(triangles.length)
  let count = 0
  for (let i = 0; i < triangles.length; i++) {
    const vertex = triangles[i]!
    const tag = tags[(i / 3) | 0]!
    let copy = head[vertex]!
    while (copy >= 0 && tags[(first[copy]! / 3) | 0] !== tag) copy = next[copy]!
    if (copy < 0) {
      copy = count++
      from[copy] = vertex
      first[copy] = i
      next[copy] = head[vertex]!
      head[vertex] = copy
    }
    out[i] = copy
  }
  return { from: from.slice(0, count), first: first.slice(0, count), triangles: out }
}

/** Extracts some triangles of a mesh, with the vertices that they use. */
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

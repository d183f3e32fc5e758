/** Puts meshes together without welding; also empty meshes, used vertices and plan area. */
import { turn } from "../../engine/core/geometry/turn.js"
import type { Mesh } from "../../engine/kernel.js"
import { groundObjects, joinObjects } from "./join-objects.js"
import { keepRows } from "./object-rows.js"

/**
 * Joins meshes over all their vertices in the given frame, with one table of objects and the
 * largest `maxError`. O(n).
 */
export const joinMeshes = (
  meshes: readonly Mesh[],
  origin: Mesh["origin"],
): Mesh & Required<Pick<Mesh, "owners" | "objects">> => {
  const vertices = meshes.reduce((sum, mesh) => sum + mesh.classes.length, 0)
  const faces = meshes.reduce((sum, mesh) => sum + mesh.triangles.length / 3, 0)
  const positions = new Int32Array(3 * vertices)
  const classes = new Uint8Array(vertices)
  const triangles = new Uint32Array(3 * faces)
  const owners = new Uint32Array(faces)
  const { objects, offsets } = joinObjects(meshes.map((mesh) => mesh.objects ?? groundObjects))
  let [vertex, face] = [0, 0]
  meshes.forEach((mesh, m) => {
    const shift = [0, 1, 2].map((axis) => Math.round((mesh.origin[axis]! - origin[axis]!) * 1000))
    for (let i = 0; i < mesh.positions.length; i++) positions[3 * vertex + i] = mesh.positions[i] + shift[i % 3]!
    classes.set(mesh.classes, vertex)
    for (let i = 0; i < mesh.triangles.length; i++) triangles[3 * face + i] = mesh.triangles[i] + vertex
    for (let t = 0; t < mesh.triangles.length / 3; t++) {
      const row = mesh.owners?.[t] ?? 0
      owners[face + t] = row === 0 ? 0 : row + offsets[m]!
    }
    vertex += mesh.classes.length
    face += mesh.triangles.length / 3
  })
  const maxError = Math.max(...meshes.map((mesh) => mesh.maxError))
  return { origin, positions, triangles, classes, maxError, owners, objects }
}

/** Joins meshes in the frame of the first; table rows without a triangle are dropped. O(n). */
export const sideBySide = (meshes: readonly Mesh[]): Mesh => {
  const joined = joinMeshes(meshes, meshes[0]!.origin)
  return { ...joined, ...keepRows(joined.objects, joined.owners) }
}

/**
 * The vertices that triangles use, in order, and the triangles renumbered to those. O(vertices +
 * triangles).
 */
export const usedVertices = (
  triangles: Uint32Array,
  vertexCount: number,
): { readonly used: Uint32Array; readonly renumbered: Uint32Array } => {
  const isUsed = new Uint8Array(vertexCount)
  for (const v of triangles) isUsed[v] = 1
  const numbers = new Uint32Array(vertexCount)
  let count = 0
  for (let v = 0; v < vertexCount; v++) if (isUsed[v] === 1) numbers[v] = count++
  const used = new Uint32Array(count)
  for (let v = 0; v < vertexCount; v++) if (isUsed[v] === 1) used[numbers[v]] = v
  return { used, renumbered: triangles.map((v) => numbers[v]) }
}

/** A mesh without triangles, with only the row of the ground. */
export const emptyMesh = (origin: Mesh["origin"]): Required<Omit<Mesh, "decks">> => ({
  origin,
  positions: new Int32Array(0),
  triangles: new Uint32Array(0),
  classes: new Uint8Array(0),
  maxError: 0,
  owners: new Uint32Array(0),
  objects: groundObjects,
})

/** Area of a mesh in plan, m²; faces that look down count as negative. */
export const planArea = ({ positions: p, triangles }: Mesh): number => {
  let doubled = 0
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]]
    doubled += turn(p[a], p[a + 1], p[b], p[b + 1], p[c], p[c + 1])
  }
  return doubled / 2e6
}

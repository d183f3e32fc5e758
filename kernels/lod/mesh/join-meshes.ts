import type { Mesh } from "../../../engine/kernel.js"
import { groundObjects, joinObjects } from "./join-objects.js"
import { keepRows } from "./object-rows.js"

/**
 * Several meshes side by side as one, in the first one's frame, with one table of objects; nothing is welded or moved. `maxError` is the largest. O(n).
 */
export const sideBySide = (meshes: readonly Mesh[]): Mesh => {
  const origin = meshes[0]!.origin
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
  return { origin, positions, triangles, classes, maxError, ...keepRows(objects, owners) }
}

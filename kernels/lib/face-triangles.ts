import { faceKind, type Polyhedron, type PolyhedronFace } from "./polyhedron.js"
import { triangulatePolygon } from "./triangulate-polygon.js"

/**
 * Triangles of a face, counter-clockwise seen from outside. Roofs are cut in plan, walls in their own vertical plane.
 * Undefined when the face is no simple polygon.
 */
export const trianglesOf = ({ positions }: Polyhedron, { kind, rings }: PolyhedronFace): number[] | undefined => {
  const count = rings.reduce((sum, ring) => sum + ring.length, 0)
  const [u, v] = [new Float64Array(count), new Float64Array(count)]
  const ids = rings.flat()
  const [first, second] = [3 * ids[0], 3 * ids[1]]
  // Along a wall, from the first vertex of its lower edge to the second; walls begin so.
  const [dx, dy] = [positions[second] - positions[first], positions[second + 1] - positions[first + 1]]
  ids.forEach((id, i) => {
    const [x, y, z] = [positions[3 * id], positions[3 * id + 1], positions[3 * id + 2]]
    u[i] =
      kind === faceKind.wall ? ((x - positions[first]) * dx + (y - positions[first + 1]) * dy) / Math.hypot(dx, dy) : x
    v[i] = kind === faceKind.wall ? z : kind === faceKind.roof ? y : -y
  })
  let start = 0
  const local = rings.map((ring) => ring.map(() => start++))
  const cut = triangulatePolygon(u, v, local)
  return cut?.map((i) => ids[i])
}

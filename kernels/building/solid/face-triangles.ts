/** Triangulates a face of a building in a plane where it is a simple polygon. */
import { doubledArea } from "../../../engine/core/geometry/ring-area.js"
import { triangulatePolygon } from "../../geometry/triangulate-polygon.js"
import { faceKind, type Polyhedron, type PolyhedronFace } from "./polyhedron.js"

/**
 * Triangles of a face, counter-clockwise seen from outside. Triangulates roofs and level faces in
 * plan, walls in their own vertical plane. Undefined if the face is no simple polygon.
 */
export const trianglesOf = ({ positions }: Polyhedron, { kind, rings }: PolyhedronFace): number[] | undefined => {
  const count = rings.reduce((sum, ring) => sum + ring.length, 0)
  const [u, v] = [new Float64Array(count), new Float64Array(count)]
  const ids = rings.flat()
  const [first, second] = [3 * ids[0], 3 * ids[1]]
  // Along a wall, from the first vertex of its lower edge to the second; wall rings begin there.
  const [dx, dy] = [positions[second] - positions[first], positions[second + 1] - positions[first + 1]]
  const level = kind === faceKind.wall ? levelOf(positions, rings[0]) : kind === faceKind.roof ? 1 : -1
  ids.forEach((id, i) => {
    const [x, y, z] = [positions[3 * id], positions[3 * id + 1], positions[3 * id + 2]]
    u[i] = level === 0 ? ((x - positions[first]) * dx + (y - positions[first + 1]) * dy) / Math.hypot(dx, dy) : x
    v[i] = level === 0 ? z : level * y
  })
  let start = 0
  const local = rings.map((ring) => ring.map(() => start++))
  const cut = triangulatePolygon(u, v, local)
  return cut?.map((i) => ids[i])
}

/**
 * 1 or −1 for a level ring that faces up or down, such as floor and soffit of a wall recess; else
 * 0.
 */
const levelOf = (positions: readonly number[], ring: readonly number[]): number => {
  const z = positions[3 * ring[0] + 2]
  if (ring.some((v) => positions[3 * v + 2] !== z)) return 0
  return Math.sign(doubledArea(ring.flatMap((v) => [positions[3 * v], positions[3 * v + 1]])))
}

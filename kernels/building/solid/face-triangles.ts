/** Triangulates faces of buildings, and splits roof faces that are not flat. */
import { triangulatePolygon } from "../../geometry/triangulate-polygon.js"
import { faceKind, type Polyhedron, type PolyhedronFace } from "./polyhedron.js"

/**
 * Triangles of a face, counter-clockwise seen from outside. Triangulates roofs and level faces in
 * plan, walls in their own vertical plane. Undefined if the face is no simple polygon.
 */
export const triangulateFace = ({ positions }: Polyhedron, { kind, rings }: PolyhedronFace): number[] | undefined => {
  const count = rings.reduce((sum, ring) => sum + ring.length, 0)
  const [u, v] = [new Float64Array(count), new Float64Array(count)]
  const ids = rings.flat()
  const [first, second] = [3 * ids[0], 3 * ids[1]]
  // Along a wall, from the first vertex of its lower edge to the second; wall rings begin there.
  const [dx, dy] = [positions[second] - positions[first], positions[second + 1] - positions[first + 1]]
  const level = kind === faceKind.wall ? 0 : kind === faceKind.roof || kind === faceKind.outerFloor ? 1 : -1
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

/** A roof polygon farther from its plane than this, mm, is output as triangles. */
const flatness = 1

/** The solid for output: roof faces that are not flat become triangles. */
export const withFlatFaces = (solid: Polyhedron): Polyhedron => ({
  positions: solid.positions,
  faces: solid.faces.flatMap((face) => flatParts(solid, face)),
})

const flatParts = (solid: Polyhedron, face: PolyhedronFace): PolyhedronFace[] => {
  if (face.kind !== faceKind.roof || isFlat(solid.positions, face.rings)) return [face]
  const cut = triangulateFace(solid, face)
  if (!cut) return [face]
  return Array.from({ length: cut.length / 3 }, (_, t) => ({ ...face, rings: [cut.slice(3 * t, 3 * t + 3)] }))
}

/**
 * True if all vertices are within `flatness` of the plane of the outer ring (Newell's normal
 * through its middle).
 */
const isFlat = (positions: readonly number[], rings: readonly (readonly number[])[]): boolean => {
  const [outer] = rings
  const [ox, oy, oz] = positions.slice(3 * outer[0], 3 * outer[0] + 3)
  const normal = [0, 0, 0]
  const middle = [0, 0, 0]
  outer.forEach((a, i) => {
    const b = outer[(i + 1) % outer.length]
    const [ax, ay, az] = [positions[3 * a] - ox, positions[3 * a + 1] - oy, positions[3 * a + 2] - oz]
    const [bx, by, bz] = [positions[3 * b] - ox, positions[3 * b + 1] - oy, positions[3 * b + 2] - oz]
    normal[0] += (ay - by) * (az + bz)
    normal[1] += (az - bz) * (ax + bx)
    normal[2] += (ax - bx) * (ay + by)
    for (const [axis, value] of [ax, ay, az].entries()) middle[axis] += value / outer.length
  })
  const length = Math.hypot(...normal)
  return rings.every((ring) =>
    ring.every((v) => {
      const p = [positions[3 * v] - ox, positions[3 * v + 1] - oy, positions[3 * v + 2] - oz]
      const off = normal.reduce((sum, n, axis) => sum + n * (p[axis] - middle[axis]), 0)
      return Math.abs(off) <= flatness * length
    }),
  )
}

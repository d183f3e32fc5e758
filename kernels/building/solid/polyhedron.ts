/**
 * Polygonal faces over common vertices: their volume, and the check for a closed, oriented
 * 2-manifold.
 */

/** Kinds of faces, as in `Solids`. */
export const faceKind = { floor: 0, wall: 1, roof: 2, outerFloor: 3, outerCeiling: 4 } as const

/**
 * A polygonal face: rings of vertex indices, not closed, the outer one counter-clockwise seen from
 * outside.
 */
export interface PolyhedronFace {
  readonly kind: number
  readonly rings: readonly (readonly number[])[]
  /**
   * Plan face that the roof or wall belongs to (for a step wall the higher one); −1 for a floor.
   */
  readonly part: number
}

/**
 * Faces over common vertices: x, y, z, whole millimetres. A solid if closed, a skin if open at its
 * foot.
 */
export interface Polyhedron {
  readonly positions: readonly number[]
  readonly faces: readonly PolyhedronFace[]
}

/**
 * Volume of a closed polyhedron, mm³ (divergence theorem): a third of the sum of each face's vector
 * area times its centroid, from the first vertex. Exact for planar faces; for others it does not
 * depend on their triangulation.
 */
export const volumeOf = ({ positions, faces }: Polyhedron): number => {
  let sum = 0
  for (const { rings } of faces) sum += coneOver(positions, rings)
  return sum / 3
}

/** Three times the volume between a face and the first vertex. */
const coneOver = (positions: readonly number[], rings: readonly (readonly number[])[]): number => {
  const [ox, oy, oz] = positions
  const normal = [0, 0, 0]
  const fans: [nx: number, ny: number, nz: number, x: number, y: number, z: number][] = []
  for (const ring of rings) {
    const a = 3 * ring[0]
    const [ax, ay, az] = [positions[a], positions[a + 1], positions[a + 2]]
    for (let i = 1; i + 1 < ring.length; i++) {
      const [b, c] = [3 * ring[i], 3 * ring[i + 1]]
      const [bx, by, bz] = [positions[b], positions[b + 1], positions[b + 2]]
      const [cx, cy, cz] = [positions[c], positions[c + 1], positions[c + 2]]
      const nx = ((by - ay) * (cz - az) - (bz - az) * (cy - ay)) / 2
      const ny = ((bz - az) * (cx - ax) - (bx - ax) * (cz - az)) / 2
      const nz = ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2
      normal[0] += nx
      normal[1] += ny
      normal[2] += nz
      fans.push([nx, ny, nz, (ax + bx + cx) / 3 - ox, (ay + by + cy) / 3 - oy, (az + bz + cz) / 3 - oz])
    }
  }
  const squared = normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2
  if (squared === 0) return 0
  let cone = 0
  for (const [nx, ny, nz, x, y, z] of fans) {
    const share = (nx * normal[0] + ny * normal[1] + nz * normal[2]) / squared
    cone += share * (x * normal[0] + y * normal[1] + z * normal[2])
  }
  return cone
}

/**
 * The first fault of a polyhedron as a closed, oriented 2-manifold; undefined if sound. Every edge
 * must be in two faces, once each way. The faces around each vertex must form one fan, no ring may
 * pass a vertex twice, and the volume must be positive. Does not check for intersecting faces: over
 * a planar plan with walls between its heights there are none.
 */
export const solidFault = (solid: Polyhedron): string | undefined => {
  const count = solid.positions.length / 3
  const edges = new Map<number, number>()
  const corners = new Int32Array(count)
  for (const { rings } of solid.faces) {
    for (const ring of rings) {
      if (ring.length < 3) return "face of two vertices"
      if (new Set(ring).size !== ring.length) return "face touches itself"
      for (let i = 0; i < ring.length; i++) {
        const [a, b, c] = [ring[i], ring[(i + 1) % ring.length], ring[(i + 2) % ring.length]]
        const key = a * count + b
        if (edges.has(key)) return "edge of more than two faces"
        // The edge that follows this one around the face leads around the vertex b.
        edges.set(key, b * count + c)
        corners[b]++
      }
    }
  }
  const turned = new Int32Array(count)
  for (const key of edges.keys()) {
    const [a, b] = [Math.floor(key / count), key % count]
    if (!edges.has(b * count + a)) return "open edge"
    if (turned[a] > 0) continue
    // Around a: from an edge that leaves it, by its twin that arrives, to the edge that follows the
    // twin.
    let leaving = key
    do {
      leaving = edges.get((leaving % count) * count + a) ?? -1
      if (leaving < 0) return "open edge"
      turned[a]++
    } while (leaving !== key && turned[a] <= corners[a])
    if (turned[a] !== corners[a]) return "faces touch in a vertex"
  }
  return volumeOf(solid) > 0 ? undefined : "no volume"
}

/** Kinds of faces, as in `Solids`. */
export const faceKind = { floor: 0, wall: 1, roof: 2 } as const

/** A polygonal face: rings of vertex indices, not closed, the outer one counter-clockwise seen from outside. */
export interface PolyhedronFace {
  readonly kind: number
  readonly rings: readonly (readonly number[])[]
  /** Face of the plan that the roof or wall belongs to (a step wall: to the higher one); −1: floor. */
  readonly part: number
}

/** Faces over common vertices: x, y, z, whole millimetres. A solid when closed, a skin when open at its foot. */
export interface Polyhedron {
  readonly positions: readonly number[]
  readonly faces: readonly PolyhedronFace[]
}

/** Volume of a closed polyhedron, mm³ (divergence theorem over fans: exact for planar faces). */
export const volumeOf = ({ positions, faces }: Polyhedron): number => {
  let sum = 0
  const [ox, oy, oz] = positions
  for (const { rings } of faces) {
    for (const ring of rings) {
      const [ax, ay, az] = [
        positions[3 * ring[0]] - ox,
        positions[3 * ring[0] + 1] - oy,
        positions[3 * ring[0] + 2] - oz,
      ]
      for (let i = 1; i + 1 < ring.length; i++) {
        const [b, c] = [3 * ring[i], 3 * ring[i + 1]]
        const [bx, by, bz] = [positions[b] - ox, positions[b + 1] - oy, positions[b + 2] - oz]
        const [cx, cy, cz] = [positions[c] - ox, positions[c + 1] - oy, positions[c + 2] - oz]
        sum += ax * (by * cz - bz * cy) - ay * (bx * cz - bz * cx) + az * (bx * cy - by * cx)
      }
    }
  }
  return sum / 6
}

/**
 * What is wrong with a polyhedron as a closed, oriented 2-manifold; undefined when nothing is: every edge is in two faces, once each way, the faces
 * around each vertex form one fan, no ring passes a vertex twice, and the volume is positive. Does not look for faces that cut each other:
 * over a planar plan with walls between its heights they cannot.
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
        // The edge that follows this one around the face: leads around the vertex b.
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
    // Around a: from an edge that leaves it, by its twin that comes in, to the edge that follows that.
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

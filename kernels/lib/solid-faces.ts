import type { Solids } from "../../engine/kernel.js"

/** A face of a solid: the outer ring, then its holes, by vertices of a table. */
export interface Face {
  readonly solid: number
  readonly kind: number
  readonly rings: readonly (readonly number[])[]
}

/** Vertices by their places, mm: one number a place. */
export class VertexTable {
  readonly #places: (readonly [number, number, number])[] = []
  readonly #known = new Map<string, number>()

  at(x: number, y: number, z: number): number {
    const key = `${x} ${y} ${z}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    this.#known.set(key, this.#places.length)
    return this.#places.push([x, y, z]) - 1
  }

  place(vertex: number): readonly [number, number, number] {
    return this.#places[vertex]!
  }

  distance(a: number, b: number): number {
    const [p, q] = [this.place(a), this.place(b)]
    return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2])
  }

  positions(): Int32Array {
    return Int32Array.from(this.#places.flat())
  }
}

/** All faces of solids, in order. */
export const facesOf = (solids: Solids): { readonly faces: Face[]; readonly vertices: VertexTable } => {
  const { positions, ringVertices, ringEnds, faceEnds, solidEnds } = solids
  const vertices = new VertexTable()
  const faces: Face[] = []
  let ring = 0
  for (let solid = 0, face = 0; solid < solidEnds.length; solid++) {
    for (; face < solidEnds[solid]!; face++) {
      const rings: number[][] = []
      for (; ring < faceEnds[face]!; ring++) {
        const own = ringVertices.subarray(ring > 0 ? ringEnds[ring - 1] : 0, ringEnds[ring])
        rings.push(Array.from(own, (v) => vertices.at(positions[3 * v]!, positions[3 * v + 1]!, positions[3 * v + 2]!)))
      }
      faces.push({ solid, kind: solids.faceKinds[face]!, rings })
    }
  }
  return { faces, vertices }
}

/** Solids with other faces, which come in the order of their solids. */
export const solidsOf = (solids: Solids, faces: readonly Face[], vertices: VertexTable): Solids => {
  const ringVertices: number[] = []
  const ringEnds: number[] = []
  const faceEnds: number[] = []
  const counts = new Uint32Array(solids.solidEnds.length)
  for (const { solid, rings } of faces) {
    for (const ring of rings) ringEnds.push(ringVertices.push(...ring))
    faceEnds.push(ringEnds.length)
    counts[solid]!++
  }
  let end = 0
  return {
    ...solids,
    positions: vertices.positions(),
    ringVertices: Uint32Array.from(ringVertices),
    ringEnds: Uint32Array.from(ringEnds),
    faceEnds: Uint32Array.from(faceEnds),
    faceKinds: Uint8Array.from(faces, ({ kind }) => kind),
    solidEnds: counts.map((count) => (end += count)),
  }
}

/**
 * Solids as faces over a table of shared vertices: the form in which touching bodies are joined.
 */
import type { Solids } from "../../../engine/kernel.js"
import { facesOf, forRings } from "./prism.js"
import { FacePlane } from "./triangles.js"

/** A face of a solid: the outer ring, then its holes, by vertices of a table. */
export interface Face {
  readonly solid: number
  readonly kind: number
  readonly rings: readonly (readonly number[])[]
}

/** x, y, z, mm. */
export type Place = readonly [x: number, y: number, z: number]

/** Numbers vertices by place: equal places share a number. */
export class VertexTable {
  readonly #places: Place[] = []
  readonly #known = new Map<string, number>()

  at(x: number, y: number, z: number): number {
    const key = `${x} ${y} ${z}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    this.#known.set(key, this.#places.length)
    return this.#places.push([x, y, z]) - 1
  }

  place(vertex: number): Place {
    return this.#places[vertex]!
  }

  distance(a: number, b: number): number {
    const [p, q] = [this.place(a), this.place(b)]
    return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2])
  }
}

/** Key of an undirected edge. */
export const edgeName = (a: number, b: number): string => (a < b ? `${a} ${b}` : `${b} ${a}`)

/** True where vertices of two solids share a place in plan. */
export const anyTouch = (solids: Solids): boolean => {
  const { positions, ringVertices, solidEnds } = solids
  const solidAt = new Map<number, Map<number, number>>()
  for (let solid = 0; solid < solidEnds.length; solid++) {
    const [first, end] = facesOf(solids, solid)
    for (let face = first; face < end; face++) {
      let isShared = false
      forRings(solids, face, (from, to) => {
        for (let i = from; i < to; i++) {
          const [x, y] = [positions[3 * ringVertices[i]!]!, positions[3 * ringVertices[i]! + 1]!]
          const column = solidAt.get(x) ?? new Map<number, number>()
          solidAt.set(x, column)
          isShared ||= (column.get(y) ?? solid) !== solid
          column.set(y, solid)
        }
      })
      if (isShared) return true
    }
  }
  return false
}

/** All faces of solids, in order. */
export const readFaces = (solids: Solids): { readonly faces: Face[]; readonly vertices: VertexTable } => {
  const { positions, ringVertices, faceKinds, solidEnds } = solids
  const vertices = new VertexTable()
  const faces: Face[] = []
  for (let solid = 0; solid < solidEnds.length; solid++) {
    const [first, end] = facesOf(solids, solid)
    for (let face = first; face < end; face++) {
      const rings: number[][] = []
      forRings(solids, face, (from, to) => {
        const own = ringVertices.subarray(from, to)
        rings.push(Array.from(own, (v) => vertices.at(positions[3 * v]!, positions[3 * v + 1]!, positions[3 * v + 2]!)))
      })
      faces.push({ solid, kind: faceKinds[face]!, rings })
    }
  }
  return { faces, vertices }
}

/** Triangulates a face, by its vertices; undefined where that is impossible. */
export const triangulateFace = ({ rings }: Face, vertices: VertexTable): readonly number[] | undefined => {
  const used = [...new Set(rings.flat())]
  const local = new Map(used.map((vertex, i) => [vertex, i]))
  const plane = new FacePlane(Int32Array.from(used.flatMap((vertex) => vertices.place(vertex))))
  return plane.triangles(rings.map((ring) => ring.map((vertex) => local.get(vertex) ?? 0)))?.map((i) => used[i]!)
}

/**
 * Solids with other faces, which must be in the order of their solids. Vertices are those of the
 * faces, each once.
 */
export const withFaces = (solids: Solids, faces: readonly Face[], vertices: VertexTable): Solids => {
  const numbers = new Map<number, number>()
  const positions: number[] = []
  const numberVertex = (vertex: number): number => {
    const known = numbers.get(vertex)
    if (known !== undefined) return known
    numbers.set(vertex, numbers.size)
    positions.push(...vertices.place(vertex))
    return numbers.size - 1
  }
  const ringVertices: number[] = []
  const ringEnds: number[] = []
  const faceEnds: number[] = []
  const counts = new Uint32Array(solids.solidEnds.length)
  for (const { solid, rings } of faces) {
    for (const ring of rings) ringEnds.push(ringVertices.push(...ring.map(numberVertex)))
    faceEnds.push(ringEnds.length)
    counts[solid]!++
  }
  let end = 0
  return {
    ...solids,
    positions: Int32Array.from(positions),
    ringVertices: Uint32Array.from(ringVertices),
    ringEnds: Uint32Array.from(ringEnds),
    faceEnds: Uint32Array.from(faceEnds),
    faceKinds: Uint8Array.from(faces, ({ kind }) => kind),
    solidEnds: counts.map((count) => (end += count)),
  }
}

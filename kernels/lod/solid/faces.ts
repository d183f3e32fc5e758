/** Faces of solids over shared vertices, in which touching bodies are joined; their triangles. */
import type { Mesh, Solids } from "../../../engine/kernel.js"
import { triangulatePolygon } from "../../geometry/triangulate-polygon.js"
import { facesOf, forRings } from "./prism.js"

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
  const numberVertex = (vertex: number): number => {
    const number = numbers.get(vertex) ?? numbers.size
    numbers.set(vertex, number)
    return number
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
    positions: Int32Array.from(Array.from(numbers.keys(), (vertex) => vertices.place(vertex)).flat()),
    ringVertices: Uint32Array.from(ringVertices),
    ringEnds: Uint32Array.from(ringEnds),
    faceEnds: Uint32Array.from(faceEnds),
    faceKinds: Uint8Array.from(faces, ({ kind }) => kind),
    solidEnds: counts.map((count) => (end += count)),
  }
}

/**
 * Triangulates the faces of solids, with one row of objects a solid. Vertices are unchanged, so
 * closed solids give a closed mesh. Each face is triangulated in the plane of two axes where it is
 * largest, and uses all its vertices.
 * @throws Error naming the solid where a face is no simple polygon
 */
export const meshOfSolids = (solids: Solids): Mesh => {
  const { positions, ringVertices, solidEnds, ids, classes } = solids
  const triangles: number[] = []
  const owners: number[] = []
  const plane = new FacePlane(positions)
  let face = 0
  for (let s = 0; s < solidEnds.length; s++) {
    for (; face < solidEnds[s]; face++) {
      const rings: number[][] = []
      forRings(solids, face, (from, to) => rings.push(Array.from(ringVertices.subarray(from, to))))
      const cut = plane.triangles(rings)
      if (cut === undefined) throw new Error(`a face of the solid ${ids[s]} is no simple polygon`)
      triangles.push(...cut)
      for (let t = 0; t < cut.length; t += 3) owners.push(s + 1)
    }
  }
  const columns = Object.fromEntries(
    Object.entries(solids.columns).map(([name, column]) =>
      column.type === "string"
        ? [name, { type: column.type, values: ["", ...column.values] }]
        : [name, { type: "number" as const, values: Float64Array.from([Number.NaN, ...column.values]) }],
    ),
  )
  const vertexClasses = new Uint8Array(positions.length / 3)
  for (let t = 0; t < triangles.length; t++) vertexClasses[triangles[t]] = classes[owners[Math.floor(t / 3)] - 1]
  return {
    origin: solids.origin,
    positions: positions instanceof Int32Array ? positions : Int32Array.from(positions, Math.round),
    triangles: Uint32Array.from(triangles),
    classes: vertexClasses,
    maxError: 0,
    owners: Uint32Array.from(owners),
    objects: { ids: ["", ...ids], classes: Uint8Array.from([2, ...classes]), columns },
  }
}

/** Triangulates faces of one set of vertices. */
export class FacePlane {
  readonly #positions: ArrayLike<number>

  constructor(positions: ArrayLike<number>) {
    this.#positions = positions
  }

  triangles(rings: readonly (readonly number[])[]): readonly number[] | undefined {
    const outer = rings[0] ?? []
    if (rings.length === 1 && outer.length === 3) return outer
    const normal = this.#normal(outer)
    const size = normal.map(Math.abs)
    const drop = size[2] >= size[0] && size[2] >= size[1] ? 2 : size[0] >= size[1] ? 0 : 1
    // Order of the two axes that keeps faces counter-clockwise as seen from outside.
    const axes = normal[drop] > 0 ? [(drop + 1) % 3, (drop + 2) % 3] : [(drop + 2) % 3, (drop + 1) % 3]
    const vertices = rings.flat()
    const along = (axis: number): number[] => vertices.map((v) => this.#positions[3 * v + axis])
    let next = 0
    const local = rings.map((ring) => ring.map(() => next++))
    return triangulatePolygon(along(axes[0]), along(axes[1]), local)?.map((i) => vertices[i])
  }

  /**
   * Newell's normal of a ring, unscaled, relative to its first vertex: long rings far from the
   * origin keep their precision.
   */
  #normal(ring: readonly number[]): [number, number, number] {
    const p = this.#positions
    const sum: [number, number, number] = [0, 0, 0]
    const o = 3 * ring[0]
    for (let i = 0; i < ring.length; i++) {
      const [a, b] = [3 * ring[i], 3 * ring[(i + 1) % ring.length]]
      for (let k = 0; k < 3; k++) {
        const [u, v] = [(k + 1) % 3, (k + 2) % 3]
        sum[k] += (p[a + u] - p[o + u]) * (p[b + v] - p[o + v]) - (p[a + v] - p[o + v]) * (p[b + u] - p[o + u])
      }
    }
    return sum
  }
}

/** Triangulates the faces of solids into a mesh. */
import type { Mesh, Solids } from "../../../engine/kernel.js"
import { triangulatePolygon } from "../../geometry/triangulate-polygon.js"

/**
 * Triangulates the faces of solids, with one row of objects a solid. Vertices are unchanged, so
 * closed solids give a closed mesh. Each face is triangulated in the plane of two axes where it is
 * largest, and uses all its vertices.
 * @throws Error naming the solid where a face is no simple polygon
 */
export const meshOfSolids = (solids: Solids): Mesh => {
  const { positions, ringVertices, ringEnds, faceEnds, solidEnds, ids, classes } = solids
  const triangles: number[] = []
  const owners: number[] = []
  const plane = new FacePlane(positions)
  let [face, ring] = [0, 0]
  for (let s = 0; s < solidEnds.length; s++) {
    for (; face < solidEnds[s]; face++) {
      const rings: number[][] = []
      for (; ring < faceEnds[face]; ring++)
        rings.push(Array.from(ringVertices.subarray(ring > 0 ? ringEnds[ring - 1] : 0, ringEnds[ring])))
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

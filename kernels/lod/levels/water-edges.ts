/** Water of a coarser ground: its edges, simplified in plan, and the owners of its triangles. */
import { doubledArea } from "../../../engine/core/geometry/rings.js"
import type { Mesh } from "../../../engine/kernel.js"
import { edgesMeet } from "../../geometry/arrange-segments.js"
import { HeightLookup } from "../../geometry/height-lookup.js"
import { groundObjects, joinObjects, keepRows } from "../../geometry/join-meshes.js"
import { borderLoops, type JoinedMeshes, openEdges } from "../../geometry/mesh-border.js"
import { simplifyRings } from "./simplify-rings.js"

const WATER = 9

/** Water of joined meshes. */
export interface JoinedWater {
  readonly objects: NonNullable<Mesh["objects"]>
  /** Row of each joined triangle in `objects`; 0 is the ground. */
  readonly rows: Uint32Array
  /** Joined triangles on water, ascending. */
  readonly triangles: readonly number[]
}

/** The water of the children, whose triangles are in the order of the joined ones. */
export const joinWater = (children: readonly Mesh[], joined: JoinedMeshes): JoinedWater => {
  const { objects, offsets } = joinObjects(children.map((child) => child.objects ?? groundObjects))
  const rows = new Uint32Array(joined.triangles.length / 3)
  const triangles: number[] = []
  let at = 0
  children.forEach((child, c) => {
    for (let t = 0; t < child.triangles.length / 3; t++, at++) {
      const own = child.owners?.[t] ?? 0
      if (own === 0 || objects.classes[own + offsets[c]!] !== WATER) continue
      rows[at] = own + offsets[c]!
      triangles.push(at)
    }
  })
  return { objects, rows, triangles }
}

/**
 * The edges between water and land as pairs of joined vertices, simplified in plan to `tolerance`
 * mm. They do not cross each other. Waters smaller than the tolerance's square are left out.
 * @param fixed vertices of the simplified border: no edge sweeps over them
 */
export const waterEdges = (
  joined: JoinedMeshes,
  { triangles }: JoinedWater,
  outer: Uint8Array,
  fixed: Int32Array,
  tolerance: number,
): Int32Array => {
  if (triangles.length === 0) return new Int32Array(0)
  const { x, y } = joined
  const corners = Uint32Array.from(triangles.flatMap((t) => [...joined.triangles.subarray(3 * t, 3 * t + 3)]))
  const vertexAt = new Map<number, number>()
  for (const v of corners) vertexAt.set(placeKey(x[v], y[v]), v)
  const loops = borderLoops({ ...joined, border: openEdges(corners, x.length) })
  const rings = loops.map((loop) => Int32Array.from(loop.flatMap((v) => [x[v], y[v]])))
  const obstacles = Int32Array.from([...fixed].flatMap((v) => [x[v], y[v]]))
  const edges: number[] = []
  simplifyRings(rings, tolerance, obstacles).rings.forEach((ring) => {
    if (Math.abs(doubledArea(ring)) < 2 * tolerance ** 2) return
    let a = vertexAt.get(placeKey(ring[ring.length - 2], ring[ring.length - 1]))
    for (let i = 0; i < ring.length; i += 2) {
      const b = vertexAt.get(placeKey(ring[i], ring[i + 1]))
      if (a === undefined || b === undefined) throw new Error("waterEdges: a ring with a vertex of its own")
      // Along the border, the border's own edges are fixed.
      if (outer[a] === 0 || outer[b] === 0) edges.push(a, b)
      a = b
    }
  })
  return Int32Array.from(edges)
}

/** Those of the pairs of vertices that cross no edge of the water. */
export const apartFrom = (edges: Int32Array, joined: JoinedMeshes, pairs: Int32Array): Int32Array => {
  if (edges.length === 0) return pairs
  const apart: number[] = []
  for (let i = 0; i < pairs.length; i += 2) {
    let meets = false
    for (let e = 0; e < edges.length && !meets; e += 2) {
      meets = edgesMeet(joined, pairs[i], pairs[i + 1], edges[e], edges[e + 1])
    }
    if (!meets) apart.push(pairs[i], pairs[i + 1])
  }
  return Int32Array.from(apart)
}

/** Owners of triangles by the joined water under each one's centre. */
export const waterOwners = (
  joined: JoinedMeshes,
  { objects, rows, triangles: water }: JoinedWater,
  positions: Int32Array,
  triangles: Uint32Array,
): Required<Pick<Mesh, "owners" | "objects">> => {
  const owners = new Uint32Array(triangles.length / 3)
  if (water.length > 0) {
    const lookup = new HeightLookup(joined, water)
    for (let t = 0; t < owners.length; t++) {
      const centre = (axis: number): number =>
        (positions[3 * triangles[3 * t] + axis] +
          positions[3 * triangles[3 * t + 1] + axis] +
          positions[3 * triangles[3 * t + 2] + axis]) /
        3
      const found = lookup.triangleAt(centre(0), centre(1))
      if (found >= 0) owners[t] = rows[found]
    }
  }
  return keepRows(objects, owners)
}

const placeKey = (x: number, y: number): number => x * 2 ** 27 + y

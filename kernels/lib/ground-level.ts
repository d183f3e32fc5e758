import type { Mesh } from "../../engine/kernel.js"
import { greedyTin, type Tin } from "./greedy-tin.js"
import { HeightLookup } from "./height-lookup.js"
import { joinObjects } from "./join-objects.js"
import { type JoinedMeshes, joinMeshes } from "./mesh-border.js"
import { keepRows } from "./object-rows.js"
import { type SimplifiedBorder, simplifyBorder } from "./simplify-border.js"
import { surfaceDifference } from "./surface-difference.js"

/** The ground of a level. */
export interface GroundLevel {
  readonly mesh: Mesh
  /** Largest vertical distance between this ground and the children's, mm, anywhere on them. */
  readonly ownError: number
}

const WATER = 9

/**
 * The closed ground of a parent from that of its children: an error-bounded TIN of their vertices, its border fixed first by a rule that neighbours share
 * (see {@link simplifyBorder}), so that the gap to a neighbour of the same level is 0 mm whatever the insides become.
 *
 * `ownError` is exact, not sampled: the two height fields' difference is linear between their vertices and the crossings of their edges, and all of these are looked
 * at. `mesh.maxError` adds the children's largest. Triangles whose centre lies on a child's water keep that water body as their owner; all others are ground.
 *
 * @param bound vertical bound at the children's vertices, mm; @param square side of the finest tiles, mm; @param side of the tile, mm
 * @param maxTriangles insertion stops there; the border keeps its bound, the inside has what error it then has
 */
export const coarserGround = (children: readonly Mesh[], origin: Mesh["origin"], rule: Rule): GroundLevel => {
  const joined = joinMeshes(children, origin)
  const border = simplifyBorder(joined, rule.square, rule.bound)
  const coarse = refine(joined, border, rule)
  const { tin, vertexOf } = coarse
  const ownError = Math.max(tin.maxError, border.maxError, coarse.largest)
  const childError = children.reduce((largest, child) => Math.max(largest, child.maxError), 0)
  const positions = new Int32Array(3 * vertexOf.length)
  for (let v = 0; v < vertexOf.length; v++) {
    positions[3 * v] = joined.x[vertexOf[v]]
    positions[3 * v + 1] = joined.y[vertexOf[v]]
    positions[3 * v + 2] = joined.z[vertexOf[v]]
  }
  const classes = Uint8Array.from(vertexOf, (v) => joined.classes[v])
  const mesh: Mesh = {
    origin,
    positions,
    triangles: tin.triangles,
    classes,
    maxError: childError + ownError / 1000,
    ...waterOwners(children, joined, positions, tin.triangles),
  }
  return { mesh, ownError }
}

/** How often vertices are added where edges of both fields are too far apart. */
const ROUNDS = 4

interface Rule {
  readonly bound: number
  readonly side: number
  readonly square: number
  readonly maxTriangles: number
}

/** A TIN of the joined vertices, with the joined vertex of each of its own, and where it is too far from the joined triangles. */
interface Coarse {
  readonly tin: Tin
  readonly vertexOf: Int32Array
  readonly largest: number
  readonly beyond: Int32Array
}

/**
 * The TIN at the bound; where edges of both fields cross farther apart than that, the ends of the finer edge are added and it is made anew, a few times. Greedy insertion looks at
 * vertices alone: on a steep bank an edge that lies a little aside is far off in height.
 */
const refine = (joined: JoinedMeshes, border: SimplifiedBorder, rule: Rule): Coarse => {
  const fixed = new Uint8Array(joined.x.length)
  // Vertices that the border's rule left out lie on its edges and must not come back.
  for (const v of joined.border) fixed[v] = 1
  const inner = innerVertices(joined)
  let vertices = border.vertices
  let coarse = coarserTin(joined, vertices, border.edges, inner, rule)
  for (let round = 0; round < ROUNDS && coarse.tin.maxError <= rule.bound; round++) {
    const used = fixed.slice()
    for (const v of coarse.vertexOf) used[v] = 1
    const extra = coarse.beyond.filter((v) => used[v] === 0)
    if (extra.length === 0) return coarse
    for (const v of extra) fixed[v] = 1
    vertices = Int32Array.from([...vertices, ...extra])
    const candidates = inner.filter((v) => fixed[v] === 0)
    const next = coarserTin(joined, vertices, border.edges, candidates, rule)
    if (next.largest < coarse.largest) coarse = next
  }
  return coarse
}

const coarserTin = (
  joined: JoinedMeshes,
  vertices: Int32Array,
  edges: Int32Array,
  inner: Int32Array,
  rule: Rule,
): Coarse => {
  const pick = (from: Int32Array, which: Int32Array): Int32Array => which.map((v) => from[v])
  const tin = greedyTin({
    box: [0, 0, rule.side, rule.side],
    fixed: { x: pick(joined.x, vertices), y: pick(joined.y, vertices), z: pick(joined.z, vertices) },
    border: edges,
    candidates: { x: pick(joined.x, inner), y: pick(joined.y, inner), z: pick(joined.z, inner) },
    maxError: rule.bound,
    maxTriangles: rule.maxTriangles,
  })
  const vertexOf = tin.vertices.map((place) =>
    place < vertices.length ? vertices[place] : inner[place - vertices.length],
  )
  return { tin, vertexOf, ...surfaceDifference(joined, vertexOf, tin.triangles, rule.bound) }
}

/** Joined vertices that are not on the border of the union. */
const innerVertices = (joined: JoinedMeshes): Int32Array => {
  const outer = new Uint8Array(joined.x.length)
  for (const vertex of joined.border) outer[vertex] = 1
  const inner: number[] = []
  for (let v = 0; v < outer.length; v++) if (outer[v] === 0) inner.push(v)
  return Int32Array.from(inner)
}

/** Owners by the water body of a child under each triangle's centre. The children's triangles come in the order of `joined`. */
const waterOwners = (
  children: readonly Mesh[],
  joined: JoinedMeshes,
  positions: Int32Array,
  triangles: Uint32Array,
): Required<Pick<Mesh, "owners" | "objects">> => {
  const none = { ids: [""], classes: Uint8Array.of(2), columns: {} }
  const { objects, offsets } = joinObjects(children.map((child) => child.objects ?? none))
  const rows = new Uint32Array(joined.triangles.length / 3)
  const water: number[] = []
  let at = 0
  children.forEach((child, c) => {
    for (let t = 0; t < child.triangles.length / 3; t++, at++) {
      const own = child.owners?.[t] ?? 0
      if (own === 0 || objects.classes[own + offsets[c]!] !== WATER) continue
      rows[at] = own + offsets[c]!
      water.push(at)
    }
  })
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

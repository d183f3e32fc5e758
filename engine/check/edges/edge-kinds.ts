/**
 * Classifies open edges: of the ground, of a body that must be closed, or of a body at the edge of
 * the data.
 */
import type { Box2 } from "../../core/geometry/box.js"
import type { JoinedContents } from "../../formats/tiles3d/join-contents.js"
import type { Crs } from "../../grid/crs.js"
import { type PlanIndex, planIndex } from "../plan-index.js"
import type { MeshEdges } from "./mesh-edges.js"
import { trianglesNear } from "./triangles-near.js"

/**
 * What an open edge is of: ground or water, which may end where the data end; a body that stands on the ground (building, deck, tree), which must be closed; a body's
 * foot at the edge of the data, with nothing beyond it.
 */
export const edgeKind = { ground: 0, body: 1, outer: 2 } as const

/** Plan length, metres, below which an edge is upright: no outline of the data is. */
export const UPRIGHT = 0.02

/** Classes of things that stand on the ground: trees, buildings, decks. */
const BODIES: ReadonlySet<number> = new Set([5, 6, 17])
/** Distances in plan, metres, at which both sides of an edge are looked at: well above the lattice, and as wide as a rent that must be seen. */
const [CLOSE, ASIDE] = [0.05, 0.5]
/** Length in plan, metres, below which an edge may meet ground at `ASIDE` where the outline of the data turns. */
const AT_CORNER = 1

/**
 * Kind of each open edge of a tile's mesh ({@link edgeKind}). A body's edge is an outer one where, in plan, there is no surface to its right, and one of a body to its left, where the mesh lies: the foot
 * of a wall where the ground ends. Only inside the cell: what lies beyond it the neighbour knows.
 */
export const edgeKinds = (
  mesh: JoinedContents,
  { open, openTriangles }: MeshEdges,
  crs: Crs,
  cell: Box2,
): Uint8Array => {
  const { owners, objects, positions, triangles } = mesh
  const isBody = (triangle: number): boolean => BODIES.has(objects?.classes[owners?.[triangle] ?? 0] ?? 0)
  const kinds = new Uint8Array(openTriangles.length)
  let sides: { readonly body: PlanIndex; readonly ground: PlanIndex; readonly places: Float64Array } | undefined
  for (let i = 0; i < kinds.length; i++) {
    if (!isBody(openTriangles[i]!)) continue
    if (sides === undefined) {
      const isNear = trianglesNear(positions, triangles, open, NEAR)
      const places = planOf(positions, crs, cell, verticesOf(positions, triangles, isNear))
      const ground = planIndex(places, triangles, (t) => isNear[t] === 1 && !isBody(t))
      sides = { places, ground, body: planIndex(places, triangles, (t) => isNear[t] === 1 && isBody(t)) }
    }
    const { body, ground, places } = sides
    const [a, b] = [3 * open[2 * i]!, 3 * open[2 * i + 1]!]
    const [dx, dy] = [places[b]! - places[a]!, places[b + 1]! - places[a + 1]!]
    const length = Math.hypot(dx, dy)
    const place = (aside: number): [number, number] => [
      (places[a]! + places[b]!) / 2 + (aside * dy) / length,
      (places[a + 1]! + places[b + 1]!) / 2 - (aside * dx) / length,
    ]
    const at = (index: PlanIndex, aside: number): boolean => !Number.isNaN(index.height(...place(aside)))
    const isFree = (aside: number): boolean => {
      const [x, y] = place(aside)
      const isInside = x >= 0 && y >= 0 && x <= cell[2] - cell[0] && y <= cell[3] - cell[1]
      return isInside && !at(ground, aside) && !at(body, aside)
    }
    const isOuter =
      length >= UPRIGHT &&
      isFree(CLOSE) &&
      (length < AT_CORNER || isFree(ASIDE)) &&
      (at(body, -CLOSE) || at(body, -ASIDE))
    kinds[i] = isOuter ? edgeKind.outer : edgeKind.body
  }
  return kinds
}

/** Distance in plan, metres, within which triangles are looked at. */
const NEAR = 1

/** 1 for each vertex of the triangles that are near. */
const verticesOf = (positions: Float64Array, triangles: Uint32Array, isNear: Uint8Array): Uint8Array => {
  const wanted = new Uint8Array(positions.length / 3)
  for (let i = 0; i < triangles.length; i++) if (isNear[Math.floor(i / 3)] === 1) wanted[triangles[i]!] = 1
  return wanted
}

/** x, y in the CRS relative to the cell's south-west corner. */
const planOf = (positions: Float64Array, crs: Crs, cell: Box2, wanted?: Uint8Array): Float64Array => {
  const places = new Float64Array(positions.length)
  for (let i = 0; i < positions.length; i += 3) {
    if (wanted !== undefined && wanted[i / 3] === 0) continue
    const [x, y] = crs.fromGeocentric(positions[i]!, positions[i + 1]!, positions[i + 2]!)
    places[i] = x - cell[0]
    places[i + 1] = y - cell[1]
  }
  return places
}

/** Where a tile's mesh has ground or water, in plan: the height of a place relative to the south-west corner of its cell is NaN where there is none. */
export const groundPlan = (
  { owners, objects, positions, triangles }: JoinedContents,
  crs: Crs,
  cell: Box2,
): PlanIndex =>
  planIndex(
    planOf(positions, crs, cell),
    triangles,
    (triangle) => !BODIES.has(objects?.classes[owners?.[triangle] ?? 0] ?? 0),
  )

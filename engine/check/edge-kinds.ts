import type { Box2 } from "../core/box.js"
import type { JoinedContents } from "../formats/tiles3d/join-contents.js"
import type { Crs } from "../grid/crs.js"
import type { MeshEdges } from "./mesh-edges.js"
import { type PlanIndex, planIndex } from "./plan-index.js"

/**
 * What an open edge is of: ground or water, which may end where the data end; a body that stands on the ground (building, deck, tree), which must be closed; a body's
 * foot at the edge of the data, with nothing beyond it.
 */
export const edgeKind = { ground: 0, body: 1, outer: 2 } as const

/** Classes of things that stand on the ground: trees, buildings, decks. */
const BODIES: ReadonlySet<number> = new Set([5, 6, 17])
/** Distance in plan, metres, at which both sides of an edge are looked at. */
const ASIDE = 0.5

/**
 * Kind of each open edge of a tile's mesh ({@link edgeKind}). A body's edge is an outer one where 0.5 m to its right, in plan, there is no surface, and 0.5 m to its left, where the
 * mesh lies, there is one of a body: the foot of a wall where the ground ends. Only inside the cell: what lies beyond it the neighbour knows.
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
      const places = planOf(positions, crs, cell)
      const ground = planIndex(places, triangles, (t) => !isBody(t))
      sides = { places, ground, body: planIndex(places, triangles, isBody) }
    }
    const { body, ground, places } = sides
    const [a, b] = [3 * open[2 * i]!, 3 * open[2 * i + 1]!]
    const [dx, dy] = [places[b]! - places[a]!, places[b + 1]! - places[a + 1]!]
    const length = Math.hypot(dx, dy)
    const place = (side: number): [number, number] => [
      (places[a]! + places[b]!) / 2 + (side * ASIDE * dy) / length,
      (places[a + 1]! + places[b + 1]!) / 2 - (side * ASIDE * dx) / length,
    ]
    const at = (index: PlanIndex, side: number): boolean => !Number.isNaN(index.height(...place(side)))
    const [x, y] = place(1)
    const isInside = x >= 0 && y >= 0 && x <= cell[2] - cell[0] && y <= cell[3] - cell[1]
    const isOuter = length > 0 && isInside && !at(ground, 1) && !at(body, 1) && at(body, -1)
    kinds[i] = isOuter ? edgeKind.outer : edgeKind.body
  }
  return kinds
}

/** x, y in the CRS relative to the cell's south-west corner. */
const planOf = (positions: Float64Array, crs: Crs, cell: Box2): Float64Array => {
  const places = new Float64Array(positions.length)
  for (let i = 0; i < positions.length; i += 3) {
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

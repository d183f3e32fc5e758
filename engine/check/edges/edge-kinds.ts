/**
 * Classifies open edges: of the ground, of a body that must be closed, or of a body at the edge of
 * the data.
 */
import type { Box2 } from "../../core/geometry/box.js"
import type { MeshEdges } from "../../core/geometry/mesh-edges.js"
import type { JoinedContents } from "../../formats/tiles3d/join-contents.js"
import type { Crs } from "../../grid/crs.js"
import { type PlanIndex, planIndex } from "../plan-index.js"

/**
 * Owner of an open edge.
 * - ground: ground or water, which may end where the data end
 * - body: a building, deck or tree, which must be closed
 * - outer: the foot of a body at the edge of the data, with nothing beyond it
 */
export const edgeKind = { ground: 0, body: 1, outer: 2 } as const

/** Plan length, metres, below which an edge that rises is upright: no outline of the data. */
export const UPRIGHT = 0.02

/** Classes of bodies on the ground: trees, buildings, decks. */
const BODIES: ReadonlySet<number> = new Set([5, 6, 17])
/**
 * Metres in plan at which both sides of an edge are looked up: well above the lattice, and as wide
 * as the cracks to detect.
 */
const [CLOSE, ASIDE] = [0.05, 0.5]
/**
 * Plan length, metres, below which an edge may have ground at `ASIDE`, where the outline of the
 * data turns.
 */
const AT_CORNER = 1

/**
 * Kind of each open edge of a tile's mesh ({@link edgeKind}).
 *
 * A body's edge is outer where, in plan, it has no surface to its right and a body to its left, the
 * side of the mesh. It is then the foot of a wall where the ground ends. Edges beyond the cell are
 * never outer: only the neighbour knows the surfaces there.
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
      const places = projectToPlan(positions, crs, cell, verticesOf(positions, triangles, isNear))
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

/** Metres in plan within which triangles are considered. */
const NEAR = 1

/** 1 for each vertex of the near triangles. */
const verticesOf = (positions: Float64Array, triangles: Uint32Array, isNear: Uint8Array): Uint8Array => {
  const wanted = new Uint8Array(positions.length / 3)
  for (let i = 0; i < triangles.length; i++) if (isNear[Math.floor(i / 3)] === 1) wanted[triangles[i]!] = 1
  return wanted
}

/** x, y in the CRS relative to the cell's south-west corner. */
const projectToPlan = (positions: Float64Array, crs: Crs, cell: Box2, wanted?: Uint8Array): Float64Array => {
  const places = new Float64Array(positions.length)
  for (let i = 0; i < positions.length; i += 3) {
    if (wanted !== undefined && wanted[i / 3] === 0) continue
    const [x, y] = crs.fromGeocentric(positions[i]!, positions[i + 1]!, positions[i + 2]!)
    places[i] = x - cell[0]
    places[i + 1] = y - cell[1]
  }
  return places
}

/**
 * Ground and water of a tile's mesh in plan, relative to the south-west corner of its cell: a
 * height is NaN where there is neither.
 */
export const groundPlan = (
  { owners, objects, positions, triangles }: JoinedContents,
  crs: Crs,
  cell: Box2,
): PlanIndex =>
  planIndex(
    projectToPlan(positions, crs, cell),
    triangles,
    (triangle) => !BODIES.has(objects?.classes[owners?.[triangle] ?? 0] ?? 0),
  )

/**
 * Metres: side of the cells that edges are entered into; a power of two above any requested reach.
 */
const CELL = 4
/** A triangle whose box meets more cells than this counts as near. */
const MAX_CELLS = 64

/**
 * 1 for each triangle that may be within `reach` metres in plan of an edge. O(n). Tests boxes in
 * the horizontal plane of the first vertex, without transforms to the CRS. The result may include
 * triangles farther away.
 *
 * @param positions geocentric, 3·n
 * @param edges pairs of vertex indices
 */
const trianglesNear = (
  positions: Float64Array,
  triangles: Uint32Array,
  edges: Uint32Array,
  reach: number,
): Uint8Array => {
  const plan = horizontal(positions)
  const cells = new Set<number>()
  const [low, high] = [new Float64Array(2), new Float64Array(2)]
  const visit = (
    corners: Uint32Array,
    first: number,
    count: number,
    grown: number,
    each: (cell: number) => boolean,
  ) => {
    low.fill(Infinity)
    high.fill(-Infinity)
    for (let i = first; i < first + count; i++) {
      for (let k = 0; k < 2; k++) {
        const value = plan[2 * corners[i]! + k]!
        if (value - grown < low[k]!) low[k] = value - grown
        if (value + grown > high[k]!) high[k] = value + grown
      }
    }
    const [left, right] = [Math.floor(low[0]! / CELL), Math.floor(high[0]! / CELL)]
    const [bottom, top] = [Math.floor(low[1]! / CELL), Math.floor(high[1]! / CELL)]
    if (count === 3 && (right - left + 1) * (top - bottom + 1) > MAX_CELLS) return true
    for (let row = bottom; row <= top; row++)
      for (let column = left; column <= right; column++) if (each(row * 2 ** 24 + column)) return true
    return false
  }
  for (let edge = 0; edge < edges.length; edge += 2) {
    visit(edges, edge, 2, reach, (cell) => {
      cells.add(cell)
      return false
    })
  }
  const near = new Uint8Array(triangles.length / 3)
  for (let t = 0; t < near.length; t++) if (visit(triangles, 3 * t, 3, 0, (cell) => cells.has(cell))) near[t] = 1
  return near
}

/** Metres east and north of the first vertex, in the horizontal plane there. */
const horizontal = (positions: Float64Array): Float64Array => {
  const plan = new Float64Array((2 * positions.length) / 3)
  const [X = 0, Y = 0, Z = 0] = positions
  // Up is the normal of the ellipsoid, which is steeper than the radius.
  const [ring, up] = [Math.hypot(X, Y), 1.00674 * Z]
  const radius = Math.hypot(ring, up)
  const east = [-Y / ring, X / ring]
  const north = [(-up * X) / (ring * radius), (-up * Y) / (ring * radius), ring / radius]
  for (let i = 0; i < plan.length / 2; i++) {
    const [dx, dy, dz] = [positions[3 * i]! - X, positions[3 * i + 1]! - Y, positions[3 * i + 2]! - Z]
    plan[2 * i] = east[0]! * dx + east[1]! * dy
    plan[2 * i + 1] = north[0]! * dx + north[1]! * dy + north[2]! * dz
  }
  return plan
}

/** Triangulates a polygon with holes by ear clipping, for the checks of shells. */
import { elementAt } from "../../core/lists.js"
import { segmentsMeet } from "./ring-relations.js"
import type { Face } from "./solid-fault.js"

/** Corners of a polygon in progress: indices into the flat list of all its vertices. */
type Chain = number[]

/**
 * Triangulates a valid polygon with holes, nearly as Delaunay. Bridges join holes to the nearest
 * visible vertex of the outer ring, ears are clipped, and inner edges flipped while that increases
 * the smaller angles. O(n²) to O(n³) for n vertices; polygons of buildings are small.
 *
 * @param rings u, v pairs, the outer ring counter-clockwise, holes clockwise
 * @param face vertex index of each pair, in the same layout
 * @returns vertex indices of the face, three a triangle, counter-clockwise in u, v
 */
export const triangulatePolygon = (rings: readonly Float64Array[], face: Face): Uint32Array => {
  const names = face.flat()
  if (names.length === 3) return Uint32Array.from(names)
  const plan = new Float64Array(2 * names.length)
  let at = 0
  for (const ring of rings) {
    plan.set(ring, at)
    at += ring.length
  }
  const triangles = clipEars(joinHoles(plan, rings), plan)
  improveTriangles(triangles, plan, names)
  return Uint32Array.from(triangles, (corner) => names[corner]!)
}

/**
 * Joins the outer ring and holes into one chain of corners, which uses each bridge in both
 * directions.
 */
const joinHoles = (plan: Float64Array, rings: readonly Float64Array[]): Chain => {
  const starts: number[] = []
  let total = 0
  for (const ring of rings) {
    starts.push(total)
    total += ring.length / 2
  }
  const cornersOf = (ring: number): Chain =>
    Array.from({ length: elementAt(rings, ring).length / 2 }, (_, i) => starts[ring]! + i)
  let chain = cornersOf(0)
  const holes = rings.slice(1).map((_, i) => cornersOf(i + 1))
  const leftmost = (hole: Chain): number => hole.reduce((best, c) => (plan[2 * c]! < plan[2 * best]! ? c : best))
  holes.sort((a, b) => plan[2 * leftmost(a)]! - plan[2 * leftmost(b)]! || a[0]! - b[0]!)
  for (const [done, hole] of holes.entries()) {
    const corner = leftmost(hole)
    const at = hole.indexOf(corner)
    const turned = [...hole.slice(at), ...hole.slice(0, at)]
    const bridge = bridgeTo(plan, chain, turned, holes.slice(done))
    chain = [...chain.slice(0, bridge + 1), ...turned, corner, ...chain.slice(bridge)]
  }
  return chain
}

/**
 * Index in the chain of the nearest corner that the hole's first corner sees; of the nearest at
 * all, where rounding hides every one.
 */
const bridgeTo = (plan: Float64Array, chain: Chain, hole: Chain, open: readonly Chain[]): number => {
  const from = hole[0]!
  const distance = (corner: number): number =>
    Math.hypot(plan[2 * corner]! - plan[2 * from]!, plan[2 * corner + 1]! - plan[2 * from + 1]!)
  const order = chain.map((_, i) => i).sort((a, b) => distance(chain[a]!) - distance(chain[b]!) || a - b)
  const obstacles = [chain, ...open]
  const found = order.find((place) => {
    // The hole touches this corner: the direction is that of the hole's own outline.
    const target = distance(chain[place]!) === 0 ? hole[1]! : from
    return isInCone(plan, chain, place, target) && isInSight(plan, chain[place]!, from, obstacles)
  })
  return found ?? order[0]!
}

/** True where the direction from a corner of the chain to another point runs into the polygon. */
const isInCone = (plan: Float64Array, chain: Chain, place: number, target: number): boolean => {
  const at = chain[place]!
  const before = chain[(place + chain.length - 1) % chain.length]!
  const after = chain[(place + 1) % chain.length]!
  if (turn(plan, before, at, after) >= 0)
    return turn(plan, at, target, before) >= 0 && turn(plan, at, after, target) >= 0
  return turn(plan, at, target, before) > 0 || turn(plan, at, after, target) > 0
}

const isInSight = (plan: Float64Array, a: number, b: number, obstacles: readonly Chain[]): boolean => {
  const line = Float64Array.of(plan[2 * a]!, plan[2 * a + 1]!, plan[2 * b]!, plan[2 * b + 1]!)
  const same = (p: number, q: number): boolean => plan[2 * p] === plan[2 * q] && plan[2 * p + 1] === plan[2 * q + 1]
  for (const chain of obstacles) {
    for (let i = 0; i < chain.length; i++) {
      const [c, d] = [chain[i]!, chain[(i + 1) % chain.length]!]
      const segment = Float64Array.of(plan[2 * c]!, plan[2 * c + 1]!, plan[2 * d]!, plan[2 * d + 1]!)
      const meeting = segmentsMeet(line, 0, segment, 0)
      const shares = same(c, a) || same(d, a) || same(c, b) || same(d, b)
      if (meeting === "cross" || meeting === "overlap" || (meeting === "touch" && !shares)) return false
    }
  }
  return true
}

/** Twice the area of a, b, c, positive counter-clockwise. */
const turn = (plan: Float64Array, a: number, b: number, c: number): number =>
  (plan[2 * b]! - plan[2 * a]!) * (plan[2 * c + 1]! - plan[2 * a + 1]!) -
  (plan[2 * b + 1]! - plan[2 * a + 1]!) * (plan[2 * c]! - plan[2 * a]!)

const clipEars = (chain: Chain, plan: Float64Array): number[] => {
  const rest = [...chain]
  const triangles: number[] = []
  while (rest.length > 3) {
    const ear = rest.findIndex((_, place) => isEar(plan, rest, place))
    // Rounding left no ear: cutting the corner of least area does least harm.
    const place = ear >= 0 ? ear : flattest(plan, rest)
    const before = rest[(place + rest.length - 1) % rest.length]!
    const after = rest[(place + 1) % rest.length]!
    triangles.push(before, rest[place]!, after)
    rest.splice(place, 1)
  }
  triangles.push(...rest)
  return triangles
}

const flattest = (plan: Float64Array, chain: Chain): number => {
  const area = (place: number): number =>
    Math.abs(
      turn(plan, chain[(place + chain.length - 1) % chain.length]!, chain[place]!, chain[(place + 1) % chain.length]!),
    )
  return chain.reduce((best, _, place) => (area(place) < area(best) ? place : best), 0)
}

const isEar = (plan: Float64Array, chain: Chain, place: number): boolean => {
  const a = chain[(place + chain.length - 1) % chain.length]!
  const b = chain[place]!
  const c = chain[(place + 1) % chain.length]!
  const area = turn(plan, a, b, c)
  const longest = Math.hypot(plan[2 * c]! - plan[2 * a]!, plan[2 * c + 1]! - plan[2 * a + 1]!)
  if (area <= 1e-9 * longest) return false
  for (const corner of chain)
    if (!isAt(plan, corner, a) && !isAt(plan, corner, b) && !isAt(plan, corner, c) && isInside(plan, corner, a, b, c))
      return false
  return true
}

const isAt = (plan: Float64Array, corner: number, other: number): boolean =>
  plan[2 * corner] === plan[2 * other] && plan[2 * corner + 1] === plan[2 * other + 1]

const isInside = (plan: Float64Array, corner: number, a: number, b: number, c: number): boolean =>
  turn(plan, a, b, corner) >= 0 && turn(plan, b, c, corner) >= 0 && turn(plan, c, a, corner) >= -1e-9

/**
 * Flips inner edges of a triangulation in place towards Delaunay (Lawson's flips); outer edges
 * remain. This removes triangles without area that clipping left along a straight side.
 *
 * @param triangles corners, three a triangle, counter-clockwise
 * @param plan u, v of the corners
 * @param names vertex of each corner: corners of one vertex are one
 */
const improveTriangles = (triangles: number[], plan: Float64Array, names: readonly number[]): void => {
  const owners = new Map<number, number>()
  const put = (t: number): void => {
    for (let k = 0; k < 3; k++) owners.set(edgeAt(names, triangles, t, k), t)
  }
  for (let t = 0; t < triangles.length; t += 3) put(t)
  // Reaching Delaunay takes at most the square of the triangles in flips. The limit stops endless
  // flips due to rounding.
  let left = triangles.length * triangles.length
  for (let changed = true; changed && left > 0; ) {
    changed = false
    for (let t = 0; t < triangles.length && left > 0; t += 3) {
      for (let k = 0; k < 3; k++) {
        const a = triangles[t + k]!
        const b = triangles[t + ((k + 1) % 3)]!
        const other = owners.get(edgeOf(names[b]!, names[a]!))
        if (other === undefined || other === t) continue
        const c = triangles[t + ((k + 2) % 3)]!
        const j = [0, 1, 2].findIndex((i) => names[triangles[other + i]!] === names[b])
        const d = triangles[other + ((j + 2) % 3)]!
        if (!shouldFlip(plan, a, b, c, d)) continue
        for (let i = 0; i < 3; i++) {
          owners.delete(edgeAt(names, triangles, t, i))
          owners.delete(edgeAt(names, triangles, other, i))
        }
        triangles.splice(t, 3, a, d, c)
        triangles.splice(other, 3, d, b, c)
        put(t)
        put(other)
        left--
        changed = true
        break
      }
    }
  }
}

/** An edge as one number: exact for up to 2²⁶ vertices. */
const edgeOf = (from: number, to: number): number => from * 2 ** 26 + to

const edgeAt = (names: readonly number[], triangles: readonly number[], t: number, k: number): number =>
  edgeOf(names[triangles[t + k]!]!, names[triangles[t + ((k + 1) % 3)]!]!)

/**
 * For triangles a b c and b a d: true where d is inside the circle of a b c, and flipping edge a b
 * leaves two triangles with area.
 */
const shouldFlip = (p: Float64Array, a: number, b: number, c: number, d: number): boolean => {
  const area = (i: number, j: number, k: number): number =>
    (p[2 * j]! - p[2 * i]!) * (p[2 * k + 1]! - p[2 * i + 1]!) -
    (p[2 * j + 1]! - p[2 * i + 1]!) * (p[2 * k]! - p[2 * i]!)
  const angle = (i: number, j: number, k: number): number =>
    Math.atan2(
      Math.abs(area(i, j, k)),
      (p[2 * j]! - p[2 * i]!) * (p[2 * k]! - p[2 * i]!) +
        (p[2 * j + 1]! - p[2 * i + 1]!) * (p[2 * k + 1]! - p[2 * i + 1]!),
    )
  const least = 1e-9 * Math.hypot(p[2 * c]! - p[2 * d]!, p[2 * c + 1]! - p[2 * d + 1]!)
  if (area(a, d, c) <= least || area(d, b, c) <= least) return false
  return angle(c, a, b) + angle(d, a, b) > Math.PI + 1e-9
}

/** Tests whether two triangles in space meet beyond the vertices and edges that they share. */
import { triangleNormal } from "../../core/geometry/triangles.js"

/** Metres within which a point is in the plane of a triangle or on its edge. */
const TOUCH = 1e-7

/**
 * True where two triangles share more than common vertices and edges: they cross, touch, overlap in
 * a plane or fold back onto each other. Distances up to 0.1 µm count as touching.
 *
 * @param p x, y, z, metres, near the origin
 * @param a first corner in `triangles`; equal vertices have equal indices
 * @param b the same of the other triangle
 */
export const trianglesMeet = (p: Float64Array, triangles: Uint32Array, a: number, b: number): boolean => {
  const own = [triangles[a]!, triangles[a + 1]!, triangles[a + 2]!] as const
  const other = [triangles[b]!, triangles[b + 1]!, triangles[b + 2]!] as const
  const common = own.filter((vertex) => vertex === other[0] || vertex === other[1] || vertex === other[2])
  if (common.length === 3) return true
  if (common.length === 2) return foldsBack(p, own, other, common)
  if (common.length === 1) {
    const shared = common[0]!
    return segmentMeets(p, own, shared, other) || segmentMeets(p, other, shared, own)
  }
  return (
    own.some((vertex) => segmentMeets(p, own, vertex, other)) ||
    other.some((vertex) => segmentMeets(p, other, vertex, own))
  )
}

/**
 * True where two triangles cross, or share an area in one plane; false where they only touch in
 * points or along lines.
 */
export const trianglesCross = (p: Float64Array, triangles: Uint32Array, a: number, b: number): boolean => {
  const own = [triangles[a]!, triangles[a + 1]!, triangles[a + 2]!] as const
  const other = [triangles[b]!, triangles[b + 1]!, triangles[b + 2]!] as const
  return passesThrough(p, own, other) || passesThrough(p, other, own) || shareArea(p, own, other)
}

/** True where an edge of `own` crosses the inside of `other`. */
const passesThrough = (p: Float64Array, own: Corners, other: Corners): boolean => {
  const n = normalOf(p, other)
  if (n === undefined) return false
  const [u, v] = seenBest(n)
  const heights = own.map((vertex) => height(p, n, other[0], vertex))
  const plan = other.flatMap((vertex) => [p[3 * vertex + u]!, p[3 * vertex + v]!])
  for (let i = 0; i < 3; i++) {
    const j = (i + 1) % 3
    const [hs, he] = [heights[i]!, heights[j]!]
    if (Math.min(hs, he) >= -TOUCH || Math.max(hs, he) <= TOUCH) continue
    const t = hs / (hs - he)
    const at = (k: number): number => p[3 * own[i]! + k]! + t * (p[3 * own[j]! + k]! - p[3 * own[i]! + k]!)
    const sides = [0, 2, 4].map((edge) => side(plan, edge, at(u), at(v)))
    if (sides.every((value) => value > TOUCH) || sides.every((value) => value < -TOUCH)) return true
  }
  return false
}

const shareArea = (p: Float64Array, own: Corners, other: Corners): boolean => {
  const n = normalOf(p, other)
  if (n === undefined || normalOf(p, own) === undefined) return false
  if (own.some((vertex) => Math.abs(height(p, n, other[0], vertex)) > TOUCH)) return false
  const [u, v] = seenBest(n)
  const seen = (corners: Corners): number[] => corners.flatMap((vertex) => [p[3 * vertex + u]!, p[3 * vertex + v]!])
  const [one, two] = [seen(own), seen(other)]
  return !isApart(one, two) && !isApart(two, one)
}

/** True where an edge of the first triangle has the whole second one on its outer side. */
const isApart = (one: readonly number[], two: readonly number[]): boolean =>
  [0, 2, 4].some((edge) => {
    const inner = Math.sign(side(one, edge, one[(edge + 4) % 6]!, one[(edge + 5) % 6]!))
    return [0, 2, 4].every((corner) => inner * side(one, edge, two[corner]!, two[corner + 1]!) <= TOUCH)
  })

type Corners = readonly [number, number, number]

/**
 * Triangles with a common edge meet elsewhere only if they are in one plane, on one side of the
 * edge.
 */
const foldsBack = (p: Float64Array, own: Corners, other: Corners, common: readonly number[]): boolean => {
  const apex = (corners: Corners): number => corners.find((vertex) => !common.includes(vertex)) ?? corners[0]
  const [c, d] = [apex(own), apex(other)]
  const normal = normalOf(p, own)
  if (normal === undefined || Math.abs(height(p, normal, own[0], d)) > TOUCH) return false
  const [a, b] = common as [number, number]
  const e = [p[3 * b]! - p[3 * a]!, p[3 * b + 1]! - p[3 * a + 1]!, p[3 * b + 2]! - p[3 * a + 2]!] as const
  const across = [
    normal[1] * e[2] - normal[2] * e[1],
    normal[2] * e[0] - normal[0] * e[2],
    normal[0] * e[1] - normal[1] * e[0],
  ] as const
  return height(p, across, a, c) * height(p, across, a, d) > 0
}

type Vector = readonly [x: number, y: number, z: number]

/** Unit normal; undefined where the triangle has no area. */
const normalOf = (p: Float64Array, [a, b, c]: Corners): Vector | undefined => {
  const n = triangleNormal(p, a, b, c)
  const length = Math.hypot(...n)
  return length <= 1e-15 ? undefined : [n[0] / length, n[1] / length, n[2] / length]
}

const height = (p: Float64Array, n: Vector, from: number, at: number): number =>
  n[0] * (p[3 * at]! - p[3 * from]!) +
  n[1] * (p[3 * at + 1]! - p[3 * from + 1]!) +
  n[2] * (p[3 * at + 2]! - p[3 * from + 2]!)

/** The two coordinate axes to project a plane onto: all but the largest component of its normal. */
const seenBest = (n: Vector): readonly [number, number] => {
  const [x, y, z] = [Math.abs(n[0]), Math.abs(n[1]), Math.abs(n[2])]
  if (x > y && x > z) return [1, 2]
  return y > z ? [2, 0] : [0, 1]
}

/** True where the edge of `own` opposite a vertex meets the closed triangle `other`. */
const segmentMeets = (p: Float64Array, own: Corners, opposite: number, other: Corners): boolean => {
  const [s, e] = own.filter((vertex) => vertex !== opposite) as [number, number]
  const n = normalOf(p, other)
  if (n === undefined) return false
  const hs = height(p, n, other[0], s)
  const he = height(p, n, other[0], e)
  if ((hs > TOUCH && he > TOUCH) || (hs < -TOUCH && he < -TOUCH)) return false
  const [u, v] = seenBest(n)
  const plan = [...other, s, e].flatMap((vertex) => [p[3 * vertex + u]!, p[3 * vertex + v]!])
  if (Math.abs(hs) <= TOUCH && Math.abs(he) <= TOUCH) return meetsInPlane(plan)
  const t = Math.min(1, Math.max(0, hs / (hs - he)))
  const x = plan[6]! + t * (plan[8]! - plan[6]!)
  const y = plan[7]! + t * (plan[9]! - plan[7]!)
  return isInTriangle(plan, x, y)
}

const side = (plan: readonly number[], i: number, x: number, y: number): number => {
  const j = (i + 2) % 6
  const [dx, dy] = [plan[j]! - plan[i]!, plan[j + 1]! - plan[i + 1]!]
  return (dx * (y - plan[i + 1]!) - dy * (x - plan[i]!)) / Math.hypot(dx, dy)
}

const isInTriangle = (plan: readonly number[], x: number, y: number): boolean => {
  const sides = [side(plan, 0, x, y), side(plan, 2, x, y), side(plan, 4, x, y)]
  return sides.every((value) => value >= -TOUCH) || sides.every((value) => value <= TOUCH)
}

/** True where a segment (last four numbers) meets a triangle (first six) in the same plane. */
const meetsInPlane = (plan: readonly number[]): boolean => {
  const [sx, sy, ex, ey] = [plan[6]!, plan[7]!, plan[8]!, plan[9]!]
  if (isInTriangle(plan, sx, sy) || isInTriangle(plan, ex, ey)) return true
  const length = Math.hypot(ex - sx, ey - sy)
  if (length <= TOUCH) return false
  const across = (x: number, y: number): number => ((ex - sx) * (y - sy) - (ey - sy) * (x - sx)) / length
  const along = (x: number, y: number): number => ((ex - sx) * (x - sx) + (ey - sy) * (y - sy)) / length
  for (let i = 0; i < 6; i += 2) {
    const j = (i + 2) % 6
    const a = side(plan, i, sx, sy)
    const b = side(plan, i, ex, ey)
    const c = across(plan[i]!, plan[i + 1]!)
    const d = across(plan[j]!, plan[j + 1]!)
    if (Math.abs(c) <= TOUCH && Math.abs(d) <= TOUCH) {
      // Collinear: they meet where their intervals do.
      const [p, q] = [along(plan[i]!, plan[i + 1]!), along(plan[j]!, plan[j + 1]!)]
      if (Math.min(p, q) <= length + TOUCH && Math.max(p, q) >= -TOUCH) return true
      continue
    }
    if (
      ((a >= -TOUCH && b <= TOUCH) || (a <= TOUCH && b >= -TOUCH)) &&
      ((c >= -TOUCH && d <= TOUCH) || (c <= TOUCH && d >= -TOUCH))
    )
      return true
  }
  return false
}

import { triangulateFace } from "../../kernels/building/solid/face-triangles.js"
import type { Polyhedron } from "../../kernels/building/solid/polyhedron.js"

/** Corners of the triangles of some solids, nine numbers each, mm. */
export const cornersOf = (solids: readonly Polyhedron[]): Float64Array => {
  const corners: number[] = []
  for (const solid of solids) {
    for (const face of solid.faces) {
      for (const v of triangulateFace(solid, face) ?? []) corners.push(...solid.positions.slice(3 * v, 3 * v + 3))
    }
  }
  return Float64Array.from(corners)
}

/** Distance from a point to the nearest of the triangles, mm. */
export const distanceTo = (corners: Float64Array, px: number, py: number, pz: number): number => {
  let best = Number.POSITIVE_INFINITY
  for (let k = 0; k < corners.length; k += 9) {
    if (boxDistance(corners, k, px, py, pz) < best) best = Math.min(best, triangleDistance(corners, k, px, py, pz))
  }
  return Math.sqrt(best)
}

/** Squared distance to the triangle's box. */
const boxDistance = (c: Float64Array, k: number, px: number, py: number, pz: number): number => {
  let sum = 0
  for (const [axis, p] of [px, py, pz].entries()) {
    const [a, b, d] = [c[k + axis], c[k + 3 + axis], c[k + 6 + axis]] as [number, number, number]
    sum += Math.max(0, Math.min(a, b, d) - p, p - Math.max(a, b, d)) ** 2
  }
  return sum
}

/** Squared distance to a triangle (Ericson 2005, closest point by Voronoi regions). */
const triangleDistance = (c: Float64Array, k: number, px: number, py: number, pz: number): number => {
  const at = (i: number): [number, number, number] => [
    c[k + i] as number,
    c[k + i + 1] as number,
    c[k + i + 2] as number,
  ]
  const [a, b, d] = [at(0), at(3), at(6)]
  const minus = (p: readonly number[], q: readonly number[]): number[] => p.map((value, i) => value - (q[i] as number))
  const dot = (p: readonly number[], q: readonly number[]): number =>
    p.reduce((sum, value, i) => sum + value * (q[i] as number), 0)
  const [ab, ac, ap] = [minus(b, a), minus(d, a), minus([px, py, pz], a)]
  const off = (s: number, t: number): number => {
    const rest = ap.map((value, i) => value - s * (ab[i] as number) - t * (ac[i] as number))
    return dot(rest, rest)
  }
  const [d1, d2] = [dot(ab, ap), dot(ac, ap)]
  if (d1 <= 0 && d2 <= 0) return off(0, 0)
  const bp = minus([px, py, pz], b)
  const [d3, d4] = [dot(ab, bp), dot(ac, bp)]
  if (d3 >= 0 && d4 <= d3) return off(1, 0)
  const vc = d1 * d4 - d3 * d2
  if (vc <= 0 && d1 >= 0 && d3 <= 0) return off(d1 / (d1 - d3), 0)
  const cp = minus([px, py, pz], d)
  const [d5, d6] = [dot(ab, cp), dot(ac, cp)]
  if (d6 >= 0 && d5 <= d6) return off(0, 1)
  const vb = d5 * d2 - d1 * d6
  if (vb <= 0 && d2 >= 0 && d6 <= 0) return off(0, d2 / (d2 - d6))
  const va = d3 * d6 - d5 * d4
  if (va <= 0 && d4 >= d3 && d5 >= d6) {
    const w = (d4 - d3) / (d4 - d3 + (d5 - d6))
    return off(1 - w, w)
  }
  return off(vb / (va + vb + vc), vc / (va + vb + vc))
}

/** Distance in plan from a place to closed or open rings of x, y, z; 0 inside. */
export const planDistance = (rings: readonly { readonly xyz: Float64Array }[], x: number, y: number): number => {
  let inside = false
  let best = Number.POSITIVE_INFINITY
  for (const { xyz } of rings) {
    for (let i = 0, j = xyz.length - 3; i < xyz.length; j = i, i += 3) {
      const [ax, ay, bx, by] = [xyz[j], xyz[j + 1], xyz[i], xyz[i + 1]] as [number, number, number, number]
      if (by > y !== ay > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside
      const [dx, dy] = [bx - ax, by - ay]
      const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)))
      best = Math.min(best, Math.hypot(x - ax - t * dx, y - ay - t * dy))
    }
  }
  return inside ? 0 : best
}

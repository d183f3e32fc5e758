/** Fits a least-squares plane to a polygon and projects its rings onto that plane. */

import { doubledArea } from "../../core/geometry/rings.js"
import { elementAt } from "../../core/lists.js"
import type { Face } from "./solid-fault.js"

/** The least-squares plane through the vertices of a polygon, and the polygon in it. */
export interface PolygonPlane {
  /** Unit normal, on the side from which the outer ring is counter-clockwise. */
  readonly normal: readonly [x: number, y: number, z: number]
  /** Largest distance of a vertex from the plane, metres. */
  readonly distance: number
  /** True where the vertices are on one line (to a micrometre), which defines no plane. */
  readonly collapsed: boolean
  /** u, v of the vertices of each ring in the plane, metres, the outer ring counter-clockwise. */
  readonly rings: readonly Float64Array[]
}

/** Spread, metres, below which vertices count as collinear. */
const LINE = 1e-6

export const polygonPlane = (vertices: Float64Array, face: Face): PolygonPlane => {
  const used = [...new Set(face.length === 1 ? face[0]! : face.flat())]
  const mean = [0, 0, 0]
  for (const vertex of used) for (let k = 0; k < 3; k++) mean[k] = mean[k]! + vertices[3 * vertex + k]! / used.length
  const spread = [0, 0, 0, 0, 0, 0, 0, 0, 0]
  const d = [0, 0, 0]
  for (const vertex of used) {
    for (let k = 0; k < 3; k++) d[k] = vertices[3 * vertex + k]! - mean[k]!
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) spread[3 * i + j] = spread[3 * i + j]! + d[i]! * d[j]!
  }
  const axes = principalAxes(spread)
  const [u, v] = axes.map(({ axis }) => axis) as [number[], number[]]
  const along = (vertex: number, axis: readonly number[]): number => {
    let sum = 0
    for (let k = 0; k < 3; k++) sum += (vertices[3 * vertex + k]! - mean[k]!) * axis[k]!
    return sum
  }
  const rings = face.map((ring) => {
    const places = new Float64Array(2 * ring.length)
    for (const [i, vertex] of ring.entries()) {
      places[2 * i] = along(vertex, u)
      places[2 * i + 1] = along(vertex, v)
    }
    return places
  })
  const turn = doubledArea(rings[0] ?? []) < 0 ? -1 : 1
  if (turn < 0) for (const ring of rings) for (let i = 1; i < ring.length; i += 2) ring[i] = -ring[i]!
  const w = [u[1]! * v[2]! - u[2]! * v[1]!, u[2]! * v[0]! - u[0]! * v[2]!, u[0]! * v[1]! - u[1]! * v[0]!]
  return {
    normal: [turn * w[0]!, turn * w[1]!, turn * w[2]!],
    distance: used.reduce((most, vertex) => Math.max(most, Math.abs(along(vertex, w))), 0),
    collapsed: Math.sqrt(elementAt(axes, 1).spread / Math.max(1, used.length)) < LINE,
    rings,
  }
}

/** Axes of a symmetric 3 × 3 matrix by Jacobi's rotations, the widest first. */
const principalAxes = (matrix: readonly number[]): { axis: number[]; spread: number }[] => {
  const a = [...matrix]
  const e = [1, 0, 0, 0, 1, 0, 0, 0, 1]
  const total = a.reduce((sum, value) => sum + Math.abs(value), 0)
  for (let sweep = 0; sweep < 30; sweep++) {
    const off = Math.abs(a[1]!) + Math.abs(a[2]!) + Math.abs(a[5]!)
    if (off <= 1e-18 * total) break
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const)
      rotate(a, e, p, q)
  }
  return [0, 1, 2]
    .map((k) => ({ axis: [e[k]!, e[3 + k]!, e[6 + k]!], spread: a[4 * k]! }))
    .sort((x, y) => y.spread - x.spread)
}

const rotate = (a: number[], e: number[], p: number, q: number): void => {
  const apq = a[3 * p + q]!
  if (apq === 0) return
  const theta = (a[4 * q]! - a[4 * p]!) / (2 * apq)
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  for (let k = 0; k < 3; k++) {
    const [kp, kq] = [a[3 * k + p]!, a[3 * k + q]!]
    a[3 * k + p] = c * kp - s * kq
    a[3 * k + q] = s * kp + c * kq
  }
  for (let k = 0; k < 3; k++) {
    const [pk, qk] = [a[3 * p + k]!, a[3 * q + k]!]
    a[3 * p + k] = c * pk - s * qk
    a[3 * q + k] = s * pk + c * qk
    const [ep, eq] = [e[3 * k + p]!, e[3 * k + q]!]
    e[3 * k + p] = c * ep - s * eq
    e[3 * k + q] = s * ep + c * eq
  }
}

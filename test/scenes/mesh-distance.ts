import { seededRandom } from "../../engine/core/random.js"
import type { Mesh } from "../../engine/kernel.js"

/** A place on a mesh in mm of the CRS, and the height of the object it lies on. */
export interface Sample {
  readonly x: number
  readonly y: number
  readonly z: number
  readonly height: number
}

const at = (mesh: Mesh, v: number, axis: 0 | 1 | 2): number => mesh.positions[3 * v + axis] + 1000 * mesh.origin[axis]

/**
 * Places spread over the triangles, as many on each face of any size, and all corners of the chosen
 * faces.
 */
export const sampleMesh = (mesh: Mesh, count: number, seed: number): Sample[] => {
  const random = seededRandom(seed)
  const faces = mesh.triangles.length / 3
  const [low, high] = [new Map<number, number>(), new Map<number, number>()]
  for (let t = 0; t < faces; t++) {
    const owner = mesh.owners![t]
    for (let k = 0; k < 3; k++) {
      const z = at(mesh, mesh.triangles[3 * t + k], 2)
      low.set(owner, Math.min(low.get(owner) ?? z, z))
      high.set(owner, Math.max(high.get(owner) ?? z, z))
    }
  }
  return Array.from({ length: count }, (_, i) => {
    const t = Math.floor(random() * faces)
    let [b, c] = [random(), random()]
    if (b + c > 1) [b, c] = [1 - b, 1 - c]
    if (i % 3 === 0) [b, c] = [0, 0]
    const value = (axis: 0 | 1 | 2): number => {
      const [p, q, r] = [0, 1, 2].map((k) => at(mesh, mesh.triangles[3 * t + k], axis)) as [number, number, number]
      return p + b * (q - p) + c * (r - p)
    }
    const owner = mesh.owners![t]
    return { x: value(0), y: value(1), z: value(2), height: high.get(owner)! - low.get(owner)! }
  })
}

/**
 * The distance of places from a mesh, mm, by every triangle whose box is not farther than the best
 * so far.
 */
export const distanceTo = (mesh: Mesh): ((place: Sample) => number) => {
  const faces = mesh.triangles.length / 3
  const corners = Float64Array.from({ length: 9 * faces }, (_, i) =>
    at(mesh, mesh.triangles[Math.floor(i / 3)], (i % 3) as 0 | 1 | 2),
  )
  const box = new Float64Array(6 * faces)
  for (let t = 0; t < faces; t++) {
    for (let axis = 0; axis < 3; axis++) {
      const [p, q, r] = [corners[9 * t + axis], corners[9 * t + 3 + axis], corners[9 * t + 6 + axis]]
      box[6 * t + axis] = Math.min(p, q, r)
      box[6 * t + 3 + axis] = Math.max(p, q, r)
    }
  }
  return ({ x, y, z }) => {
    let nearest = Number.POSITIVE_INFINITY
    const p = [x, y, z]
    for (let t = 0; t < faces; t++) {
      let square = 0
      for (let axis = 0; axis < 3; axis++) {
        const out = Math.max(0, box[6 * t + axis] - p[axis], p[axis] - box[6 * t + 3 + axis])
        square += out * out
      }
      if (square >= nearest * nearest) continue
      const corner = (k: number): number[] => [...corners.subarray(9 * t + 3 * k, 9 * t + 3 * k + 3)]
      nearest = Math.min(nearest, toTriangle(p, [corner(0), corner(1), corner(2)]))
    }
    return nearest
  }
}

const sub = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value - b[i]!)
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

/** By the plane's barycentric coordinates, else by the three sides. */
const toTriangle = (p: readonly number[], [a, b, c]: readonly [number[], number[], number[]]): number => {
  const [u, v, w] = [sub(b, a), sub(c, a), sub(p, a)]
  const [uu, uv, vv, uw, vw] = [dot(u, u), dot(u, v), dot(v, v), dot(u, w), dot(v, w)]
  const scale = uu * vv - uv * uv
  const [s, t] = [(vv * uw - uv * vw) / scale, (uu * vw - uv * uw) / scale]
  if (s >= 0 && t >= 0 && s + t <= 1) return Math.hypot(...w.map((value, i) => value - s * u[i]! - t * v[i]!))
  return Math.min(
    ...(
      [
        [a, b],
        [b, c],
        [c, a],
      ] as const
    ).map(([from, to]) => {
      const [edge, rest] = [sub(to, from), sub(p, from)]
      const share = Math.min(1, Math.max(0, dot(edge, rest) / dot(edge, edge)))
      return Math.hypot(...rest.map((value, i) => value - share * edge[i]!))
    }),
  )
}

/**
 * True where a place lies inside the closed surfaces of a mesh: what is above it is left more often
 * than entered.
 */
export const insideMesh = (mesh: Mesh, place: Sample): boolean => {
  // A hair aside, so that the vertical line meets no edge.
  const [x, y] = [place.x + 0.137, place.y + 0.0713]
  const { triangles } = mesh
  let winding = 0
  for (let t = 0; t < triangles.length; t += 3) {
    // By hand: most triangles lie elsewhere, and arrays for each of them took a third of the time
    // of the tests.
    const [a, b, c] = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!]
    const [ax, ay] = [at(mesh, a, 0) - x, at(mesh, a, 1) - y]
    const [bx, by] = [at(mesh, b, 0) - x, at(mesh, b, 1) - y]
    const [cx, cy] = [at(mesh, c, 0) - x, at(mesh, c, 1) - y]
    const [ab, bc, ca] = [ax * by - ay * bx, bx * cy - by * cx, cx * ay - cy * ax]
    if (!((ab > 0 && bc > 0 && ca > 0) || (ab < 0 && bc < 0 && ca < 0))) continue
    const z = (at(mesh, a, 2) * bc + at(mesh, b, 2) * ca + at(mesh, c, 2) * ab) / (ab + bc + ca)
    if (z > place.z) winding += ab > 0 ? 1 : -1
  }
  return winding > 0
}

/** Distances of points from a triangle mesh, by a tree of boxes around its triangles. */
import { triangleNormal } from "./triangles.js"

/** Finds the triangle of a mesh that is nearest to a point. */
export interface TriangleIndex {
  /** Distance to the nearest triangle, metres; `bound` where no triangle is nearer. */
  distance(x: number, y: number, z: number, bound?: number): number
  /** Triangle that the last call of `distance` found; −1 where it found none. */
  readonly triangle: number
}

const leafSize = 4

/**
 * Indexes triangles for point distances: a tree of boxes, split at the median of the longest axis
 * (bounding volume hierarchy).
 *
 * Building takes O(n log² n) and about 110 bytes a triangle; a distance takes O(log n) as a rule.
 * Points in spatial order are faster, since each search starts from the triangle found last. Exact
 * up to rounding of doubles, so positions should be near the origin.
 *
 * @param positions x, y, z, any unit
 * @param triangles vertex indices, three a triangle; at least one
 * @example
 * const index = triangleIndex(positions, triangles)
 * const metres = index.distance(1, 2, 3)
 */
export const triangleIndex = (positions: Float64Array, triangles: Uint32Array): TriangleIndex => {
  const tree = buildTree(positions, triangles)
  return searchTree(tree, positions, triangles)
}

/** Nodes in depth-first order: the left child follows its parent. */
interface Tree {
  /** Least and largest x, y, z of each node. */
  readonly boxes: Float64Array
  /**
   * Right child of an inner node. For a leaf, −1 − i, where i is the index in `order` of its first
   * triangle.
   */
  readonly next: Int32Array
  /** Triangles of a leaf; 0 for an inner node. */
  readonly counts: Uint8Array
  readonly order: Uint32Array
}

const buildTree = (positions: Float64Array, triangles: Uint32Array): Tree => {
  const count = triangles.length / 3
  const middles = new Float64Array(3 * count)
  for (let t = 0; t < count; t++) {
    for (let k = 0; k < 3; k++) {
      const [a, b, c] = [0, 1, 2].map((i) => positions[3 * triangles[3 * t + i]! + k]!) as [number, number, number]
      middles[3 * t + k] = Math.min(a, b, c) + Math.max(a, b, c)
    }
  }
  const order = Uint32Array.from({ length: count }, (_, t) => t)
  const nodes = Math.max(1, 2 * count)
  const tree = { boxes: new Float64Array(6 * nodes), next: new Int32Array(nodes), counts: new Uint8Array(nodes), order }
  let used = 0
  const build = (start: number, end: number): void => {
    const node = used++
    fitBox(tree.boxes, node, positions, triangles, order.subarray(start, end))
    if (end - start <= leafSize) {
      tree.next[node] = -1 - start
      tree.counts[node] = end - start
      return
    }
    const axis = longestAxis(middles, order, start, end)
    order.subarray(start, end).sort((a, b) => middles[3 * a + axis]! - middles[3 * b + axis]! || a - b)
    const half = (start + end) >> 1
    build(start, half)
    tree.next[node] = used
    build(half, end)
  }
  build(0, count)
  return tree
}

const fitBox = (
  boxes: Float64Array,
  node: number,
  positions: Float64Array,
  triangles: Uint32Array,
  own: Uint32Array,
): void => {
  boxes.fill(Number.POSITIVE_INFINITY, 6 * node, 6 * node + 3)
  boxes.fill(Number.NEGATIVE_INFINITY, 6 * node + 3, 6 * node + 6)
  for (const t of own) {
    for (let corner = 3 * t; corner < 3 * t + 3; corner++) {
      for (let k = 0; k < 3; k++) {
        const value = positions[3 * triangles[corner]! + k]!
        if (value < boxes[6 * node + k]!) boxes[6 * node + k] = value
        if (value > boxes[6 * node + 3 + k]!) boxes[6 * node + 3 + k] = value
      }
    }
  }
}

const longestAxis = (middles: Float64Array, order: Uint32Array, start: number, end: number): number => {
  let [best, longest] = [0, -1]
  for (let k = 0; k < 3; k++) {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (let i = start; i < end; i++) {
      const value = middles[3 * order[i]! + k]!
      if (value < least) least = value
      if (value > most) most = value
    }
    if (most - least > longest) [best, longest] = [k, most - least]
  }
  return best
}

const searchTree = ({ boxes, next, counts, order }: Tree, p: Float64Array, triangles: Uint32Array): TriangleIndex => {
  const stack = new Int32Array(128)
  const far = new Float64Array(128)
  const planes = makePlanes(p, triangles)
  // The query point in an array: three captured numbers would be allocated at each call.
  const at = new Float64Array(3)
  let found = -1
  const distance = (x: number, y: number, z: number, bound = Number.POSITIVE_INFINITY): number => {
    let best = bound * bound
    const last = found
    found = -1
    at[0] = x
    at[1] = y
    at[2] = z
    if (last >= 0) {
      const start = isBeyond(planes, p, triangles, last, at, best) ? best : squaredToTriangle(p, triangles, last, at)
      if (start < best) {
        best = start
        found = last
      }
    }
    let top = 0
    stack[0] = 0
    far[0] = squaredToBox(boxes, 0, x, y, z)
    while (top >= 0) {
      const node = stack[top]!
      const away = far[top]!
      top--
      if (away >= best) continue
      const count = counts[node]!
      if (count > 0) {
        const first = -1 - next[node]!
        for (let i = first; i < first + count; i++) {
          const t = order[i]!
          if (t === last || isBeyond(planes, p, triangles, t, at, best)) continue
          const squared = squaredToTriangle(p, triangles, t, at)
          if (squared < best) {
            best = squared
            found = t
          }
        }
        continue
      }
      const left = node + 1
      const right = next[node]!
      const toLeft = squaredToBox(boxes, left, x, y, z)
      const toRight = squaredToBox(boxes, right, x, y, z)
      // The nearer child is on top of the stack and searched first.
      const leftFirst = toLeft <= toRight
      stack[++top] = leftFirst ? right : left
      far[top] = leftFirst ? toRight : toLeft
      stack[++top] = leftFirst ? left : right
      far[top] = leftFirst ? toLeft : toRight
    }
    return found < 0 ? bound : Math.sqrt(best)
  }
  return {
    distance,
    get triangle() {
      return found
    },
  }
}

/** Normal of each triangle, not normalised, and its squared length. */
const makePlanes = (p: Float64Array, triangles: Uint32Array): Float64Array => {
  const planes = new Float64Array((4 * triangles.length) / 3)
  for (let t = 0; t < triangles.length / 3; t++) {
    const [nx, ny, nz] = triangleNormal(p, triangles[3 * t]!, triangles[3 * t + 1]!, triangles[3 * t + 2]!)
    planes[4 * t] = nx
    planes[4 * t + 1] = ny
    planes[4 * t + 2] = nz
    planes[4 * t + 3] = nx * nx + ny * ny + nz * nz
  }
  return planes
}

/**
 * True where the squared distance to a triangle's plane is at least `enough`, a lower bound of that
 * to the triangle.
 */
const isBeyond = (
  planes: Float64Array,
  p: Float64Array,
  triangles: Uint32Array,
  t: number,
  at: Float64Array,
  enough: number,
): boolean => {
  const a = 3 * triangles[3 * t]!
  const nn = planes[4 * t + 3]!
  const h =
    planes[4 * t]! * (at[0]! - p[a]!) +
    planes[4 * t + 1]! * (at[1]! - p[a + 1]!) +
    planes[4 * t + 2]! * (at[2]! - p[a + 2]!)
  return h * h >= enough * nn && nn > 0
}

const squaredToBox = (boxes: Float64Array, node: number, x: number, y: number, z: number): number => {
  const at = 6 * node
  const dx = x < boxes[at]! ? boxes[at]! - x : x > boxes[at + 3]! ? x - boxes[at + 3]! : 0
  const dy = y < boxes[at + 1]! ? boxes[at + 1]! - y : y > boxes[at + 4]! ? y - boxes[at + 4]! : 0
  const dz = z < boxes[at + 2]! ? boxes[at + 2]! - z : z > boxes[at + 5]! ? z - boxes[at + 5]! : 0
  return dx * dx + dy * dy + dz * dz
}

/** Squared distance of a point from a triangle (Ericson, Real-Time Collision Detection, 5.1.5). */
const squaredToTriangle = (p: Float64Array, triangles: Uint32Array, t: number, at: Float64Array): number => {
  // Separate constants: destructuring would allocate an array for every triangle.
  const a = 3 * triangles[3 * t]!
  const b = 3 * triangles[3 * t + 1]!
  const c = 3 * triangles[3 * t + 2]!
  const ax = p[a]!
  const ay = p[a + 1]!
  const az = p[a + 2]!
  const ux = p[b]! - ax
  const uy = p[b + 1]! - ay
  const uz = p[b + 2]! - az
  const vx = p[c]! - ax
  const vy = p[c + 1]! - ay
  const vz = p[c + 2]! - az
  const wx = at[0]! - ax
  const wy = at[1]! - ay
  const wz = at[2]! - az
  const nx = uy * vz - uz * vy
  const ny = uz * vx - ux * vz
  const nz = ux * vy - uy * vx
  const nn = nx * nx + ny * ny + nz * nz
  const h = nx * wx + ny * wy + nz * wz
  const uw = ux * wx + uy * wy + uz * wz
  const vw = vx * wx + vy * wy + vz * wz
  const uu = ux * ux + uy * uy + uz * uz
  const vv = vx * vx + vy * vy + vz * vz
  const uv = ux * vx + uy * vy + uz * vz
  // Barycentric coordinates of the point's foot in the plane, times nn.
  const s = vv * uw - uv * vw
  const r = uu * vw - uv * uw
  if (nn > 0 && s >= 0 && r >= 0 && s + r <= nn) return (h * h) / nn
  const onU = footAlong(uu, uw)
  const alongU = squaredLength(wx - onU * ux, wy - onU * uy, wz - onU * uz)
  const onV = footAlong(vv, vw)
  const alongV = squaredLength(wx - onV * vx, wy - onV * vy, wz - onV * vz)
  const ex = vx - ux
  const ey = vy - uy
  const ez = vz - uz
  const fx = wx - ux
  const fy = wy - uy
  const fz = wz - uz
  const onE = footAlong(squaredLength(ex, ey, ez), ex * fx + ey * fy + ez * fz)
  const across = squaredLength(fx - onE * ex, fy - onE * ey, fz - onE * ez)
  return Math.min(alongU, alongV, across)
}

/** Where the foot of a point is along a segment e, from 0 to 1, by the dot products e·e and e·w. */
const footAlong = (ee: number, ew: number): number => (ew <= 0 || ee === 0 ? 0 : ew >= ee ? 1 : ew / ee)

const squaredLength = (x: number, y: number, z: number): number => x * x + y * y + z * z

/**
 * Gives each face of a roof plan its heights, so that roofs and the walls between them form one
 * 2-manifold surface.
 */
import { originOf, starsOf } from "../../geometry/planar-graph.js"
import { type RoofPlan, sideOf } from "./plan.js"

/**
 * A roof plane, z = c + a · x + b · y in the plan's millimetres, with the height range of its
 * points.
 */
export interface RoofPlane {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly low: number
  readonly high: number
  /** Top of an object on the roof (a chimney, an aerial); it does not count as ridge. */
  readonly isBody?: true
}

/** Height of each face at each of its vertices, whole millimetres, by {@link heightKey}. */
export type RoofHeights = ReadonlyMap<number, number>

export const heightKey = (face: number, vertex: number): number => face * 0x4000000 + vertex

/** Faces whose heights at a vertex differ by no more meet there, millimetres. */
const meetDistance = 150
/**
 * Largest distance of a plane beyond the heights of its points, millimetres: eaves are beyond the
 * last point.
 */
const planeReach = 400
/** Least height of a roof above the ground at its walls, millimetres. */
const leastWall = 100
/** A roof that would have to rise by more at a wall, millimetres, does not fit. */
const mostLift = 1000

/** Thrown if a roof cannot be raised on its plan; the message says why. */
export class RoofFault extends Error {}

/**
 * Heights for all faces of a plan at their vertices, such that the surface of roofs and step walls
 * is 2-manifold:
 *
 * - Heights at a vertex that nearly agree become equal.
 * - A height outside the range of the plane's points is clamped to it.
 * - An edge along which two planes change places gets a vertex.
 * - Roofs of one height may touch only in a vertical line, with lower ones between, or a face may
 *   touch itself. One then moves back by up to 100 mm, which changes the plan.
 * - A face deep under the ground at its walls becomes a flat one just above it, on an added plane;
 *   `raised` counts them.
 *
 * @param foot height of the ground at each vertex of the outline; inside, that of the floor
 * @throws RoofFault if all faces are under the ground, or a contact cannot be resolved
 */
export const raiseRoof = (
  plan: RoofPlan,
  planes: RoofPlane[],
  foot: (plan: RoofPlan) => Float64Array,
): { readonly heights: RoofHeights; readonly raised: number } => {
  let raised = 0
  for (let round = 0; round < 24; round++) {
    const sunk = new Set<number>()
    const heights = heightsOf(plan, planes, foot(plan), sunk)
    if (sunk.size === plan.label.length) throw new RoofFault("roof below the ground")
    if (sunk.size > 0) {
      raised += raiseFaces(plan, planes, foot(plan), sunk)
      continue
    }
    if (splitCrossings(plan, heights)) continue
    if (splitTouching(plan, heights)) continue
    return { heights, raised }
  }
  throw new RoofFault("parts touch in a line")
}

const heightsOf = (
  plan: RoofPlan,
  planes: readonly RoofPlane[],
  foot: Float64Array,
  sunk: Set<number>,
): Map<number, number> => {
  const { x, y, label } = plan
  const heights = new Map<number, number>()
  const { starts, order } = starsOf(plan)
  const area = faceAreas(plan)
  for (let v = 0; v < x.length; v++) {
    const faces: { face: number; z: number }[] = []
    for (let k = starts[v]; k < starts[v + 1]; k++) {
      const face = sideOf(plan, order[k])
      if (face < 0 || faces.some((other) => other.face === face)) continue
      const { a, b, c, low, high } = planes[label[face]]
      const z = Math.min(Math.max(c + a * x[v] + b * y[v], low - planeReach), high + planeReach)
      faces.push({ face, z })
    }
    faces.sort((p, q) => p.z - q.z || p.face - q.face)
    for (let i = 0; i < faces.length; ) {
      let [end, largest] = [i, i]
      while (
        end < faces.length &&
        faces[end].z - faces[i].z <= 2 * meetDistance &&
        (end === i || faces[end].z - faces[end - 1].z <= meetDistance)
      ) {
        if (area[faces[end].face] > area[faces[largest].face]) largest = end
        end++
      }
      // The largest face follows its plane; smaller ones bend.
      let z = Math.round(faces[largest].z)
      const least = Math.ceil(foot[v]) + leastWall
      if (least - z > mostLift) for (let k = i; k < end; k++) sunk.add(faces[k].face)
      z = Math.max(z, least)
      for (; i < end; i++) heights.set(heightKey(faces[i].face, v), z)
    }
  }
  return heights
}

/** Gives faces deep under the ground at their walls a flat roof just above it. */
const raiseFaces = (plan: RoofPlan, planes: RoofPlane[], foot: Float64Array, sunk: ReadonlySet<number>): number => {
  for (const face of [...sunk].sort((a, b) => a - b)) {
    let top = Number.NEGATIVE_INFINITY
    plan.from.forEach((u, e) => {
      if (plan.left[e] === face || plan.right[e] === face) top = Math.max(top, foot[u], foot[plan.to[e]])
    })
    const c = Math.ceil(top) + leastWall
    plan.label[face] = planes.push({ a: 0, b: 0, c, low: c, high: c }) - 1
  }
  return sunk.size
}

/** Twice the area of each face in plan. */
const faceAreas = (plan: RoofPlan): Float64Array => {
  const area = new Float64Array(plan.label.length)
  plan.from.forEach((u, e) => {
    const v = plan.to[e]
    const part = plan.x[u] * plan.y[v] - plan.x[v] * plan.y[u]
    if (plan.left[e] >= 0) area[plan.left[e]] += part
    if (plan.right[e] >= 0) area[plan.right[e]] -= part
  })
  return area
}

/** Splits edges where their two faces cross in height; true if there was any. */
const splitCrossings = (plan: RoofPlan, heights: RoofHeights): boolean => {
  const { x, y, from, to, left, right, ring } = plan
  const height = (face: number, v: number): number => heights.get(heightKey(face, v)) ?? 0
  const count = from.length
  for (let e = 0; e < count; e++) {
    if (left[e] < 0 || right[e] < 0) continue
    const [u, v] = [from[e], to[e]]
    const [du, dv] = [height(left[e], u) - height(right[e], u), height(left[e], v) - height(right[e], v)]
    if (du * dv >= 0) continue
    const t = du / (du - dv)
    const [px, py] = [Math.round(x[u] + t * (x[v] - x[u])), Math.round(y[u] + t * (y[v] - y[u]))]
    if ((px === x[u] && py === y[u]) || (px === x[v] && py === y[v])) throw new RoofFault("planes cross at a vertex")
    const w = x.push(px) - 1
    y.push(py)
    to[e] = w
    from.push(w)
    to.push(v)
    left.push(left[e])
    right.push(right[e])
    ring.push(-1)
  }
  return from.length > count
}

/** Moves a group of faces back from a vertex that it only touches; true if there was one. */
const splitTouching = (plan: RoofPlan, heights: RoofHeights): boolean => {
  const { starts, order } = starsOf(plan)
  for (let v = 0; v + 1 < starts.length; v++) {
    if (starts[v + 1] - starts[v] < 4) continue
    const around = Array.from(order.subarray(starts[v], starts[v + 1]))
    const faces = around.map((h) => sideOf(plan, h))
    const level = faces.map((face) => (face < 0 ? Number.NEGATIVE_INFINITY : (heights.get(heightKey(face, v)) ?? 0)))
    const groups = touchingGroups(faces, level)
    if (groups.length === 0) continue
    const free = groups.filter(({ first, size }) => canMove(plan, around, faces, first, size))
    if (free.length === 0) throw new RoofFault("parts touch in a line")
    free.sort((p, q) => p.size - q.size || p.first - q.first)
    drawBack(plan, v, around, free[0].first, free[0].size)
    return true
  }
  return false
}

interface Group {
  readonly first: number
  readonly size: number
}

/**
 * Runs of adjacent sectors that make a vertex non-manifold. Either more than one run rises above
 * some level, or one face has more than one run.
 */
const touchingGroups = (faces: readonly number[], level: readonly number[]): Group[] => {
  for (const low of new Set(level)) {
    const groups = runsOf(level.map((z) => z > low))
    if (groups.length > 2) return groups
  }
  for (const face of new Set(faces)) {
    const groups = runsOf(faces.map((other) => other === face))
    if (groups.length > 2) return groups.filter(({ first }) => faces[first] !== face)
  }
  return []
}

/** Maximal runs of equal flags around a vertex. */
const runsOf = (flags: readonly boolean[]): Group[] => {
  const count = flags.length
  const starts = flags.map((_, i) => i).filter((i) => flags[i] !== flags[(i + count - 1) % count])
  return starts.map((first, k) => ({
    first,
    size: ((starts[(k + 1) % starts.length] - first + count - 1) % count) + 1,
  }))
}

const canMove = (
  plan: RoofPlan,
  around: readonly number[],
  faces: readonly number[],
  first: number,
  size: number,
): boolean => {
  for (let k = 0; k <= size; k++) {
    const i = (first + k) % around.length
    if (plan.ring[around[i] >> 1] >= 0 || (k < size && faces[i] < 0)) return false
  }
  return true
}

const drawBack = (plan: RoofPlan, v: number, around: readonly number[], first: number, size: number): void => {
  const { x, y, from, to } = plan
  const moved = Array.from({ length: size + 1 }, (_, k) => around[(first + k) % around.length])
  const angleOf = (h: number): number => {
    const head = originOf(plan, h ^ 1)
    return Math.atan2(y[head] - y[v], x[head] - x[v])
  }
  const start = angleOf(moved[0])
  let sweep = angleOf(moved[size]) - start
  if (sweep <= 0) sweep += 2 * Math.PI
  const shortest = Math.min(
    ...moved.map((h) => Math.hypot(x[originOf(plan, h ^ 1)] - x[v], y[originOf(plan, h ^ 1)] - y[v])),
  )
  const step = Math.min(100, 0.3 * shortest)
  const w = x.push(Math.round(x[v] + step * Math.cos(start + sweep / 2))) - 1
  y.push(Math.round(y[v] + step * Math.sin(start + sweep / 2)))
  if (x[w] === x[v] && y[w] === y[v]) throw new RoofFault("parts touch in a line")
  const before = sideOf(plan, moved[0] ^ 1)
  const after = sideOf(plan, moved[size])
  for (const h of moved) {
    if ((h & 1) === 0) from[h >> 1] = w
    else to[h >> 1] = w
  }
  if (before === after) return
  from.push(v)
  to.push(w)
  plan.left.push(after)
  plan.right.push(before)
  plan.ring.push(-1)
}

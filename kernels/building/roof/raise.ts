/**
 * Gives each face of a roof plan its heights, so that roofs and the walls between them form one
 * 2-manifold surface.
 */
import { edgesMeet } from "../../geometry/arrange-segments.js"
import { nextHalfEdges, originOf, sortStars } from "../../geometry/planar-graph.js"
import { type Tie, tiePlanes } from "./adjust.js"
import { badSteps, type Draft, heightOf, leastStep, meetPlanes, nearMisses, sameHeight } from "./meet.js"
import {
  addEdge,
  copyPlan,
  faceRings,
  isPlanar,
  type RoofPlan,
  type RoofPlane,
  setOrigin,
  sideOf,
  splitEdge,
} from "./plan.js"
import { cutReach, faceAreas, joinFaces, joinSmall, keepReach, liftFaces, nudgePlanes, sharePlanes } from "./settle.js"

export type { RoofPlane } from "./plan.js"

/** Height of each face at each of its vertices, mm, by {@link heightKey}. */
export type RoofHeights = ReadonlyMap<number, number>

export const heightKey = (face: number, vertex: number): number => face * 0x4000000 + vertex

/** Steps of 0.1 mm in a millimetre: the lattice of raised roofs. */
const steps = 10
/** Least height above the ground that a moved vertex leaves a roof, steps. */
const leastLeft = 200
/** Rounds in which planes are joined, and in which they are shifted. */
const [joins, tying, shifts] = [6, 3, 6]

/** Heights at a vertex that differ by less become one, steps. */
const snapped = 100

/** Thrown if a roof cannot be raised on its plan; the message says why. */
export class RoofFault extends Error {}

/** A roof plan with heights. */
export interface RaisedRoof {
  readonly plan: RoofPlan
  /** Half-edges around each face. */
  readonly rings: readonly (readonly (readonly number[])[])[]
  readonly heights: RoofHeights
  /** For each half-edge the next one along the border of the face on its left. */
  readonly next: Int32Array
}

/** A raised roof on its planes. The plan's vertices are multiples of 0.1 mm. */
export interface Raised extends RaisedRoof {
  readonly planes: RoofPlane[]
  /** Number of faces that were deep under the ground. */
  readonly raised: number
}

/**
 * Raises the faces of a plan on their planes, such that the surface of roofs and step walls is
 * 2-manifold and each face is flat to a millimetre:
 *
 * - Faces that are nearly one plane become one; see `settle.ts`.
 * - Vertices move to where planes meet; elsewhere there is a step. See `meet.ts`.
 * - An edge along which two planes change places gets a vertex.
 * - Roofs of one height may touch only in a vertical line, with lower ones between, or a face may
 *   touch itself. One then moves back by up to 100 mm.
 * - A face under the ground at its walls is lifted; `raised` counts those deep under it.
 *
 * @param corners number of corners of the outline, the first vertices
 * @param foot height of the ground at each vertex of the outline; inside, that of the floor
 * @throws RoofFault if all faces are under the ground, or a contact cannot be resolved
 */
export const raiseRoof = (
  plan: RoofPlan,
  planes: readonly RoofPlane[],
  corners: number,
  foot: (plan: RoofPlan) => Float64Array,
): Raised => {
  const own = planes.map((plane) => scaled(plane, steps))
  const footOf = (now: RoofPlan): Float64Array => foot(inMillimetres(now)).map((z) => steps * z)
  const first = { plan: onLattice(plan, corners), planes: own, corners }
  const { settled, raised } = settle(first, footOf)
  const draft = meet(settled, footOf)
  for (let round = 0; round < 24; round++) {
    const heights = computeHeights(draft)
    if (splitCrossings(draft.plan, heights)) continue
    if (splitTouching(draft, heights)) continue
    const next = nextHalfEdges(draft.plan)
    const rings = faceRings(draft.plan, next)
    if (!rings || !isPlanar(draft.plan, rings)) throw new RoofFault("faces of the plan overlap")
    for (const [key, z] of heights) heights.set(key, z / steps)
    return {
      plan: inMillimetres(draft.plan),
      planes: own.map((plane) => scaled(plane, 1 / steps)),
      rings,
      heights,
      next,
      raised,
    }
  }
  throw new RoofFault("parts touch in a line")
}

const scaled = (plane: RoofPlane, by: number): RoofPlane => ({
  ...plane,
  c: plane.c * by,
  low: plane.low * by,
  high: plane.high * by,
})

/** The plan in steps, with the vertices on the outline on its straight edges. */
const onLattice = (plan: RoofPlan, corners: number): RoofPlan => {
  const { x, y, from, to, ring } = plan
  const own = { ...copyPlan(plan), x: x.map((value) => steps * value), y: y.map((value) => steps * value) }
  const end = new Map<number, number>()
  for (let e = 0; e < from.length; e++) if (ring[e] >= 0 && to[e] < corners) end.set(ring[e], to[e])
  for (let e = 0; e < from.length; e++) {
    const [v, a, b] = [to[e], ring[e], end.get(ring[e])]
    if (a < 0 || b === undefined || v < corners) continue
    const [dx, dy] = [x[b] - x[a], y[b] - y[a]]
    const t = ((x[v] - x[a]) * dx + (y[v] - y[a]) * dy) / (dx * dx + dy * dy)
    own.x[v] = Math.round(steps * (x[a] + t * dx))
    own.y[v] = Math.round(steps * (y[a] + t * dy))
  }
  return own
}

const inMillimetres = (plan: RoofPlan): RoofPlan => ({
  ...plan,
  x: plan.x.map((x) => x / steps),
  y: plan.y.map((y) => y / steps),
})

/** Chooses the planes of the faces; neighbours of one plane are one face then. */
const settle = (draft: Draft, footOf: (plan: RoofPlan) => Float64Array): { settled: Draft; raised: number } => {
  keepReach(draft)
  let settled = { ...draft, plan: joinFaces(cutReach(draft).plan, draft.corners) }
  for (const join of [sharePlanes, joinSmall])
    for (let round = 0; round < joins && join(settled); round++)
      settled = { ...draft, plan: joinFaces(settled.plan, draft.corners) }
  const raised = liftFaces(settled, footOf(settled.plan))
  if (raised === undefined) throw new RoofFault("roof below the ground")
  return { settled: { ...draft, plan: joinFaces(settled.plan, draft.corners) }, raised }
}

/** Moves vertices to where planes meet; adjusts planes that then nearly meet. */
const meet = (settled: Draft, footOf: (plan: RoofPlan) => Float64Array): Draft => {
  const { plan, planes, corners } = settled
  const ties: Tie[] = nearMisses(settled, false)
  for (let round = 0; ; round++) {
    if (ties.length > 0 && round < tying) tiePlanes(plan, planes, ties)
    const draft = { ...settled, plan: copyPlan(plan) }
    meetPlanes(draft)
    if (round < shifts) liftFaces(draft, footOf(draft.plan), leastLeft)
    const isLifted = draft.plan.label.some((label, face) => label !== plan.label[face])
    for (const [face, label] of draft.plan.label.entries()) plan.label[face] = label
    const bad = isLifted ? [] : badSteps(draft)
    const near = isLifted || round > 0 ? [] : nearMisses(draft, true)
    if (round === shifts || (!isLifted && bad.length + near.length === 0))
      return { ...draft, plan: joinFaces(draft.plan, corners) }
    if (round < tying) ties.push(...(round > 0 ? bad : near))
    else nudgePlanes(draft, bad)
  }
}

/**
 * Heights of all faces at their vertices, steps. Heights at one vertex that nearly agree become
 * one.
 */
const computeHeights = (draft: Draft): Map<number, number> => {
  const { plan } = draft
  const { x, y } = plan
  const heights = new Map<number, number>()
  const { starts, order } = sortStars(plan)
  const area = faceAreas(plan)
  for (let v = 0; v < x.length; v++) {
    const faces: { face: number; z: number }[] = []
    for (let k = starts[v]; k < starts[v + 1]; k++) {
      const face = sideOf(plan, order[k])
      if (face < 0 || faces.some((other) => other.face === face)) continue
      faces.push({ face, z: heightOf(draft, face, x[v], y[v]) })
    }
    faces.sort((p, q) => p.z - q.z || p.face - q.face)
    for (let i = 0; i < faces.length; ) {
      let [end, largest] = [i, i]
      while (end < faces.length && (end === i || faces[end].z - faces[end - 1].z < snapped)) {
        if (area[faces[end].face] > area[faces[largest].face]) largest = end
        end++
      }
      const isOne = faces[end - 1].z - faces[i].z <= 2 * sameHeight
      const z = Math.round(isOne ? (faces[i].z + faces[end - 1].z) / 2 : faces[largest].z)
      for (; i < end; i++) heights.set(heightKey(faces[i].face, v), z)
    }
  }
  return heights
}

/** Splits edges where their two faces cross in height; true if there was any. */
const splitCrossings = (plan: RoofPlan, heights: RoofHeights): boolean => {
  const { x, y, from, to, left, right } = plan
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
    splitEdge(plan, e, w)
  }
  return from.length > count
}

/**
 * Moves a group of faces back from a vertex that it only touches, in the block or in one of its
 * buildings; true if there was one.
 */
const splitTouching = (draft: Draft, heights: RoofHeights): boolean => {
  const { plan } = draft
  const { starts, order } = sortStars(plan)
  for (let v = 0; v + 1 < starts.length; v++) {
    if (starts[v + 1] - starts[v] < 3) continue
    const around = Array.from(order.subarray(starts[v], starts[v + 1]))
    const faces = around.map((h) => sideOf(plan, h))
    const members = [...new Set(faces.map((face) => plan.member[face] ?? -1))].sort((p, q) => p - q)
    for (const member of members.length > 1 ? [-1, ...members.filter((own) => own >= 0)] : [-1]) {
      const own = faces.map((face) => (member < 0 || plan.member[face] === member ? face : -1))
      const level = own.map((face) => (face < 0 ? Number.NEGATIVE_INFINITY : (heights.get(heightKey(face, v)) ?? 0)))
      const groups = touchingGroups(own, level)
      if (groups.length === 0) continue
      const free = groups.filter(({ first, size }) => canMove(plan, around, faces, first, size))
      // Parts of one building that touch are written one by one.
      if (free.length === 0 && member >= 0) continue
      if (free.length === 0) throw new RoofFault("parts touch in a line")
      free.sort((p, q) => p.size - q.size || p.first - q.first)
      drawBack(draft, v, around, free[0].first, free[0].size)
      return true
    }
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
    const groups = findRuns(level.map((z) => z > low))
    if (groups.length > 2) return groups
  }
  for (const face of new Set(faces)) {
    const groups = findRuns(faces.map((other) => other === face))
    if (groups.length > 2) return groups.filter(({ first }) => faces[first] !== face)
  }
  return []
}

/** Maximal runs of equal flags around a vertex. */
const findRuns = (flags: readonly boolean[]): Group[] => {
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

/**
 * Distances by which a group moves back, steps: the first at which no edges meet and no heights
 * nearly agree, else the first at which no edges meet.
 */
const drawn = [1000, 800, 600, 1200, 450, 1500, 300, 200]

const isNearStep = (draft: Draft, faces: ReadonlySet<number>, x: number, y: number): boolean => {
  const levels = [...faces].map((face) => heightOf(draft, face, x, y)).sort((p, q) => p - q)
  return levels.some((z, i) => i > 0 && z - levels[i - 1] > sameHeight && z - levels[i - 1] < leastStep)
}

const drawBack = (draft: Draft, v: number, around: readonly number[], first: number, size: number): void => {
  const { plan } = draft
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
  const middle = start + sweep / 2
  const own = new Set([...moved, moved[0] ^ 1].map((h) => sideOf(plan, h)).filter((face) => face >= 0))
  const places = drawn.map((length): readonly [number, number] => {
    const step = Math.min(length, 0.3 * shortest)
    return [Math.round(x[v] + step * Math.cos(middle)), Math.round(y[v] + step * Math.sin(middle))]
  })
  const before = sideOf(plan, moved[0] ^ 1)
  const after = sideOf(plan, moved[size])
  const w = x.push(x[v]) - 1
  y.push(y[v])
  const isMoved = new Set(moved.map((h) => h >> 1))
  const heads = [...moved.map((h) => originOf(plan, h ^ 1)), ...(before === after ? [] : [v])]
  const clear = places.filter(([px, py]) => {
    ;[x[w], y[w]] = [px, py]
    return from.every((u, e) => isMoved.has(e) || heads.every((head) => !edgesMeet(plan, w, head, u, to[e])))
  })
  ;[x[w], y[w]] = clear.find(([px, py]) => !isNearStep(draft, own, px, py)) ?? clear[0] ?? places[0]
  if (x[w] === x[v] && y[w] === y[v]) throw new RoofFault("parts touch in a line")
  for (const h of moved) setOrigin(plan, h, w)
  if (before !== after) addEdge(plan, v, w, after, before)
}

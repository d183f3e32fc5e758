/** Chooses the planes of a roof plan's faces anew where they cannot all be followed exactly. */
import { edgesMeet } from "../../geometry/arrange-segments.js"
import { findFaces } from "../../geometry/planar-graph.js"
import { type Draft, heightOf, leastBend, leastStep, type NearMiss, planesCosine, sameHeight } from "./meet.js"
import { addEdge, copyPlan, mergePieces, type RoofPlan, sideOf, splitEdge } from "./plan.js"

/** Faces that a plane fits this well, steps of 0.1 mm, take it from a neighbour. */
const nearlyOne = 1000
/** The same for faces that only touch in a vertex, steps. */
const nearlyOneApart = 500
/** Farthest that a plane may reach beyond the heights of its points over a face, steps. */
const planeReach = 4000
/** A plane that reaches farther, or as far beyond all points of the block, is cut off, steps. */
const farReach = 14000
/** Least height of a roof above the ground at its walls, steps. */
const leastWall = 1000
/** A roof that would have to rise by more at a wall, steps, becomes flat. */
const mostLift = 10000

/** The plan with neighbours of one plane and member joined. */
export const joinFaces = (plan: RoofPlan, corners: number): RoofPlan => {
  const left = Int32Array.from({ length: 2 * plan.from.length }, (_, h) => sideOf(plan, h))
  return mergePieces(plan, left, plan.label, plan.member, corners, 250)
}

/** Twice the area of each face in plan. */
export const faceAreas = (plan: RoofPlan): Float64Array => {
  const area = new Float64Array(plan.label.length)
  plan.from.forEach((u, e) => {
    const v = plan.to[e]
    const part = plan.x[u] * plan.y[v] - plan.x[v] * plan.y[u]
    if (plan.left[e] >= 0) area[plan.left[e]] += part
    if (plan.right[e] >= 0) area[plan.right[e]] -= part
  })
  return area
}

/** Vertices of each face. */
const listVertices = (plan: RoofPlan): number[][] => {
  const found: Set<number>[] = plan.label.map(() => new Set())
  plan.from.forEach((u, e) => {
    for (const face of [plan.left[e], plan.right[e]]) if (face >= 0) found[face].add(u).add(plan.to[e])
  })
  return found.map((own) => [...own])
}

const facesAtVertices = (plan: RoofPlan, vertices: readonly (readonly number[])[]): number[][] => {
  const found: number[][] = plan.x.map(() => [])
  vertices.forEach((own, face) => {
    for (const v of own) found[v].push(face)
  })
  return found
}

/**
 * Lifts faces that are under the ground at a wall: the plane as a whole, or as a flat one where
 * that is nearer. Returns the number of faces that were deep under the ground.
 *
 * @returns undefined if all are
 */
export const liftFaces = (draft: Draft, foot: Float64Array, least = leastWall): number | undefined => {
  const { plan, planes } = draft
  const vertices = listVertices(plan)
  let deep = 0
  for (const [face, own] of vertices.entries()) {
    const heights = own.map((v) => heightOf(draft, face, plan.x[v], plan.y[v]))
    const lift = Math.max(...own.map((v, i) => Math.ceil(foot[v]) + least - heights[i]))
    if (lift <= 0) continue
    const top = Math.max(...own.map((v) => Math.ceil(foot[v]))) + leastWall
    const off = Math.max(...heights.map((z) => Math.abs(z - top)))
    if (lift > mostLift) deep++
    const { a, b, c, low, high } = planes[plan.label[face]]
    plan.label[face] =
      planes.push(
        lift > mostLift || off <= lift
          ? { a: 0, b: 0, c: top, low: top, high: top }
          : { ...planes[plan.label[face]], a, b, c: c + lift, low: low + lift, high: high + lift },
      ) - 1
  }
  return deep === vertices.length ? undefined : deep
}

/**
 * Gives a face whose plane reaches far beyond the heights of its points another plane, if that is
 * nearer: one of a neighbour, or a flat one.
 */
export const keepReach = (draft: Draft): void => {
  const { plan, planes } = draft
  const vertices = listVertices(plan)
  const beside = findNeighbours(plan)
  const chosen = plan.label.slice()
  for (const [face, own] of vertices.entries()) {
    const { low, high } = planes[plan.label[face]]
    const heights = own.map((v) => heightOf(draft, face, plan.x[v], plan.y[v]))
    const clamped = heights.map((z) => Math.min(Math.max(z, low - planeReach), high + planeReach))
    if (heights.every((z, i) => z === clamped[i])) continue
    const misfit = (label: number): number => {
      const { a, b, c } = planes[label]
      return own.reduce((sum, v, i) => sum + Math.abs(c + a * plan.x[v] + b * plan.y[v] - clamped[i]), 0) / own.length
    }
    const mean = Math.round(clamped.reduce((sum, z) => sum + z, 0) / clamped.length)
    let [best, least] = [plan.label[face], misfit(plan.label[face])]
    const flat = clamped.reduce((sum, z) => sum + Math.abs(z - mean), 0) / clamped.length
    for (const other of beside[face]) {
      const off = misfit(plan.label[other])
      if (off < least) [best, least] = [plan.label[other], off]
    }
    if (flat < 0.5 * least) best = planes.push({ a: 0, b: 0, c: mean, low: mean, high: mean }) - 1
    chosen[face] = best
  }
  for (const [face, label] of chosen.entries()) plan.label[face] = label
}

/** Least area of a face, steps², and least width, steps, where it is longer than `longest`. */
const [leastArea, leastWidth, longest] = [5e7, 5000, 20000]

/**
 * Gives faces that are too small or narrow, but no bodies, the plane of the neighbour that is
 * nearest to theirs. True if there were any.
 */
export const joinSmall = (draft: Draft): boolean => {
  const { plan } = draft
  const area = faceAreas(plan)
  const border = new Float64Array(area.length)
  plan.from.forEach((u, e) => {
    const length = Math.hypot(plan.x[u] - plan.x[plan.to[e]], plan.y[u] - plan.y[plan.to[e]])
    for (const face of [plan.left[e], plan.right[e]]) if (face >= 0) border[face] += length
  })
  const vertices = listVertices(plan)
  const beside = findNeighbours(plan)
  const taken = new Set<number>()
  const isBody = (face: number): boolean => draft.planes[plan.label[face]].isBody === true
  for (const [face, own] of vertices.entries()) {
    if (isBody(face)) continue
    const width = area[face] / border[face]
    if (area[face] >= 2 * leastArea && (width >= leastWidth || border[face] / 2 - width <= longest)) continue
    const others = beside[face].filter(
      (other) => plan.member[other] === plan.member[face] && !taken.has(other) && !isBody(other),
    )
    let [best, least] = [-1, Number.POSITIVE_INFINITY]
    for (const other of others) {
      const off = own.reduce((sum, v) => {
        const [x, y] = [plan.x[v], plan.y[v]]
        return sum + Math.abs(heightOf(draft, other, x, y) - heightOf(draft, face, x, y))
      }, 0)
      if (off < least) [best, least] = [other, off]
    }
    if (best < 0) continue
    plan.label[face] = plan.label[best]
    taken.add(face).add(best)
  }
  return taken.size > 0
}

/** A crossing nearer to a vertex is there, steps. */
const nearVertex = 600

/**
 * Cuts off the parts of faces whose planes reach beyond the heights of their points. Such a part
 * becomes flat.
 */
export const cutReach = (draft: Draft): Draft => {
  const plan = copyPlan(draft.plan)
  const top = draft.planes.reduce((most, { high }) => Math.max(most, high), Number.NEGATIVE_INFINITY)
  const bottom = draft.planes.reduce((least, { low }) => Math.min(least, low), Number.POSITIVE_INFINITY)
  const levels = new Map<number, { face: number; z: number; sign: 1 | -1 }[]>()
  for (const [face, own] of listVertices(plan).entries()) {
    const { low, high } = draft.planes[plan.label[face]]
    const heights = own.map((v) => heightOf(draft, face, plan.x[v], plan.y[v]))
    const cuts = [
      { face, z: Math.round(Math.min(high + farReach, top + planeReach)), sign: 1 as const },
      { face, z: Math.round(Math.max(low - farReach, bottom - planeReach)), sign: -1 as const },
    ].filter(({ z, sign }) => heights.some((height) => sign * (height - z) > 0))
    if (cuts.length > 0) levels.set(face, cuts)
  }
  if (levels.size === 0) return draft
  const count = plan.from.length
  for (const cuts of levels.values()) for (const cut of cuts) cutFace(draft, plan, cut)
  if (plan.from.length === count) return draft
  // Faces of the divided plan; each one lies in an old face.
  const { left, count: pieces } = findFaces(plan)
  const old = new Int32Array(pieces).fill(-1)
  plan.left.forEach((face, e) => {
    if (face !== unknown && left[2 * e] >= 0) old[left[2 * e]] = face
    if (plan.right[e] !== unknown && left[2 * e + 1] >= 0) old[left[2 * e + 1]] = plan.right[e]
  })
  const next: RoofPlan = { ...plan, left: [], right: [], label: [], member: [] }
  const number = Int32Array.from(old, (face) => {
    if (face < 0) return -1
    next.member.push(plan.member[face])
    return next.label.push(plan.label[face]) - 1
  })
  const faceAt = (half: number): number => (left[half] < 0 ? -1 : number[left[half]])
  next.left = plan.from.map((_, e) => faceAt(2 * e))
  next.right = plan.from.map((_, e) => faceAt(2 * e + 1))
  const cut = { ...draft, plan: next }
  const vertices = listVertices(next)
  old.forEach((face, piece) => {
    for (const { z, sign } of levels.get(face) ?? []) {
      const own = vertices[number[piece]]
      const beyond = own.reduce((sum, v) => sum + sign * (heightOf(cut, number[piece], next.x[v], next.y[v]) - z), 0)
      if (beyond > 0) next.label[number[piece]] = draft.planes.push({ a: 0, b: 0, c: z, low: z, high: z }) - 1
    }
  })
  return cut
}

/** Side of an edge that cuts a face. */
const unknown = -2

/** Adds the edges along which a face is at a height. */
const cutFace = (draft: Draft, plan: RoofPlan, { face, z }: { readonly face: number; readonly z: number }): void => {
  const { x, y, from, to, left, right } = plan
  const { a, b, c } = draft.planes[plan.label[face]]
  const above = (v: number): number => c + a * x[v] + b * y[v] - z
  const found = new Set<number>()
  const count = from.length
  for (let e = 0; e < count; e++) {
    if (left[e] !== face && right[e] !== face) continue
    const [u, v] = [from[e], to[e]]
    const [hu, hv] = [above(u), above(v)]
    if (hu * hv >= 0) continue
    const t = hu / (hu - hv)
    const length = Math.hypot(x[v] - x[u], y[v] - y[u])
    if (t * length < nearVertex) found.add(u)
    else if ((1 - t) * length < nearVertex) found.add(v)
    else {
      const w = x.push(Math.round(x[u] + t * (x[v] - x[u]))) - 1
      y.push(Math.round(y[u] + t * (y[v] - y[u])))
      splitEdge(plan, e, w)
      found.add(w)
    }
  }
  const along = [...found].sort((p, q) => b * x[p] - a * y[p] - (b * x[q] - a * y[q]) || p - q)
  const own = from.flatMap((u, e) => (left[e] === face || right[e] === face ? [[u, to[e]] as const] : []))
  for (let i = 0; i + 1 < along.length; i++) {
    const [u, v] = [along[i], along[i + 1]]
    const [mx, my] = [(x[u] + x[v]) / 2, (y[u] + y[v]) / 2]
    const crossings = own.filter(
      ([p, q]) => y[p] > my !== y[q] > my && mx < x[p] + ((my - y[p]) * (x[q] - x[p])) / (y[q] - y[p]),
    )
    if (crossings.length % 2 === 0 || own.some(([p, q]) => edgesMeet(plan, u, v, p, q))) continue
    addEdge(plan, u, v, unknown, unknown)
    own.push([u, v])
  }
}

/** Neighbours of each face, ascending. */
const findNeighbours = (plan: RoofPlan): number[][] => {
  const found: Set<number>[] = plan.label.map(() => new Set())
  plan.left.forEach((l, e) => {
    const r = plan.right[e]
    if (l >= 0 && r >= 0 && l !== r) {
      found[l].add(r)
      found[r].add(l)
    }
  })
  return found.map((own) => [...own].sort((p, q) => p - q))
}

const leastCosine = Math.cos((leastBend * Math.PI) / 180)

/**
 * Gives the smaller of two neighbours the larger one's plane where they are nearly one plane. True
 * if there were any.
 */
export const sharePlanes = (draft: Draft): boolean => {
  const { plan, planes } = draft
  const area = faceAreas(plan)
  const vertices = listVertices(plan)
  const beside = findNeighbours(plan).map((own) => new Set(own))
  const facesAt = facesAtVertices(plan, vertices)
  const order = plan.label.map((_, face) => face).sort((p, q) => area[p] - area[q] || p - q)
  let changed = false
  for (const face of order) {
    const own = planes[plan.label[face]]
    const near = new Set(vertices[face].flatMap((v) => facesAt[v]))
    let [best, least] = [-1, nearlyOne]
    for (const other of [...near].sort((p, q) => p - q)) {
      if (other === face || area[other] < area[face] || (area[other] === area[face] && other < face)) continue
      const theirs = planes[plan.label[other]]
      if (plan.label[other] === plan.label[face] || planesCosine(own, theirs) < leastCosine) continue
      const off = vertices[face].reduce((most, v) => {
        const [x, y] = [plan.x[v], plan.y[v]]
        return Math.max(most, Math.abs(own.c - theirs.c + (own.a - theirs.a) * x + (own.b - theirs.b) * y))
      }, 0)
      if (off <= (beside[face].has(other) ? least : Math.min(least, nearlyOneApart)))
        [best, least] = [plan.label[other], off]
    }
    if (best < 0) continue
    plan.label[face] = best
    changed = true
  }
  return changed
}

/**
 * Shifts the planes of steps that are too low to be one. A plane moves by at most some centimetres,
 * such that the fewest other heights come near to it.
 */
export const nudgePlanes = (draft: Draft, bad: readonly NearMiss[]): void => {
  const { plan, planes } = draft
  const area = new Float64Array(planes.length)
  faceAreas(plan).forEach((own, face) => {
    area[plan.label[face]] += own
  })
  const vertices = listVertices(plan)
  const facesAt = facesAtVertices(plan, vertices)
  const moved = new Set<number>()
  const fixed = new Set(
    [...bad.map(({ v }) => v), ...plan.x.keys()].filter((v, i) => i < bad.length || v < draft.corners),
  )
  for (const { low, high, gap } of bad) {
    const [p, q] = [plan.label[low], plan.label[high]]
    if (p === q || moved.has(p) || moved.has(q)) continue
    const isLow = area[p] < area[q] || (area[p] === area[q] && p > q)
    const label = isLow ? p : q
    const sign = isLow ? 1 : -1
    const faces = plan.label.flatMap((other, face) => (other === label ? [face] : []))
    const faultsAfter = (shift: number): number => {
      let faults = 0
      for (const face of faces) {
        for (const v of vertices[face]) {
          if (!fixed.has(v)) continue
          const z = heightOf(draft, face, plan.x[v], plan.y[v]) + shift
          for (const other of facesAt[v]) {
            if (plan.label[other] === label) continue
            const off = Math.abs(heightOf(draft, other, plan.x[v], plan.y[v]) - z)
            if (off > sameHeight && off < leastStep) faults++
          }
        }
      }
      return faults
    }
    let [best, least] = [0, faultsAfter(0)]
    for (const shift of [gap, gap - 1.2 * leastStep, gap + 1.2 * leastStep, gap - 2 * leastStep, gap + 2 * leastStep]) {
      const faults = faultsAfter(sign * shift)
      if (faults < least) [best, least] = [sign * shift, faults]
    }
    if (best === 0) continue
    moved.add(label)
    const { c, low: bottom, high: top } = planes[label]
    planes[label] = { ...planes[label], c: c + best, low: bottom + best, high: top + best }
  }
}

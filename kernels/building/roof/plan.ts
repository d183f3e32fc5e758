/**
 * The roof plan: a planar partition whose faces are the pieces that share a plane and a building.
 * See docs/decisions/06-roof-partition.md.
 */
import { type Arrangement, edgesMeet } from "../../geometry/arrange-segments.js"
import { cycleArea, findCycles, originOf } from "../../geometry/planar-graph.js"
import { UnionFind } from "../../geometry/union-find.js"

/**
 * A roof in plan: faces between edges; millimetres. The first vertices are the corners of the
 * outline, in order. Faces `left` and `right` are beside the edge, −1 outside. Value `ring` is the
 * outline edge that contains the edge and runs the same way, the inside on its left; −1 inside.
 */
export interface RoofPlan {
  readonly x: number[]
  readonly y: number[]
  from: number[]
  to: number[]
  left: number[]
  right: number[]
  ring: number[]
  /** Plane of each face. */
  readonly label: number[]
  /** Member of the block that each face belongs to. */
  readonly member: number[]
}

/**
 * A roof plane, z = c + a · x + b · y in the plan's unit (mm), with the height range of its
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
  /** Of the top of a parapet: the face of its roof. Its points do not count for heights. */
  readonly parapetOf?: number
}

/**
 * A vertex nearer than this to the straight line between its only two neighbours is removed,
 * millimetres.
 */
const straightness = 25

/**
 * Merges pieces of the same label and member. Removes edges between such pieces, and vertices that
 * are then on a straight line and not corners of the outline.
 *
 * @param left piece on the left of each half-edge of the arrangement, −1 outside
 */
export const mergePieces = (
  arrangement: Arrangement,
  left: Int32Array,
  label: ArrayLike<number>,
  member: ArrayLike<number>,
  corners: number,
  straight = straightness,
): RoofPlan => {
  const count = label.length
  const parent = UnionFind.make(count)
  const remaining: number[] = []
  arrangement.from.forEach((_, e) => {
    const [p, q] = [left[2 * e], left[2 * e + 1]]
    if (p >= 0 && q >= 0 && label[p] === label[q] && member[p] === member[q]) UnionFind.unite(parent, p, q)
    else if (p !== q) remaining.push(e)
  })
  const face = new Int32Array(count).fill(-1)
  const plan: RoofPlan = {
    x: [...arrangement.x],
    y: [...arrangement.y],
    from: remaining.map((e) => arrangement.from[e]),
    to: remaining.map((e) => arrangement.to[e]),
    left: [],
    right: [],
    ring: remaining.map((e) => arrangement.ring[e]),
    label: [],
    member: [],
  }
  const numberFace = (piece: number): number => {
    if (piece < 0) return -1
    const root = UnionFind.find(parent, piece)
    if (face[root] < 0) {
      face[root] = plan.label.length
      plan.label.push(label[root])
      plan.member.push(member[root])
    }
    return face[root]
  }
  plan.left = remaining.map((e) => numberFace(left[2 * e]))
  plan.right = remaining.map((e) => numberFace(left[2 * e + 1]))
  return straighten(plan, corners, straight)
}

/** Removes vertices on straight lines. */
const straighten = (plan: RoofPlan, corners: number, straight: number): RoofPlan => {
  const { x, y } = plan
  const edgesAt: number[][] = x.map(() => [])
  plan.from.forEach((a, e) => {
    edgesAt[a].push(e)
    edgesAt[plan.to[e]].push(e)
  })
  const gone = new Uint8Array(plan.from.length)
  for (let v = corners; v < x.length; v++) {
    if (edgesAt[v].length !== 2) continue
    const [e, f] = edgesAt[v]
    const a = plan.from[e] === v ? plan.to[e] : plan.from[e]
    const b = plan.from[f] === v ? plan.to[f] : plan.from[f]
    if (a === b || plan.ring[e] !== plan.ring[f]) continue
    const [dx, dy] = [x[b] - x[a], y[b] - y[a]]
    const off = Math.abs((x[v] - x[a]) * dy - (y[v] - y[a]) * dx) / Math.sqrt(dx * dx + dy * dy)
    if (plan.ring[e] < 0) {
      if (off > straight) continue
      const meets = plan.from.some(
        (c, k) => gone[k] === 0 && k !== e && k !== f && edgesMeet(plan, a, b, c, plan.to[k]),
      )
      if (meets) continue
    }
    // Edge e then runs from a to b (or back, as before); edge f is removed.
    if (plan.from[e] === v) plan.from[e] = b
    else plan.to[e] = b
    gone[f] = 1
    edgesAt[v].length = 0
    edgesAt[b][edgesAt[b].indexOf(f)] = e
  }
  const keep = (values: number[]): number[] => values.filter((_, e) => gone[e] === 0)
  for (const name of ["from", "to", "left", "right", "ring"] as const) plan[name] = keep(plan[name])
  return plan
}

/**
 * The half-edges around each face: outer ring first, counter-clockwise, then holes; undefined if a
 * face is not a single polygon.
 */
export const faceRings = (plan: RoofPlan, next: Int32Array): number[][][] | undefined => {
  const rings: number[][][] = plan.label.map(() => [])
  for (const cycle of findCycles(next)) {
    const face = sideOf(plan, cycle[0])
    if (cycle.some((h) => sideOf(plan, h) !== face)) return undefined
    if (face < 0) continue
    const area = cycleArea(plan, cycle)
    if (area === 0) return undefined
    if (area > 0) {
      if (rings[face].length > 0 && cycleArea(plan, rings[face][0]) > 0) return undefined
      rings[face].unshift(cycle)
    } else rings[face].push(cycle)
  }
  if (rings.some((ring) => ring.length === 0 || cycleArea(plan, ring[0]) <= 0)) return undefined
  return rings
}

export const copyPlan = (plan: RoofPlan): RoofPlan => ({
  x: [...plan.x],
  y: [...plan.y],
  from: [...plan.from],
  to: [...plan.to],
  left: [...plan.left],
  right: [...plan.right],
  ring: [...plan.ring],
  label: [...plan.label],
  member: [...plan.member],
})

/** Adds an edge, `ring` its edge of the outline or −1; returns its number. */
export const addEdge = (plan: RoofPlan, from: number, to: number, left: number, right: number, ring = -1): number => {
  plan.from.push(from)
  plan.to.push(to)
  plan.left.push(left)
  plan.right.push(right)
  return plan.ring.push(ring) - 1
}

/** Splits an edge at a vertex; the part beyond it is a new edge. */
export const splitEdge = (plan: RoofPlan, e: number, v: number): void => {
  addEdge(plan, v, plan.to[e], plan.left[e], plan.right[e], plan.ring[e])
  plan.to[e] = v
}

/** Lets a half-edge begin at another vertex. */
export const setOrigin = (plan: RoofPlan, half: number, v: number): void => {
  const ends = (half & 1) === 0 ? plan.from : plan.to
  ends[half >> 1] = v
}

/** Height of a plane. */
export const heightAt = ({ a, b, c }: RoofPlane, x: number, y: number): number => c + a * x + b * y

/** Face on the left of a half-edge. */
export const sideOf = (plan: RoofPlan, half: number): number => ((half & 1) === 0 ? plan.left : plan.right)[half >> 1]

/** True if edges touch only at common vertices, and no face passes a vertex twice. */
export const isPlanar = (plan: RoofPlan, rings: readonly (readonly (readonly number[])[])[]): boolean => {
  const { from, to, x } = plan
  const order = from.map((_, e) => e).sort((a, b) => west(plan, a) - west(plan, b) || a - b)
  for (let i = 0; i < order.length; i++) {
    const e = order[i]
    const east = Math.max(x[from[e]], x[to[e]])
    for (let j = i + 1; j < order.length && west(plan, order[j]) <= east; j++) {
      if (edgesMeet(plan, from[e], to[e], from[order[j]], to[order[j]])) return false
    }
  }
  return rings.every((ring) => {
    const vertices = ring.flatMap((cycle) => cycle.map((h) => originOf(plan, h)))
    return new Set(vertices).size === vertices.length
  })
}

const west = ({ x, from, to }: RoofPlan, e: number): number => Math.min(x[from[e]], x[to[e]])

/**
 * Breaklines of a roof plan for `vector.breakline`: ridges, hips, valleys, bends, steps, eaves and
 * verges, each once.
 */
import { addToList } from "../../../engine/core/lists.js"
import type { EncodedPlan } from "./encoded-plan.js"

export type PlanEdge = readonly [from: number, to: number]

/**
 * The longest paths through vertices with two edges, each edge once, as vertex lists; a closed path
 * repeats its first vertex. Only the places of vertices decide order and direction. A path starts
 * at its south-western end (least y, then x); a closed one at its south-western vertex, towards the
 * lesser neighbour. O(n log n).
 */
export const chainEdges = (
  edges: readonly PlanEdge[],
  { x, y }: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> },
): number[][] => {
  const before = (a: number, b: number): number => y[a] - y[b] || x[a] - x[b] || a - b
  const at = new Map<number, number[]>()
  edges.forEach(([from, to], e) => {
    for (const v of [from, to]) addToList(at, v, e)
  })
  const farEnd = (e: number, v: number): number => (edges[e][0] === v ? edges[e][1] : edges[e][0])
  for (const [v, own] of at) own.sort((e, f) => before(farEnd(e, v), farEnd(f, v)))
  const used = new Uint8Array(edges.length)
  const follow = (start: number, first: number): number[] => {
    const path = [start]
    let [v, e] = [start, first]
    while (used[e] === 0) {
      used[e] = 1
      v = farEnd(e, v)
      path.push(v)
      const own = at.get(v) ?? []
      if (own.length !== 2 || v === start) break
      e = own[0] === e ? own[1] : own[0]
    }
    return path
  }
  const order = [...at.keys()].sort(before)
  const ends = order.filter((v) => at.get(v)?.length !== 2)
  return [...ends, ...order].flatMap((v) => (at.get(v) ?? []).flatMap((e) => (used[e] === 0 ? [follow(v, e)] : [])))
}

/** Thresholds that make an edge of a roof a breakline. */
export interface BreakRules {
  /** Smallest angle between two planes that meet, degrees. */
  readonly bend: number
  /** Smallest height between two roofs, mm. */
  readonly step: number
  /** Lines of less slope, degrees, are level. */
  readonly level: number
}

export type RoofLineKind = "ridge" | "hip" | "valley" | "bend" | "step" | "eaves" | "verge"

export interface RoofLine {
  readonly kind: RoofLineKind
  readonly building: string
  /**
   * x, y, z of the vertices, whole millimetres of the CRS; a closed line repeats its first vertex.
   */
  readonly xyz: Float64Array
  /** Mean height between the upper and the lower roof, mm; NaN except for steps. */
  readonly drop: number
}

interface Break {
  readonly kind: RoofLineKind
  /** The face that gives the line its heights. */
  readonly face: number
  readonly other: number
  readonly drop: number
}

/**
 * The lines of a block's roofs, each once, from the plan only:
 *
 * - Two planes meet: ridge (both fall away, level), hip (the same, inclined), valley (both rise) or
 *   bend (one rises, one falls).
 * - A roof ends above another: step, the upper border.
 * - A roof ends at the outline: eaves (level) or verge (inclined).
 *
 * Edges of one kind between the same two faces are chained into lines.
 */
export const findRoofLines = (plan: EncodedPlan, rules: BreakRules): RoofLine[] => {
  const heights = plan.faces.map(({ rings, heights: own }) => {
    const at = new Map<number, number>()
    rings.forEach((ring, r) => {
      ring.forEach((v, i) => {
        at.set(v, own[r][i])
      })
    })
    return at
  })
  const z = (face: number, v: number): number => heights[face].get(v) ?? 0
  const groups = new Map<string, { first: Break; edges: PlanEdge[]; area: number; length: number }>()
  for (const [from, to, left, right] of plan.edges) {
    const found = classifyEdge(plan, [from, to, left, right], z, rules)
    if (!found) continue
    const key = `${found.kind} ${found.face} ${found.other}`
    const group = groups.get(key) ?? { first: found, edges: [], area: 0, length: 0 }
    groups.set(key, group)
    const length = Math.hypot(plan.x[to] - plan.x[from], plan.y[to] - plan.y[from])
    group.edges.push([from, to])
    group.area += found.drop * length
    group.length += length
  }
  return [...groups.values()].flatMap(({ first: { kind, face }, edges, area, length }) =>
    chainEdges(edges, plan).map((path) => ({
      kind,
      building: plan.faces[face].building,
      xyz: Float64Array.from(path.flatMap((v) => [plan.x[v], plan.y[v], z(face, v)])),
      drop: area / length,
    })),
  )
}

const DEGREES = 180 / Math.PI

const classifyEdge = (
  { x, y, faces }: EncodedPlan,
  [from, to, left, right]: EncodedPlan["edges"][number],
  z: (face: number, v: number) => number,
  { bend, step, level }: BreakRules,
): Break | undefined => {
  const [dx, dy] = [x[to] - x[from], y[to] - y[from]]
  const length = Math.sqrt(dx * dx + dy * dy)
  const isLevel = (face: number): boolean => Math.atan(Math.abs(z(face, to) - z(face, from)) / length) * DEGREES < level
  if (left < 0 || right < 0) {
    const face = Math.max(left, right)
    return face < 0 ? undefined : { kind: isLevel(face) ? "eaves" : "verge", face, other: -1, drop: Number.NaN }
  }
  const [low, high] = [z(left, from) - z(right, from), z(left, to) - z(right, to)]
  if (low !== 0 || high !== 0) {
    if (Math.max(Math.abs(low), Math.abs(high)) < step) return undefined
    const [face, other] = low + high > 0 ? [left, right] : [right, left]
    return { kind: "step", face, other, drop: Math.abs(low + high) / 2 }
  }
  const [l, r] = [faces[left], faces[right]]
  const cosine = (1 + l.a * r.a + l.b * r.b) / Math.sqrt((1 + l.a ** 2 + l.b ** 2) * (1 + r.a ** 2 + r.b ** 2))
  if (Math.acos(Math.min(1, cosine)) * DEGREES < bend) return undefined
  // Slopes of the planes away from the edge, to its left and to its right.
  const [riseLeft, riseRight] = [(l.b * dx - l.a * dy) / length, (r.a * dy - r.b * dx) / length]
  const kind = riseLeft > 0 && riseRight > 0 ? "valley" : riseLeft < 0 && riseRight < 0 ? "ridge" : "bend"
  return {
    kind: kind === "ridge" && !isLevel(left) ? "hip" : kind,
    face: Math.min(left, right),
    other: Math.max(left, right),
    drop: Number.NaN,
  }
}

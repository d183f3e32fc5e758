/** Cuts a tile's surface at voids of the data, at its border by a rule that neighbours share. */
import { type DataExtent, wholeExtent } from "../extent/data-extent.js"
import type { Chain, CutBorder } from "./border-profile.js"

/** Largest distance of a guard from the border, mm. */
const GUARD_DISTANCE = 1000
/** A guard that the extent does not cover is at this part of its distance from the border. */
const NEARER = [1, 1 / 2, 1 / 4] as const
/** Largest distance between guards inside an edge, mm. */
const GUARD_SPACING = 4000
/**
 * Distances inside the border, mm, at which the extent decides whether an edge has a void beside
 * it. Beside a wider strip of data its points hold the triangles of the border.
 */
const BESIDE = [2000, 4000, 6000, 8000] as const

/** Distance, mm, between the nodes of the extent. */
const NODE = 1000

/** A thin triangle is less high than this, mm, and longer than so many times its height. */
const SLIVER = 250
const SLIVER_SHAPE = 10

/** Vertices close inside the border edges at voids. */
export interface BorderGuards {
  /** Inside edges with a void beside them or at an end; the way from the edge to each, x, y, mm. */
  readonly closed: Chain & { readonly inwards: Int32Array }
  /** Inside open edges: no surface meets these. */
  readonly open: Chain
}

/**
 * Places guards, vertices close inside the border, at each edge that lies in a void or has one
 * beside it: one inside an open edge, a row inside others.
 *
 * Their heights are those of the edge. The edge subtends more than 120° at the guard in its middle.
 * Its triangle therefore ends at a guard or a nearer vertex, never at another border vertex. The
 * triangle is small, and {@link cutVoids} can retain or drop it for that edge only. Triangles at a
 * vertex between two rows end at their next guards too: none reaches across the void.
 */
export const borderGuards = (border: CutBorder, extent: DataExtent): BorderGuards => {
  const { open } = border
  const count = open.length
  const closed: number[] = []
  const cut: number[] = []
  for (let a = 0; a < count; a++) {
    if (open[a] === 1) cut.push(a)
    else if (open[(a + 1) % count] === 1 || open[(a + count - 1) % count] === 1 || hasVoid(border, a, extent))
      closed.push(a)
  }
  return {
    closed: placeGuards(border, closed, extent, (length) => 2 * Math.ceil((length / GUARD_SPACING - 1) / 2) + 1),
    open: placeGuards(border, cut, wholeExtent, () => 1),
  }
}

const lengthOf = ({ x, y }: CutBorder, a: number): number => {
  const b = (a + 1) % x.length
  return Math.hypot(x[b] - x[a], y[b] - y[a])
}

/** A place beside an edge: `share` of its length from its first end, `inwards` mm from it. */
const placeBeside = (border: CutBorder, a: number, share: number, inwards: number): readonly [number, number] => {
  const { x, y } = border
  const b = (a + 1) % x.length
  const [dx, dy] = [x[b] - x[a], y[b] - y[a]]
  const length = Math.max(1, lengthOf(border, a))
  return [x[a] + share * dx - (inwards * dy) / length, y[a] + share * dy + (inwards * dx) / length]
}

/** True where the extent excludes a place inside of an edge that is not open. */
const hasVoid = (border: CutBorder, a: number, extent: DataExtent): boolean => {
  const parts = Math.max(2, Math.ceil(lengthOf(border, a) / GUARD_SPACING))
  for (let k = 0; k < parts; k++) {
    for (const inwards of BESIDE) if (!extent.covers(...placeBeside(border, a, (k + 0.5) / parts, inwards))) return true
  }
  return false
}

const placeGuards = (
  border: CutBorder,
  edges: readonly number[],
  extent: DataExtent,
  partsOf: (length: number) => number,
): BorderGuards["closed"] => {
  const { x: alongs, z, classes } = border
  const [xs, ys, zs, labels, inwardShifts]: number[][] = [[], [], [], [], []]
  for (const a of edges) {
    const length = lengthOf(border, a)
    const inwards = Math.floor(Math.min(GUARD_DISTANCE, length / 4))
    if (inwards === 0) continue
    const parts = partsOf(length)
    for (let k = 0; k < parts; k++) {
      const share = (k + 0.5) / parts
      const near = NEARER.find((part) => extent.covers(...placeBeside(border, a, share, part * inwards))) ?? 1 / 4
      const [footX, footY] = placeBeside(border, a, share, 0)
      const [placeX, placeY] = placeBeside(border, a, share, near * inwards)
      const [x, y] = [Math.round(placeX), Math.round(placeY)]
      xs.push(x)
      ys.push(y)
      inwardShifts.push(x - Math.round(footX), y - Math.round(footY))
      zs.push(Math.round(z[a] + share * (z[(a + 1) % alongs.length] - z[a])))
      labels.push(classes[a])
    }
  }
  return {
    ...{ x: Int32Array.from(xs), y: Int32Array.from(ys), z: Int32Array.from(zs) },
    ...{ classes: Uint8Array.from(labels), inwards: Int32Array.from(inwardShifts) },
  }
}

/**
 * The nodes at the outline of the extent strictly inside a tile: x, y, mm each. Vertices there are
 * a metre apart, so no further point makes a triangle that the end would cut.
 */
export const outlineNodes = (extent: DataExtent, side: number): readonly (readonly [x: number, y: number])[] => {
  const nodes: [x: number, y: number][] = []
  for (let y = NODE; y < side; y += NODE) {
    for (let x = NODE; x < side; x += NODE)
      if (extent.covers(x, y) && !extent.coversAround(x, y, NODE)) nodes.push([x, y])
  }
  return nodes
}

/**
 * Triangles whose vertices refer to places. Places below the border's length are border vertices;
 * those in `openGuards` (half-open) are guards of open edges.
 */
export interface Triangulation {
  readonly triangles: Uint32Array
  readonly x: Int32Array
  readonly y: Int32Array
  readonly place: Int32Array
  readonly openGuards: readonly [number, number]
}

/** Input of {@link cutVoids}. */
export interface CutInput extends Triangulation {
  /** Vertices from this one on belong to no outline or line; they may belong to the border. */
  readonly firstFree: number
  /** True for a triangle, by its first corner, that stays wherever the data end. Default: none. */
  readonly stays?: (t: number) => boolean
}

/**
 * The triangles within the extent of the data. At the border only the shared rule decides, because
 * neighbours must agree.
 *
 * The triangle of a border edge stays if the edge is not open. All triangles around a vertex
 * between two such edges stay, so no outline touches the inside of a stretch of border. Then thin
 * triangles along the outline are removed ({@link withoutSlivers}). O(area of the triangles in m²).
 */
export const cutVoids = (input: CutInput, border: CutBorder, extent: DataExtent): Uint32Array => {
  const { triangles } = input
  const remaining = new Uint32Array(triangles.length)
  let at = 0
  for (let t = 0; t < triangles.length; t += 3) {
    const verdict = borderVerdict(input, t, border)
    if (verdict === "gone" || (verdict === "open" && !input.stays?.(t) && !covered(input, t, extent))) continue
    remaining[at++] = triangles[t]
    remaining[at++] = triangles[t + 1]
    remaining[at++] = triangles[t + 2]
  }
  return withoutSlivers(remaining.slice(0, at), input, border.open.length)
}

/** Whether a triangle stays by the rule of the border; "open" where the extent decides. */
const borderVerdict = (
  { triangles, place }: Triangulation,
  t: number,
  { open }: CutBorder,
): "stays" | "gone" | "open" => {
  const count = open.length
  let verdict = -1
  let fixed = false
  for (let k = 0; k < 3; k++) {
    const p = place[triangles[t + k]]
    if (p >= count) continue
    const q = place[triangles[t + ((k + 1) % 3)]]
    if (q === (p + 1) % count) verdict = open[p] === 1 ? 0 : verdict === 0 ? 0 : 1
    if (open[p] === 0 && open[(p + count - 1) % count] === 0) fixed = true
  }
  if (verdict >= 0) return verdict === 1 ? "stays" : "gone"
  return fixed ? "stays" : "open"
}

/**
 * The triangles without thin ones along the outline, from outside inwards: the points at a straight
 * end of the data form many. A triangle stays if a vertex is not free, or if the outline would
 * then touch itself. O(triangles), and a pass over the thin ones for each layer of them.
 */
const withoutSlivers = (triangles: Uint32Array, input: CutInput, borderCount: number): Uint32Array => {
  const thin: number[] = []
  const near = new Uint8Array(input.x.length)
  for (let t = 0; t < triangles.length; t += 3) {
    if (!isSliver(triangles, t, input, borderCount)) continue
    thin.push(t)
    for (let k = 0; k < 3; k++) near[triangles[t + k]] = 1
  }
  if (thin.length === 0) return triangles
  const outline = new Outline(triangles, near)
  const gone = new Uint8Array(triangles.length / 3)
  for (let removed = 1; removed > 0; ) {
    removed = 0
    for (const t of thin) {
      if (gone[t / 3] === 1 || !outline.frees(t, input)) continue
      outline.add(t, -1)
      gone[t / 3] = 1
      removed++
    }
  }
  return triangles.filter((_, at) => gone[(at / 3) | 0] === 0)
}

/** True for a triangle of free vertices that is much longer than high. */
const isSliver = (triangles: Uint32Array, t: number, input: CutInput, borderCount: number): boolean => {
  const { x, y, place, firstFree } = input
  const [a, b, c] = [triangles[t], triangles[t + 1], triangles[t + 2]]
  if (Math.min(a, b, c) < firstFree || Math.min(place[a], place[b], place[c]) < borderCount) return false
  const length = Math.max(distance(x, y, a, b), distance(x, y, b, c), distance(x, y, c, a))
  const height = ((x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])) / length
  return height < SLIVER && length > SLIVER_SHAPE * height
}

const distance = (x: Int32Array, y: Int32Array, a: number, b: number): number => Math.hypot(x[a] - x[b], y[a] - y[b])

/** The outline near marked vertices while triangles are removed. */
class Outline {
  /** Triangles at each edge, by {@link Outline.keyOf}. */
  private readonly counts = new Map<number, number>()
  /** Number of outline edges at each vertex. */
  private readonly edges: Uint32Array
  private readonly triangles: Uint32Array
  private readonly near: Uint8Array

  constructor(triangles: Uint32Array, near: Uint8Array) {
    this.triangles = triangles
    this.near = near
    this.edges = new Uint32Array(near.length)
    for (let t = 0; t < triangles.length; t += 3) this.add(t, 1)
  }

  private keyOf(a: number, b: number): number {
    return Math.min(a, b) * this.near.length + Math.max(a, b)
  }

  /** Adds a triangle (`by` 1) or removes it (−1). */
  add(t: number, by: number): void {
    for (let k = 0; k < 3; k++) {
      const [a, b] = [this.triangles[t + k], this.triangles[t + ((k + 1) % 3)]]
      if (this.near[a] === 0 && this.near[b] === 0) continue
      const before = this.counts.get(this.keyOf(a, b)) ?? 0
      this.counts.set(this.keyOf(a, b), before + by)
      const turn = Number(before + by === 1) - Number(before === 1)
      this.edges[a] += turn
      this.edges[b] += turn
    }
  }

  /** True if a triangle has its longest edge on the outline, or two edges. */
  frees(t: number, { x, y }: CutInput): boolean {
    const corners = [this.triangles[t], this.triangles[t + 1], this.triangles[t + 2]] as const
    const sides = [0, 1, 2].map((k) => [corners[k]!, corners[(k + 1) % 3]!] as const)
    const open = sides.map(([a, b]) => this.counts.get(this.keyOf(a, b)) === 1)
    if (open.filter((is) => is).length > 1) return true
    const k = open.indexOf(true)
    if (k < 0 || this.edges[corners[(k + 2) % 3]!] > 0) return false
    const lengths = sides.map(([a, b]) => distance(x, y, a, b))
    return lengths[k] === Math.max(...lengths)
  }
}

/**
 * True where a triangle is inside the outline of the extent. At the foot of a block or a line it is
 * enough that the nodes nearest to its sides are: a corner may be beyond the outline, and the wall
 * there needs its ground.
 */
const covered = (input: CutInput, t: number, extent: DataExtent): boolean => {
  const { triangles, x, y, firstFree } = input
  const corners = [triangles[t], triangles[t + 1], triangles[t + 2]] as const
  const isFree = corners.every((v) => v >= firstFree)
  if (isFree && !corners.every((v) => extent.contains(x[v], y[v]))) return false
  const coversLine = isFree ? extent.coversLine : extent.coversNear
  for (let k = 0; k < 3; k++) {
    const [a, b] = [corners[k]!, corners[(k + 1) % 3]!]
    if (!coversLine(x[a], y[a], x[b], y[b])) return false
  }
  return everyNode(input, t, extent.covers)
}

/** True where a condition holds at every node on whole metres (in mm) in a triangle. */
const everyNode = (
  { triangles, x, y }: Triangulation,
  t: number,
  holds: (x: number, y: number) => boolean,
): boolean => {
  const [a, b, c] = [triangles[t], triangles[t + 1], triangles[t + 2]]
  const minX = Math.ceil(Math.min(x[a], x[b], x[c]) / 1000) * 1000
  const minY = Math.ceil(Math.min(y[a], y[b], y[c]) / 1000) * 1000
  const maxX = Math.max(x[a], x[b], x[c])
  const maxY = Math.max(y[a], y[b], y[c])
  const left = (from: number, to: number, px: number, py: number): boolean =>
    (x[to] - x[from]) * (py - y[from]) >= (y[to] - y[from]) * (px - x[from])
  for (let py = minY; py <= maxY; py += 1000) {
    for (let px = minX; px <= maxX; px += 1000) {
      if (left(a, b, px, py) && left(b, c, px, py) && left(c, a, px, py) && !holds(px, py)) return false
    }
  }
  return true
}

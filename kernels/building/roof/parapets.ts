/** Parapets: level rims of flat roofs, found in the points and built as one closed step. */
import { addToList } from "../../../engine/core/lists.js"
import { nextHalfEdges, originOf } from "../../geometry/planar-graph.js"
import type { Block, BlockPoints } from "../block/block.js"
import { type BlockGrid, cellAt, fillRings } from "../block/grid.js"
import { medianOf } from "../block/points.js"
import type { RoofCells } from "./merge-regions.js"
import {
  addEdge,
  copyPlan,
  faceRings,
  heightAt,
  isPlanar,
  type RoofPlan,
  type RoofPlane,
  setOrigin,
  sideOf,
} from "./plan.js"
import { heightKey, type Raised } from "./raise.js"

/** Largest gradient of a roof with a parapet. */
const steepest = 0.05
/** Least and largest height of a parapet above its roof, mm. */
const [leastRise, mostRise] = [300, 1500]
/** Points from outside the outline to inside are looked at, mm, and those that count, within. */
const [outer, inner, counted] = [-300, 1000, 600]
/** The roof is looked up so far inside the edge, its neighbour so far outside, mm. */
const [inside, beyond] = [1250, -750]
/** Length of the intervals along an edge, mm. */
const interval = 1000
/** Shorter edges, mm, have a parapet where both neighbours have one. */
const shortEdge = 2500
/** Least share of an edge along which points show its parapet. */
const leastShare = 0.6
/** Least and largest width of a parapet, mm; one whose points say less is none. */
const [leastWidth, mostWidth, thinnest] = [300, 800, 150]
/**
 * Tops of one roof's parapet differ by less, mm; least share and number of an edge's high points in
 * that range.
 */
const [sameTop, leastAlike, leastPoints] = [150, 0.6, 5]
/** Edges with a sine between them below this are straight on. */
const straightSine = 0.035
/** Vertices and heights are this far apart, mm, or equal. */
const [apart, leastStep] = [60, 12]

/** An edge of a building's outline, its inside on the left, with points of a parapet. */
export interface ParapetEdge extends Side {
  readonly member: number
  /** 1 for each interval of equal length in which points show the parapet. */
  readonly shown: Int32Array
  /** Heights of its points, mm. */
  readonly heights: readonly number[]
  /** One for all edges of the roof, mm. */
  readonly width: number
}

/** A straight line with its unit direction, mm. */
interface Side {
  readonly ax: number
  readonly ay: number
  readonly dx: number
  readonly dy: number
  readonly length: number
}

export interface Parapets {
  readonly edges: readonly ParapetEdge[]
  /** 1 for points on parapets. */
  readonly isOn: Uint8Array
}

export const noParapets: Parapets = { edges: [], isOn: new Uint8Array(0) }

/** An edge with a roof that may have a parapet. */
interface Candidate extends Side {
  readonly member: number
  /** Plane of the roof in each interval, −1 for none that may have a parapet. */
  readonly roof: Int32Array
  /** Points of each interval that stand on the roof's rim, and points of the roof there. */
  readonly high: Int32Array
  readonly low: Int32Array
}

/** A point near a candidate, whose roof is level there. */
interface Sample {
  readonly point: number
  readonly edge: Candidate
  readonly at: number
  /** Distance from the edge into the roof, mm. */
  readonly off: number
  readonly isHigh: boolean
}

/**
 * Parapets on the outlines of a block's buildings. Beside a nearly level roof, points in a strip
 * along the edge that are 0.3 to 1.5 m above the roof show a parapet in each metre in which they
 * are the most. At least 60 % of an edge must show one, at one height, and no higher neighbour.
 *
 * Time: O(n) in the points near outlines, besides O(s) in edges.
 */
export const findParapets = (block: Block, roof: RoofCells): Parapets => {
  const candidates = listSides(block).flatMap((side) => sampleSide(side, roof) ?? [])
  if (candidates.length === 0) return noParapets
  const isOn = new Uint8Array(roof.points.x.length)
  const near = pointsNear(candidates, roof)
  // Few roofs have any; of the others no more is collected than these counts.
  const likely = new Set(candidates.filter(isLikely))
  if (likely.size === 0) return noParapets
  const roofs = new Map<string, Sample[]>()
  for (let point = 0; point < near.edge.length; point++) {
    const edge = candidates[near.edge[point]]
    if (edge === undefined || !likely.has(edge)) continue
    const sample = { point, edge, at: near.at[point], off: near.off[point], isHigh: near.isHigh[point] === 1 }
    const { at } = sample
    const key = `${edge.member} ${edge.roof[at]}`
    addToList(roofs, key, sample)
  }
  const edges = [...roofs.values()].flatMap((own) => findParapet(own, roof.points, isOn))
  return { edges, isOn }
}

/** Straight sides of the outlines of all buildings. */
const listSides = (block: Block): (Side & { member: number })[] =>
  (block.members.length > 0 ? block.members : [block.rings]).flatMap((rings, member) =>
    rings.flatMap((ring) => {
      const corners: (readonly [number, number])[] = []
      for (let i = 0; i < ring.length; i += 2) corners.push([ring[i], ring[i + 1]])
      const bent = corners.filter((corner, i) => {
        const before = sideFrom(corners[(i + corners.length - 1) % corners.length], corner)
        return !isStraightOn(before, sideFrom(corner, corners[(i + 1) % corners.length]))
      })
      return bent.map((corner, i) => ({ ...sideFrom(corner, bent[(i + 1) % bent.length]), member }))
    }),
  )

const sideFrom = ([ax, ay]: readonly [number, number], [bx, by]: readonly [number, number]): Side => {
  const length = Math.hypot(bx - ax, by - ay)
  return { ax, ay, dx: (bx - ax) / length, dy: (by - ay) / length, length }
}

const isStraightOn = (p: Side, q: Side): boolean =>
  Math.abs(p.dx * q.dy - p.dy * q.dx) < straightSine && p.dx * q.dx + p.dy * q.dy > 0

const sampleSide = (
  side: Side & { readonly member: number },
  { cells, planes, members }: RoofCells,
): Candidate | undefined => {
  const { ax, ay, dx, dy, length, member } = side
  if (!(length >= shortEdge)) return undefined
  const count = Math.max(2, Math.round(length / interval))
  const cellBeside = (t: number, off: number): number => cellOf(cells, ax + t * dx - off * dy, ay + t * dy + off * dx)
  const roof = Int32Array.from({ length: count }, (_, k) => {
    // Not beside a corner, where the parapet of the next edge is.
    const corner = Math.min(inside, length / 2)
    const t = Math.min(length - corner, Math.max(corner, ((k + 0.5) * length) / count))
    const cell = cellBeside(t, inside)
    if (cell < 0 || members[cell] !== member || cells.label[cell] < 0) return -1
    const plane = planes[cells.label[cell]]
    if (Math.hypot(plane.a, plane.b) > steepest) return -1
    const near = cellBeside(t, beyond)
    if (near < 0 || members[near] < 0 || cells.label[near] < 0) return cells.label[cell]
    const [x, y] = [ax + t * dx - beyond * dy, ay + t * dy + beyond * dx]
    return heightAt(planes[cells.label[near]], x, y) > heightAt(plane, x, y) + leastRise ? -1 : cells.label[cell]
  })
  if (roof.every((plane) => plane < 0)) return undefined
  return { ...side, roof, high: new Int32Array(count), low: new Int32Array(count) }
}

const cellOf = ({ side, columns, rows }: BlockGrid, x: number, y: number): number => {
  const [c, r] = [Math.floor(x / side), Math.floor(y / side)]
  return c < 0 || r < 0 || c >= columns || r >= rows ? -1 : r * columns + c
}

/** The points near candidates. */
interface NearPoints {
  /** Nearest candidate of each point, −1 for others. */
  readonly edge: Int32Array
  /** Its interval, the distance from it into the roof, mm, and 1 for points high above the roof. */
  readonly at: Int32Array
  readonly off: Float64Array
  readonly isHigh: Uint8Array
}

/** Finds the points near candidates, and counts them for their intervals. */
const pointsNear = (candidates: readonly Candidate[], { cells, planes, points }: RoofCells): NearPoints => {
  // Candidates near each cell, as linked lists.
  const first = new Int32Array(cells.label.length).fill(-1)
  const [edges, rest]: [number[], number[]] = [[], []]
  candidates.forEach(({ ax, ay, dx, dy, length }, k) => {
    const corner = (t: number, off: number): [number, number] => [ax + t * dx - off * dy, ay + t * dy + off * dx]
    const [low, high] = [outer - cells.side, inner + cells.side]
    const [start, end] = [-cells.side, length + cells.side]
    const strip = [...corner(start, low), ...corner(end, low), ...corner(end, high), ...corner(start, high)]
    fillRings(cells, [strip], (cell) => {
      rest.push(first[cell])
      first[cell] = edges.push(k) - 1
    })
  })
  const { x, y, z } = points
  const count = x.length
  const near = {
    edge: new Int32Array(count).fill(-1),
    at: new Int32Array(count),
    off: new Float64Array(count),
    isHigh: new Uint8Array(count),
  }
  for (let point = 0; point < count; point++) {
    let nearest = -1
    let off = inner
    let at = 0
    for (let k = first[cellAt(cells, points, point)]; k >= 0; k = rest[k]) {
      const { ax, ay, dx, dy, length, roof } = candidates[edges[k]]
      const px = x[point] - ax
      const py = y[point] - ay
      const t = dx * px + dy * py
      const d = dx * py - dy * px
      if (t < 0 || t >= length || d < outer || d > inner || Math.abs(d) > Math.abs(off)) continue
      nearest = edges[k]
      off = d
      at = Math.floor((t / length) * roof.length)
    }
    if (nearest < 0) continue
    const { roof, high, low } = candidates[nearest]
    if (roof[at] < 0) continue
    const over = z[point] - heightAt(planes[roof[at]], x[point], y[point])
    if (over < -leastRise) continue
    const isHigh = over >= leastRise && over <= mostRise
    if (isHigh && off < counted) high[at]++
    if (!isHigh && off >= 0 && off < leastWidth - 50) low[at]++
    near.edge[point] = nearest
    near.at[point] = at
    near.off[point] = off
    near.isHigh[point] = isHigh ? 1 : 0
  }
  return near
}

/** True where the points of an interval are a parapet rather than the roof. */
const isShown = ({ high, low }: Candidate, at: number): boolean => high[at] > 3 * low[at]

/** True if intervals of enough length show a parapet. */
const isLikely = (edge: Candidate): boolean => {
  let shown = 0
  for (let at = 0; at < edge.roof.length; at++) if (isShown(edge, at)) shown++
  return (shown * edge.length) / edge.roof.length >= leastShare * shortEdge
}

/** Edges of one roof that have a parapet. */
const findParapet = (samples: readonly Sample[], { z }: BlockPoints, isOn: Uint8Array): ParapetEdge[] => {
  const heights = new Map<Candidate, number[]>()
  const { edge: some, at: where } = samples[0]
  const roof = some.roof[where]
  const isOfRoof = (edge: Candidate, at: number): boolean => edge.roof[at] === roof && isShown(edge, at)
  for (const { edge, at, isHigh, point } of samples) {
    if (isHigh && isOfRoof(edge, at)) addToList(heights, edge, z[point])
  }
  const seen = [...heights].filter(([edge]) => {
    let [all, shown] = [0, 0]
    for (let at = 0; at < edge.roof.length; at++) {
      if (edge.roof[at] !== roof) continue
      all++
      if (isShown(edge, at)) shown++
    }
    return shown >= leastShare * all && (all * edge.length) / edge.roof.length >= shortEdge
  })
  if (seen.length === 0) return []
  const { top } = densest(seen.flatMap(([, own]) => own))
  const alike = seen.filter(([, own]) => {
    const one = densest(own)
    return one.count >= Math.max(leastPoints, leastAlike * own.length) && Math.abs(one.top - top) <= sameTop
  })
  const edges = new Set(alike.map(([edge]) => edge))
  const own = samples.filter(({ edge, at }) => edges.has(edge) && isOfRoof(edge, at))
  const width = fitWidth(own.filter(({ point, isHigh }) => !isHigh || Math.abs(z[point] - top) <= sameTop))
  if (width === undefined) return []
  for (const { point, off, isHigh } of own) if (isHigh && off <= width + sameTop) isOn[point] = 1
  return alike.map(([edge, tops]) => ({
    ...edge,
    shown: edge.roof.map((_, at) => (isOfRoof(edge, at) ? 1 : 0)),
    heights: tops.filter((value) => Math.abs(value - top) <= sameTop),
    width,
  }))
}

/** Median and number of the most values within {@link sameTop} of each other. */
const densest = (values: readonly number[]): { readonly top: number; readonly count: number } => {
  const sorted = Float64Array.from(values).sort()
  let [best, count] = [0, 0]
  for (let first = 0, end = 0; first < sorted.length; first++) {
    while (end < sorted.length && sorted[end] - sorted[first] <= sameTop) end++
    if (end - first > count) [best, count] = [first, end - first]
  }
  return { top: sorted[best + (count >> 1)], count }
}

/** The width that parts points of the parapet from those of the roof best. */
const fitWidth = (samples: readonly Sample[]): number | undefined => {
  const step = 10
  const change = new Int32Array(inner / step + 1)
  for (const { off, isHigh } of samples) if (off >= 0) change[Math.floor(off / step)] += isHigh ? -1 : 1
  let [sum, least, first, last] = [0, 0, 0, 0]
  for (let k = 0; k < change.length; k++) {
    sum += change[k]
    if (sum < least) [least, first, last] = [sum, k + 1, k + 1]
    else if (sum === least && k === last) last = k + 1
  }
  const width = (step * (first + last)) / 2
  return width < thinnest ? undefined : Math.min(mostWidth, Math.max(leastWidth, width))
}

/**
 * The roof with a face on each parapet: a level strip along the edges of a roof face, mitred at
 * corners, a ring where all edges have it. A face stays as it is where the strips leave less than
 * 0.5 m² or 0.5 m of it, or meet other edges.
 */
export const addParapets = (roof: Raised, edges: readonly ParapetEdge[]): Raised =>
  edges.length === 0 ? roof : roof.rings.reduce((now, _, face) => new Rim(now, face, edges).built() ?? now, roof)

/** A straight part of the border of a face. */
interface Part extends Side {
  /** Its half-edges, in order. */
  readonly halves: readonly number[]
  isOn: boolean
}

/** The parapet of one face. */
class Rim {
  private readonly roof: Raised
  private readonly face: number
  private readonly plan: RoofPlan
  private readonly heights: Map<number, number>
  private readonly plane: RoofPlane
  private readonly edges: readonly ParapetEdge[]
  private readonly tops: number[] = []
  private width = 0

  constructor(roof: Raised, face: number, edges: readonly ParapetEdge[]) {
    this.roof = roof
    this.face = face
    this.plane = roof.planes[roof.plan.label[face]]
    this.edges = edges.filter(({ member }) => member === roof.plan.member[face])
    this.plan = copyPlan(roof.plan)
    this.heights = new Map(roof.heights)
  }

  /** Undefined where the face has no parapet or none fits. */
  built(): Raised | undefined {
    const { plan, roof, face } = this
    if (this.plane.isBody || this.edges.length === 0 || Math.hypot(this.plane.a, this.plane.b) > steepest)
      return undefined
    const borders = roof.rings[face].map((cycle) => this.splitBorder(cycle))
    if (this.tops.length === 0) return undefined
    const top = Math.round(10 * medianOf(this.tops)) / 10
    const label = roof.planes.length
    const first = plan.label.length
    for (const parts of borders) if (!this.build(parts, label)) return undefined
    const next = nextHalfEdges(plan)
    const rings = faceRings(plan, next)
    if (!rings || !isPlanar(plan, rings) || !this.isWide()) return undefined
    const level = [0, 15, -15, 30, -30].map((shift) => top + shift).find((z) => this.isClear(first, z))
    if (level === undefined) return undefined
    for (let own = first; own < plan.label.length; own++)
      for (const h of rings[own].flat()) this.heights.set(heightKey(own, originOf(plan, h)), level)
    const plane: RoofPlane = { a: 0, b: 0, c: level, low: level, high: level, isBody: true, parapetOf: face }
    return { ...roof, plan, planes: [...roof.planes, plane], rings, heights: this.heights, next }
  }

  /** The border in straight parts. */
  private splitBorder(cycle: readonly number[]): Part[] {
    const { plan, face } = this
    const isOuter = (h: number): boolean => {
      const other = sideOf(plan, h ^ 1)
      return other < 0 || plan.member[other] !== plan.member[face]
    }
    const sides = cycle.map((h) => this.sideBetween(h, h))
    const isOn = (i: number): boolean => {
      const k = (i + cycle.length - 1) % cycle.length
      return isOuter(cycle[k]) && isOuter(cycle[i]) && isStraightOn(sides[k], sides[i])
    }
    const start = Math.max(
      0,
      cycle.findIndex((_, i) => !isOn(i)),
    )
    const groups: number[][] = []
    for (let k = 0; k < cycle.length; k++) {
      const i = (start + k) % cycle.length
      if (k > 0 && isOn(i)) groups[groups.length - 1].push(cycle[i])
      else groups.push([cycle[i]])
    }
    const parts = groups.map((halves): Part => {
      const side = this.sideBetween(halves[0], halves[halves.length - 1])
      return { ...side, halves, isOn: isOuter(halves[0]) && this.isParapet(side) }
    })
    const shown = parts.map((part) => part.isOn)
    parts.forEach((part, i) => {
      const [p, q] = [shown[(i + parts.length - 1) % parts.length], shown[(i + 1) % parts.length]]
      if (p && q && part.length < shortEdge && isOuter(part.halves[0])) part.isOn = true
    })
    return parts
  }

  private sideBetween(first: number, last: number): Side {
    const [u, v] = [originOf(this.plan, first), originOf(this.plan, last ^ 1)]
    return sideFrom([this.plan.x[u], this.plan.y[u]], [this.plan.x[v], this.plan.y[v]])
  }

  /** True if points show a parapet along most of a side; notes their heights. */
  private isParapet({ ax, ay, dx, dy, length }: Side): boolean {
    let covered = 0
    const tops: number[] = []
    for (const edge of this.edges) {
      const [px, py] = [ax - edge.ax, ay - edge.ay]
      const t = edge.dx * px + edge.dy * py
      const end = t + length * (edge.dx * dx + edge.dy * dy)
      const [off, sine] = [edge.dx * py - edge.dy * px, edge.dx * dy - edge.dy * dx]
      if (end <= t || Math.abs(off) > 100 || Math.abs(off + length * sine) > 100) continue
      const one = edge.length / edge.shown.length
      let own = 0
      for (const [k, shown] of edge.shown.entries())
        if (shown === 1) own += Math.max(0, Math.min(end, (k + 1) * one) - Math.max(t, k * one))
      if (own === 0) continue
      covered += own
      tops.push(...edge.heights)
      this.width = edge.width
    }
    if (covered < leastShare * length) return false
    this.tops.push(...tops)
    return true
  }

  /** Adds the strips along a border; false where they do not fit. */
  private build(parts: readonly Part[], label: number): boolean {
    const { plan, face } = this
    const count = parts.length
    const at = (i: number): Part => parts[(i + count) % count]
    const isWhole = parts.every(({ isOn }) => isOn)
    const begin = isWhole ? 0 : parts.findIndex((part, i) => part.isOn && !at(i - 1).isOn)
    if (begin < 0) return true
    let own = -1
    let before = -1
    const corner = isWhole ? this.mitre(at(-1), at(0)) : -1
    if (corner === undefined) return false
    for (let k = 0; k < count; k++) {
      const part = at(begin + k)
      if (!part.isOn) continue
      if (isWhole ? k === 0 : !at(begin + k - 1).isOn) {
        own = plan.label.push(label) - 1
        plan.member.push(plan.member[face])
        const start = isWhole ? corner : this.findEnd(at(begin + k - 1), part, true, own)
        if (start === undefined) return false
        before = start
      }
      const next = at(begin + k + 1)
      const end = !next.isOn
        ? this.findEnd(next, part, false, own)
        : isWhole && k === count - 1
          ? corner
          : this.mitre(part, next)
      if (end === undefined) return false
      for (const h of part.halves) this.setSide(h, own)
      const [x, y] = [plan.x[end] - plan.x[before], plan.y[end] - plan.y[before]]
      if (x * part.dx + y * part.dy < apart) return false
      addEdge(plan, before, end, face, own)
      before = end
    }
    return true
  }

  /** The vertex where the inner sides of two strips meet. */
  private mitre(p: Part, q: Part): number | undefined {
    const sine = p.dx * q.dy - p.dy * q.dx
    if (Math.abs(sine) < straightSine) return undefined
    // Half of the turn along the first side.
    const back = (this.width * (1 - (p.dx * q.dx + p.dy * q.dy))) / sine
    return this.addVertex(q.ax - p.dy * this.width - back * p.dx, q.ay + p.dx * this.width - back * p.dy)
  }

  /**
   * The inner corner at the end of a strip: on the adjacent part of the border, or straight across
   * from a corner that points inwards.
   */
  private findEnd(beside: Part, part: Part, isStart: boolean, own: number): number | undefined {
    const { plan, width, face } = this
    const h = isStart ? beside.halves[beside.halves.length - 1] : beside.halves[0]
    const corner = originOf(plan, isStart ? h ^ 1 : h)
    const far = originOf(plan, isStart ? h : h ^ 1)
    const [ex, ey] = [plan.x[far] - plan.x[corner], plan.y[far] - plan.y[corner]]
    const length = Math.hypot(ex, ey)
    // Distance of the border from the edge, for each mm along it.
    const rise = (part.dx * ey - part.dy * ex) / length
    if (rise < straightSine) {
      const end = this.addVertex(plan.x[corner] - width * part.dy, plan.y[corner] + width * part.dx)
      if (isStart) addEdge(plan, corner, end, face, own)
      else addEdge(plan, end, corner, face, own)
      return end
    }
    const along = width / rise
    if (along > length - apart) return undefined
    const t = along / length
    const end = this.addVertex(plan.x[corner] + t * ex, plan.y[corner] + t * ey)
    for (const side of [plan.left[h >> 1], plan.right[h >> 1]]) {
      if (side < 0) continue
      const [low, high] = [corner, far].map((v) => this.heights.get(heightKey(side, v)) ?? 0)
      this.heights.set(heightKey(side, end), Math.round(10 * (low + t * (high - low))) / 10)
    }
    this.setSide(this.split(h, isStart, end), own)
    return end
  }

  /** Splits an edge at a vertex; returns the half-edge of the part at the corner. */
  private split(h: number, isAtEnd: boolean, v: number): number {
    const { plan } = this
    const e = h >> 1
    const atCorner = isAtEnd ? h ^ 1 : h
    const corner = originOf(plan, atCorner)
    setOrigin(plan, atCorner, v)
    const [from, to] = (atCorner & 1) === 0 ? [corner, v] : [v, corner]
    return 2 * addEdge(plan, from, to, plan.left[e], plan.right[e], plan.ring[e]) + (h & 1)
  }

  private addVertex(x: number, y: number): number {
    const { plan, face, plane } = this
    const v = plan.x.push(Math.round(10 * x) / 10) - 1
    plan.y.push(Math.round(10 * y) / 10)
    this.heights.set(heightKey(face, v), Math.round(10 * heightAt(plane, plan.x[v], plan.y[v])) / 10)
    return v
  }

  private setSide(h: number, own: number): void {
    const sides = (h & 1) === 0 ? this.plan.left : this.plan.right
    sides[h >> 1] = own
  }

  /** True if enough of the face remains. */
  private isWide(): boolean {
    const { x, y, from, to, left, right } = this.plan
    let [area, border] = [0, 0]
    from.forEach((u, e) => {
      if (left[e] !== this.face && right[e] !== this.face) return
      const part = (x[u] * y[to[e]] - x[to[e]] * y[u]) / 2
      area += left[e] === this.face ? part : -part
      border += Math.hypot(x[to[e]] - x[u], y[to[e]] - y[u])
    })
    return area >= 5e5 && 2 * area >= 500 * border
  }

  /** True if the parapet rises from its roof and is nowhere near the height of another face. */
  private isClear(first: number, top: number): boolean {
    const { from, to, left, right } = this.plan
    const above = (face: number, v: number): number => top - (this.heights.get(heightKey(face, v)) ?? 0)
    return from.every((u, e) => {
      if (left[e] < first && right[e] < first) return true
      const other = left[e] < first ? left[e] : right[e]
      if (other < 0 || other >= first) return true
      const [p, q] = [above(other, u), above(other, to[e])]
      if (other === this.face) return Math.min(p, q) >= leastRise - 50
      return (p === 0 && q === 0) || Math.min(p, q) >= leastStep || Math.max(p, q) <= -leastStep
    })
  }
}

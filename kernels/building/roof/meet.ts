/**
 * Moves vertices of a roof plan to the places where the planes of their faces meet, so that no face
 * has to leave its plane.
 */
import { squareToSegment } from "../../../engine/core/geometry/segments.js"
import { edgesMeet } from "../../geometry/arrange-segments.js"
import { originOf } from "../../geometry/planar-graph.js"
import type { Tie } from "./adjust.js"
import { addEdge, heightAt, type RoofPlan, type RoofPlane, setOrigin, sideOf } from "./plan.js"

/** A plan and its planes in steps of 0.1 mm. The first vertices are corners of the outline. */
export interface Draft {
  readonly plan: RoofPlan
  readonly planes: RoofPlane[]
  readonly corners: number
}

/** Heights at a vertex that differ by no more are one, steps; rounding in plan causes so much. */
export const sameHeight = 5
/** Other heights at a vertex differ by at least this, steps: nearer vertices may be merged. */
export const leastStep = 120
/** Planes this near at a vertex should meet there, steps: in height, or in plan. */
const [nearInHeight, nearInPlan] = [1500, 1000]
/** Planes this near at a vertex that cannot move are adjusted to meet there, steps. */
const nearFixed = 600
/** Planes at a smaller angle have no line in common that is worth an edge, degrees. */
export const leastBend = 6.2
/** Farthest that a vertex moves, steps. */
const farthest = 4000
/** Least distance between vertices, and between a vertex and an edge, steps. */
const [apart, clear] = [150, 30]
/** A vertex without a place where planes meet tries these distances, steps, along its lines. */
const escapes = [200, 400, 800, 1600]
/** Walls that turn by less are straight: their vertices move along them. */
const straightSine = 0.1

export const heightOf = ({ plan, planes }: Draft, face: number, x: number, y: number): number =>
  heightAt(planes[plan.label[face]], x, y)

/** Cosine of the angle between two planes. */
export const planesCosine = (p: RoofPlane, q: RoofPlane): number =>
  (1 + p.a * q.a + p.b * q.b) / Math.sqrt((1 + p.a ** 2 + p.b ** 2) * (1 + q.a ** 2 + q.b ** 2))

const leastCosine = Math.cos((leastBend * Math.PI) / 180)

/** Two faces beside an edge that leaves a vertex. */
interface Pair {
  readonly half: number
  /** Difference of the heights of the left and right face: c + a · x + b · y. */
  readonly a: number
  readonly b: number
  readonly c: number
  /** True if the planes should meet at the vertex. */
  readonly wants: boolean
  readonly weight: number
  /** Direction of the edge. */
  readonly ux: number
  readonly uy: number
  readonly far: number
}

interface Place {
  readonly x: number
  readonly y: number
  cost: number
}

/** Moves all vertices of a plan that can be moved. Changes the plan. */
export const meetPlanes = (draft: Draft): void => {
  const work = new Meeting(draft)
  const count = draft.plan.x.length
  for (let v = 0; v < count; v++) work.move(v)
  for (let v = 0; v < count; v++) work.detach(v)
}

/** Places where heights nearly agree and cannot be made to by moving a vertex. */
export interface NearMiss extends Tie {
  readonly v: number
  readonly low: number
  readonly high: number
  readonly gap: number
}

/** Heights at a vertex that differ too much to be one and too little for a step. */
export const badSteps = (draft: Draft): NearMiss[] => {
  const work = new Meeting(draft)
  return draft.plan.x.flatMap((_, v) => work.missesAt(v, false))
}

/**
 * Planes that nearly meet at a vertex, with those that meet there already; without `all` only at
 * vertices that cannot move.
 */
export const nearMisses = (draft: Draft, all: boolean): NearMiss[] => {
  const work = new Meeting(draft)
  return draft.plan.x.flatMap((_, v) => {
    if (!all && !work.isFixed(v)) return []
    const found = work.missesAt(v, true)
    return found.some(({ gap }) => gap > 1) ? found : []
  })
}

class Meeting {
  private readonly draft: Draft
  private readonly plan: RoofPlan
  /** Half-edges that leave each vertex. */
  private readonly leaving: number[][]
  /** Edges around each face. */
  private readonly around: number[][]
  private readonly ringEnd = new Map<number, number>()

  constructor(draft: Draft) {
    this.draft = draft
    this.plan = draft.plan
    const { x, from, to, left, right, label, ring } = draft.plan
    this.leaving = x.map(() => [])
    this.around = label.map(() => [])
    from.forEach((u, e) => {
      this.leaving[u].push(2 * e)
      this.leaving[to[e]].push(2 * e + 1)
      if (left[e] >= 0) this.around[left[e]].push(e)
      if (right[e] >= 0 && right[e] !== left[e]) this.around[right[e]].push(e)
      if (ring[e] >= 0 && to[e] < draft.corners) this.ringEnd.set(ring[e], to[e])
    })
  }

  isFixed(v: number): boolean {
    const walls = this.walls(this.leaving[v])
    return walls.length > 0 && this.findSlides(v, walls) === undefined
  }

  missesAt(v: number, wide: boolean): NearMiss[] {
    const { x, y, label } = this.plan
    const { planes } = this.draft
    const levels = facesAround(this.plan, this.leaving[v])
      .map((face) => ({ face, z: heightOf(this.draft, face, x[v], y[v]) }))
      .sort((p, q) => p.z - q.z || p.face - q.face)
    return levels.slice(1).flatMap((high, i) => {
      const gap = high.z - levels[i].z
      const [p, q] = [label[levels[i].face], label[high.face]]
      const isNear = gap < leastStep || (wide && gap < nearFixed && planesCosine(planes[p], planes[q]) < leastCosine)
      const least = wide ? 0 : sameHeight
      return p !== q && gap >= least && isNear
        ? [{ v, x: x[v], y: y[v], p, q, low: levels[i].face, high: high.face, gap }]
        : []
    })
  }

  /** Moves a vertex to the best place for its planes. */
  move(v: number): void {
    const star = this.star(v)
    if (star.length === 0) return
    const walls = this.walls(star)
    const slides = walls.length === 0 ? undefined : this.findSlides(v, walls)
    if (walls.length > 0 && slides === undefined) return
    const { x, y } = this.plan
    const [ox, oy] = [x[v], y[v]]
    const pairs = this.pairsAt(v, star)
    const faces = facesAround(this.plan, star)
    const here: Place = { x: ox, y: oy, cost: this.measureCost(v, pairs, faces, ox, oy) }
    const isBad = here.cost >= badCost
    if (!isBad && !pairs.some(({ wants }) => wants)) return
    const places = slides === undefined ? freePlaces(pairs, ox, oy, isBad) : slidePlaces(pairs, slides, isBad)
    const found: Place[] = []
    for (const [px, py] of places) {
      const [rx, ry] = this.rounded(pairs, px, py)
      if ((rx - ox) ** 2 + (ry - oy) ** 2 > farthest ** 2) continue
      const cost = this.measureCost(v, pairs, faces, rx, ry)
      if (cost < here.cost) found.push({ x: rx, y: ry, cost })
    }
    found.sort((p, q) => p.cost - q.cost || p.x - q.x || p.y - q.y)
    const before = faces.map((face) => this.area(face))
    for (const place of found) {
      ;[x[v], y[v]] = [place.x, place.y]
      if (this.isSound(v, star, faces, before)) return
    }
    ;[x[v], y[v]] = [ox, oy]
  }

  /**
   * At a vertex that cannot move, ends the outermost edges between two roofs on the wall beside it,
   * where their planes meet.
   */
  detach(v: number): void {
    for (let round = 0; round < 8; round++) {
      const walls = this.walls(this.leaving[v])
      if (walls.length === 0 || walls.length === this.leaving[v].length) return
      const star = this.star(v)
      if (this.findSlides(v, walls) !== undefined && !this.needsDetaching(v, star)) return
      if (!this.detachOne(v, star)) return
    }
  }

  private needsDetaching(v: number, star: readonly number[]): boolean {
    const { x, y } = this.plan
    return this.gapFaults(facesAround(this.plan, star), x[v], y[v]) > 0
  }

  private detachOne(v: number, star: readonly number[]): boolean {
    const { plan } = this
    const pairs = this.pairsAt(v, star)
    const isBad = this.needsDetaching(v, star)
    const found: { half: number; wall: number; x: number; y: number; cost: number }[] = []
    star.forEach((half, i) => {
      if (isWall(plan, half)) return
      const pair = pairs.find((one) => one.half === half)
      if (pair === undefined) return
      const d = pair.a * plan.x[v] + pair.b * plan.y[v] + pair.c
      const shouldMeet = pair.wants && Math.abs(d) > sameHeight
      if (!shouldMeet && !isBad) return
      for (const wall of [star[(i + star.length - 1) % star.length], star[(i + 1) % star.length]]) {
        if (!isWall(plan, wall)) continue
        const end = originOf(plan, wall ^ 1)
        const [ex, ey] = [plan.x[end] - plan.x[v], plan.y[end] - plan.y[v]]
        const length = Math.hypot(ex, ey)
        const slope = (pair.a * ex + pair.b * ey) / length
        const at = pair.wants && slope !== 0 ? [-d / slope] : []
        for (const s of [...at, ...(isBad ? escapes : [])]) {
          if (!(s >= apart && s <= Math.min(farthest, length - apart))) continue
          const [px, py] = this.rounded([pair], plan.x[v] + (s * ex) / length, plan.y[v] + (s * ey) / length)
          const other = sideOf(plan, wall) === sideOf(plan, half ^ 1) ? sideOf(plan, wall ^ 1) : sideOf(plan, wall)
          const faces = [sideOf(plan, half), sideOf(plan, half ^ 1), other].filter((face) => face >= 0)
          if (this.gapFaults(faces, px, py) > 0) continue
          const meets = Math.abs(pair.a * px + pair.b * py + pair.c) <= sameHeight
          found.push({ half, wall, x: px, y: py, cost: s + (meets ? 0 : farthest) })
        }
      }
    })
    found.sort((p, q) => p.cost - q.cost || p.half - q.half || p.wall - q.wall)
    return found.some(({ half, wall, x, y }) => this.reattach(v, half, wall, x, y))
  }

  /** Ends an edge on the wall beside it; false if the plan would not stay planar. */
  private reattach(v: number, half: number, wall: number, px: number, py: number): boolean {
    const { plan } = this
    const { x, y, left, right } = plan
    const [l, r] = [sideOf(plan, half), sideOf(plan, half ^ 1)]
    // The face between edge and wall leaves the vertex; the other one gets the wall's piece.
    const leftIsBetween = sideOf(plan, half) === sideOf(plan, wall ^ 1) && this.isNext(v, half, wall)
    const [leaves, gets] = leftIsBetween ? [l, r] : [r, l]
    if (leaves === gets) return false
    const before = [leaves, gets].map((face) => this.area(face))
    const w = x.push(px) - 1
    y.push(py)
    const e = wall >> 1
    const turned = wall & 1
    const [start, end] = turned === 0 ? [v, w] : [w, v]
    const sides = [left[e], right[e]].map((face) => (face === leaves ? gets : face)) as [number, number]
    const piece = addEdge(plan, start, end, ...sides, plan.ring[e])
    setOrigin(plan, wall, w)
    setOrigin(plan, half, w)
    this.leaving[v] = this.leaving[v].filter((h) => h !== half && h !== wall)
    this.leaving[v].push(2 * piece + turned)
    this.leaving.push([half, wall, 2 * piece + 1 - turned])
    for (const face of new Set([left[piece], right[piece]])) if (face >= 0) this.around[face].push(piece)
    if (this.isSound(w, this.leaving[w], [leaves, gets], before)) return true
    for (const face of new Set([left[piece], right[piece]])) if (face >= 0) this.around[face].pop()
    this.leaving.pop()
    this.leaving[v] = this.leaving[v].filter((h) => h >> 1 !== piece)
    this.leaving[v].push(half, wall)
    for (const values of [plan.from, plan.to, left, right, plan.ring, x, y]) values.pop()
    setOrigin(plan, wall, v)
    setOrigin(plan, half, v)
    return false
  }

  /** True if one half-edge follows another counter-clockwise around a vertex. */
  private isNext(v: number, half: number, other: number): boolean {
    const star = this.star(v)
    return star[(star.indexOf(half) + 1) % star.length] === other
  }

  /** Half-edges that leave a vertex, counter-clockwise. */
  private star(v: number): number[] {
    const { plan } = this
    const { x, y } = plan
    const star = [...this.leaving[v]]
    const angles = star.map((h) => {
      const end = originOf(plan, h ^ 1)
      return Math.atan2(y[end] - y[v], x[end] - x[v])
    })
    // Few edges: insertion is faster than the sort of an array.
    for (let i = 1; i < star.length; i++) {
      const [half, angle] = [star[i], angles[i]]
      let slot = i
      for (; slot > 0 && angles[slot - 1] > angle; slot--) {
        star[slot] = star[slot - 1]
        angles[slot] = angles[slot - 1]
      }
      star[slot] = half
      angles[slot] = angle
    }
    return star
  }

  private walls(star: readonly number[]): number[] {
    return star.filter((h) => isWall(this.plan, h))
  }

  /** The ends of the walls along which a vertex may move; undefined if it is fixed. */
  private findSlides(v: number, walls: readonly number[]): Slide[] | undefined {
    const { plan, draft } = this
    if (v < draft.corners || walls.length !== 2) return undefined
    const { x, y, ring } = plan
    const [p, q] = walls.map((h) => originOf(plan, h ^ 1))
    const edge = ring[walls[0] >> 1]
    if (edge !== ring[walls[1] >> 1]) return undefined
    const end = edge < 0 ? undefined : this.ringEnd.get(edge)
    if (edge >= 0 && end === undefined) return undefined
    const [px, py, qx, qy] = [x[p] - x[v], y[p] - y[v], x[q] - x[v], y[q] - y[v]]
    const [lp, lq] = [Math.hypot(px, py), Math.hypot(qx, qy)]
    if (edge < 0 && (Math.abs(px * qy - py * qx) > straightSine * lp * lq || px * qx + py * qy > 0)) return undefined
    const line = (w: number, length: number): Slide => {
      const most = length - apart
      if (end === undefined) return { ox: x[v], oy: y[v], ux: (x[w] - x[v]) / length, uy: (y[w] - y[v]) / length, most }
      // On the straight line between the corners of the outline.
      const sign = (x[w] - x[v]) * (x[end] - x[edge]) + (y[w] - y[v]) * (y[end] - y[edge]) > 0 ? 1 : -1
      const whole = Math.hypot(x[end] - x[edge], y[end] - y[edge])
      const [ux, uy] = [(sign * (x[end] - x[edge])) / whole, (sign * (y[end] - y[edge])) / whole]
      const along = (x[v] - x[edge]) * ux + (y[v] - y[edge]) * uy
      return { ox: x[edge] + along * ux, oy: y[edge] + along * uy, ux, uy, most }
    }
    return [line(p, lp), line(q, lq)]
  }

  private pairsAt(v: number, star: readonly number[]): Pair[] {
    const { plan, draft } = this
    const { x, y, label } = plan
    const pairs: Pair[] = []
    for (const half of star) {
      const f = sideOf(plan, half)
      const g = sideOf(plan, half ^ 1)
      if (f < 0 || g < 0 || f === g || label[f] === label[g]) continue
      const p = draft.planes[label[f]]
      const q = draft.planes[label[g]]
      const a = p.a - q.a
      const b = p.b - q.b
      const c = p.c - q.c
      const far = originOf(plan, half ^ 1)
      const dx = x[far] - x[v]
      const dy = y[far] - y[v]
      const length = Math.hypot(dx, dy)
      const d = Math.abs(a * x[v] + b * y[v] + c)
      const wants = planesCosine(p, q) < leastCosine && (d <= nearInHeight || d <= nearInPlan * Math.hypot(a, b))
      const weight = 0.3 + 0.7 * Math.min(1, length / 20000)
      pairs.push({ half, a, b, c, wants, weight, ux: dx / length, uy: dy / length, far })
    }
    return pairs
  }

  /** Lower is better: planes that should meet and do not, moves, and heights that nearly agree. */
  private measureCost(v: number, pairs: readonly Pair[], faces: readonly number[], px: number, py: number): number {
    const { x, y } = this.plan
    const [mx, my] = [px - x[v], py - y[v]]
    let cost = (0.5 * Math.hypot(mx, my)) / farthest + badCost * this.gapFaults(faces, px, py)
    for (const { a, b, c, wants, weight, ux, uy, far } of pairs) {
      const d = a * px + b * py + c
      if (wants) {
        if (Math.abs(d) > sameHeight) cost += weight * (1 + Math.min(1, Math.abs(d) / nearInHeight))
      } else cost += (weight * Math.abs(mx * uy - my * ux)) / 1200
      // A crossing right beside the vertex.
      const end = a * x[far] + b * y[far] + c
      if (d * end < 0 && Math.min(Math.abs(d), Math.abs(end)) > sameHeight) {
        const length = Math.hypot(x[far] - px, y[far] - py)
        if (Math.abs(d) * length < apart * Math.abs(d - end)) cost += badCost
      }
    }
    return cost
  }

  /** Number of neighbouring heights that are neither one nor a clear step apart. */
  private gapFaults(faces: readonly number[], px: number, py: number): number {
    const levels = faces.map((face) => heightOf(this.draft, face, px, py))
    // The pairs of neighbours in height, without sorting.
    let faults = 0
    for (let i = 0; i < levels.length; i++) {
      let gap = Number.POSITIVE_INFINITY
      for (let j = 0; j < levels.length; j++) {
        const own = levels[j] - levels[i]
        if ((own > 0 || (own === 0 && j > i)) && own < gap) gap = own
      }
      if (gap > sameHeight && gap < leastStep) faults++
    }
    return faults
  }

  /** The lattice place near which the planes that should meet there agree best. */
  private rounded(pairs: readonly Pair[], px: number, py: number): readonly [number, number] {
    const [cx, cy] = [Math.round(px), Math.round(py)]
    const near = pairs.filter(({ a, b, c, wants }) => wants && Math.abs(a * px + b * py + c) <= 3)
    const worst = (qx: number, qy: number): number =>
      near.reduce((most, { a, b, c }) => Math.max(most, Math.abs(a * qx + b * qy + c)), 0)
    let [bx, by, least] = [cx, cy, worst(cx, cy)]
    if (least <= 2) return [cx, cy]
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const own = worst(cx + dx, cy + dy)
        if (own < least) [bx, by, least] = [cx + dx, cy + dy, own]
      }
    }
    return [bx, by]
  }

  private area(face: number): number {
    const { x, y, from, to, left } = this.plan
    let sum = 0
    for (const e of this.around[face]) {
      const part = x[from[e]] * y[to[e]] - x[to[e]] * y[from[e]]
      sum += left[e] === face ? part : -part
    }
    return sum
  }

  /** True if the edges at a vertex meet no other edge of its faces, and these keep their shape. */
  private isSound(v: number, star: readonly number[], faces: readonly number[], before: readonly number[]): boolean {
    const { plan } = this
    const { x, y, from, to } = plan
    if (faces.some((face, i) => this.area(face) < 0.2 * before[i])) return false
    const ends = star.map((h) => originOf(plan, h ^ 1))
    for (const w of ends) if ((x[w] - x[v]) ** 2 + (y[w] - y[v]) ** 2 < apart ** 2) return false
    const seen = new Set<number>()
    for (const face of faces) {
      for (const e of this.around[face]) {
        const c = from[e]
        const d = to[e]
        if (c === v || d === v || seen.has(e)) continue
        seen.add(e)
        if (!this.isClear(v, ends, c, d)) return false
      }
    }
    return true
  }

  /** True if the edges from a vertex to `ends` keep their distance from an edge c – d. */
  private isClear(v: number, ends: readonly number[], c: number, d: number): boolean {
    const { x, y } = this.plan
    if (squareToSegment(x[v], y[v], x[c], y[c], x[d], y[d]) < clear ** 2) return false
    if ((x[c] - x[v]) ** 2 + (y[c] - y[v]) ** 2 < apart ** 2) return false
    if ((x[d] - x[v]) ** 2 + (y[d] - y[v]) ** 2 < apart ** 2) return false
    for (const w of ends) {
      if (c !== w && squareToSegment(x[c], y[c], x[v], y[v], x[w], y[w]) < clear ** 2) return false
      if (d !== w && squareToSegment(x[d], y[d], x[v], y[v], x[w], y[w]) < clear ** 2) return false
      if (edgesMeet(this.plan, v, w, c, d)) return false
    }
    return true
  }
}

const badCost = 100

/** A line along which a vertex may move. */
interface Slide {
  readonly ox: number
  readonly oy: number
  readonly ux: number
  readonly uy: number
  readonly most: number
}

const isWall = (plan: RoofPlan, half: number): boolean => {
  const [l, r] = [sideOf(plan, half), sideOf(plan, half ^ 1)]
  return l < 0 || r < 0 || plan.member[l] !== plan.member[r]
}

const facesAround = (plan: RoofPlan, star: readonly number[]): number[] => {
  const faces: number[] = []
  for (const h of star) {
    const face = sideOf(plan, h)
    if (face >= 0 && !faces.includes(face)) faces.push(face)
  }
  return faces
}

type Spot = readonly [x: number, y: number]

/** Places for a vertex inside: on a line where two planes meet, or where two such lines cross. */
const freePlaces = (pairs: readonly Pair[], x: number, y: number, isBad: boolean): Spot[] => {
  const places: Spot[] = []
  const wanted = pairs.filter(({ wants }) => wants)
  wanted.forEach((p, i) => {
    const squared = p.a * p.a + p.b * p.b
    const d = p.a * x + p.b * y + p.c
    places.push([x - (d * p.a) / squared, y - (d * p.b) / squared])
    for (const q of wanted.slice(i + 1)) {
      const cross = p.a * q.b - p.b * q.a
      if (Math.abs(cross) < 0.05 * Math.sqrt(squared * (q.a * q.a + q.b * q.b))) continue
      places.push([(p.b * q.c - q.b * p.c) / cross, (q.a * p.c - p.a * q.c) / cross])
    }
    for (const { ux, uy, half } of pairs) {
      if (half === p.half) continue
      const rate = p.a * ux + p.b * uy
      if (Math.abs(rate) > 0.05 * Math.sqrt(squared)) places.push([x - (d * ux) / rate, y - (d * uy) / rate])
    }
  })
  if (!isBad) return places
  for (const { ux, uy } of pairs)
    for (const s of escapes)
      for (const sign of [1, -1]) {
        places.push([x + sign * s * ux, y + sign * s * uy])
        places.push([x - sign * s * uy, y + sign * s * ux])
      }
  return places
}

/** Places for a vertex on a wall: on the wall. */
const slidePlaces = (pairs: readonly Pair[], slides: readonly Slide[], isBad: boolean): Spot[] =>
  slides.flatMap(({ ox, oy, ux, uy, most }) => {
    const along = pairs.flatMap(({ a, b, c, wants }) => {
      const rate = a * ux + b * uy
      return wants && rate !== 0 ? [-(a * ox + b * oy + c) / rate] : []
    })
    return [0, ...along, ...(isBad ? escapes : [])].flatMap((s): Spot[] =>
      s >= 0 && s <= most ? [[ox + s * ux, oy + s * uy]] : [],
    )
  })

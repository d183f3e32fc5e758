/** Closes a raised roof below: walls between roofs, walls down to the foot, and a floor. */
import { doubledArea } from "../../../engine/core/geometry/rings.js"
import { addToList } from "../../../engine/core/lists.js"
import { originOf } from "../../geometry/planar-graph.js"
import { groundOnEdge } from "../block/block.js"
import { type RoofPlan, sideOf } from "../roof/plan.js"
import { heightKey, type RaisedRoof } from "../roof/raise.js"
import { faceKind, type Polyhedron, type PolyhedronFace } from "./polyhedron.js"

/**
 * The lower end of the walls: a horizontal floor, or the ground line along each edge of the
 * outline.
 */
export type Foot =
  | { readonly floor: number }
  | {
      /**
       * x, y, z of the ground line from the first to the last corner of a ring edge, both included;
       * whole millimetres.
       */
      line(ringEdge: number): ArrayLike<number>
    }

/**
 * Roofs and walls of the chosen faces: roof polygons, step walls between them, outer walls down to
 * the foot, and any floor. Walls on one edge of the outline form one polygon. On each vertical
 * line, walls have a vertex at every height of any face there. No vertex is thus on an edge of
 * another face.
 *
 * @param chosen faces, ascending; all by default
 * @returns undefined where the ground line reaches the roof
 */
export const extrudeRoof = (
  roof: RaisedRoof,
  foot: Foot,
  chosen: readonly number[] = [...roof.rings.keys()],
): Polyhedron | undefined => {
  const walls = new Walls(roof, chosen)
  const faces: PolyhedronFace[] = []
  for (const part of chosen) {
    faces.push({
      kind: faceKind.roof,
      part,
      rings: roof.rings[part].map((ring) => ring.map((h) => walls.top(part, originOf(roof.plan, h)))),
    })
  }
  const wall = (ring: number[], part: number): void => {
    faces.push({ kind: faceKind.wall, part, rings: [ring] })
  }
  for (const { ring, part } of walls.steps()) wall(ring, part)
  const runs = walls.runs()
  for (const run of runs) {
    const bottom = walls.bottom(run, foot)
    if (!bottom) return undefined
    wall(walls.outer(run, bottom), sideOf(roof.plan, run[0]))
  }
  if ("floor" in foot) {
    const inner = new Set(runs.flatMap((run) => run.slice(1).map((h) => originOf(roof.plan, h))))
    const rings = floorRings(roof, walls).map((ring) =>
      ring.filter((v) => !inner.has(v)).map((v) => walls.vertex(v, foot.floor)),
    )
    faces.push({ kind: faceKind.floor, part: -1, rings: rings.map((ring) => ring.reverse()) })
  }
  return { positions: walls.positions, faces }
}

/**
 * Vertices of the border of the chosen faces: the outer ring first, counter-clockwise, holes
 * clockwise.
 */
const floorRings = ({ plan, next }: RaisedRoof, walls: Walls): number[][] => {
  const inside = (h: number): boolean => walls.has(sideOf(plan, h))
  const border = walls.edges.flatMap((e) => [2 * e, 2 * e + 1].filter((h) => inside(h) && !inside(h ^ 1)))
  const along = new Map<number, number>()
  for (const h of border) {
    let g = next[h]
    while (inside(g ^ 1)) g = next[g ^ 1]
    along.set(h, g)
  }
  const rings: number[][] = []
  for (const first of border) {
    const ring: number[] = []
    for (let h: number | undefined = first; h !== undefined && along.has(h); ) {
      ring.push(originOf(plan, h))
      const after: number | undefined = along.get(h)
      along.delete(h)
      h = after
    }
    if (ring.length > 0) rings.push(ring)
  }
  return rings.sort((a, b) => ringArea(plan, b) - ringArea(plan, a))
}

const ringArea = ({ x, y }: RoofPlan, ring: readonly number[]): number => doubledArea(ring.flatMap((v) => [x[v], y[v]]))

class Walls {
  readonly positions: number[] = []
  private readonly index = new Map<number, number>()
  private readonly extra = new Map<string, number>()
  /** Edges of the chosen faces, ascending. */
  readonly edges: readonly number[]
  /** Heights on the vertical line through each vertex, ascending. */
  private readonly columns = new Map<number, number[]>()
  private readonly isChosen: Uint8Array

  private readonly roof: RaisedRoof

  constructor(roof: RaisedRoof, chosen: readonly number[]) {
    this.roof = roof
    this.isChosen = new Uint8Array(roof.rings.length)
    const { plan, rings } = roof
    const edges = new Set<number>()
    for (const face of chosen) {
      this.isChosen[face] = 1
      for (const cycle of rings[face]) {
        for (const h of cycle) {
          edges.add(h >> 1)
          const v = originOf(plan, h)
          const z = this.height(face, v)
          const column = this.columns.get(v)
          if (column === undefined) this.columns.set(v, [z])
          else if (!column.includes(z)) column.push(z)
        }
      }
    }
    for (const column of this.columns.values()) column.sort((a, b) => a - b)
    this.edges = [...edges].sort((a, b) => a - b)
  }

  vertex(v: number, z: number): number {
    const key = (Math.round(10 * z) + 0x10000000) * 0x800000 + v
    return this.index.get(key) ?? this.add(this.index, key, this.roof.plan.x[v], this.roof.plan.y[v], z)
  }

  top(face: number, v: number): number {
    return this.vertex(v, this.height(face, v))
  }

  /** Walls between neighbouring roofs. */
  *steps(): Generator<{ ring: number[]; part: number }> {
    const { from, to, left, right } = this.roof.plan
    for (const e of this.edges) {
      if (!this.has(left[e]) || !this.has(right[e])) continue
      const [lu, lv, ru, rv] = [
        this.height(left[e], from[e]),
        this.height(left[e], to[e]),
        this.height(right[e], from[e]),
        this.height(right[e], to[e]),
      ]
      if (lu === ru && lv === rv) continue
      yield lu >= ru && lv >= rv
        ? { ring: this.panel(from[e], to[e], ru, rv, lu, lv), part: left[e] }
        : { ring: this.panel(to[e], from[e], lv, lu, rv, ru), part: right[e] }
    }
  }

  /**
   * Half-edges of outer walls with the inside on their left; those on one edge of the outline form
   * a run, in order.
   */
  runs(): number[][] {
    const { plan } = this.roof
    const { left, right, ring, x, y } = plan
    const single: number[][] = []
    const onRing = new Map<number, number[]>()
    for (const e of this.edges) {
      const [l, r] = [this.has(left[e]), this.has(right[e])]
      if (l === r) continue
      const half = l ? 2 * e : 2 * e + 1
      if (ring[e] < 0) single.push([half])
      else addToList(onRing, ring[e], half)
    }
    const runs: number[][] = []
    for (const [corner, halves] of [...onRing].sort((a, b) => a[0] - b[0])) {
      const reach = (h: number): number =>
        (x[originOf(plan, h)] - x[corner]) ** 2 + (y[originOf(plan, h)] - y[corner]) ** 2
      halves.sort((a, b) => reach(a) - reach(b))
      let run: number[] = []
      for (const h of halves) {
        const last = run[run.length - 1]
        if (run.length > 0 && originOf(plan, last ^ 1) === originOf(plan, h)) run.push(h)
        else {
          run = [h]
          runs.push(run)
        }
      }
    }
    return [...runs, ...single]
  }

  /**
   * Vertices of a wall's lower end, from its start to its end; undefined where the roof is not
   * above it.
   */
  bottom(run: readonly number[], foot: Foot): number[] | undefined {
    const { plan } = this.roof
    const [start, end] = [originOf(plan, run[0]), originOf(plan, run[run.length - 1] ^ 1)]
    if ("floor" in foot)
      return run.every((h) => this.isAbove(h, foot.floor))
        ? [this.vertex(start, foot.floor), this.vertex(end, foot.floor)]
        : undefined
    const line = foot.line(plan.ring[run[0] >> 1])
    const last = line.length / 3 - 1
    const ids: number[] = []
    let h = 0
    for (let k = 0; k <= last; k++) {
      const [px, py, pz] = [line[3 * k], line[3 * k + 1], line[3 * k + 2]]
      while (h + 1 < run.length && this.along(run[h], px, py) > 1) h++
      if (this.topAt(run[h], px, py) <= pz || this.alongNext(run, h, px, py) <= pz) return undefined
      ids.push(k === 0 ? this.vertex(start, pz) : k === last ? this.vertex(end, pz) : this.station(px, py, pz))
    }
    return this.clears(run, line) ? ids : undefined
  }

  /** The wall over a run, from its lower end up to the roofs. */
  outer(run: readonly number[], bottom: readonly number[]): number[] {
    const { plan } = this.roof
    const ring = [...bottom]
    let at = this.positions[3 * bottom[bottom.length - 1] + 2]
    for (let k = run.length - 1; k >= 0; k--) {
      const face = sideOf(plan, run[k])
      const [u, v] = [originOf(plan, run[k]), originOf(plan, run[k] ^ 1)]
      this.climb(ring, v, at, this.height(face, v))
      at = this.height(face, u)
      push(ring, this.vertex(u, at))
    }
    this.climb(ring, originOf(plan, run[0]), at, this.positions[3 * bottom[0] + 2])
    if (ring[ring.length - 1] === ring[0]) ring.pop()
    return ring
  }

  /** A wall over u – v, with u on the left: from the lower heights to the upper ones. */
  private panel(u: number, v: number, lowU: number, lowV: number, highU: number, highV: number): number[] {
    const ring = [this.vertex(u, lowU), this.vertex(v, lowV)]
    this.climb(ring, v, lowV, highV)
    push(ring, this.vertex(u, highU))
    this.climb(ring, u, highU, lowU)
    if (ring[ring.length - 1] === ring[0]) ring.pop()
    return ring
  }

  /** Adds the vertices of a vertical line from one height to another, without the first. */
  private climb(ring: number[], v: number, start: number, end: number): void {
    const [low, high] = [Math.min(start, end), Math.max(start, end)]
    const between = (this.columns.get(v) as number[]).filter((z) => z > low && z < high)
    if (end < start) between.reverse()
    for (const z of between) push(ring, this.vertex(v, z))
    push(ring, this.vertex(v, end))
  }

  private station(x: number, y: number, z: number): number {
    const key = `${x} ${y} ${z}`
    return this.extra.get(key) ?? this.add(this.extra, key, x, y, z)
  }

  private isAbove(h: number, z: number): boolean {
    const { plan } = this.roof
    const face = sideOf(plan, h)
    return this.height(face, originOf(plan, h)) > z && this.height(face, originOf(plan, h ^ 1)) > z
  }

  /** Parameter of a place along a half-edge: 0 at its start, 1 at its end. */
  private along(h: number, px: number, py: number): number {
    const { x, y } = this.roof.plan
    const [u, v] = [originOf(this.roof.plan, h), originOf(this.roof.plan, h ^ 1)]
    const [dx, dy] = [x[v] - x[u], y[v] - y[u]]
    return ((px - x[u]) * dx + (py - y[u]) * dy) / (dx * dx + dy * dy)
  }

  /** Height of the roof over a half-edge at a place on it. */
  private topAt(h: number, px: number, py: number): number {
    const { plan } = this.roof
    const face = sideOf(plan, h)
    const t = Math.min(1, Math.max(0, this.along(h, px, py)))
    return this.height(face, originOf(plan, h)) * (1 - t) + this.height(face, originOf(plan, h ^ 1)) * t
  }

  /** Like `topAt` for the next half-edge, if the place is on the vertex in between. */
  private alongNext(run: readonly number[], h: number, px: number, py: number): number {
    return h + 1 < run.length && this.along(run[h], px, py) >= 1 - 1e-6
      ? this.topAt(run[h + 1], px, py)
      : Number.POSITIVE_INFINITY
  }

  /** True if the roof's own vertices along a run are above the ground line too. */
  private clears(run: readonly number[], line: ArrayLike<number>): boolean {
    const { plan } = this.roof
    return run.every((h) => {
      const face = sideOf(plan, h)
      return [originOf(plan, h), originOf(plan, h ^ 1)].every(
        (v) => this.height(face, v) > groundOnEdge(line, plan.x[v], plan.y[v]),
      )
    })
  }

  /** True for a chosen face. */
  has(face: number): boolean {
    return face >= 0 && this.isChosen[face] === 1
  }

  private height(face: number, v: number): number {
    return this.roof.heights.get(heightKey(face, v)) ?? Number.NaN
  }

  private add<K>(map: Map<K, number>, key: K, x: number, y: number, z: number): number {
    const id = this.positions.length / 3
    this.positions.push(x, y, z)
    map.set(key, id)
    return id
  }
}

const push = (ring: number[], v: number): void => {
  if (ring[ring.length - 1] !== v) ring.push(v)
}

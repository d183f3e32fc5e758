import type { Solids } from "../../engine/kernel.js"
import { type Face, facesOf, solidsOf, type VertexTable } from "./solid-faces.js"
import { type PlanEnd, sameSegment, type Wall, wallsOf } from "./upright-walls.js"

/**
 * The surface of bodies that stand side by side: where an upright wall of one lies on a wall of another over the same segment in plan, only the step between them is left, which belongs
 * to the one that goes farther; its corners are vertices of the faces beside it. So each edge is one of two faces again, as in the block that the bodies were cut from. Where tops cross, the
 * crossing is a vertex, on whole millimetres, of both roofs. Where two bodies meet along an upright line alone, the second one draws back by a
 * centimetre halfway. Bodies whose walls overlap otherwise stay as they are.
 *
 * The result's faces are those of the same solids, in their order, closed together and no longer each alone; `solids` itself where none touch. O(n) for n vertices.
 */
export const withoutPartyWalls = (solids: Solids): Solids => {
  const { faces, vertices } = facesOf(solids)
  const walls = faces.flatMap((face, index) => wallsOf(face, index, vertices))
  const pairs = pairsOf(walls)
  if (pairs.length === 0) return solids
  const joint = new Joint(vertices)
  const steps = pairs.map(([a, b]) => joint.stepsOf(a, b))
  const paired = new Map<Wall, Face[]>()
  pairs.forEach(([a, b], k) => {
    paired.set(
      a,
      steps[k]!.filter(({ solid }) => solid === a.solid),
    )
    paired.set(
      b,
      steps[k]!.filter(({ solid }) => solid === b.solid && b.solid !== a.solid),
    )
  })
  const byFace = new Map<number, Wall[]>()
  for (const wall of walls) byFace.set(wall.face, [...(byFace.get(wall.face) ?? []), wall])
  const left = faces.flatMap((face, index) => {
    const own = byFace.get(index)
    if (own === undefined || !own.some((wall) => paired.has(wall))) return [face]
    joint.splitFoot(own)
    return own.flatMap((wall) => paired.get(wall) ?? [joint.faceOf(wall)])
  })
  joint.addCorners(left)
  const conforming = left.map((face) => joint.conforming(face))
  return solidsOf(solids, partLines(conforming, vertices), vertices)
}

/** Walls over one segment that look at each other and overlap, two at a time. */
const pairsOf = (walls: readonly Wall[]): (readonly [Wall, Wall])[] => {
  const waiting = new Map<string, Wall[]>()
  const pairs: (readonly [Wall, Wall])[] = []
  for (const wall of walls) {
    const key = sameSegment(wall)
    const others = waiting.get(key) ?? []
    const at = others.findIndex((other) => other.forward !== wall.forward && canStep(other, wall))
    if (at >= 0) pairs.push([others.splice(at, 1)[0]!, wall])
    else others.push(wall)
    waiting.set(key, others)
  }
  return pairs
}

/** True where both overlap at both ends, and their feet do not cross. */
const canStep = (a: Wall, b: Wall): boolean => {
  const overlap = (k: 0 | 1): number => Math.min(a.high[k], b.high[k]) - Math.max(a.low[k], b.low[k])
  const feet = (a.low[0] - b.low[0]) * (a.low[1] - b.low[1])
  return overlap(0) >= 0 && overlap(1) >= 0 && overlap(0) + overlap(1) > 0 && feet >= 0
}

/** What is left of walls, and the vertices that others get by it. */
class Joint {
  readonly #vertices: VertexTable
  /** Heights of corners by place. */
  readonly #heights = new Map<string, Set<number>>()
  /** Vertices on edges, from the one with the lower number to the other. */
  readonly #inserted = new Map<string, { along: number; vertex: number }[]>()

  constructor(vertices: VertexTable) {
    this.#vertices = vertices
  }

  /** Where walls are left out, the edges of faces beside them are divided alike. */
  addCorners(faces: readonly Face[]): void {
    for (const vertex of faces.flatMap(({ rings }) => rings.flat())) {
      const [x, y, z] = this.#vertices.place(vertex)
      this.#heights.get(`${x} ${y}`)?.add(z)
    }
  }

  /** The parts of two walls that only one of them covers. */
  stepsOf(a: Wall, b: Wall): Face[] {
    for (const k of [0, 1] as const) {
      const place = a.ends[k].join(" ")
      const heights = this.#heights.get(place) ?? new Set()
      for (const z of [a.low[k], b.low[k], a.high[k], b.high[k]]) heights.add(z)
      this.#heights.set(place, heights)
    }
    const faces: Face[] = []
    const below = a.low[0] + a.low[1] < b.low[0] + b.low[1] ? a : b
    this.#add(faces, below, below.low, (below === a ? b : a).low)
    const [first, last] = [a.high[0] - b.high[0], a.high[1] - b.high[1]]
    if (first * last >= 0) {
      const above = first + last > 0 ? a : b
      this.#add(faces, above, (above === a ? b : a).high, above.high)
      return faces
    }
    this.#cross(faces, a, b, first / (first - last))
    return faces
  }

  /** Two triangles where tops cross at a share of the way. */
  #cross(faces: Face[], a: Wall, b: Wall, share: number): void {
    const [from, to] = a.ends
    const mean = (one: number, other: number): number => Math.round(one + share * (other - one))
    const crossing = this.#vertices.at(mean(from[0], to[0]), mean(from[1], to[1]), mean(a.high[0], a.high[1]))
    for (const wall of [a, b])
      this.#insert(this.#corner(wall, 0, wall.high), this.#corner(wall, 1, wall.high), crossing)
    for (const k of [0, 1] as const) {
      const above = a.high[k] > b.high[k] ? a : b
      const under = this.#corner(a, k, (above === a ? b : a).high)
      const over = this.#corner(a, k, above.high)
      const ring = k === 0 ? [under, crossing, over] : [crossing, under, over]
      faces.push({ solid: above.solid, kind: above.kind, rings: [above.forward ? ring : ring.reverse()] })
    }
  }

  #add(faces: Face[], wall: Wall, low: PlanEnd, high: PlanEnd): void {
    const ring = this.#ring(wall, low, high)
    if (ring.length > 2) faces.push({ solid: wall.solid, kind: wall.kind, rings: [ring] })
  }

  /** A wall by itself. */
  faceOf(wall: Wall): Face {
    return { solid: wall.solid, kind: wall.kind, rings: [this.#ring(wall, wall.low, wall.high)] }
  }

  /** Walls that a face is cut into have their own feet; so has the floor beside it. */
  splitFoot(walls: readonly Wall[]): void {
    const [first, last] = [walls[0]!, walls[walls.length - 1]!]
    for (const wall of walls.slice(1)) {
      this.#insert(this.#corner(first, 0, first.low), this.#corner(last, 1, last.low), this.#corner(wall, 0, wall.low))
    }
  }

  #corner(wall: Wall, k: 0 | 1, heights: PlanEnd): number {
    const [x, y] = wall.ends[k]
    return this.#vertices.at(x, y, heights[k])
  }

  #ring(wall: Wall, low: PlanEnd, high: PlanEnd): number[] {
    const ring = [
      this.#corner(wall, 0, low),
      this.#corner(wall, 1, low),
      this.#corner(wall, 1, high),
      this.#corner(wall, 0, high),
    ]
    const distinct = ring.filter((vertex, i) => vertex !== ring[(i + 3) % 4])
    return wall.forward ? distinct : distinct.reverse()
  }

  #insert(from: number, to: number, vertex: number): void {
    if (vertex === from || vertex === to) return
    const key = from < to ? `${from} ${to}` : `${to} ${from}`
    const list = this.#inserted.get(key) ?? []
    if (list.some((one) => one.vertex === vertex)) return
    list.push({ along: this.#vertices.distance(Math.min(from, to), vertex), vertex })
    list.sort((one, other) => one.along - other.along)
    this.#inserted.set(key, list)
  }

  /** The face with all vertices that lie on its edges now. */
  conforming({ rings, ...face }: Face): Face {
    return {
      ...face,
      rings: rings.map((ring) =>
        ring.flatMap((from, i) => [from, ...this.#between(from, ring[(i + 1) % ring.length]!)]),
      ),
    }
  }

  #between(from: number, to: number): number[] {
    const [x, y, z] = this.#vertices.place(from)
    const [toX, toY, toZ] = this.#vertices.place(to)
    if (x === toX && y === toY) {
      const heights = [...(this.#heights.get(`${x} ${y}`) ?? [])]
      const between = heights.filter((height) => (height - z) * (height - toZ) < 0)
      between.sort((one, other) => (toZ > z ? one - other : other - one))
      return between.map((height) => this.#vertices.at(x, y, height))
    }
    const list = this.#inserted.get(from < to ? `${from} ${to}` : `${to} ${from}`) ?? []
    const found = list.map(({ vertex }) => vertex)
    return from < to ? found : found.reverse()
  }
}

/** How far a body draws back, mm: more than the steps of the lattice that finest parents are written on. */
const BACK = 10

/** Faces whose upright edges are of two faces each, also where bodies meet in a line. */
const partLines = (faces: readonly Face[], vertices: VertexTable): Face[] => {
  const uses = new Map<string, { face: number; solid: number }[]>()
  const edgeOf = (a: number, b: number): string => (a < b ? `${a} ${b}` : `${b} ${a}`)
  faces.forEach(({ rings, solid }, face) => {
    for (const ring of rings)
      ring.forEach((from, i) => {
        const edge = edgeOf(from, ring[(i + 1) % ring.length]!)
        uses.set(edge, [...(uses.get(edge) ?? []), { face, solid }])
      })
  })
  const changed = [...faces]
  for (const [edge, list] of uses) {
    const second = Math.max(...list.map(({ solid }) => solid))
    const own = list.filter(({ solid }) => solid === second)
    const [a, b] = edge.split(" ").map(Number) as [number, number]
    const [from, to] = [vertices.place(a), vertices.place(b)]
    if (list.length !== 4 || own.length !== 2 || from[0] !== to[0] || from[1] !== to[1]) continue
    const inwards = own.map(({ face }) => directionOf(changed[face]!, from, vertices))
    const length = Math.hypot(inwards[0]![0] + inwards[1]![0], inwards[0]![1] + inwards[1]![1])
    if (length === 0) continue
    const at = (axis: 0 | 1): number =>
      from[axis] + Math.round((BACK * (inwards[0]![axis] + inwards[1]![axis])) / length)
    const halfway = vertices.at(at(0), at(1), Math.round((from[2] + to[2]) / 2))
    for (const { face } of own) {
      const { rings, ...rest } = changed[face]!
      const put = (ring: readonly number[]): number[] =>
        ring.flatMap((one, i) => (edgeOf(one, ring[(i + 1) % ring.length]!) === edge ? [one, halfway] : [one]))
      changed[face] = { ...rest, rings: rings.map(put) }
    }
  }
  return changed
}

/** In plan, from a place to the farthest corner of an upright face that ends there; of length 1. */
const directionOf = ({ rings }: Face, [x, y]: readonly number[], vertices: VertexTable): [number, number] => {
  let best: [number, number] = [0, 0]
  for (const vertex of rings.flat()) {
    const [px, py] = vertices.place(vertex)
    if (Math.hypot(px - x!, py - y!) > Math.hypot(...best)) best = [px - x!, py - y!]
  }
  const length = Math.hypot(...best) || 1
  return [best[0] / length, best[1] / length]
}

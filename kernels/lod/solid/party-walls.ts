/** Removes the walls between touching bodies, so that only the step between their roofs remains. */
import { addToList, elementAt } from "../../../engine/core/lists.js"
import type { Solids } from "../../../engine/kernel.js"
import {
  anyTouch,
  edgeName,
  type Face,
  type Place,
  readFaces,
  triangulateFace,
  type VertexTable,
  withFaces,
} from "./faces.js"
import { BACK, partLines } from "./part-lines.js"

/** Adjacent bodies as one surface. `moved`: the largest displacement of a place, mm. */
export interface JointBodies {
  readonly solids: Solids
  readonly moved: number
}

/** Crossings of tops are on whole millimetres. */
const ROUNDING = 1
/**
 * Minimum distance of a crossing from an end, mm. A nearer one leaves no room for faces beside it,
 * and moves to this distance.
 */
const NEAR = 2

/**
 * The common surface of adjacent bodies.
 *
 * Where upright walls of two bodies cover the same segment in plan, only the step between them
 * remains. It belongs to the body that extends farther, and its corners become vertices of the
 * adjacent faces. Each edge then has two faces again, as in the undivided block. Where tops cross,
 * the crossing becomes a vertex of both roofs, on whole millimetres and away from the ends. Bodies
 * that only meet along an upright line are parted ({@link partLines}).
 *
 * Bodies whose walls overlap otherwise, or whose faces could no longer be triangulated, are
 * unchanged. Faces of the result belong to the same solids, in their order. Together they are
 * closed, but each solid may be open. Returns `solids` itself where nothing changed. O(n) for n
 * vertices.
 */
export const withoutPartyWalls = (solids: Solids): JointBodies => {
  if (!anyTouch(solids)) return { solids, moved: 0 }
  const { faces, vertices } = readFaces(solids)
  const { found, moved } = withSteps(faces, vertices)
  const parted = partLines(found, vertices)
  if (found === faces && parted === undefined) return { solids, moved: 0 }
  return {
    solids: withFaces(solids, parted ?? found, vertices),
    moved: parted === undefined ? moved : Math.max(moved, BACK),
  }
}

/** Faces with their largest displacement, mm. */
interface Steps {
  readonly found: readonly Face[]
  readonly moved: number
}

/** Replaces paired walls by steps; returns `faces` itself where there are no pairs. */
const withSteps = (faces: readonly Face[], vertices: VertexTable): Steps => {
  const walls = faces.flatMap((face, index) => cutIntoWalls(face, index, vertices))
  const before = new Set(faces)
  // Solids that remain unchanged.
  const left = new Set<number>()
  for (;;) {
    const pairs = pairWalls(walls.filter(({ solid }) => !left.has(solid)))
    if (pairs.length === 0) return { found: faces, moved: 0 }
    const found = joined(faces, walls, pairs, new Joint(vertices))
    const failed = found.filter((face) => !before.has(face) && triangulateFace(face, vertices) === undefined)
    if (failed.length === 0) {
      const gaps = pairs.map(([a, b]) => findCrossing(a, b)?.gap ?? 0)
      return { found, moved: ROUNDING + gaps.reduce((most, gap) => Math.max(most, gap), 0) }
    }
    const known = left.size
    for (const { solid } of failed) left.add(solid)
    if (left.size === known) return { found: faces, moved: 0 }
  }
}

const joined = (
  faces: readonly Face[],
  walls: readonly Wall[],
  pairs: readonly (readonly [Wall, Wall])[],
  joint: Joint,
): Face[] => {
  // The remainder of each wall. For two walls of one solid, the first gets all.
  const left = new Map<Wall, Face[]>()
  for (const [a, b] of pairs) {
    left.set(a, []).set(b, [])
    for (const step of joint.makeSteps(a, b)) left.get(step.solid === a.solid ? a : b)?.push(step)
  }
  const byFace = new Map<number, Wall[]>()
  for (const wall of walls) addToList(byFace, wall.face, wall)
  const found = faces.flatMap((face, index) => {
    const own = byFace.get(index)
    if (own === undefined || !own.some((wall) => left.has(wall))) return [face]
    joint.cut(own)
    return own.flatMap((wall) => left.get(wall) ?? [joint.faceOf(wall)])
  })
  return joint.conforming(found)
}

/** Pairs of facing walls over one segment that overlap. */
const pairWalls = (walls: readonly Wall[]): (readonly [Wall, Wall])[] => {
  const waiting = new Map<string, Wall[]>()
  const pairs: (readonly [Wall, Wall])[] = []
  for (const wall of walls) {
    const key = wall.ends.flat().join(" ")
    const others = waiting.get(key) ?? []
    const at = others.findIndex((other) => other.forward !== wall.forward && canStep(other, wall))
    if (at >= 0) pairs.push([others.splice(at, 1)[0]!, wall])
    else others.push(wall)
    waiting.set(key, others)
  }
  return pairs
}

/**
 * True where both overlap at both ends, their feet do not cross, and their tops do not cross or
 * have room to.
 */
const canStep = (a: Wall, b: Wall): boolean => {
  const overlap = (k: 0 | 1): number => Math.min(a.high[k], b.high[k]) - Math.max(a.low[k], b.low[k])
  if (overlap(0) < 0 || overlap(1) < 0 || overlap(0) + overlap(1) === 0) return false
  if ((a.low[0] - b.low[0]) * (a.low[1] - b.low[1]) < 0) return false
  const crossing = findCrossing(a, b)
  return crossing === undefined || (crossing.room <= 0.5 && crossing.gap <= BACK)
}

/** A crossing of two tops. */
interface Crossing {
  /** Share of the way from the first end. */
  readonly share: number
  /** Share of the way that must remain free at each end. */
  readonly room: number
  /** Distance between the tops there, mm. */
  readonly gap: number
}

/**
 * The place where tops cross, or the nearest with room at both ends; undefined where they do not
 * cross.
 */
const findCrossing = (a: Wall, b: Wall): Crossing | undefined => {
  const [first, last] = [a.high[0] - b.high[0], a.high[1] - b.high[1]]
  if (first * last >= 0) return undefined
  const [from, to] = a.ends
  const room = NEAR / Math.hypot(to[0] - from[0], to[1] - from[1])
  const exact = first / (first - last)
  const share = Math.min(Math.max(exact, room), 1 - room)
  return { share, room, gap: Math.abs((share - exact) * (last - first)) }
}

/** Builds the remainders of walls, and the vertices that other faces get from them. */
class Joint {
  readonly #vertices: VertexTable
  /** Heights of corners by place. */
  readonly #heights = new Map<string, Set<number>>()
  /** Vertices on edges, ordered from the end with the lower number. */
  readonly #inserted = new Map<string, { along: number; vertex: number }[]>()
  /** Faces that are cut, as their walls. */
  readonly #cut: (readonly Wall[])[] = []

  constructor(vertices: VertexTable) {
    this.#vertices = vertices
  }

  /** The parts of two walls that only one of them covers. */
  makeSteps(a: Wall, b: Wall): Face[] {
    this.#addHeights(a)
    this.#addHeights(b)
    const faces: Face[] = []
    const below = a.low[0] + a.low[1] < b.low[0] + b.low[1] ? a : b
    this.#add(faces, below, below.low, (below === a ? b : a).low)
    const crossing = findCrossing(a, b)
    if (crossing === undefined) {
      const above = a.high[0] + a.high[1] > b.high[0] + b.high[1] ? a : b
      this.#add(faces, above, (above === a ? b : a).high, above.high)
    } else this.#cross(faces, a, b, crossing.share)
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

  /** The face of an unpaired wall. */
  faceOf(wall: Wall): Face {
    return { solid: wall.solid, kind: wall.kind, rings: [this.#ring(wall, wall.low, wall.high)] }
  }

  /** Cuts a face into these walls: their feet become vertices, also on the adjacent floor. */
  cut(walls: readonly Wall[]): void {
    if (walls.length === 1) return
    this.#cut.push(walls)
    const [from, to] = this.#footOf(walls)
    for (const wall of walls) {
      this.#addHeights(wall)
      this.#insert(from, to, this.#corner(wall, 0, wall.low))
    }
  }

  /** Ends of the foot of a cut face. */
  #footOf(walls: readonly Wall[]): [number, number] {
    const [first, last] = [walls[0]!, walls[walls.length - 1]!]
    return [this.#corner(first, 0, first.low), this.#corner(last, 1, last.low)]
  }

  /** Where two faces over one foot have different cuts, both get the cuts of the other. */
  #shareFeet(): void {
    for (const walls of this.#cut) {
      const [from, to] = this.#footOf(walls)
      const along = (vertex: number): number => this.#vertices.distance(from, vertex)
      const places = this.#inserted.get(edgeName(from, to)) ?? []
      for (const wall of walls) {
        const [first, last] = [this.#corner(wall, 0, wall.low), this.#corner(wall, 1, wall.low)]
        for (const { vertex } of places)
          if (along(vertex) > along(first) && along(vertex) < along(last)) this.#insert(first, last, vertex)
      }
    }
  }

  #addHeights({ ends, low, high }: Wall): void {
    for (const k of [0, 1] as const) {
      const place = ends[k].join(" ")
      const heights = this.#heights.get(place) ?? new Set()
      this.#heights.set(place, heights.add(low[k]).add(high[k]))
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
    const key = edgeName(from, to)
    const list = this.#inserted.get(key) ?? []
    if (list.some((one) => one.vertex === vertex)) return
    list.push({ along: this.#vertices.distance(Math.min(from, to), vertex), vertex })
    list.sort((one, other) => one.along - other.along)
    this.#inserted.set(key, list)
  }

  /** Inserts all vertices on edges into the faces; faces without any remain the same objects. */
  conforming(faces: readonly Face[]): Face[] {
    this.#shareFeet()
    for (const vertex of faces.flatMap(({ rings }) => rings.flat())) {
      const [x, y, z] = this.#vertices.place(vertex)
      this.#heights.get(`${x} ${y}`)?.add(z)
    }
    return faces.map((face) => {
      const rings = face.rings.map((ring) =>
        ring.flatMap((from, i) => [from, ...this.#between(from, ring[(i + 1) % ring.length]!)]),
      )
      return rings.every((ring, i) => ring.length === elementAt(face.rings, i).length) ? face : { ...face, rings }
    })
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
    const list = this.#inserted.get(edgeName(from, to)) ?? []
    const found = list.map(({ vertex }) => vertex)
    return from < to ? found : found.reverse()
  }
}

/** Heights at both ends of a segment, mm; also its x and y at one end. */
export type PlanEnd = readonly [number, number]

/**
 * An upright face, or a part of one, over a segment in plan, from the lesser end (x, then y) to the
 * greater.
 */
export interface Wall {
  /** Index of its face, and its solid. */
  readonly face: number
  readonly solid: number
  readonly kind: number
  readonly ends: readonly [PlanEnd, PlanEnd]
  readonly low: PlanEnd
  readonly high: PlanEnd
  /**
   * True where, seen from outside, its foot runs from the first end to the second,
   * counter-clockwise.
   */
  readonly forward: boolean
}

/** Maximum distance of a corner of an upright face from the line through its ends, mm. */
const STRAIGHT = 1.5

/**
 * Cuts an upright face into walls, one a segment between its corners in plan.
 *
 * Empty where it is not upright, or its foot has corners between the ends. The top must have one
 * height at each place, or two where it steps.
 */
export const cutIntoWalls = ({ solid, kind, rings }: Face, face: number, vertices: VertexTable): Wall[] => {
  const [ring, ...holes] = rings
  if (ring === undefined || holes.length > 0) return []
  const corners = ring.map((vertex) => vertices.place(vertex))
  const order = (a: Place, b: Place): number => a[0] - b[0] || a[1] - b[1]
  const first = corners.reduce((least, one) => (order(one, least) < 0 ? one : least))
  const last = corners.reduce((most, one) => (order(one, most) > 0 ? one : most))
  const [east, north] = [last[0] - first[0], last[1] - first[1]]
  const length = Math.hypot(east, north)
  if (length === 0) return []
  const off = corners.some(([x, y]) => Math.abs(east * (y - first[1]) - north * (x - first[0])) > STRAIGHT * length)
  if (off) return []
  const along = corners.map(([x, y]) => (east * (x - first[0]) + north * (y - first[1])) / length)
  let area = 0
  corners.forEach(([, , z], i) => {
    const next = (i + 1) % corners.length
    area += (along[i]! - along[next]!) * (z + elementAt(corners, next)[2])
  })
  const forward = area > 0
  const turned = forward ? corners : [...corners].reverse()
  return cutUp(turned, first, last).map((part) => ({ face, solid, kind, forward, ...part }))
}

/** Parts of a counter-clockwise upright ring between its corners in plan. */
const cutUp = (ring: readonly Place[], first: Place, last: Place): Pick<Wall, "ends" | "low" | "high">[] => {
  const at = (one: Place, other: Place): boolean => one[0] === other[0] && one[1] === other[1]
  const lowest = (end: Place): number =>
    ring.reduce((best, one, i) => (at(one, end) && (best < 0 || one[2] < elementAt(ring, best)[2]) ? i : best), -1)
  const [from, to] = [lowest(first), lowest(last)]
  // The foot must be one edge.
  if ((from + 1) % ring.length !== to) return []
  const top = [...ring.slice(to), ...ring.slice(0, to)].reverse()
  const low: PlanEnd = [elementAt(ring, from)[2], elementAt(ring, to)[2]]
  const stations: { place: Place; left: number; right: number }[] = []
  for (const one of top) {
    const station = stations.at(-1)
    if (station !== undefined && at(station.place, one)) station.right = one[2]
    else stations.push({ place: one, left: one[2], right: one[2] })
  }
  if (!at(elementAt(stations, 0).place, first) || !at(elementAt(stations, stations.length - 1).place, last)) return []
  if (stations.length > 2 && low[0] !== low[1]) return []
  const highest = Math.max(...ring.filter((one) => at(one, last)).map(([, , z]) => z))
  return stations.slice(1).map((right, k) => {
    const left = elementAt(stations, k)
    const isLast = k === stations.length - 2
    return {
      ends: [
        [left.place[0], left.place[1]],
        [right.place[0], right.place[1]],
      ],
      low,
      high: [left.right, isLast ? highest : right.left],
    }
  })
}

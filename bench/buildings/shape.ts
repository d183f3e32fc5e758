/**
 * How clean the roof of a building is: regions, creases, shards, strips, and inner edges that
 * follow neither planes nor the outline.
 */

import { disjointSets } from "../../engine/core/geometry/disjoint-sets.js"
import { squareToSegment } from "../../engine/core/geometry/segments.js"
import { elementAt } from "../../engine/core/lists.js"
import { distanceTo } from "./fit.js"
import type { PlaneFace, SolidBuilding } from "./solid-building.js"

const flatDegrees = 1.5
const creaseDegrees = 6
const shard = { area: 0.5, width: 0.15 }
const strip = { width: 0.5, length: 2 }
const oddDegrees = 5
/** Shorter edges of the outline give no direction. */
const leastDirection = 0.5
const planar = 0.001
/** Steps nearer to the outline are on it. */
const onOutline = 0.05

interface Region {
  area: number
  border: number
  touches: boolean
  /** Every step at its border goes down. */
  isSupported: boolean
}

interface Edge {
  readonly a: number
  readonly b: number
  readonly faces: number[]
}

/**
 * Lengths in metres, areas in m².
 *
 * @param outline closed rings of x, y, metres from the origin of the building's vertices
 */
export const roofShape = (building: SolidBuilding, outline: readonly Float64Array[]) => {
  const { faces, vertices } = building
  const edges = findEdges(faces)
  const region = disjointSets<number>()
  const isRoof = (f: number): boolean => elementAt(faces, f).kind === "roof"
  const shared = edges.filter(({ faces: own }) => own.length === 2 && own.every(isRoof))
  for (const { faces: own } of shared) {
    const [a, b] = [own[0]!, own[1]!]
    if (angleBetween(elementAt(faces, a), elementAt(faces, b)) < flatDegrees) region.join(a, b)
  }
  let [creases, innerEdges, oddEdges] = [0, 0, 0]
  const directions = measureDirections(outline)
  const regions = new Map<number, Region>()
  const of = (f: number): Region => {
    const root = region.find(f)
    const own = regions.get(root) ?? { area: 0, border: 0, touches: false, isSupported: true }
    regions.set(root, own)
    return own
  }
  for (const [f, face] of faces.entries()) if (face.kind === "roof") of(f).area += face.area
  for (const edge of edges) {
    const roofs = edge.faces.filter(isRoof)
    if (roofs.length === 0) continue
    const length = lengthOf(vertices, edge)
    if (roofs.length === 2 && edge.faces.length === 2) {
      const [one, other] = roofs.map((f) => faces[f]!) as [PlaneFace, PlaneFace]
      const angle = angleBetween(one, other)
      if (angle >= flatDegrees && angle < creaseDegrees) creases += length
      if (region.find(roofs[0]!) === region.find(roofs[1]!)) continue
      for (const f of roofs) {
        of(f).border += length
        of(f).touches = true
      }
      innerEdges += length
      if (Math.max(one.offPlane, other.offPlane) > planar && !isAlong(directions, vertices, edge)) oddEdges += length
      continue
    }
    for (const f of roofs) of(f).border += length
    const below = edge.faces.some((f) => !isRoof(f) && middleHeight(faces[f]!, vertices) < edgeHeight(vertices, edge))
    if (!below) for (const f of roofs) of(f).isSupported = false
    if (!below || distanceTo(outline, ...middleOf(vertices, edge)) <= onOutline) continue
    innerEdges += length
    if (!isAlong(directions, vertices, edge)) oddEdges += length
  }
  let [shards, strips] = [0, 0]
  for (const { area, border, touches, isSupported } of regions.values()) {
    const width = (2 * area) / border
    if (touches && (area < shard.area || width < shard.width)) shards++
    else if (width < strip.width && border / 2 - width > strip.length && (touches || !isSupported)) strips++
  }
  const offPlane = faces.reduce((most, face) => Math.max(most, face.offPlane), 0)
  return {
    faces: faces.length,
    // Neighbouring roof faces in one plane count as one.
    regions: regions.size,
    // Length of edges between roof faces that meet at 1.5 to 6 degrees.
    creases,
    // Regions that touch others, smaller than 0.5 m² or narrower than 0.15 m.
    shards,
    // Regions narrower than 0.5 m and longer than 2 m; single tops are not counted.
    strips,
    // Length of edges between roof regions, and of steps inside the outline; the part that is
    // neither where two planes meet nor within 5 degrees of the outline.
    innerEdges,
    oddEdges,
    // Largest distance of a vertex from the plane of its face.
    offPlane,
  }
}

const findEdges = (faces: readonly PlaneFace[]): Edge[] => {
  const edges = new Map<number, Edge>()
  for (const [f, { rings }] of faces.entries()) {
    for (const ring of rings) {
      ring.forEach((v, i) => {
        const w = ring[(i + 1) % ring.length]!
        const [a, b] = v < w ? [v, w] : [w, v]
        const key = a * 2 ** 26 + b
        const edge = edges.get(key)
        if (edge === undefined) edges.set(key, { a, b, faces: [f] })
        else edge.faces.push(f)
      })
    }
  }
  return [...edges.values()]
}

const angleBetween = ({ normal: n }: PlaneFace, { normal: m }: PlaneFace): number => {
  const cross = Math.hypot(n[1] * m[2] - n[2] * m[1], n[2] * m[0] - n[0] * m[2], n[0] * m[1] - n[1] * m[0])
  return (Math.atan2(cross, n[0] * m[0] + n[1] * m[1] + n[2] * m[2]) * 180) / Math.PI
}

const lengthOf = (p: Float64Array, { a, b }: Edge): number =>
  Math.hypot(p[3 * a]! - p[3 * b]!, p[3 * a + 1]! - p[3 * b + 1]!, p[3 * a + 2]! - p[3 * b + 2]!)

const edgeHeight = (p: Float64Array, { a, b }: Edge): number => (p[3 * a + 2]! + p[3 * b + 2]!) / 2

const middleOf = (p: Float64Array, { a, b }: Edge): [x: number, y: number] => [
  (p[3 * a]! + p[3 * b]!) / 2,
  (p[3 * a + 1]! + p[3 * b + 1]!) / 2,
]

const middleHeight = ({ rings }: PlaneFace, p: Float64Array): number => {
  const ring = rings[0]!
  return ring.reduce((sum, v) => sum + p[3 * v + 2]!, 0) / ring.length
}

/** Directions, degrees from 0 to 180. */
const measureDirections = (outline: readonly Float64Array[]): number[] =>
  outline.flatMap((ring) => {
    const found: number[] = []
    for (let i = 0; i + 3 < ring.length; i += 2) {
      const [dx, dy] = [ring[i + 2]! - ring[i]!, ring[i + 3]! - ring[i + 1]!]
      if (Math.hypot(dx, dy) >= leastDirection) found.push(directionOf(dx, dy))
    }
    return found
  })

const directionOf = (dx: number, dy: number): number => ((Math.atan2(dy, dx) * 180) / Math.PI + 360) % 180

const isAlong = (directions: readonly number[], p: Float64Array, { a, b }: Edge): boolean => {
  const own = directionOf(p[3 * b]! - p[3 * a]!, p[3 * b + 1]! - p[3 * a + 1]!)
  return directions.some((one) => Math.min(Math.abs(one - own), 180 - Math.abs(one - own)) <= oddDegrees)
}

/** Length of the common boundary of neighbours: with equal vertices, and within 0.1 m only. */
export const partyWalls = (buildings: readonly SolidBuilding[]) => {
  const walls = buildings.flatMap(({ faces, vertices: p }, building) =>
    findEdges(faces.filter(({ kind }) => kind === "ground"))
      .filter((edge) => edge.faces.length === 1)
      .map(({ a, b }) => ({ building, a: [p[3 * a]!, p[3 * a + 1]!], b: [p[3 * b]!, p[3 * b + 1]!] }) as Wall),
  )
  const keyOf = (place: readonly number[]): string => place.map((value) => Math.round(value * 1000)).join(" ")
  const wallKey = ({ a, b }: Wall): string => [keyOf(a), keyOf(b)].sort().join("|")
  const owners = new Map<string, Set<number>>()
  for (const wall of walls) owners.set(wallKey(wall), (owners.get(wallKey(wall)) ?? new Set()).add(wall.building))
  let [equal, near] = [0, 0]
  const list: string[] = []
  for (const wall of walls) {
    const length = Math.hypot(wall.b[0] - wall.a[0], wall.b[1] - wall.a[1])
    if ((owners.get(wallKey(wall))?.size ?? 0) > 1) equal += length / 2
    else {
      const part = (length / 2) * shareNear(wall, walls)
      near += part
      if (part > 0.05) list.push(`${elementAt(buildings, wall.building).id} at ${keyOf(wall.a)}`)
    }
  }
  return { equal, near, list }
}

interface Wall {
  readonly building: number
  readonly a: readonly [number, number]
  readonly b: readonly [number, number]
}

const nearWall = 0.1

/** Share of a wall, in samples, that lies along walls of another building. */
const shareNear = (wall: Wall, walls: readonly Wall[]): number => {
  const [dx, dy] = [wall.b[0] - wall.a[0], wall.b[1] - wall.a[1]]
  const others = walls.filter(({ building, a, b }) => {
    if (building === wall.building) return false
    const [ex, ey] = [b[0] - a[0], b[1] - a[1]]
    const sine = Math.abs(dx * ey - dy * ex) / (Math.hypot(dx, dy) * Math.hypot(ex, ey))
    return sine < Math.sin((oddDegrees * Math.PI) / 180)
  })
  const steps = Math.max(4, Math.ceil(Math.hypot(dx, dy) / 0.25))
  let found = 0
  for (let i = 0; i < steps; i++) {
    const t = (i + 0.5) / steps
    const [x, y] = [wall.a[0] + t * dx, wall.a[1] + t * dy]
    if (others.some(({ a, b }) => squareToSegment(x, y, a[0], a[1], b[0], b[1]) <= nearWall ** 2)) found++
  }
  return found / steps
}

/** Roofs of new buildings over an outline. */
import { squareToSegment } from "../../engine/core/geometry/segments.js"
import type { Build, Vertices } from "./read-edit.js"

/** Width of a parapet, metres. */
const PARAPET_WIDTH = 0.3

/**
 * Height of a roof over its eaves or lowest edge, at places of the outline.
 *
 * - shed: falls towards `direction`
 * - gable: the ridge runs in `direction`, in the middle of the outline across it
 * - hip: a plane over each edge, all of one slope
 * - pyramid: a plane over each edge to one peak over the centroid
 */
export const roofOver = (edit: Build, eaves: number): ((x: number, y: number) => number) => {
  const { roof, rings, ridge, parapet } = edit
  const [ring] = rings
  if (roof === "flat") return (x, y) => eaves + (parapet > 0 && distanceTo(rings, x, y) < PARAPET_WIDTH ? parapet : 0)
  const rise = ridge === undefined ? undefined : ridge - eaves
  const slope = Math.tan(((edit.slope ?? 0) * Math.PI) / 180)
  if (roof === "shed" || roof === "gable") {
    const azimuth = (edit.direction * Math.PI) / 180
    const [east, north] =
      roof === "shed" ? [Math.sin(azimuth), Math.cos(azimuth)] : [Math.cos(azimuth), -Math.sin(azimuth)]
    const [low, high] = extentAlong(ring, east, north)
    if (roof === "shed") {
      const rate = rise === undefined ? slope : rise / (high - low)
      return (x, y) => eaves + rate * (high - x * east - y * north)
    }
    const [middle, half] = [(low + high) / 2, (high - low) / 2]
    const rate = rise === undefined ? slope : rise / half
    return (x, y) => eaves + rate * (half - Math.abs(x * east + y * north - middle))
  }
  const edges = listEdges(ring)
  const [cx, cy] = findCentroid(ring)
  if (roof === "hip") {
    const rate = rise === undefined ? slope : rise / deepest(edges)
    return (x, y) => eaves + rate * depthOf(edges, x, y)
  }
  // Planes over the edges meet over the centroid, so each has a slope of its own.
  const depths = edges.map((edge) => inward(edge, cx, cy))
  const height = rise ?? slope * Math.min(...depths)
  return (x, y) => eaves + height * Math.min(...edges.map((edge, e) => inward(edge, x, y) / depths[e]))
}

const extentAlong = (ring: Vertices, east: number, north: number): readonly [number, number] => {
  let [low, high] = [Infinity, -Infinity]
  for (let v = 0; v < ring.length; v += 3) {
    const along = ring[v] * east + ring[v + 1] * north
    low = Math.min(low, along)
    high = Math.max(high, along)
  }
  return [low, high]
}

/** A vertex of an edge and the direction from it into the ring. */
type Edge = readonly [x: number, y: number, inX: number, inY: number]

const listEdges = (ring: Vertices): Edge[] => {
  const edges: Edge[] = []
  const [cx, cy] = findCentroid(ring)
  for (let v = 0; v + 3 < ring.length; v += 3) {
    const [ax, ay, dx, dy] = [ring[v], ring[v + 1], ring[v + 3] - ring[v], ring[v + 4] - ring[v + 1]]
    const length = Math.hypot(dx, dy)
    if (length === 0) continue
    const sign = (cx - ax) * -dy + (cy - ay) * dx > 0 ? 1 : -1
    edges.push([ax, ay, (-sign * dy) / length, (sign * dx) / length])
  }
  return edges
}

const inward = ([ax, ay, inX, inY]: Edge, x: number, y: number): number => (x - ax) * inX + (y - ay) * inY

const depthOf = (edges: readonly Edge[], x: number, y: number): number => {
  let least = Infinity
  for (const edge of edges) least = Math.min(least, inward(edge, x, y))
  return least
}

/**
 * Radius of the largest circle in a convex ring: where three edges are equally far, none is nearer.
 * O(edges⁴), of few edges.
 */
const deepest = (edges: readonly Edge[]): number => {
  let most = 0
  for (const [i, a] of edges.entries())
    for (const [j, b] of edges.slice(i + 1).entries())
      for (const c of edges.slice(i + j + 2)) {
        // n·p − d = r for three edges: r is eliminated by differences.
        const [d1, d2, d3] = [a, b, c].map(([x, y, nx, ny]) => x * nx + y * ny)
        const [ux, uy, u] = [a[2] - b[2], a[3] - b[3], d1 - d2]
        const [vx, vy, v] = [a[2] - c[2], a[3] - c[3], d1 - d3]
        const area = ux * vy - uy * vx
        if (Math.abs(area) < 1e-9) continue
        const [x, y] = [(u * vy - uy * v) / area, (ux * v - u * vx) / area]
        const depth = inward(a, x, y)
        if (depth > most && depthOf(edges, x, y) >= depth - 1e-6) most = depth
      }
  return most
}

const findCentroid = (ring: Vertices): readonly [number, number] => {
  let [area, x, y] = [0, 0, 0]
  for (let v = 3; v + 5 < ring.length; v += 3) {
    const [ax, ay] = [ring[v] - ring[0], ring[v + 1] - ring[1]]
    const [bx, by] = [ring[v + 3] - ring[0], ring[v + 4] - ring[1]]
    const cross = ax * by - ay * bx
    area += cross
    x += (cross * (ax + bx)) / 3
    y += (cross * (ay + by)) / 3
  }
  return [ring[0] + x / area, ring[1] + y / area]
}

/** Distance from the nearest edge of rings. */
const distanceTo = (rings: readonly Vertices[], x: number, y: number): number => {
  let least = Infinity
  for (const ring of rings)
    for (let v = 0; v + 3 < ring.length; v += 3)
      least = Math.min(least, squareToSegment(x, y, ring[v], ring[v + 1], ring[v + 3], ring[v + 4]))
  return Math.sqrt(least)
}

/** Design surfaces of earthworks: `level`, `dyke` and `ditch`, with side slopes to the ground. */
import { isInsideHalfOpen } from "../../engine/core/geometry/rings.js"
import { canonicalDelaunay } from "../geometry/delaunay.js"
import type { Earthwork, Vertices } from "./read-edit.js"

type Ground = (x: number, y: number) => number | undefined

/** What an earthwork makes of the ground at a place. */
export interface Design {
  /** True where it stands itself: the polygon, the crest or the bed. */
  readonly isCore: boolean
  readonly z: number
}

/** Nearest place of a line or ring: distance, and its height by the vertices of the edge. */
interface Foot {
  distance: number
  x: number
  y: number
  z: number
}

/** The design surface of an earthwork: the height at a place with ground of height `g`. */
export type Surface = (x: number, y: number, g: number) => Design

/** @param ground the land before, for heights `by` above it */
export const designSurface = (edit: Earthwork, ground: Ground): Surface => {
  const { action, parts, width, z, by, ratio } = edit
  const inside = action === "level" && z === undefined ? interpolateVertices(edit) : () => z ?? Number.NaN
  const foot: Foot = { distance: 0, x: 0, y: 0, z: 0 }
  const heightAt = ({ x, y, z: own }: Foot, g: number): number =>
    by === undefined ? (z ?? own) : (ground(x, y) ?? g) + by
  return (x, y, g) => {
    if (action === "level" && isInsideHalfOpen(parts, x, y, 3)) return { isCore: true, z: inside(x, y) }
    findFoot(parts, x, y, foot)
    const beyond = Math.max(0, foot.distance - width / 2)
    const height = heightAt(foot, g)
    const isCore = action !== "level" && beyond === 0
    if (beyond > 0 && ratio === 0) return { isCore, z: g }
    const drop = beyond > 0 ? beyond / ratio : 0
    if (action === "dyke") return { isCore, z: Math.max(g, height - drop) }
    if (action === "ditch") return { isCore, z: Math.min(g, height + drop) }
    return { isCore, z: Math.min(Math.max(g, height - drop), height + drop) }
  }
}

const findFoot = (parts: readonly Vertices[], x: number, y: number, foot: Foot): void => {
  let least = Infinity
  for (const part of parts) {
    for (let v = 0; v + 3 < part.length; v += 3) {
      const [ax, ay, az] = [part[v], part[v + 1], part[v + 2]]
      const [dx, dy, dz] = [part[v + 3] - ax, part[v + 4] - ay, part[v + 5] - az]
      const square = dx * dx + dy * dy
      const t = square > 0 ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / square)) : 0
      const distance = (x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2
      if (distance >= least) continue
      least = distance
      foot.x = ax + t * dx
      foot.y = ay + t * dy
      foot.z = az + t * dz
    }
  }
  foot.distance = Math.sqrt(least)
}

/** The surface inside a polygon with heights: the TIN of its vertices. */
const interpolateVertices = ({ parts }: Earthwork): ((x: number, y: number) => number) => {
  const vertices = parts.flatMap((ring) =>
    Array.from({ length: ring.length / 3 - 1 }, (_, v) => [ring[3 * v], ring[3 * v + 1], ring[3 * v + 2]] as const),
  )
  const [first = [0, 0, 0] as const] = vertices
  const [originX, originY] = [Math.floor(first[0]), Math.floor(first[1])]
  const places = vertices.map(([x, y]) => [Math.round(1000 * (x - originX)), Math.round(1000 * (y - originY))])
  const triangles = canonicalDelaunay(Float64Array.from(places.flat()))
  return (px, py) => {
    let [best, nearest] = [-Infinity, first[2]]
    for (let t = 0; t < triangles.length; t += 3) {
      const [a, b, c] = [vertices[triangles[t]], vertices[triangles[t + 1]], vertices[triangles[t + 2]]]
      const area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
      const ofB = ((px - a[0]) * (c[1] - a[1]) - (py - a[1]) * (c[0] - a[0])) / area
      const ofC = ((b[0] - a[0]) * (py - a[1]) - (b[1] - a[1]) * (px - a[0])) / area
      // Inside a triangle no share is negative; rounding leaves some places just outside all.
      const least = Math.min(1 - ofB - ofC, ofB, ofC)
      if (least <= best) continue
      best = least
      nearest = a[2] + ofB * (b[2] - a[2]) + ofC * (c[2] - a[2])
    }
    return nearest
  }
}

import type { Box2 } from "../../core/box.js"
import type { Shot } from "./camera.js"
import { pixelRay } from "./projection.js"

/** Heights of the ground, and how far a camera is taken to see. */
export interface FootprintOptions {
  /** Lowest and highest altitude of what is seen, metres. */
  readonly low: number
  readonly high: number
  /** Bound of the depth along the camera's axis, metres; sights that rise never meet the ground. Default 20,000. */
  readonly maxDepth?: number
}

const MAX_DEPTH = 20_000
/** Points a side of the border of a distorted image: chords leave less than the added pixel of a bent side. */
const SIDE_POINTS = 16

/**
 * The places, from above, at which a shot can see anything between two altitudes: the pyramid of its sights down to `maxDepth`, cut by
 * both planes. Exact for a camera without distortion; else that of the convex hull of the image's border, one pixel wider. What stands in the way is not asked.
 * O(border points²).
 *
 * @returns x, y of a convex ring, anticlockwise, first point not repeated; empty where the shot sees nothing there
 */
export const footprintOf = (shot: Shot, options: FootprintOptions): Float64Array => {
  const { low, high, maxDepth = MAX_DEPTH } = options
  const corners = pyramidOf(shot, maxDepth)
  const places: [number, number][] = []
  for (let i = 0; i < corners.length; i++) {
    const [ax, ay, az] = corners[i]!
    if (az >= low && az <= high) places.push([ax, ay])
    // Between any two corners, for the edges of the solid are among them and no other line leaves it.
    for (let k = i + 1; k < corners.length; k++) {
      const [bx, by, bz] = corners[k]!
      for (const height of [low, high]) {
        if ((az - height) * (bz - height) >= 0) continue
        const t = (height - az) / (bz - az)
        places.push([ax + t * (bx - ax), ay + t * (by - ay)])
      }
    }
  }
  return hullOf(places)
}

type Place = readonly [number, number, number]

/** The centre and the far ends of the sights through the border. */
const pyramidOf = (shot: Shot, depth: number): Place[] => {
  const { camera, centre, rotation } = shot
  const bent = camera.distortion !== undefined
  const margin = bent ? 1 : 0
  const [w, h] = [camera.width + margin, camera.height + margin]
  const corners: readonly [number, number][] = [
    [-margin, -margin],
    [w, -margin],
    [w, h],
    [-margin, h],
  ]
  const places: Place[] = [centre]
  const steps = bent ? SIDE_POINTS : 1
  for (const [i, [x, y]] of corners.entries()) {
    const [nextX, nextY] = corners[(i + 1) % 4]!
    for (let k = 0; k < steps; k++) {
      const ray = pixelRay(shot, x + ((nextX - x) * k) / steps, y + ((nextY - y) * k) / steps)
      if (ray === undefined) continue
      const [dx, dy, dz] = ray.direction
      const t = depth / -(rotation[2]! * dx + rotation[5]! * dy + rotation[8]! * dz)
      places.push([centre[0] + t * dx, centre[1] + t * dy, centre[2] + t * dz])
    }
  }
  return places
}

/** Convex hull by the monotone chain (Andrew 1979), anticlockwise; empty for fewer than three places that span an area. */
const hullOf = (places: [number, number][]): Float64Array => {
  places.sort((a, b) => a[0] - b[0] || a[1] - b[1])
  const chain = (order: readonly [number, number][]): [number, number][] => {
    const kept: [number, number][] = []
    for (const place of order) {
      while (kept.length > 1 && turn(kept[kept.length - 2]!, kept[kept.length - 1]!, place) <= 0) kept.pop()
      kept.push(place)
    }
    kept.pop()
    return kept
  }
  const ring = [...chain(places), ...chain([...places].reverse())]
  return ring.length < 3 ? new Float64Array(0) : Float64Array.from(ring.flat())
}

const turn = (a: readonly [number, number], b: readonly [number, number], c: readonly [number, number]): number =>
  (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

/** Box around a ring of x, y. */
export const boxOfRing = (ring: Float64Array): Box2 => {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < ring.length; i += 2) {
    minX = Math.min(minX, ring[i]!)
    maxX = Math.max(maxX, ring[i]!)
    minY = Math.min(minY, ring[i + 1]!)
    maxY = Math.max(maxY, ring[i + 1]!)
  }
  return [minX, minY, maxX, maxY]
}

/** True where a convex anticlockwise ring and a closed box share a point: no side of either has the other wholly outside. */
export const ringMeetsBox = (ring: Float64Array, box: Box2): boolean => {
  if (ring.length === 0) return false
  const [minX, minY, maxX, maxY] = boxOfRing(ring)
  if (minX > box[2] || maxX < box[0] || minY > box[3] || maxY < box[1]) return false
  for (let i = 0; i < ring.length; i += 2) {
    const k = (i + 2) % ring.length
    const [x, y] = [ring[i]!, ring[i + 1]!]
    const [dx, dy] = [ring[k]! - x, ring[k + 1]! - y]
    // The corner of the box that lies farthest inwards (left of the side).
    const cornerX = dy > 0 ? box[0] : box[2]
    const cornerY = dx > 0 ? box[3] : box[1]
    if (dx * (cornerY - y) - dy * (cornerX - x) < 0) return false
  }
  return true
}

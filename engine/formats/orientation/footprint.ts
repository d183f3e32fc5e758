/** Computes the outline, in plan, of the area an oriented image can see between two heights. */
import type { Shot } from "../../core/camera/camera.js"
import { type PixelRay, pixelRay } from "../../core/camera/projection.js"
import type { Box2 } from "../../core/geometry/box.js"
import { boxOfRings } from "../../core/geometry/rings.js"
import { turn } from "../../core/geometry/segments.js"

/** Lowest and highest altitude of the visible objects, metres. */
export interface Heights {
  readonly low: number
  readonly high: number
}

/** Depth limit along the camera's axis, metres: sights that rise never meet the ground. */
const MAX_DEPTH = 20_000
/**
 * Points on each side of a distorted image's border. Chords miss less of a bent side than the added
 * pixel.
 */
const SIDE_POINTS = 16

/**
 * Outlines, in plan, where a shot can see anything between two altitudes: the pyramid of its
 * sights, 20 km deep, cut by both planes. It is exact without distortion. Otherwise it is that of
 * the convex hull of the image's border, one pixel wider. Occlusion is ignored. O(border points²).
 *
 * @returns x, y of a convex ring, counter-clockwise, first point not repeated; empty if nothing is
 *   visible
 */
export const traceFootprint = (shot: Shot, { low, high }: Heights): Float64Array => {
  const corners = castCorners(shot)
  const places: [number, number][] = []
  for (let i = 0; i < corners.length; i++) {
    const [ax, ay, az] = corners[i]!
    if (az >= low && az <= high) places.push([ax, ay])
    // All pairs of corners: they include the edges of the solid, and no other pair leaves it.
    for (let k = i + 1; k < corners.length; k++) {
      const [bx, by, bz] = corners[k]!
      for (const height of [low, high]) {
        if ((az - height) * (bz - height) >= 0) continue
        const t = (height - az) / (bz - az)
        places.push([ax + t * (bx - ax), ay + t * (by - ay)])
      }
    }
  }
  return convexHull(places)
}

type Place = readonly [number, number, number]

/** The centre and the far ends of the sights through the border. */
const castCorners = (shot: Shot): Place[] => {
  const { camera, centre } = shot
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
      const [dx, dy, dz] = castSight(shot, x + ((nextX - x) * k) / steps, y + ((nextY - y) * k) / steps)
      places.push([centre[0] + MAX_DEPTH * dx, centre[1] + MAX_DEPTH * dy, centre[2] + MAX_DEPTH * dz])
    }
  }
  return places
}

/**
 * Share by which sights at the fold are spread, more than chords between points on its circle miss.
 */
const FOLD_MARGIN = 0.02

/**
 * The sight of a border pixel, with depth 1 along the camera's axis. If the distortion cannot reach
 * the pixel, it is the last reachable one on the line from the middle: nothing is visible beyond.
 */
const castSight = (shot: Shot, column: number, line: number): Place => {
  const { camera, rotation: r } = shot
  const axis: Place = [-r[2]!, -r[5]!, -r[8]!]
  const unit = (ray: PixelRay | undefined, spread: number): Place => {
    const [x, y, z] = ray?.direction ?? axis
    const depth = x * axis[0] + y * axis[1] + z * axis[2]
    const across = (value: number, along: number): number => along + (value / depth - along) * spread
    return [across(x, axis[0]), across(y, axis[1]), across(z, axis[2])]
  }
  const whole = pixelRay(shot, column, line)
  if (whole !== undefined) return unit(whole, 1)
  const [middleX, middleY] = camera.distortion?.centre ?? camera.principal
  let [inside, outside] = [0, 1]
  let last: PixelRay | undefined
  for (let step = 0; step < 40; step++) {
    const t = (inside + outside) / 2
    const ray = pixelRay(shot, middleX + (column - middleX) * t, middleY + (line - middleY) * t)
    if (ray === undefined) outside = t
    else {
      inside = t
      last = ray
    }
  }
  return unit(last, 1 + FOLD_MARGIN)
}

/**
 * Convex hull by the monotone chain (Andrew 1979), counter-clockwise; empty unless the places span
 * an area.
 */
const convexHull = (places: [number, number][]): Float64Array => {
  places.sort((a, b) => a[0] - b[0] || a[1] - b[1])
  const chain = (order: readonly [number, number][]): [number, number][] => {
    const hull: [number, number][] = []
    for (const place of order) {
      while (hull.length > 1 && turn(...hull[hull.length - 2]!, ...hull[hull.length - 1]!, ...place) <= 0) hull.pop()
      hull.push(place)
    }
    hull.pop()
    return hull
  }
  const ring = [...chain(places), ...chain([...places].reverse())]
  return ring.length < 3 ? new Float64Array(0) : Float64Array.from(ring.flat())
}

/**
 * True if a convex counter-clockwise ring and a closed box share a point: no side of either
 * separates them.
 */
export const ringMeetsBox = (ring: Float64Array, box: Box2): boolean => {
  if (ring.length === 0) return false
  const [minX, minY, maxX, maxY] = boxOfRings([ring])
  if (minX > box[2] || maxX < box[0] || minY > box[3] || maxY < box[1]) return false
  for (let i = 0; i < ring.length; i += 2) {
    const k = (i + 2) % ring.length
    const [x, y] = [ring[i]!, ring[i + 1]!]
    const [dx, dy] = [ring[k]! - x, ring[k + 1]! - y]
    // The corner of the box that is farthest inwards (left of the side).
    const cornerX = dy > 0 ? box[0] : box[2]
    const cornerY = dx > 0 ? box[3] : box[1]
    if (dx * (cornerY - y) - dy * (cornerX - x) < 0) return false
  }
  return true
}

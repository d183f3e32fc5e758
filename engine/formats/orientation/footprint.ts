/** Outlines from above what an oriented image can see between two heights. */
import type { Shot } from "../../core/camera/camera.js"
import { type PixelRay, pixelRay } from "../../core/camera/projection.js"
import type { Box2 } from "../../core/geometry/box.js"
import { boxOfRings } from "../../core/geometry/ring-box.js"
import { turn } from "../../core/geometry/turn.js"

/** Lowest and highest altitude of what is seen, metres. */
export interface Heights {
  readonly low: number
  readonly high: number
}

/** Bound of the depth along the camera's axis, metres; sights that rise never meet the ground. */
const MAX_DEPTH = 20_000
/** Points a side of the border of a distorted image: chords leave less than the added pixel of a bent side. */
const SIDE_POINTS = 16

/**
 * The places, from above, at which a shot can see anything between two altitudes: the pyramid of its sights down to 20 km, cut by
 * both planes. Exact for a camera without distortion; else that of the convex hull of the image's border, one pixel wider. What stands in the way is not asked.
 * O(border points²).
 *
 * @returns x, y of a convex ring, anticlockwise, first point not repeated; empty where the shot sees nothing there
 */
export const footprintOf = (shot: Shot, { low, high }: Heights): Float64Array => {
  const corners = pyramidOf(shot)
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
const pyramidOf = (shot: Shot): Place[] => {
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
      const [dx, dy, dz] = sightOf(shot, x + ((nextX - x) * k) / steps, y + ((nextY - y) * k) / steps)
      places.push([centre[0] + MAX_DEPTH * dx, centre[1] + MAX_DEPTH * dy, centre[2] + MAX_DEPTH * dz])
    }
  }
  return places
}

/** Share by which the sights of the fold are spread: chords between points of its circle leave less. */
const FOLD_MARGIN = 0.02

/**
 * The sight of a pixel of the border, of depth 1 along the camera's axis. A pixel that the distortion does not reach gives way to the
 * last one that it does, on the way from the middle: what lies beyond shows nothing.
 */
const sightOf = (shot: Shot, column: number, line: number): Place => {
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

/** Convex hull by the monotone chain (Andrew 1979), anticlockwise; empty for fewer than three places that span an area. */
const hullOf = (places: [number, number][]): Float64Array => {
  places.sort((a, b) => a[0] - b[0] || a[1] - b[1])
  const chain = (order: readonly [number, number][]): [number, number][] => {
    const kept: [number, number][] = []
    for (const place of order) {
      while (kept.length > 1 && turn(...kept[kept.length - 2]!, ...kept[kept.length - 1]!, ...place) <= 0) kept.pop()
      kept.push(place)
    }
    kept.pop()
    return kept
  }
  const ring = [...chain(places), ...chain([...places].reverse())]
  return ring.length < 3 ? new Float64Array(0) : Float64Array.from(ring.flat())
}

/** True where a convex anticlockwise ring and a closed box share a point: no side of either has the other wholly outside. */
export const ringMeetsBox = (ring: Float64Array, box: Box2): boolean => {
  if (ring.length === 0) return false
  const [minX, minY, maxX, maxY] = boxOfRings([ring])
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

/**
 * Projects ground points into oriented images, and pixels back to the ground (collinearity
 * equations).
 */
import { checkFields } from "../arguments.js"
import { optionError } from "../parse-values.js"
import { checkShot, type Shot } from "./camera.js"
import { distortionMaps } from "./distortion.js"

/**
 * Line of sight of a pixel in the ground frame, from the projection centre; `direction` has length
 * 1.
 */
export interface PixelRay {
  readonly origin: readonly [number, number, number]
  readonly direction: readonly [number, number, number]
}

type Rotation = readonly [number, number, number, number, number, number, number, number, number]

/**
 * Projects ground points: with v = Rᵀ (P − S), column = ppₓ − f vₓ / v_z and line = pp_y + f v_y /
 * v_z, then the distortion.
 *
 * The projected CRS itself is the frame, without earth curvature or scale of the projection:
 * orientations adjusted in it have absorbed both. On 14,407 measures of a flight at 1,770 m, the
 * median residual is 0.2 px. Points and centre need ALTITUDES. Heights above the ellipsoid are off
 * by 45–50 m in France, which is 240 px in that flight. Pixels may be outside the image; compare
 * them with the camera's size. Occlusion is not tested. O(1) a point.
 *
 * @param points x, y (the shot's CRS), altitude of each point, metres
 * @returns column and line of each; NaN behind the camera or outside the distortion's valid radius
 */
export const projectPoints = (shot: Shot, points: Float64Array): Float64Array => {
  checkShot(shot)
  checkFields({ points }, "arguments", { points: "numbers" })
  const { camera, centre, rotation } = shot
  const maps = distortionMaps(camera)
  const [sx, sy, sz] = centre
  const [r00, r01, r02, r10, r11, r12, r20, r21, r22] = rotation as Rotation
  const [px, py] = camera.principal
  const count = Math.floor(points.length / 3)
  const pixels = new Float64Array(count * 2).fill(Number.NaN)
  const place = new Float64Array(2)
  for (let i = 0; i < count; i++) {
    const x = points[i * 3]! - sx
    const y = points[i * 3 + 1]! - sy
    const z = points[i * 3 + 2]! - sz
    const depth = -(r02 * x + r12 * y + r22 * z)
    if (!(depth > 0)) continue
    const t = camera.focal / depth
    const column = px + t * (r00 * x + r10 * y + r20 * z)
    const line = py - t * (r01 * x + r11 * y + r21 * z)
    if (!maps.toImage(column, line, place)) continue
    pixels[i * 2] = place[0]!
    pixels[i * 2 + 1] = place[1]!
  }
  return pixels
}

/**
 * The line of sight of a pixel, the inverse of {@link projectPoints}.
 *
 * @returns undefined where the distortion has no inverse (far outside the image)
 */
export const pixelRay = (shot: Shot, column: number, line: number): PixelRay | undefined => {
  checkShot(shot)
  if (typeof column !== "number" || typeof line !== "number")
    throw optionError("column, line", "they are no numbers. Give the place of a pixel.")
  const direction = findSight(shot, distortionMaps(shot.camera), column, line)
  if (direction === undefined) return undefined
  const length = Math.hypot(...direction)
  return { origin: shot.centre, direction: [direction[0] / length, direction[1] / length, direction[2] / length] }
}

/**
 * Intersects the lines of sight of pixels with a horizontal plane.
 *
 * @param pixels column and line of each
 * @param altitude metres, in the height system of the shot's centre
 * @returns x, y, altitude of each, metres; NaN where the ray does not meet the plane in front of
 * the camera
 */
export const locatePixels = (shot: Shot, pixels: Float64Array, altitude: number): Float64Array => {
  checkShot(shot)
  checkFields({ pixels, altitude }, "arguments", { pixels: "numbers", altitude: "number" })
  const maps = distortionMaps(shot.camera)
  const count = Math.floor(pixels.length / 2)
  const points = new Float64Array(count * 3).fill(Number.NaN)
  for (let i = 0; i < count; i++) {
    const sight = findSight(shot, maps, pixels[i * 2]!, pixels[i * 2 + 1]!)
    if (sight === undefined) continue
    const t = (altitude - shot.centre[2]) / sight[2]
    if (!(t > 0 && t < Number.POSITIVE_INFINITY)) continue
    points[i * 3] = shot.centre[0] + t * sight[0]
    points[i * 3 + 1] = shot.centre[1] + t * sight[1]
    points[i * 3 + 2] = altitude
  }
  return points
}

/**
 * Direction of a pixel's line of sight in the ground frame, with depth 1 along the camera's axis.
 */
const findSight = (
  shot: Shot,
  maps: ReturnType<typeof distortionMaps>,
  column: number,
  line: number,
): [number, number, number] | undefined => {
  const { camera, rotation: r } = shot
  const ideal = new Float64Array(2)
  if (!maps.toIdeal(column, line, ideal)) return undefined
  const x = (ideal[0]! - camera.principal[0]) / camera.focal
  const y = (camera.principal[1] - ideal[1]!) / camera.focal
  return [r[0]! * x + r[1]! * y - r[2]!, r[3]! * x + r[4]! * y - r[5]!, r[6]! * x + r[7]! * y - r[8]!]
}

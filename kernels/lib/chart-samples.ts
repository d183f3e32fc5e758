import { distortionMaps } from "../../engine/core/distortion.js"
import type { Chart, View } from "../../engine/kernel.js"
import { type DepthBuffer, nearestAt } from "./view-depth.js"

/** What a view shows of a chart, texel by texel. */
export interface ChartSamples {
  /** Number of the view among those given. */
  readonly view: number
  /** 1 where the view sees the texel. */
  readonly seen: Uint8Array
  /** Red, green, blue of the job's colours, three a texel; 0 where it is not seen. */
  readonly colour: Float32Array
  readonly seenCount: number
  /** How well it shows the chart: pixels a texel (at most 1) · cosine to the chart's normal, at the chart's middle. */
  readonly score: number
}

/** Least cosine between the chart's normal and the line of sight: more grazing views are no use. */
export const LEAST_COSINE = 0.12
/** How much nearer an occluder must be than the texel, metres, beside one pixel's size there: the mesh's own tolerance. */
const HAIR = 0.05

/**
 * Looks at a chart through a view: a texel is seen where its middle lies in the image, faces the camera and nothing that was drawn into
 * the depth buffer stands before it. Compared is the depth of the chart's own plane at the middle of the buffer's cell: slanting walls need
 * no bias. Colours are bilinear, brought to the job's by the view's film.
 *
 * @param origin of the mesh, CRS metres
 * @param depth of the view, with everything that can hide the chart; where it does not reach nothing is seen
 * @returns undefined when no texel is seen
 *
 * O(texels).
 */
export const sampleChart = (
  chart: Chart,
  origin: readonly [number, number, number],
  view: View,
  index: number,
  depth: DepthBuffer,
): ChartSamples | undefined => {
  const plane = planeSeenFrom(chart, origin, view)
  if (plane === undefined || plane.score === 0) return undefined
  const { width, height, texel } = chart
  const { focal, principal } = view.shot.camera
  const maps = distortionMaps(view.shot.camera)
  const place = new Float64Array(2)
  const seen = new Uint8Array(width * height)
  const colour = new Float32Array(3 * width * height)
  const { corner, right, down } = plane
  let seenCount = 0
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [s, t] = [(column + 0.5) * texel, (row + 0.5) * texel]
      const z = corner[2] + s * right[2] + t * down[2]
      if (!(z > 0)) continue
      const x = principal[0] + (focal * (corner[0] + s * right[0] + t * down[0])) / z
      const y = principal[1] - (focal * (corner[1] + s * right[1] + t * down[1])) / z
      const nearest = nearestAt(depth, x, y)
      if (nearest === undefined || isHidden(plane, depth, x, y, z, focal, nearest)) continue
      if (!maps.toImage(x, y, place)) continue
      const at = row * width + column
      if (!pickColour(view, place[0], place[1], colour, 3 * at)) continue
      seen[at] = 1
      seenCount++
    }
  }
  return seenCount === 0 ? undefined : { view: index, seen, colour, seenCount, score: plane.score }
}

/** A chart in a camera's frame: right, up, depth. */
interface SeenPlane {
  readonly corner: readonly [number, number, number]
  readonly right: readonly [number, number, number]
  readonly down: readonly [number, number, number]
  /** 1 / depth of the plane at (column, line) of the undistorted image: `nearness[0] + nearness[1] · column + nearness[2] · line`. */
  readonly nearness: readonly [number, number, number]
  readonly score: number
}

const planeSeenFrom = (
  chart: Chart,
  origin: readonly [number, number, number],
  { shot: { centre, rotation: r, camera } }: View,
): SeenPlane | undefined => {
  const turn = (v: readonly [number, number, number]): [number, number, number] => [
    r[0] * v[0] + r[3] * v[1] + r[6] * v[2],
    r[1] * v[0] + r[4] * v[1] + r[7] * v[2],
    -(r[2] * v[0] + r[5] * v[1] + r[8] * v[2]),
  ]
  const at = (k: 0 | 1 | 2): number => origin[k] - centre[k] + chart.origin[k]
  const corner = turn([at(0), at(1), at(2)])
  const right = turn(chart.u)
  const down = turn(chart.v)
  // Out of the surface; this frame is left-handed (depth instead of backwards).
  const normal = turn(crossOf(chart.v, chart.u))
  const distance = normal[0] * corner[0] + normal[1] * corner[1] + normal[2] * corner[2]
  // The camera stands at the origin: in front of the plane where that is negative.
  if (distance >= 0) return undefined
  const { focal, principal } = camera
  const [a, b] = [normal[0] / focal, -normal[1] / focal]
  const constant = normal[2] - a * principal[0] - b * principal[1]
  const [s, t] = [(chart.width * chart.texel) / 2, (chart.height * chart.texel) / 2]
  const middle = [0, 1, 2].map((k) => corner[k] + s * right[k] + t * down[k])
  const length = Math.sqrt(middle[0] ** 2 + middle[1] ** 2 + middle[2] ** 2)
  const cosine = -distance / length
  const pixels = middle[2] > 0 ? ((focal * chart.texel) / middle[2]) ** 2 * cosine : 0
  return {
    corner,
    right,
    down,
    nearness: [constant / distance, a / distance, b / distance],
    score: cosine < LEAST_COSINE ? 0 : Math.min(1, pixels) * cosine,
  }
}

const crossOf = (
  a: readonly [number, number, number],
  b: readonly [number, number, number],
): [number, number, number] => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]

/** Whether what the buffer holds at the texel's cell is nearer than the chart's plane there, or behind its middle where the plane is not met. */
const isHidden = (
  { nearness }: SeenPlane,
  depth: DepthBuffer,
  x: number,
  y: number,
  z: number,
  focal: number,
  nearest: number,
): boolean => {
  if (nearest === 0) return false
  const cx = (Math.floor((x - depth.left) * depth.fineness) + 0.5) / depth.fineness + depth.left
  const cy = (Math.floor((y - depth.top) * depth.fineness) + 0.5) / depth.fineness + depth.top
  const own = nearness[0] + nearness[1] * cx + nearness[2] * cy
  const planeDepth = own > 0 ? 1 / own : z
  return 1 / nearest < planeDepth - HAIR - z / focal
}

/** Bilinear colour at a place of the window, through the film; false where there is no image. */
const pickColour = (
  { shot, data, gain, bias }: View,
  column: number,
  line: number,
  out: Float32Array,
  at: number,
): boolean => {
  const { width, height } = shot.camera
  if (!(column >= 0 && line >= 0 && column <= width && line <= height)) return false
  const x = Math.min(width - 1, Math.max(0, column - 0.5))
  const y = Math.min(height - 1, Math.max(0, line - 0.5))
  const [x0, y0] = [Math.floor(x), Math.floor(y)]
  const [x1, y1] = [Math.min(width - 1, x0 + 1), Math.min(height - 1, y0 + 1)]
  const [s, t] = [x - x0, y - y0]
  const [p00, p10, p01, p11] = [
    4 * (y0 * width + x0),
    4 * (y0 * width + x1),
    4 * (y1 * width + x0),
    4 * (y1 * width + x1),
  ]
  if (data[p00 + 3] < 128 || data[p10 + 3] < 128 || data[p01 + 3] < 128 || data[p11 + 3] < 128) return false
  for (let band = 0; band < 3; band++) {
    const value =
      (data[p00 + band] * (1 - s) + data[p10 + band] * s) * (1 - t) +
      (data[p01 + band] * (1 - s) + data[p11 + band] * s) * t
    out[at + band] = (value - bias[band]) / gain[band]
  }
  return true
}

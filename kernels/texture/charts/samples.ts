/**
 * Samples a wall's chart through one oriented image: which texels it sees, their colours and their
 * score.
 */
import { distortionMaps } from "../../../engine/core/camera/distortion.js"
import type { Chart, View } from "../../../engine/kernel.js"
import { type DepthBuffer, nearestAt } from "../visibility/view-depth.js"
import { viewWeights } from "../visibility/view-weights.js"
import { chartNormal } from "./charts.js"

/** The texels of a chart in one view. */
export interface ChartSamples {
  /** Number of the view. */
  readonly view: number
  /** 1 where the view sees the texel. */
  readonly seen: Uint8Array
  /** Red, green, blue in the colours of the job, three a texel; 0 where it is not seen. */
  readonly colour: Float32Array
  readonly seenCount: number
  /** Weight beside other views, one a column (see {@link viewWeights}). */
  readonly weight: Float32Array
  /**
   * Quality of the view: pixels a texel (at most 1) · cosine to the chart's normal, at the chart's
   * middle.
   */
  readonly score: number
}

/**
 * Minimum cosine between the chart's normal and the line of sight; more grazing views are useless.
 */
export const LEAST_COSINE = 0.12
/**
 * Minimum distance of an occluder before the texel, metres, besides one pixel's size there: the
 * mesh's own tolerance.
 */
const HAIR = 0.05
/** Maximum distance of a chart's faces from its plane, metres, as charts allow. */
const OFF_PLANE = 0.1

/**
 * Samples a chart through a view. A texel is seen where its middle is in the image, faces the
 * camera and has nothing nearer in the depth buffer.
 *
 * It compares with the depth of the chart's plane at the middle of the buffer's cell, so slanting
 * walls need no bias. Colours are from pixels that show the chart's plane only
 * ({@link colourPicker}), with the view's correction to the job's colours. O(texels).
 * @param origin of the mesh, CRS metres
 * @param depth of the view, with all occluders of the chart; outside of it nothing is seen
 * @returns undefined when no texel is seen
 */
export const sampleChart = (
  chart: Chart,
  origin: readonly [number, number, number],
  view: View,
  index: number,
  depth: DepthBuffer,
): ChartSamples | undefined => {
  const plane = planeSeenFrom(chart, origin, view)
  const weight = viewWeights(chart, origin, view)
  if (plane === undefined || plane.score === 0 || weight === undefined) return undefined
  const { width, height, texel } = chart
  const { focal, principal } = view.shot.camera
  const maps = distortionMaps(view.shot.camera)
  const place = new Float64Array(2)
  const seen = new Uint8Array(width * height)
  const colour = new Float32Array(3 * width * height)
  const { corner, right, down } = plane
  const pick = colourPicker(view, plane, depth, colour)
  let seenCount = 0
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (weight[column] === 0) continue
      const [s, t] = [(column + 0.5) * texel, (row + 0.5) * texel]
      const z = corner[2] + s * right[2] + t * down[2]
      if (!(z > 0)) continue
      const x = principal[0] + (focal * (corner[0] + s * right[0] + t * down[0])) / z
      const y = principal[1] - (focal * (corner[1] + s * right[1] + t * down[1])) / z
      const nearest = nearestAt(depth, x, y)
      if (nearest === undefined || (nearest > 0 && 1 / nearest < planeDepth(plane, depth, x, y, z) - HAIR - z / focal))
        continue
      if (!maps.toImage(x, y, place)) continue
      const at = row * width + column
      if (!pick(x, y, place[0], place[1], 3 * at)) continue
      seen[at] = 1
      seenCount++
    }
  }
  return seenCount === 0 ? undefined : { view: index, seen, colour, seenCount, weight, score: plane.score }
}

/** A chart in a camera's frame: right, up, depth. */
interface SeenPlane {
  readonly corner: readonly [number, number, number]
  readonly right: readonly [number, number, number]
  readonly down: readonly [number, number, number]
  /**
   * 1 / depth of the plane at (column, line) of the undistorted image:
   * `nearness[0] + nearness[1] · column + nearness[2] · line`.
   */
  readonly nearness: readonly [number, number, number]
  readonly score: number
  /**
   * Maximum distance of a pixel's depth from the plane's, metres; beyond it the pixel shows another
   * surface.
   */
  readonly slack: number
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
  const normal = turn(chartNormal(chart))
  const distance = normal[0] * corner[0] + normal[1] * corner[1] + normal[2] * corner[2]
  // The camera is at the origin: in front of the plane where this is negative.
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
    slack: OFF_PLANE / cosine,
    score: cosine < LEAST_COSINE ? 0 : Math.min(1, pixels) * cosine,
  }
}

/**
 * Depth of the chart's plane at the middle of the buffer's cell at a texel. Where that line of
 * sight misses the plane, the texel's depth z.
 */
const planeDepth = ({ nearness }: SeenPlane, depth: DepthBuffer, x: number, y: number, z: number): number => {
  const cx = (Math.floor((x - depth.left) * depth.fineness) + 0.5) / depth.fineness + depth.left
  const cy = (Math.floor((y - depth.top) * depth.fineness) + 0.5) / depth.fineness + depth.top
  const own = nearness[0] + nearness[1] * cx + nearness[2] * cy
  return own > 0 ? 1 / own : z
}

/**
 * Whether the buffer's cell at a place of the undistorted image shows the chart's plane, not an
 * occluder or a surface beyond its edge.
 */
const showsPlane = ({ nearness, slack }: SeenPlane, depth: DepthBuffer, x: number, y: number): boolean => {
  const column = Math.floor((x - depth.left) * depth.fineness)
  const row = Math.floor((y - depth.top) * depth.fineness)
  if (!(column >= 0 && row >= 0 && column < depth.width && row < depth.height)) return false
  const nearest = depth.data[row * depth.width + column]
  if (nearest === 0) return false
  const cx = (column + 0.5) / depth.fineness + depth.left
  const cy = (row + 0.5) / depth.fineness + depth.top
  const own = nearness[0] + nearness[1] * cx + nearness[2] * cy
  return own > 0 && Math.abs(1 / nearest - 1 / own) < slack
}

/**
 * Weights of the four pixels along a line, `t` from the second to the third: cubic convolution
 * (Keys 1981, a = −1/2).
 */
const cubicWeights = (t: number, out: Float64Array): void => {
  out[0] = (((2 - t) * t - 1) * t) / 2
  out[1] = ((3 * t - 5) * t * t + 2) / 2
  out[2] = (((4 - 3 * t) * t + 1) * t) / 2
  out[3] = ((t - 1) * t * t) / 2
}

/**
 * Writes the colour at a place, given in the undistorted image and in the window; false where there
 * is no image.
 */
type ColourPicker = (x: number, y: number, column: number, line: number, at: number) => boolean

/**
 * Colours of a chart between the pixels of a window. Cubic convolution of sixteen pixels where all
 * show the chart's plane, else bilinear of those of the nearest four that do.
 *
 * Pixels of occluders or of surfaces behind the edge never contribute. At grazing angles pixels are
 * wide: the cubic preserves contrast that bilinear weights blur.
 */
const colourPicker = (
  { shot, data, gain, bias }: View,
  plane: SeenPlane,
  depth: DepthBuffer,
  out: Float32Array,
): ColourPicker => {
  const { width, height } = shot.camera
  const [across, down] = [new Float64Array(4), new Float64Array(4)]
  const shows = (x: number, y: number): number => (showsPlane(plane, depth, x, y) ? 1 : 0)
  /**
   * Whether the twelve pixels around the four at (x0, y0) exist and show the plane, as those four
   * do.
   */
  const isWhole = (x0: number, y0: number, fx: number, fy: number): boolean => {
    if (x0 < 1 || y0 < 1 || x0 + 2 >= width || y0 + 2 >= height) return false
    for (let j = -1; j < 3; j++) {
      for (let i = -1; i < 3; i++) {
        if ((i === 0 || i === 1) && (j === 0 || j === 1)) continue
        if (data[4 * ((y0 + j) * width + x0 + i) + 3] < 128 || shows(fx + i, fy + j) === 0) return false
      }
    }
    return true
  }
  const cubic = (first: number, band: number): number => {
    let sum = 0
    for (let j = 0; j < 4; j++) {
      const at = first + 4 * j * width + band
      sum +=
        down[j] *
        (across[0] * data[at] + across[1] * data[at + 4] + across[2] * data[at + 8] + across[3] * data[at + 12])
    }
    return sum
  }
  return (px, py, column, line, at) => {
    if (!(column >= 0 && line >= 0 && column <= width && line <= height)) return false
    const x = Math.min(width - 1, Math.max(0, column - 0.5))
    const y = Math.min(height - 1, Math.max(0, line - 0.5))
    const [x0, y0] = [Math.floor(x), Math.floor(y)]
    const [x1, y1] = [Math.min(width - 1, x0 + 1), Math.min(height - 1, y0 + 1)]
    const [s, t] = [x - x0, y - y0]
    const [p00, p10] = [4 * (y0 * width + x0), 4 * (y0 * width + x1)]
    const [p01, p11] = [4 * (y1 * width + x0), 4 * (y1 * width + x1)]
    if (data[p00 + 3] < 128 || data[p10 + 3] < 128 || data[p01 + 3] < 128 || data[p11 + 3] < 128) return false
    // The first of the four pixels in the undistorted image. The lens shifts the others by less
    // than a pixel relative to it.
    const [fx, fy] = [px - s, py - t]
    const [m00, m10, m01, m11] = [shows(fx, fy), shows(fx + 1, fy), shows(fx, fy + 1), shows(fx + 1, fy + 1)]
    const isCubic = m00 + m10 + m01 + m11 === 4 && isWhole(x0, y0, fx, fy)
    if (isCubic) {
      cubicWeights(s, across)
      cubicWeights(t, down)
    }
    let [w00, w10, w01, w11] = [(1 - s) * (1 - t), s * (1 - t), (1 - s) * t, s * t]
    const known = m00 * w00 + m10 * w10 + m01 * w01 + m11 * w11
    // Where none shows the plane, the texel is outside the chart's faces.
    if (known > 1e-6)
      [w00, w10, w01, w11] = [(m00 * w00) / known, (m10 * w10) / known, (m01 * w01) / known, (m11 * w11) / known]
    for (let band = 0; band < 3; band++) {
      const value = isCubic
        ? cubic(p00 - 4 * (width + 1), band)
        : w00 * data[p00 + band] + w10 * data[p10 + band] + w01 * data[p01 + band] + w11 * data[p11 + band]
      out[at + band] = (value - bias[band]) / gain[band]
    }
    return true
  }
}

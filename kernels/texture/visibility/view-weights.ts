/**
 * How much an oriented image counts along a wall, so that no step shows where the set of images
 * changes.
 */
import type { Box2 } from "../../../engine/core/geometry/box.js"
import type { Chart, View } from "../../../engine/kernel.js"

/** Half the width of the band around the lines of squares in which views of both sides count, as a share of a square's side. */
const HALF_BAND = 1 / 16

/**
 * How much a view counts along a chart, from 0 to 1, a column each: by the squares of the CRS that it was chosen for ({@link View.squares}), in full within them, falling evenly across a band around their
 * lines. Of all squares of the grid weights add up to 1, so what several views agree on has no step at a line, and hangs on the place alone.
 *
 * @param origin of the mesh, CRS metres
 * @returns undefined where it counts nowhere. O(columns · squares)
 */
export const viewWeights = (
  { origin: corner, u, v, width, height, texel }: Chart,
  origin: readonly [number, number, number],
  { squares }: Pick<View, "squares">,
): Float32Array | undefined => {
  const weights = new Float32Array(width)
  if (squares === undefined) return weights.fill(1)
  const down = (height * texel) / 2
  let any = false
  for (let column = 0; column < width; column++) {
    const along = (column + 0.5) * texel
    const x = origin[0] + corner[0] + along * u[0] + down * v[0]
    const y = origin[1] + corner[1] + along * u[1] + down * v[1]
    let sum = 0
    for (const square of squares) sum += weightIn(square, x, y)
    weights[column] = Math.min(1, sum)
    any ||= sum > 0
  }
  return any ? weights : undefined
}

const weightIn = ([west, south, east, north]: Box2, x: number, y: number): number => {
  const band = 2 * HALF_BAND * (east - west)
  return ramp(x, west, east, band) * ramp(y, south, north, band)
}

/** From 0 to 1 across `band` around `from`, back across that around `to`. */
const ramp = (value: number, from: number, to: number, band: number): number =>
  Math.max(0, Math.min(1, 0.5 + (value - from) / band, 0.5 + (to - value) / band))

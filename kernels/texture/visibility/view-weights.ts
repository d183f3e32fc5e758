/** The weight of an oriented image along a wall: no step shows where the set of images changes. */
import type { Box2 } from "../../../engine/core/geometry/box.js"
import type { Chart, View } from "../../../engine/kernel.js"

/**
 * Half the width of the band around the lines of squares, as a share of a square's side. In it,
 * views of both sides count.
 */
const HALF_BAND = 1 / 16

/**
 * Weight of a view along a chart, from 0 to 1, one a column. It depends on the squares of the CRS
 * that it was chosen for ({@link View.squares}). It is full within them and falls linearly across a
 * band around their lines.
 *
 * Over all squares of the grid the weights sum to 1. A common colour of several views therefore has
 * no step at a line and depends only on the place.
 * @param origin of the mesh, CRS metres
 * @returns undefined where it is 0 everywhere. O(columns · squares)
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

/** Rises from 0 to 1 across `band` around `from`, and falls across that around `to`. */
const ramp = (value: number, from: number, to: number, band: number): number =>
  Math.max(0, Math.min(1, 0.5 + (value - from) / band, 0.5 + (to - value) / band))

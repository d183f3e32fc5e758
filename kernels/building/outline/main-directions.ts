/** Finds the directions that an outline's long edges share, onto which its edges may turn. */
import { type OutlineEdge, roughLength } from "./fit-edge.js"

/**
 * Directions in radians, [0, π/2), that long edges of an object share, strongest first; at most
 * three.
 */
export const mainDirections = (edges: Iterable<OutlineEdge>): number[] => {
  const angles: number[] = []
  const lengths: number[] = []
  for (const edge of edges) {
    const length = roughLength(edge)
    if (edge.bins < 3 || length < 2000) continue
    angles.push(quarter(Math.atan2(edge.uy, edge.ux)))
    lengths.push(length)
  }
  const total = lengths.reduce((sum, length) => sum + length, 0)
  const free = lengths.map(() => true)
  const found: number[] = []
  while (found.length < 3) {
    const peak = strongestDirection(angles, lengths, free)
    if (peak === undefined || (found.length > 0 && peak.weight < Math.max(6000, 0.15 * total))) break
    found.push(peak.angle)
    angles.forEach((angle, i) => {
      if (Math.abs(quarterDifference(angle, peak.angle)) < (10 * Math.PI) / 180) free[i] = false
    })
  }
  return found
}

const QUARTER = Math.PI / 2
const quarter = (angle: number): number => ((angle % QUARTER) + QUARTER) % QUARTER
const quarterDifference = (a: number, b: number): number => quarter(a - b + QUARTER / 2) - QUARTER / 2

/**
 * Peak of the histogram of directions in bins of 1°, weighted by length over five bins. Then the
 * mean nearby, weighted by the cube of length: the direction of a fitted line has a variance of
 * about 1 / length³.
 */
const strongestDirection = (
  angles: readonly number[],
  lengths: readonly number[],
  free: readonly boolean[],
): { angle: number; weight: number } | undefined => {
  const bins = new Float64Array(90)
  angles.forEach((angle, i) => {
    if (free[i]) bins[Math.min(89, Math.floor((angle / QUARTER) * 90))] += lengths[i]
  })
  let best = -1
  let weight = 0
  for (let bin = 0; bin < 90; bin++) {
    let sum = bins[bin] / 2
    for (let off = -2; off <= 2; off++) sum += bins[(bin + off + 90) % 90]
    if (sum > weight) {
      weight = sum
      best = bin
    }
  }
  if (best < 0) return undefined
  const centre = ((best + 0.5) / 90) * QUARTER
  let [sum, cubes, near] = [0, 0, 0]
  angles.forEach((angle, i) => {
    const off = quarterDifference(angle, centre)
    if (!free[i] || Math.abs(off) > (3 * Math.PI) / 180) return
    sum += off * lengths[i] ** 3
    cubes += lengths[i] ** 3
    near += lengths[i]
  })
  return { angle: quarter(centre + (cubes > 0 ? sum / cubes : 0)), weight: near }
}

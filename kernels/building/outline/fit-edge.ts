/** Fits one edge of an outline to the outermost points along it, and corrects for their density. */
import { medianOf } from "../block/points.js"
import { type EdgePoints, edgeProfile } from "./edge-points.js"

/** A place, millimetres relative to the object's origin. */
export type Place = readonly [x: number, y: number]

/**
 * An edge of an outline: the line `uy·x − ux·y = c` along the unit vector (ux, uy), the inside on
 * the left. The rough edge that it was fitted to runs from `a` to `b`. `main`: 4 · main direction +
 * quarter turns if snapped, −1 if free. `bins`: number of stretches with points that support it.
 * `kept`: must not change.
 */
export interface OutlineEdge {
  readonly a: Place
  readonly b: Place
  readonly ux: number
  readonly uy: number
  readonly c: number
  readonly main: number
  readonly bins: number
  readonly fixed?: true
}

/** An edge between two places that must not change. */
export const fixedEdge = (a: Place, b: Place): OutlineEdge => {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1])
  const [ux, uy] = [(b[0] - a[0]) / length, (b[1] - a[1]) / length]
  return { a, b, ux, uy, c: uy * a[0] - ux * a[1], main: -1, bins: 0, fixed: true }
}

/** Parameters of edge fitting, from the density of the object's points. Millimetres. */
export interface EdgeSampling {
  /** Length of a stretch, whose outermost point counts. */
  readonly bin: number
  /** Mean distance from the outermost point of a stretch to the true edge. */
  readonly gap: number
  /** Scatter of an edge's points about their line. */
  readonly scatter: number
}

/**
 * Sampling for an object. Take a stretch of w metres of a straight edge, with d points a m²
 * scattered evenly. Its outermost point is on average 1 / (d·w) metres inside the edge. Its
 * distance is exponential, so the scatter is the same. On gridded points both are smaller.
 */
export const edgeSampling = (points: number, areaMm2: number): EdgeSampling => {
  const density = Math.max(0.25, (points * 1e6) / areaMm2)
  const bin = Math.min(1500, Math.max(500, 2000 / Math.sqrt(density)))
  const gap = Math.min(300, 1e6 / (density * bin))
  return { bin, gap, scatter: Math.min(350, Math.max(150, 1.5 * gap)) }
}

/** Length of the rough edge, mm. */
export const roughLength = ({ a, b }: { readonly a: Place; readonly b: Place }): number =>
  Math.hypot(b[0] - a[0], b[1] - a[1])

/** Largest slope of a fitted line against its rough edge. */
const STEEPEST = Math.tan((24 * Math.PI) / 180)
/** Number of places whose pairs are tried as candidates for the line. */
const TRIED = 24

/**
 * Fits an edge to the outermost points along its rough form. Among lines through two of them, takes
 * the one that most others agree with (deterministic RANSAC, Fischler and Bolles 1981). Then fits
 * those by least squares and moves the line out by the mean gap. With fewer than three stretches
 * with points the rough direction stays.
 */
export const fitEdge = (points: EdgePoints, a: Place, b: Place, sampling: EdgeSampling): OutlineEdge => {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1])
  const [ux, uy] = [(b[0] - a[0]) / length, (b[1] - a[1]) / length]
  const { t, h } = edgeProfile(points, a, b, sampling.bin)
  const line = t.length >= 3 && t[t.length - 1] - t[0] > 900 ? consensusLine(t, h, sampling.scatter) : undefined
  if (line === undefined) return placeEdge(points, { a, b, ux, uy, main: -1 }, sampling)
  const turned = Math.hypot(1, line)
  // The slope is outwards over along; the outward normal is (uy, −ux).
  return placeEdge(points, { a, b, ux: (ux + line * uy) / turned, uy: (uy - line * ux) / turned, main: -1 }, sampling)
}

/** Slope of the line that most places agree with; undefined if fewer than three agree. */
const consensusLine = (t: readonly number[], h: readonly number[], scatter: number): number | undefined => {
  const step = Math.max(1, Math.ceil(t.length / TRIED))
  let best = { count: 2, sum: 0, slope: 0, at: 0 }
  for (let i = 0; i < t.length; i += step) {
    for (let j = i + step; j < t.length; j += step) {
      const slope = (h[j] - h[i]) / (t[j] - t[i])
      if (t[j] - t[i] < 500 || Math.abs(slope) > STEEPEST) continue
      let count = 0
      let sum = 0
      for (let k = 0; k < t.length; k++) {
        const off = Math.abs(h[k] - h[i] - slope * (t[k] - t[i]))
        if (off > scatter) continue
        count++
        sum += off
      }
      if (count > best.count || (count === best.count && count > 2 && sum < best.sum))
        best = { count, sum, slope, at: h[i] - slope * t[i] }
    }
  }
  if (best.count < 3) return undefined
  return fitLine(t, h, best, scatter)
}

const fitLine = (
  t: readonly number[],
  h: readonly number[],
  { slope, at }: { readonly slope: number; readonly at: number },
  scatter: number,
): number => {
  let [n, sumT, sumH] = [0, 0, 0]
  const near = t.map((value, k) => Math.abs(h[k] - at - slope * value) <= scatter)
  t.forEach((value, k) => {
    if (!near[k]) return
    n++
    sumT += value
    sumH += h[k]
  })
  let [tt, th] = [0, 0]
  t.forEach((value, k) => {
    if (!near[k]) return
    tt += (value - sumT / n) ** 2
    th += (value - sumT / n) * (h[k] - sumH / n)
  })
  return tt > 0 ? th / tt : slope
}

/**
 * Places an edge of known direction at the mean of the outermost points along it, without those far
 * off their median, and moves it out. The distance is the mean of the expected gap for the density
 * and the points' own scatter. Where heights jump, the scanner saw the wall and the points are on
 * the edge: only the scatter counts.
 */
export const placeEdge = (
  points: EdgePoints,
  edge: Pick<OutlineEdge, "a" | "b" | "ux" | "uy" | "main">,
  sampling: EdgeSampling,
): OutlineEdge => {
  const { a, b, ux, uy } = edge
  const middle: Place = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]
  const half = Math.max(1, (b[0] - a[0]) * ux + (b[1] - a[1]) * uy) / 2
  const [from, to]: Place[] = [
    [middle[0] - half * ux, middle[1] - half * uy],
    [middle[0] + half * ux, middle[1] + half * uy],
  ]
  const { h, z } = edgeProfile(points, from, to, sampling.bin)
  const base = uy * middle[0] - ux * middle[1]
  // Without points (end of the job's tiles, or a gap) the border of the cells remains.
  if (h.length === 0) return { ...edge, c: base, bins: 0 }
  const median = medianOf(h)
  const own = h.map((_, k) => k).filter((k) => Math.abs(h[k] - median) <= 1.5 * sampling.scatter)
  const mean = own.reduce((sum, k) => sum + h[k], 0) / own.length
  const spread = Math.sqrt(own.reduce((sum, k) => sum + (h[k] - mean) ** 2, 0) / own.length)
  const jumps = own.slice(1).map((k, i) => Math.abs(z[k] - z[own[i]]))
  const onWall = jumps.length > 1 && medianOf(jumps) > 1.2 * sampling.bin
  const scattered = Math.min(spread, sampling.gap)
  const out = onWall ? scattered : (sampling.gap + scattered) / 2
  return { ...edge, c: base + mean + out, bins: own.length }
}

/** Cuts a tile's surface at voids of the data, at its border by a rule that neighbours share. */
import type { DataExtent } from "../extent/data-extent.js"
import type { Chain, CutBorder } from "./border-profile.js"

/** Largest distance of a guard from the border, mm. */
const GUARD_DISTANCE = 1000
/**
 * Distance inside the border, mm, at which the extent decides whether an edge has a void beside it.
 */
const BESIDE = 2000

/** Vertices close inside the border edges at voids. */
export interface BorderGuards {
  /** Inside edges with a void beside them or at an end. */
  readonly kept: Chain
  /** Inside open edges: no surface meets these. */
  readonly open: Chain
}

/**
 * Places a guard, a vertex close inside the border, at each edge that lies in a void or has one
 * beside it.
 *
 * Its height is the mean of the edge's ends. The edge subtends more than 120° at its guard. Its
 * triangle therefore ends at the guard or a nearer vertex, never at another border vertex. The
 * triangle is small, and {@link cutVoids} can retain or drop it for that edge only.
 */
export const borderGuards = (border: CutBorder, extent: DataExtent): BorderGuards => {
  const { x, y, open } = border
  const count = x.length
  const kept: number[] = []
  const cut: number[] = []
  for (let a = 0; a < count; a++) {
    const b = (a + 1) % count
    const dx = (x[b] - x[a]) / Math.max(1, Math.hypot(x[b] - x[a], y[b] - y[a]))
    const dy = (y[b] - y[a]) / Math.max(1, Math.hypot(x[b] - x[a], y[b] - y[a]))
    const beside = (share: number): boolean =>
      extent.covers(x[a] + share * (x[b] - x[a]) - BESIDE * dy, y[a] + share * (y[b] - y[a]) + BESIDE * dx)
    if (open[a] === 1) cut.push(a)
    else if (open[b] === 1 || open[(a + count - 1) % count] === 1) kept.push(a)
    else if (!beside(0.25) || !beside(0.5) || !beside(0.75)) kept.push(a)
  }
  return { kept: guardsOf(border, kept), open: guardsOf(border, cut) }
}

const guardsOf = (border: CutBorder, edges: readonly number[]): Chain => {
  const { x, y, z, classes } = border
  const next = (a: number): number => (a + 1) % x.length
  const lengthOf = (a: number): number => Math.hypot(x[next(a)] - x[a], y[next(a)] - y[a])
  const offsetOf = (a: number): number => Math.floor(Math.min(GUARD_DISTANCE, lengthOf(a) / 4)) / lengthOf(a)
  const long = edges.filter((a) => offsetOf(a) > 0)
  const middle = (values: Int32Array, a: number): number => (values[a] + values[next(a)]) / 2
  return {
    x: Int32Array.from(long, (a) => Math.round(middle(x, a) - offsetOf(a) * (y[next(a)] - y[a]))),
    y: Int32Array.from(long, (a) => Math.round(middle(y, a) + offsetOf(a) * (x[next(a)] - x[a]))),
    z: Int32Array.from(long, (a) => Math.round(middle(z, a))),
    classes: Uint8Array.from(long, (a) => classes[a]),
  }
}

/**
 * Input of {@link cutVoids}: triangles whose vertices refer to places. Places below the border's
 * length are border vertices; those in `openGuards` (half-open) are guards of open edges.
 */
export interface CutInput {
  readonly triangles: Uint32Array
  readonly x: Int32Array
  readonly y: Int32Array
  readonly place: Int32Array
  readonly openGuards: readonly [number, number]
}

/**
 * The triangles within the extent of the data. At the border only the shared rule decides, because
 * neighbours must agree.
 *
 * The triangle of a border edge stays if the edge is not open. All triangles around a vertex
 * between two such edges stay, so no outline touches the inside of a stretch of border. O(area of
 * the triangles in m²).
 */
export const cutVoids = (input: CutInput, border: CutBorder, extent: DataExtent): Uint32Array => {
  const { triangles, x, y, place, openGuards } = input
  const { open } = border
  const count = open.length
  const kept = new Uint32Array(triangles.length)
  let at = 0
  for (let t = 0; t < triangles.length; t += 3) {
    let verdict = -1
    let held = false
    let guarded = false
    for (let k = 0; k < 3; k++) {
      const p = place[triangles[t + k]]
      if (p >= openGuards[0] && p < openGuards[1]) guarded = true
      if (p >= count) continue
      const q = place[triangles[t + ((k + 1) % 3)]]
      if (q === (p + 1) % count) verdict = open[p] === 1 ? 0 : verdict === 0 ? 0 : 1
      if (open[p] === 0 && open[(p + count - 1) % count] === 0) held = true
    }
    const keep = verdict >= 0 ? verdict === 1 : held || (!guarded && covered(triangles, t, x, y, extent))
    if (!keep) continue
    kept[at++] = triangles[t]
    kept[at++] = triangles[t + 1]
    kept[at++] = triangles[t + 2]
  }
  return kept.slice(0, at)
}

/**
 * True where the extent covers the edges of a triangle and every node on whole metres inside it.
 */
const covered = (triangles: Uint32Array, t: number, x: Int32Array, y: Int32Array, extent: DataExtent): boolean => {
  const [a, b, c] = [triangles[t], triangles[t + 1], triangles[t + 2]]
  if (!extent.coversLine(x[a], y[a], x[b], y[b])) return false
  if (!extent.coversLine(x[b], y[b], x[c], y[c]) || !extent.coversLine(x[c], y[c], x[a], y[a])) return false
  const minX = Math.ceil(Math.min(x[a], x[b], x[c]) / 1000) * 1000
  const minY = Math.ceil(Math.min(y[a], y[b], y[c]) / 1000) * 1000
  const maxX = Math.max(x[a], x[b], x[c])
  const maxY = Math.max(y[a], y[b], y[c])
  const left = (from: number, to: number, px: number, py: number): boolean =>
    (x[to] - x[from]) * (py - y[from]) >= (y[to] - y[from]) * (px - x[from])
  for (let py = minY; py <= maxY; py += 1000) {
    for (let px = minX; px <= maxX; px += 1000) {
      if (extent.covers(px, py) || !left(a, b, px, py) || !left(b, c, px, py) || !left(c, a, px, py)) continue
      return false
    }
  }
  return true
}

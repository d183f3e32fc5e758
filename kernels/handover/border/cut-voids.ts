/** Cuts a tile's surface at voids of the data, at its border by a rule that neighbours share. */
import { type DataExtent, wholeExtent } from "../extent/data-extent.js"
import type { Chain, CutBorder } from "./border-profile.js"

/** Largest distance of a guard from the border, mm. */
const GUARD_DISTANCE = 1000
/** A guard that the extent does not cover is at this part of its distance from the border. */
const NEARER = [1, 1 / 2, 1 / 4] as const
/** Largest distance between guards inside an edge, mm. */
const GUARD_SPACING = 4000
/**
 * Distances inside the border, mm, at which the extent decides whether an edge has a void beside
 * it. Beside a wider strip of data its points hold the triangles of the border.
 */
const BESIDE = [2000, 4000, 6000, 8000] as const

/** Vertices close inside the border edges at voids. */
export interface BorderGuards {
  /** Inside edges with a void beside them or at an end. */
  readonly kept: Chain
  /** Inside open edges: no surface meets these. */
  readonly open: Chain
}

/**
 * Places guards, vertices close inside the border, at each edge that lies in a void or has one
 * beside it: one inside an open edge, a row inside others.
 *
 * Their heights are those of the edge. The edge subtends more than 120° at the guard in its middle.
 * Its triangle therefore ends at a guard or a nearer vertex, never at another border vertex. The
 * triangle is small, and {@link cutVoids} can retain or drop it for that edge only. Triangles at a
 * vertex between two rows end at their next guards too: none reaches across the void.
 */
export const borderGuards = (border: CutBorder, extent: DataExtent): BorderGuards => {
  const { open } = border
  const count = open.length
  const kept: number[] = []
  const cut: number[] = []
  for (let a = 0; a < count; a++) {
    if (open[a] === 1) cut.push(a)
    else if (open[(a + 1) % count] === 1 || open[(a + count - 1) % count] === 1 || hasVoid(border, a, extent))
      kept.push(a)
  }
  return {
    kept: guardsOf(border, kept, extent, (length) => 2 * Math.ceil((length / GUARD_SPACING - 1) / 2) + 1),
    open: guardsOf(border, cut, wholeExtent, () => 1),
  }
}

const lengthOf = ({ x, y }: CutBorder, a: number): number => {
  const b = (a + 1) % x.length
  return Math.hypot(x[b] - x[a], y[b] - y[a])
}

/** A place beside an edge: `share` of its length from its first end, `inwards` mm from it. */
const placeBeside = (border: CutBorder, a: number, share: number, inwards: number): readonly [number, number] => {
  const { x, y } = border
  const b = (a + 1) % x.length
  const [dx, dy] = [x[b] - x[a], y[b] - y[a]]
  const length = Math.max(1, lengthOf(border, a))
  return [x[a] + share * dx - (inwards * dy) / length, y[a] + share * dy + (inwards * dx) / length]
}

/** True where the extent excludes a place inside of an edge that is not open. */
const hasVoid = (border: CutBorder, a: number, extent: DataExtent): boolean => {
  const parts = Math.max(2, Math.ceil(lengthOf(border, a) / GUARD_SPACING))
  for (let k = 0; k < parts; k++) {
    for (const inwards of BESIDE) if (!extent.covers(...placeBeside(border, a, (k + 0.5) / parts, inwards))) return true
  }
  return false
}

const guardsOf = (
  border: CutBorder,
  edges: readonly number[],
  extent: DataExtent,
  partsOf: (length: number) => number,
): Chain => {
  const { x: alongs, z, classes } = border
  const guards = { x: [] as number[], y: [] as number[], z: [] as number[], classes: [] as number[] }
  for (const a of edges) {
    const length = lengthOf(border, a)
    const inwards = Math.floor(Math.min(GUARD_DISTANCE, length / 4))
    if (inwards === 0) continue
    const parts = partsOf(length)
    for (let k = 0; k < parts; k++) {
      const share = (k + 0.5) / parts
      const near = NEARER.find((part) => extent.covers(...placeBeside(border, a, share, part * inwards))) ?? 1 / 4
      const [x, y] = placeBeside(border, a, share, near * inwards)
      guards.x.push(Math.round(x))
      guards.y.push(Math.round(y))
      guards.z.push(Math.round(z[a] + share * (z[(a + 1) % alongs.length] - z[a])))
      guards.classes.push(classes[a])
    }
  }
  return {
    ...{ x: Int32Array.from(guards.x), y: Int32Array.from(guards.y), z: Int32Array.from(guards.z) },
    classes: Uint8Array.from(guards.classes),
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

/** Traces the exact outline of a connected set of cells, with its holes, as a valid polygon. */
import { doubledArea } from "../../engine/core/geometry/rings.js"
import type { CellRuns } from "./cell-runs.js"

/** A ring of grid corners: x, y pairs in cells, not closed, without collinear vertices. */
export type GridRing = Int32Array

/**
 * The exact outline of one 4-connected patch of cells, with its holes.
 *
 * The outer ring is first, counter-clockwise. The holes follow, clockwise, ordered by their first
 * vertex. Each ring starts at its westernmost, then southernmost vertex. Holes are 4-connected
 * patches of empty cells. Where two cells of the patch meet only at a corner, rings touch in a
 * single vertex. They never cross or overlap: the polygon is valid.
 *
 * Uses only the runs: their two ends are vertical edges (the west end runs south, the east end
 * north: cells on the left). On each grid line between rows, horizontal edges join them. O(runs),
 * no array of cells.
 */
export const tracePatch = (runs: CellRuns): GridRing[] => {
  const next = linkEdges(runs)
  const rings = collectRings(runs, next)
  const keyed = rings.map((ring) => ({ ring: startAtWest(ring), area: doubledArea(ring) }))
  return keyed
    .sort(
      (a, b) =>
        Math.sign(b.area) - Math.sign(a.area) || a.ring[0] - b.ring[0] || a.ring[1] - b.ring[1] || b.area - a.area,
    )
    .map(({ ring }) => ring)
}

/** Finds the edge that follows each one. Edge 2k is the west end of run k, 2k + 1 its east end. */
const linkEdges = (runs: CellRuns): Int32Array => {
  const { rows } = runs
  const next = new Int32Array(2 * rows.length)
  let below: readonly [number, number] = [0, 0]
  let at = 0
  while (at < rows.length || below[0] < below[1]) {
    const line = below[0] < below[1] ? rows[below[0]] + 1 : rows[at]
    let aboveEnd = at
    while (aboveEnd < rows.length && rows[aboveEnd] === line) aboveEnd++
    const above = [at, aboveEnd] as const
    linkLine(runs, next, below, above)
    below = above
    at = aboveEnd
  }
  return next
}

/**
 * Links the edges that meet on one grid line. Where cells meet at a corner, both rows turn at one x
 * in opposite ways. The ring turns right there, which separates the empty patches on both sides.
 */
const linkLine = (
  runs: CellRuns,
  next: Int32Array,
  [belowStart, belowEnd]: readonly [number, number],
  [aboveStart, aboveEnd]: readonly [number, number],
): void => {
  const { starts, ends } = runs
  // Edge numbers along the line: 2·run is a start, 2·run + 1 an end; one past the last ends each
  // list.
  let l = 2 * belowStart
  let u = 2 * aboveStart
  const xAt = (edge: number): number => (edge % 2 === 0 ? starts[edge >> 1] : ends[edge >> 1])
  let lowerIn = false
  let upperIn = false
  let eastSource = -1 // Source of a segment that runs east.
  let westTarget = -1 // Target of a segment that runs west.
  while (l < 2 * belowEnd || u < 2 * aboveEnd) {
    const xl = l < 2 * belowEnd ? xAt(l) : Number.POSITIVE_INFINITY
    const xu = u < 2 * aboveEnd ? xAt(u) : Number.POSITIVE_INFINITY
    const lower = xl <= xu ? l++ : -1
    const upper = xu <= xl ? u++ : -1
    const wasEast = upperIn && !lowerIn
    const wasWest = lowerIn && !upperIn
    if (lower >= 0) lowerIn = !lowerIn
    if (upper >= 0) upperIn = !upperIn
    if (lower >= 0 && upper >= 0 && lowerIn === upperIn) {
      if (lowerIn) next[upper] = lower
      else next[lower] = upper
      continue
    }
    if (wasEast) next[eastSource] = lower >= 0 ? lower : upper
    if (wasWest) next[upper >= 0 ? upper : lower] = westTarget
    if (upperIn && !lowerIn) eastSource = lower >= 0 ? lower : upper
    if (lowerIn && !upperIn) westTarget = upper >= 0 ? upper : lower
  }
}

const collectRings = (runs: CellRuns, next: Int32Array): GridRing[] => {
  const { rows, starts, ends } = runs
  const seen = new Uint8Array(next.length)
  const rings: GridRing[] = []
  for (let first = 0; first < next.length; first++) {
    if (seen[first] === 1) continue
    const xy: number[] = []
    let edge = first
    do {
      seen[edge] = 1
      const following = next[edge]
      const x = edge % 2 === 0 ? starts[edge >> 1] : ends[edge >> 1]
      const nextX = following % 2 === 0 ? starts[following >> 1] : ends[following >> 1]
      const y = rows[edge >> 1] + (edge % 2)
      if (x !== nextX) xy.push(x, y, nextX, y)
      edge = following
    } while (edge !== first)
    rings.push(Int32Array.from(xy))
  }
  return rings
}

/** Turns a ring to begin at its westernmost, then southernmost vertex. */
export const startAtWest = (ring: GridRing): GridRing => {
  let best = 0
  for (let i = 2; i < ring.length; i += 2) {
    if (ring[i] < ring[best] || (ring[i] === ring[best] && ring[i + 1] < ring[best + 1])) best = i
  }
  const turned = new Int32Array(ring.length)
  turned.set(ring.subarray(best))
  turned.set(ring.subarray(0, best), ring.length - best)
  return turned
}

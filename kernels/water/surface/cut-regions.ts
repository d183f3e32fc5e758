/** Cuts the polygons of rivers at the sides of 10 km regions. */
import { boxOfRings, doubledArea, isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import { levelCrossings } from "../../../engine/core/geometry/segments.js"
import { elementAt } from "../../../engine/core/lists.js"
import { regionSide } from "../../../engine/kernel.js"

const regionMm = 1000 * regionSide

/**
 * A polygon: rings of x, y in whole mm of the CRS, not closed, the interior on their left; the
 * outer one first.
 */
export type CutPolygon = readonly Float64Array[]

/**
 * Cuts a polygon at the lines of the 10 km grid of the CRS; returns it unchanged if none passes
 * through it.
 *
 * Edges are divided where they cross a line, at a whole millimetre. On each side, the chains in
 * between are closed along the line, in pairs by their order just beside it. This also handles
 * rings that touch the line. Both sides have all vertices on the line and thus the same edges
 * there. Areas add up except for rounding of the crossings. O(n log n) a line, and holes times
 * outer rings.
 */
export const cutAtRegions = (polygon: CutPolygon): CutPolygon[] => {
  let pieces: CutPolygon[] = [polygon]
  for (const axis of [0, 1] as const) {
    for (const at of linesThrough(polygon, axis)) pieces = pieces.flatMap((piece) => cutAtLine(piece, axis, at))
  }
  return pieces
}

const linesThrough = (polygon: CutPolygon, axis: 0 | 1): number[] => {
  const outer = elementAt(polygon, 0)
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = axis; i < outer.length; i += 2) {
    low = Math.min(low, outer[i])
    high = Math.max(high, outer[i])
  }
  const lines: number[] = []
  for (let at = (Math.floor(low / regionMm) + 1) * regionMm; at < high; at += regionMm) lines.push(at)
  return lines
}

const cutAtLine = (polygon: CutPolygon, axis: 0 | 1, at: number): CutPolygon[] => {
  const across = (ring: Float64Array, v: number): number => ring[(2 * v + axis) % ring.length] - at
  let [below, above] = [false, false]
  const outer = elementAt(polygon, 0)
  for (let v = 0; v < outer.length / 2; v++) {
    if (across(outer, v) < 0) below = true
    if (across(outer, v) > 0) above = true
  }
  if (!below || !above) return [polygon]
  const rings = polygon.map((ring) => withCrossings(ring, axis, at))
  const places = new Set<number>()
  for (const ring of rings)
    for (let v = 0; v < ring.length / 2; v++) if (across(ring, v) === 0) places.add(ring[2 * v + 1 - axis])
  const sorted = Float64Array.from(places).sort()
  return [-1, 1].flatMap((side) => groupRings(sideRings(rings, axis, at, side as -1 | 1, sorted)))
}

/**
 * The ring with a vertex, rounded to a whole mm, wherever an edge crosses the line; the same for
 * both directions of an edge.
 */
const withCrossings = (ring: Float64Array, axis: 0 | 1, at: number): Float64Array => {
  const made: number[] = []
  const other = 1 - axis
  for (let i = 0; i < ring.length; i += 2) {
    const j = (i + 2) % ring.length
    made.push(ring[i], ring[i + 1])
    const [a, b] = [ring[i + axis] - at, ring[j + axis] - at]
    if (a < 0 === b < 0 || a === 0 || b === 0) continue
    const [from, to] = a < 0 ? [i, j] : [j, i]
    const share = (at - ring[from + axis]) / (ring[to + axis] - ring[from + axis])
    const along = Math.round(ring[from + other] + share * (ring[to + other] - ring[from + other]))
    made.push(...(axis === 0 ? [at, along] : [along, at]))
  }
  return Float64Array.from(made)
}

/** A stretch of a ring on one side, from the line to the line: x, y of its vertices. */
type Chain = number[]
interface ChainEnd {
  readonly along: number
  /** Direction of the ring just beside the line: change along it for each unit away. */
  readonly slope: number
  readonly chain: number
  readonly isStart: boolean
}

/** Rings of one side of the line. */
const sideRings = (
  rings: readonly Float64Array[],
  axis: 0 | 1,
  at: number,
  side: -1 | 1,
  places: Float64Array,
): number[][] => {
  const chains: Chain[] = []
  const closed: number[][] = []
  for (const ring of rings) {
    const found = findChains(ring, axis, at, side)
    if (found === "closed") closed.push(Array.from(ring))
    else chains.push(...found)
  }
  const ends = chains.flatMap((xy, chain): ChainEnd[] => {
    const n = xy.length
    const slope = (to: number, next: number): number =>
      (xy[next + 1 - axis]! - xy[to + 1 - axis]!) / Math.abs(xy[next + axis]! - at)
    return [
      { along: xy[1 - axis]!, slope: slope(0, 2), chain, isStart: true },
      { along: xy[n - 1 - axis]!, slope: slope(n - 2, n - 4), chain, isStart: false },
    ]
  })
  ends.sort((a, b) => a.along - b.along || a.slope - b.slope)
  // Beside the line, inside and outside alternate.
  const following = new Int32Array(chains.length).fill(-1)
  for (let e = 0; e + 1 < ends.length; e += 2) {
    const [first, second] = [ends[e]!, ends[e + 1]!]
    const [end, start] = first.isStart ? [second, first] : [first, second]
    following[end.chain] = start.chain
  }
  return [...closed, ...closeChains(chains, following, axis, at, places)]
}

/**
 * Stretches of the ring on a side, without edges along the line; "closed" if all of it is there,
 * empty if none.
 */
const findChains = (ring: Float64Array, axis: 0 | 1, at: number, side: -1 | 1): Chain[] | "closed" => {
  const n = ring.length / 2
  const off = (v: number): number => side * (ring[2 * (v % n) + axis] - at)
  let first = -1
  for (let v = 0; v < n && first < 0; v++) if (off(v) <= 0) first = v
  if (first < 0) return "closed"
  const chains: Chain[] = []
  let xy: number[] = []
  for (let v = first; v < first + n; v++) {
    const [a, b] = [off(v), off(v + 1)]
    if (a <= 0 && b <= 0) continue
    const [i, j] = [2 * (v % n), 2 * ((v + 1) % n)]
    if (a <= 0) xy = [ring[i], ring[i + 1]]
    xy.push(ring[j], ring[j + 1])
    if (b <= 0) chains.push(xy)
  }
  return chains
}

const closeChains = (
  chains: readonly Chain[],
  following: Int32Array,
  axis: 0 | 1,
  at: number,
  places: Float64Array,
): number[][] => {
  const used = new Uint8Array(chains.length)
  const rings: number[][] = []
  for (let c = 0; c < chains.length; c++) {
    if (used[c] === 1) continue
    const ring: number[] = []
    for (let k = c; k >= 0 && used[k] === 0; k = following[k]) {
      used[k] = 1
      const xy = chains[k]!
      for (const value of xy) ring.push(value)
      const [from, to] = [xy[xy.length - 1 - axis]!, chains[following[k]]?.[1 - axis] ?? Number.NaN]
      const between = places.filter((place) => place > Math.min(from, to) && place < Math.max(from, to))
      if (to < from) between.reverse()
      for (const place of between) ring.push(...(axis === 0 ? [at, place] : [place, at]))
    }
    rings.push(...simpleRings(ring))
  }
  return rings
}

/** Splits a closed walk into rings that pass no vertex twice. */
const simpleRings = (walk: readonly number[]): number[][] => {
  const rings: number[][] = []
  const path: number[] = []
  const places = new Map<string, number>()
  for (let i = 0; i < walk.length; i += 2) {
    const key = `${walk[i]} ${walk[i + 1]}`
    const seen = places.get(key)
    if (seen === undefined) {
      places.set(key, path.length)
      path.push(walk[i]!, walk[i + 1]!)
      continue
    }
    const loop = path.splice(seen + 2)
    for (let v = 0; v < loop.length; v += 2) places.delete(`${loop[v]} ${loop[v + 1]}`)
    if (loop.length >= 4) rings.push([walk[i]!, walk[i + 1]!, ...loop])
  }
  if (path.length >= 6) rings.push(path)
  return rings
}

/** Outer rings, each with its holes. */
const groupRings = (rings: readonly number[][]): CutPolygon[] => {
  const all = rings.map((ring) => Float64Array.from(ring)).filter((ring) => doubledArea(ring) !== 0)
  const outers = all.filter((ring) => doubledArea(ring) > 0).map((ring) => [ring])
  for (const hole of all) {
    if (doubledArea(hole) > 0) continue
    const owner = outers.length === 1 ? outers[0] : outers.find((polygon) => holds(elementAt(polygon, 0), hole))
    owner?.push(hole)
  }
  return outers
}

/** True for a ring inside another, which it may touch in vertices; tests the middle of an edge. */
const holds = (outer: Float64Array, ring: Float64Array): boolean =>
  isInsideHalfOpen([outer], (ring[0] + ring[2]) / 2, (ring[1] + ring[3]) / 2)

/**
 * A place inside a polygon, whole mm: the middle of the widest stretch inside it at half of its
 * height (ties: the westernmost). O(n).
 */
export const middlePlace = (polygon: CutPolygon): [xMm: number, yMm: number] => {
  const [, low, , high] = boxOfRings([polygon[0]!])
  // Halfway between whole millimetres there is no vertex.
  const y = Math.floor((low + high) / 2) + 0.5
  const crossings = levelCrossings(polygon, y)
  let [best, widest] = [crossings[0] ?? 0, -1]
  for (let c = 0; c + 1 < crossings.length; c += 2) {
    const width = crossings[c + 1]! - crossings[c]!
    if (width > widest) [best, widest] = [(crossings[c]! + crossings[c + 1]!) / 2, width]
  }
  return [Math.floor(best), Math.floor(y)]
}

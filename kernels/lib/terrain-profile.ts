import type { Points } from "../../engine/kernel.js"
import { edgesAcross, triangleAround } from "./edges-across.js"

/** Longer edges, mm, say nothing about the ground between their ends. */
const LONGEST = 16_000
/** Where no edge cuts the line within this, mm, a place of it takes the height of the nearest point within twice that. */
const STATION = 1000
/** Half the width, mm, of the strip along a side whose points make the profile; also half the square around a corner. */
export const STRIP = 4000
/** Of the strip one point a cell of this side, mm, is taken. */
const CELL = 500

/** A height of the profile of a side. */
export interface Sample {
  readonly along: number
  readonly z: number
  /** True for a point that lies on the line itself. */
  readonly onLine: boolean
}

/** A side as a line of its own: `along` from the west or the south, `across` to the north or the east. */
export interface Frame {
  readonly index: number
  readonly horizontal: boolean
  readonly line: number
  readonly length: number
}

/** Side 0 south, 1 east, 2 north, 3 west. */
export const frameOf = (index: number, length: number): Frame => ({
  index,
  horizontal: index % 2 === 0,
  line: index === 1 || index === 2 ? length : 0,
  length,
})

/** One point a cell of a grid fixed on (ox, oy), the nearest to its centre, the lowest of equal ones, and those at x = `onX` and y = `onY`, not a number: anywhere; in order. */
const thinned = (points: Points, indices: Int32Array, ox: number, oy: number, onX: number, onY: number): Int32Array => {
  const columns = cellsOf(points.x, indices, ox)
  const rows = cellsOf(points.y, indices, oy)
  const best = new Int32Array((columns.last - columns.first + 1) * (rows.last - rows.first + 1)).fill(-1)
  // One place more: what is not kept is written, too, and written over.
  const kept = new Int32Array(indices.length + 1)
  const count = chooseBest(points, indices, { columns, rows, ox, oy, onX, onY }, best, kept)
  return kept.subarray(0, addChosen(best, kept, count)).sort()
}

/** First and last cell of the grid along an axis that holds one of the points. */
interface Cells {
  readonly first: number
  readonly last: number
}

const cellsOf = (along: Int32Array, indices: Int32Array, origin: number): Cells => {
  let least = Infinity
  let most = -Infinity
  for (let k = 0; k < indices.length; k++) {
    const at = along[indices[k]]
    if (at < least) least = at
    if (at > most) most = at
  }
  return indices.length === 0
    ? { first: 0, last: -1 }
    : { first: Math.floor((least - origin) / CELL), last: Math.floor((most - origin) / CELL) }
}

interface ThinningGrid {
  readonly columns: Cells
  readonly rows: Cells
  readonly ox: number
  readonly oy: number
  readonly onX: number
  readonly onY: number
}

/** Finds the point of each cell; those that are kept in any case are written to `kept`. Gives their count. */
const chooseBest = (
  { x, y, z }: Points,
  indices: Int32Array,
  { columns, rows, ox, oy, onX, onY }: ThinningGrid,
  best: Int32Array,
  kept: Int32Array,
): number => {
  const width = columns.last - columns.first + 1
  const [anyX, anyY] = [Number.isNaN(onX), Number.isNaN(onY)]
  let count = 0
  for (let k = 0; k < indices.length; k++) {
    const i = indices[k]
    // Without a branch that is seldom taken: V8 would compile all anew when it is.
    const always = (anyX || x[i] === onX) && (anyY || y[i] === onY)
    kept[count] = i
    count += always ? 1 : 0
    if (always) continue
    const column = Math.floor((x[i] - ox) / CELL)
    const row = Math.floor((y[i] - oy) / CELL)
    const at = (row - rows.first) * width + column - columns.first
    const centreX = ox + column * CELL + CELL / 2
    const centreY = oy + row * CELL + CELL / 2
    if (best[at] < 0 || isBefore(x, y, z, i, best[at], centreX, centreY)) best[at] = i
  }
  return count
}

/** True where point i is nearer to a place than point k, of equally near ones the lower; then the one farther west, then south. */
const isBefore = (
  x: Int32Array,
  y: Int32Array,
  z: Int32Array,
  i: number,
  k: number,
  placeX: number,
  placeY: number,
): boolean => {
  const [ax, ay, bx, by] = [x[i] - placeX, y[i] - placeY, x[k] - placeX, y[k] - placeY]
  const nearer = ax * ax + ay * ay - (bx * bx + by * by)
  return (nearer || z[i] - z[k] || x[i] - x[k] || y[i] - y[k]) < 0
}

const addChosen = (best: Int32Array, kept: Int32Array, from: number): number => {
  let count = from
  for (let at = 0; at < best.length; at++) if (best[at] >= 0) kept[count++] = best[at]
  return count
}

/** Height at a place on the triangulation of thinned points around it; undefined outside. Alike in every tile. */
export const heightAmong = (points: Points, square: Int32Array, cx: number, cy: number): number | undefined => {
  const { x, y, z } = points
  const chosen = thinned(points, square, cx, cy, cx, cy)
  const places = new Float64Array(2 * chosen.length)
  for (let k = 0; k < chosen.length; k++) {
    places[2 * k] = x[chosen[k]!] - cx
    places[2 * k + 1] = y[chosen[k]!] - cy
  }
  const triangle = triangleAround(places)
  if (triangle === undefined) return undefined
  const [a, b, c] = [chosen[triangle[0]], chosen[triangle[1]], chosen[triangle[2]]]
  const weight = (p: number, q: number): number => (x[p] - cx) * (y[q] - cy) - (y[p] - cy) * (x[q] - cx)
  const [ab, bc, ca] = [weight(a, b), weight(b, c), weight(c, a)]
  // Whole numbers below 2^53: the same in every tile.
  return Math.round((z[a] * bc + z[b] * ca + z[c] * ab) / (ab + bc + ca))
}

/** Heights where the line cuts the triangulation of the strip, and the points of the line; sorted, one a place. */
export const samplesOf = (points: Points, strip: Int32Array, frame: Frame): Sample[] => {
  const { horizontal, line, length } = frame
  const alongs = horizontal ? points.x : points.y
  const acrosses = horizontal ? points.y : points.x
  const chosen = horizontal
    ? thinned(points, strip, 0, line, Number.NaN, line)
    : thinned(points, strip, line, 0, line, Number.NaN)
  const samples: Sample[] = []
  for (const i of chosen) {
    if (acrosses[i] === line && alongs[i] > 0 && alongs[i] < length)
      samples.push({ along: alongs[i], z: points.z[i], onLine: true })
  }
  const places = new Float64Array(2 * chosen.length)
  for (let k = 0; k < chosen.length; k++) {
    places[2 * k] = alongs[chosen[k]!]
    places[2 * k + 1] = acrosses[chosen[k]!] - line
  }
  const edges = edgesAcross(places, length)
  for (let e = 0; e < edges.length; e += 2) {
    const p = chosen[edges[e]!]!
    const q = chosen[edges[e + 1]!]!
    const cp = acrosses[p] - line
    const cq = acrosses[q] - line
    if (Math.abs(alongs[p] - alongs[q]) > LONGEST) continue
    const along = Math.round((alongs[p] * cq - alongs[q] * cp) / (cq - cp))
    const z = Math.round((points.z[p] * cq - points.z[q] * cp) / (cq - cp))
    if (along > 0 && along < length) samples.push({ along, z, onLine: false })
  }
  addStations(samples, points, chosen, frame)
  samples.sort((a, b) => a.along - b.along || Number(b.onLine) - Number(a.onLine) || a.z - b.z)
  return samples.filter(({ along }, i) => i === 0 || samples[i - 1]!.along !== along)
}

/** Adds heights of near points where the line runs beside the points and not between them: at the edge of a delivery. */
const addStations = (samples: Sample[], points: Points, chosen: Int32Array, frame: Frame): void => {
  const { horizontal, line, length } = frame
  const alongs = horizontal ? points.x : points.y
  const acrosses = horizontal ? points.y : points.x
  const count = Math.floor(length / STATION)
  const near = new Uint8Array(count + 2)
  for (const { along } of samples) {
    near[Math.floor(along / STATION)] = 1
    near[Math.ceil(along / STATION)] = 1
  }
  const nearest = new Int32Array(count + 1).fill(-1)
  const distance = (i: number, k: number): number => (alongs[i] - k * STATION) ** 2 + (acrosses[i] - line) ** 2
  for (const i of chosen) {
    const first = Math.max(1, Math.ceil(alongs[i] / STATION) - 2)
    for (let k = first; k <= Math.min(count, Math.floor(alongs[i] / STATION) + 2); k++) {
      if (near[k] === 1 || distance(i, k) > 4 * STATION * STATION) continue
      const held = nearest[k]
      const better =
        held < 0 ||
        (distance(i, k) - distance(held, k) ||
          points.z[i] - points.z[held] ||
          alongs[i] - alongs[held] ||
          acrosses[i] - acrosses[held]) < 0
      if (better) nearest[k] = i
    }
  }
  for (let k = 1; k <= count && k * STATION < length; k++) {
    if (nearest[k] >= 0) samples.push({ along: k * STATION, z: points.z[nearest[k]], onLine: false })
  }
}

/**
 * Heights along a side of a tile from the ground points near it, before the border is simplified.
 */
import type { Points } from "../../../engine/kernel.js"
import type { BorderCore } from "../wasm/ground-border.js"
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
const thinned = (
  points: Pick<Points, "x" | "y" | "z">,
  indices: Int32Array,
  ox: number,
  oy: number,
  onX: number,
  onY: number,
): Int32Array => {
  const columns = cellsOf(points.x, indices, ox)
  const rows = cellsOf(points.y, indices, oy)
  const best = new Int32Array((columns.last - columns.first + 1) * (rows.last - rows.first + 1)).fill(-1)
  // One place more: what is not kept is written, too, and written over.
  const kept = new Int32Array(indices.length + 1)
  const count = chooseBest(points.x, points.y, points.z, indices, gridOf(columns, rows, ox, oy, onX, onY), best, kept)
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

/**
 * The grid in whole numbers, with `onX` and `onY` behind 1 where there is such a line. In one array: the numbers of an object have kinds that V8 learns from, and not-a-number made it compile
 * what it had compiled for whole ones anew.
 */
const gridOf = (columns: Cells, rows: Cells, ox: number, oy: number, onX: number, onY: number): Int32Array =>
  Int32Array.of(
    ...[columns.first, columns.last - columns.first + 1, rows.first, ox, oy],
    ...[Number.isNaN(onX) ? 0 : 1, Number.isNaN(onX) ? 0 : onX, Number.isNaN(onY) ? 0 : 1, Number.isNaN(onY) ? 0 : onY],
  )

/** Finds the point of each cell; those that are kept in any case are written to `kept`. Gives their count. */
const chooseBest = (
  x: Int32Array,
  y: Int32Array,
  z: Int32Array,
  indices: Int32Array,
  grid: Int32Array,
  best: Int32Array,
  kept: Int32Array,
): number => {
  const firstColumn = grid[0]
  const width = grid[1]
  const firstRow = grid[2]
  const ox = grid[3]
  const oy = grid[4]
  const anyX = grid[5] === 0
  const onX = grid[6]
  const anyY = grid[7] === 0
  const onY = grid[8]
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
    const at = (row - firstRow) * width + column - firstColumn
    chooseIn(x, y, z, i, best, at, ox + column * CELL + CELL / 2, oy + row * CELL + CELL / 2)
  }
  return count
}

/** Makes point i that of its cell where it is the better one. On its own: V8 compiles it once, and not with each loop that calls it. */
const chooseIn = (
  x: Int32Array,
  y: Int32Array,
  z: Int32Array,
  i: number,
  best: Int32Array,
  at: number,
  centreX: number,
  centreY: number,
): void => {
  const held = best[at]
  if (held < 0 || isBefore(x, y, z, i, held, centreX, centreY)) best[at] = i
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
  const ax = x[i] - placeX
  const ay = y[i] - placeY
  const bx = x[k] - placeX
  const by = y[k] - placeY
  const nearer = ax * ax + ay * ay - (bx * bx + by * by)
  return (nearer || z[i] - z[k] || x[i] - x[k] || y[i] - y[k]) < 0
}

const addChosen = (best: Int32Array, kept: Int32Array, from: number): number => {
  let count = from
  for (let at = 0; at < best.length; at++) if (best[at] >= 0) kept[count++] = best[at]
  return count
}

/** Height at a place on the triangulation of thinned points around it; undefined outside. Alike in every tile. */
export const heightAmong = (
  points: Points,
  square: Int32Array,
  cx: number,
  cy: number,
  core?: BorderCore | null,
): number | undefined => {
  const [a, b, c] = core?.triangle(square, cx, cy) ?? triangleAmong(points, square, cx, cy)
  if (a === undefined || b === undefined || c === undefined) return undefined
  const { x, y, z } = points
  const weight = (p: number, q: number): number => (x[p] - cx) * (y[q] - cy) - (y[p] - cy) * (x[q] - cx)
  const [ab, bc, ca] = [weight(a, b), weight(b, c), weight(c, a)]
  // Whole numbers below 2^53: the same in every tile.
  return Math.round((z[a] * bc + z[b] * ca + z[c] * ab) / (ab + bc + ca)) + 0
}

const triangleAmong = (
  { x, y, z }: Points,
  square: Int32Array,
  cx: number,
  cy: number,
): readonly [] | readonly [number, number, number] => {
  const chosen = thinned({ x, y, z }, square, cx, cy, cx, cy)
  const places = new Float64Array(2 * chosen.length)
  for (let k = 0; k < chosen.length; k++) {
    places[2 * k] = x[chosen[k]!] - cx
    places[2 * k + 1] = y[chosen[k]!] - cy
  }
  const triangle = triangleAround(places)
  return triangle === undefined ? [] : [chosen[triangle[0]], chosen[triangle[1]], chosen[triangle[2]]]
}

/** Heights where the line cuts the triangulation of the strip, and the points of the line; sorted, one a place. In WebAssembly by `core`, with the same result. */
export const samplesOf = (points: Points, strip: Int32Array, frame: Frame, core?: BorderCore | null): Sample[] => {
  const found = core?.samples(strip, frame.horizontal, frame.line, frame.length)
  return found === undefined ? plainSamples(points, strip, frame) : asSamples(found)
}

const asSamples = (found: Int32Array): Sample[] =>
  Array.from({ length: found.length / 3 }, (_, k) => ({
    along: found[3 * k],
    z: found[3 * k + 1],
    onLine: found[3 * k + 2] === 1,
  }))

const plainSamples = (points: Points, strip: Int32Array, frame: Frame): Sample[] => {
  const { horizontal, line, length } = frame
  const alongs = horizontal ? points.x : points.y
  const acrosses = horizontal ? points.y : points.x
  const chosen = horizontal
    ? thinned(points, strip, 0, line, Number.NaN, line)
    : thinned(points, strip, line, 0, line, Number.NaN)
  const samples: Sample[] = []
  addOnLine(samples, alongs, acrosses, points.z, chosen, frame)
  const places = new Float64Array(2 * chosen.length)
  fillPlaces(places, alongs, acrosses, chosen, line)
  const edges = edgesAcross(places, length)
  for (let e = 0; e < edges.length; e += 2) {
    const cut = cutOf(alongs, acrosses, points.z, chosen[edges[e]!]!, chosen[edges[e + 1]!]!, line)
    if (cut !== undefined && cut.along > 0 && cut.along < length) samples.push(cut)
  }
  addStations(samples, points, chosen, frame)
  samples.sort((a, b) => a.along - b.along || Number(b.onLine) - Number(a.onLine) || a.z - b.z)
  return samples.filter(({ along }, i) => i === 0 || samples[i - 1]!.along !== along)
}

/** Adds the points of the line itself. */
const addOnLine = (
  samples: Sample[],
  alongs: Int32Array,
  acrosses: Int32Array,
  z: Int32Array,
  chosen: Int32Array,
  { line, length }: Frame,
): void => {
  for (let k = 0; k < chosen.length; k++) {
    const i = chosen[k]
    if (acrosses[i] === line && alongs[i] > 0 && alongs[i] < length)
      samples.push({ along: alongs[i], z: z[i], onLine: true })
  }
}

const fillPlaces = (
  places: Float64Array,
  alongs: Int32Array,
  acrosses: Int32Array,
  chosen: Int32Array,
  line: number,
): void => {
  for (let k = 0; k < chosen.length; k++) {
    places[2 * k] = alongs[chosen[k]]
    places[2 * k + 1] = acrosses[chosen[k]] - line
  }
}

/** Where the edge of two points cuts the line; undefined for one that is too long. */
const cutOf = (
  alongs: Int32Array,
  acrosses: Int32Array,
  z: Int32Array,
  p: number,
  q: number,
  line: number,
): Sample | undefined => {
  if (Math.abs(alongs[p] - alongs[q]) > LONGEST) return undefined
  const cp = acrosses[p] - line
  const cq = acrosses[q] - line
  // Not −0, which integers do not know.
  const along = Math.round((alongs[p] * cq - alongs[q] * cp) / (cq - cp)) + 0
  return { along, z: Math.round((z[p] * cq - z[q] * cp) / (cq - cp)) + 0, onLine: false }
}

/** Adds heights of near points where the line runs beside the points and not between them: at the edge of a delivery. */
const addStations = (samples: Sample[], points: Points, chosen: Int32Array, frame: Frame): void => {
  const { horizontal, line, length } = frame
  const alongs = horizontal ? points.x : points.y
  const acrosses = horizontal ? points.y : points.x
  const count = Math.floor(length / STATION)
  const near = new Uint8Array(count + 2)
  for (let s = 0; s < samples.length; s++) {
    near[Math.floor(samples[s]!.along / STATION)] = 1
    near[Math.ceil(samples[s]!.along / STATION)] = 1
  }
  // Mostly samples are everywhere.
  if (!hasGap(near, count)) return
  const nearest = new Int32Array(count + 1).fill(-1)
  for (let c = 0; c < chosen.length; c++) {
    const i = chosen[c]
    const first = Math.max(1, Math.ceil(alongs[i] / STATION) - 2)
    const last = Math.min(count, Math.floor(alongs[i] / STATION) + 2)
    for (let k = first; k <= last; k++) {
      if (near[k] === 0 && comesNearer(alongs, acrosses, points.z, line, i, nearest[k], k * STATION)) nearest[k] = i
    }
  }
  for (let k = 1; k <= count && k * STATION < length; k++) {
    if (nearest[k] >= 0) samples.push({ along: k * STATION, z: points.z[nearest[k]], onLine: false })
  }
}

const hasGap = (near: Uint8Array, count: number): boolean => {
  for (let k = 1; k <= count; k++) if (near[k] === 0) return true
  return false
}

/** True where point i is within reach of a place of the line, and comes before the point that is held for it (−1: none). */
const comesNearer = (
  alongs: Int32Array,
  acrosses: Int32Array,
  z: Int32Array,
  line: number,
  i: number,
  held: number,
  place: number,
): boolean => {
  const distance = squareTo(alongs, acrosses, line, i, place)
  if (distance > 4 * STATION * STATION) return false
  if (held < 0) return true
  const nearer = distance - squareTo(alongs, acrosses, line, held, place)
  return (nearer || z[i] - z[held] || alongs[i] - alongs[held] || acrosses[i] - acrosses[held]) < 0
}

const squareTo = (alongs: Int32Array, acrosses: Int32Array, line: number, i: number, place: number): number =>
  (alongs[i] - place) ** 2 + (acrosses[i] - line) ** 2

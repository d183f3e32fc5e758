/** Heights along a side of a tile from the ground points near it, not yet simplified. */
import { nextEdge } from "../../../engine/core/geometry/triangles.js"
import type { Points } from "../../../engine/kernel.js"
import { canonicalDelaunay } from "../../geometry/delaunay.js"
import type { BorderCore } from "../wasm/ground.js"

/** Longer edges, mm, say nothing about the ground between their ends. */
const LONGEST = 16_000
/**
 * A place of the line without a cut within this, mm, takes its height from the nearest point within
 * twice that.
 */
const STATION = 1000
/** Weight, mm², of the level among the points that give a slope. */
const LEVEL = 4e6
/**
 * Half the width, mm, of the strip along a side whose points make the profile; also half the square
 * around a corner.
 */
export const STRIP = 4000
/** The strip is thinned to one point a cell of this side, mm. */
const CELL = 500

/** A height of the profile of a side. */
export interface Sample {
  readonly along: number
  readonly z: number
  /** True for a point that lies on the line itself. */
  readonly onLine: boolean
}

/** A side as a line: `along` from the west or the south, `across` to the north or the east. */
export interface Frame {
  readonly index: number
  readonly horizontal: boolean
  readonly line: number
  readonly length: number
}

/** Side 0 south, 1 east, 2 north, 3 west. */
export const frameSide = (index: number, length: number): Frame => ({
  index,
  horizontal: index % 2 === 0,
  line: index === 1 || index === 2 ? length : 0,
  length,
})

/**
 * One point a cell of a grid fixed on (ox, oy): the nearest to its centre, then the lowest. Also
 * all points at x = `onX` and y = `onY` (undefined: any value). In order.
 */
const thinned = (
  { x, y, z }: Pick<Points, "x" | "y" | "z">,
  indices: Int32Array,
  [ox, oy]: readonly [number, number],
  onX: number | undefined,
  onY: number | undefined,
): Int32Array => {
  const chosen: number[] = []
  const best = new Map<number, number>()
  for (const i of indices) {
    if ((onX === undefined || x[i] === onX) && (onY === undefined || y[i] === onY)) {
      chosen.push(i)
      continue
    }
    const column = Math.floor((x[i] - ox) / CELL)
    const row = Math.floor((y[i] - oy) / CELL)
    const [centreX, centreY] = [ox + column * CELL + CELL / 2, oy + row * CELL + CELL / 2]
    const square = (k: number): number => (x[k] - centreX) ** 2 + (y[k] - centreY) ** 2
    const cell = column * 2 ** 24 + row
    const known = best.get(cell)
    if (known === undefined || (square(i) - square(known) || z[i] - z[known] || x[i] - x[known] || y[i] - y[known]) < 0)
      best.set(cell, i)
  }
  return Int32Array.from([...chosen, ...best.values()]).sort()
}

/**
 * Height at a place on the triangulation of thinned points around it; undefined outside. The same
 * in every tile.
 */
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
  const chosen = thinned({ x, y, z }, square, [cx, cy], cx, cy)
  const places = new Float64Array(2 * chosen.length)
  for (let k = 0; k < chosen.length; k++) {
    places[2 * k] = x[chosen[k]!] - cx
    places[2 * k + 1] = y[chosen[k]!] - cy
  }
  const triangle = triangleAround(places)
  return triangle === undefined ? [] : [chosen[triangle[0]], chosen[triangle[1]], chosen[triangle[2]]]
}

/**
 * Heights where the line cuts the triangulation of the strip, and the points on the line; sorted,
 * one a place. `core` computes the same in WebAssembly.
 */
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
    ? thinned(points, strip, [0, line], undefined, line)
    : thinned(points, strip, [line, 0], line, undefined)
  const samples: Sample[] = []
  const places = new Float64Array(2 * chosen.length)
  for (const [k, i] of chosen.entries()) {
    places[2 * k] = alongs[i]
    places[2 * k + 1] = acrosses[i] - line
    if (acrosses[i] === line && alongs[i] > 0 && alongs[i] < length)
      samples.push({ along: alongs[i], z: points.z[i], onLine: true })
  }
  const edges = edgesAcross(places)
  for (let e = 0; e < edges.length; e += 2) {
    const cut = cutEdge(alongs, acrosses, points.z, chosen[edges[e]!]!, chosen[edges[e + 1]!]!, line)
    if (cut !== undefined && cut.along > 0 && cut.along < length) samples.push(cut)
  }
  addStations(samples, points, chosen, frame)
  samples.sort((a, b) => a.along - b.along || Number(b.onLine) - Number(a.onLine) || a.z - b.z)
  return samples.filter(({ along }, i) => i === 0 || samples[i - 1]?.along !== along)
}

/**
 * Edges of the canonical Delaunay triangulation of points that cross the axis y = 0, as pairs of
 * points, each once or twice.
 *
 * @param xy x, y of each point: whole millimetres, no two equal
 */
export const edgesAcross = (xy: Float64Array): readonly number[] => {
  const triangles = canonicalDelaunay(xy)
  const edges: number[] = []
  for (let e = 0; e < triangles.length; e++) {
    const p = triangles[e]
    const q = triangles[nextEdge(e)]
    const [py, qy] = [xy[2 * p + 1], xy[2 * q + 1]]
    if ((py < 0 && qy > 0) || (py > 0 && qy < 0)) edges.push(p, q)
  }
  return edges
}

/**
 * Corners of a triangle of the canonical Delaunay triangulation that contains (0, 0), on its sides
 * too; undefined if none does. Points as in {@link edgesAcross}.
 */
export const triangleAround = (xy: Float64Array): readonly [number, number, number] | undefined => {
  const triangles = canonicalDelaunay(xy)
  for (let t = 0; t < triangles.length; t += 3) {
    const [i, j, k] = [triangles[t], triangles[t + 1], triangles[t + 2]]
    const [a, b, c] = [2 * i, 2 * j, 2 * k]
    const ab = xy[a] * xy[b + 1] - xy[a + 1] * xy[b]
    const bc = xy[b] * xy[c + 1] - xy[b + 1] * xy[c]
    const ca = xy[c] * xy[a + 1] - xy[c + 1] * xy[a]
    if ((ab >= 0 && bc >= 0 && ca >= 0) || (ab <= 0 && bc <= 0 && ca <= 0)) return [i, j, k]
  }
  return undefined
}

/** Where the edge of two points cuts the line; undefined if it is too long. */
const cutEdge = (
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
  // Adding 0 turns −0 into 0, as in integers.
  const along = Math.round((alongs[p] * cq - alongs[q] * cp) / (cq - cp)) + 0
  return { along, z: Math.round((z[p] * cq - z[q] * cp) / (cq - cp)) + 0, onLine: false }
}

/**
 * Height at a place beside some points: that of the nearest, moved to the place along the slope of
 * those within `reach` along both axes ({@link slopeAround}).
 */
export const slopedHeight = (
  points: Pick<Points, "x" | "y" | "z">,
  indices: ArrayLike<number>,
  nearest: number,
  cx: number,
  cy: number,
  reach: number,
): number => {
  const { x, y, z } = points
  const [du, dv] = slopeAround(points, indices, nearest, cx, cy, reach)
  return z[nearest] + Math.round(du * (cx - x[nearest]) + dv * (cy - y[nearest])) + 0
}

/**
 * Slope along x and y of the points within `reach` of a place along both axes, by least squares
 * through the nearest one; at most 45°. Few or collinear points give a gentler slope. Sums are
 * whole numbers below 2^53, so their order does not matter.
 */
export const slopeAround = (
  { x, y, z }: Pick<Points, "x" | "y" | "z">,
  indices: ArrayLike<number>,
  nearest: number,
  cx: number,
  cy: number,
  reach: number,
): readonly [number, number] => {
  let [uu, uv, vv, uw, vw] = [LEVEL, 0, LEVEL, 0, 0]
  for (let k = 0; k < indices.length; k++) {
    const i = indices[k]!
    if (Math.abs(x[i] - cx) > reach || Math.abs(y[i] - cy) > reach) continue
    const [u, v, w] = [x[i] - x[nearest], y[i] - y[nearest], z[i] - z[nearest]]
    uu += u * u
    uv += u * v
    vv += v * v
    uw += u * w
    vw += v * w
  }
  const det = uu * vv - uv * uv
  const [du, dv] = [(uw * vv - vw * uv) / det, (vw * uu - uw * uv) / det]
  const steepness = Math.max(1, Math.sqrt(du * du + dv * dv))
  return [du / steepness, dv / steepness]
}

/**
 * Adds heights from near points where the line runs beside the points, not between them: at the
 * edge of a delivery.
 */
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
  const places = { alongs, acrosses, z: points.z, line }
  for (const i of chosen) {
    const first = Math.max(1, Math.ceil(alongs[i] / STATION) - 2)
    const last = Math.min(count, Math.floor(alongs[i] / STATION) + 2)
    for (let k = first; k <= last; k++) {
      if (near[k] === 0 && comesNearer(places, i, nearest[k], k * STATION)) nearest[k] = i
    }
  }
  for (let k = 1; k <= count && k * STATION < length; k++) {
    if (nearest[k] < 0) continue
    const [cx, cy] = horizontal ? [k * STATION, line] : [line, k * STATION]
    samples.push({ along: k * STATION, z: slopedHeight(points, chosen, nearest[k], cx, cy, STRIP), onLine: false })
  }
}

/** Points along a line and across it. */
interface PlacesAlong {
  readonly alongs: Int32Array
  readonly acrosses: Int32Array
  readonly z: Int32Array
  readonly line: number
}

/**
 * True if point i is within reach of a place of the line and precedes the point found for it (−1:
 * none).
 */
const comesNearer = ({ alongs, acrosses, z, line }: PlacesAlong, i: number, best: number, place: number): boolean => {
  const square = (k: number): number => (alongs[k] - place) ** 2 + (acrosses[k] - line) ** 2
  if (square(i) > 4 * STATION * STATION) return false
  if (best < 0) return true
  return (square(i) - square(best) || z[i] - z[best] || alongs[i] - alongs[best] || acrosses[i] - acrosses[best]) < 0
}

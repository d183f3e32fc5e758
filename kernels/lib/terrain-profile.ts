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

/** One point a cell of a grid fixed on (ox, oy), and those for which `always` says so; in order. */
const thinned = (
  points: Points,
  indices: readonly number[],
  ox: number,
  oy: number,
  always: (i: number) => boolean,
): number[] => {
  const best = new Map<number, number>()
  const { x, y, z } = points
  const kept: number[] = []
  for (const i of indices) {
    if (always(i)) {
      kept.push(i)
      continue
    }
    const column = Math.floor((x[i] - ox) / CELL)
    const row = Math.floor((y[i] - oy) / CELL)
    const key = row * 1e6 + column
    const held = best.get(key)
    const distance = (k: number): number =>
      (x[k] - ox - (column + 0.5) * CELL) ** 2 + (y[k] - oy - (row + 0.5) * CELL) ** 2
    if (held === undefined || (distance(i) - distance(held) || z[i] - z[held] || x[i] - x[held] || y[i] - y[held]) < 0)
      best.set(key, i)
  }
  kept.push(...best.values())
  return kept.sort((a, b) => a - b)
}

/** Height at a place on the triangulation of thinned points around it; undefined outside. Alike in every tile. */
export const heightAmong = (points: Points, square: readonly number[], cx: number, cy: number): number | undefined => {
  const { x, y, z } = points
  const chosen = thinned(points, square, cx, cy, (i) => x[i] === cx && y[i] === cy)
  const places = new Float64Array(2 * chosen.length)
  for (let k = 0; k < chosen.length; k++) {
    places[2 * k] = x[chosen[k]!] - cx
    places[2 * k + 1] = y[chosen[k]!] - cy
  }
  const triangle = triangleAround(places)
  if (triangle === undefined) return undefined
  const [a, b, c] = triangle.map((k) => chosen[k]!) as [number, number, number]
  const weight = (p: number, q: number): number => (x[p] - cx) * (y[q] - cy) - (y[p] - cy) * (x[q] - cx)
  const [ab, bc, ca] = [weight(a, b), weight(b, c), weight(c, a)]
  // Whole numbers below 2^53: the same in every tile.
  return Math.round((z[a] * bc + z[b] * ca + z[c] * ab) / (ab + bc + ca))
}

/** Heights where the line cuts the triangulation of the strip, and the points of the line; sorted, one a place. */
export const samplesOf = (points: Points, strip: readonly number[], frame: Frame): Sample[] => {
  const { horizontal, line, length } = frame
  const alongs = horizontal ? points.x : points.y
  const acrosses = horizontal ? points.y : points.x
  const chosen = thinned(points, strip, horizontal ? 0 : line, horizontal ? line : 0, (i) => acrosses[i] === line)
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
const addStations = (samples: Sample[], points: Points, chosen: readonly number[], frame: Frame): void => {
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

/**
 * Ground heights along a building's outline, from the DTM: the line where its walls meet the
 * ground.
 */
import { lowerBound } from "../../../engine/core/lists.js"
import type { Raster } from "../../../engine/kernel.js"
import { noHeight } from "../../grid/cell-grid.js"
import type { DataEnd } from "../../handover/extent/data-extent.js"
import type { FootprintRing } from "../../handover/footprint/footprint.js"

/** Ground height at a place, mm, not rounded; NaN where unknown. */
export type GroundSampler = (xMm: number, yMm: number) => number

/**
 * Height of a DTM cell by its column and row from the CRS origin, whole mm; `noHeight` if missing.
 */
type CellHeight = (column: number, row: number) => number

/** Heights are sampled this far outside the wall, or inside it at the end of the data, mm. */
const OUTSIDE = 500
/** Distance between candidates for stations on an edge, mm. */
const CANDIDATES = 1000
/** A station stays where the ground bends by more than this, mm. */
const BEND = 80
/** Vertices on either side of unknown ground that give its slope. */
const BESIDE = 20
/** Weight, mm², of the level among them. */
const LEVEL = 4e6
/** Least distance of stations from corners, mm. */
export const stationRoom = 50

/** Heights of an outline read the DTM up to this far from it, mm, plus one DTM cell. */
export const groundReach = OUTSIDE

/**
 * Bilinear interpolation between the middles of cells. If one of the four is unknown, the nearest
 * known one; NaN if all are.
 */
const bilinear =
  (cellMm: number, heightOf: CellHeight): GroundSampler =>
  (x, y) => {
    const [u, v] = [x / cellMm - 0.5, y / cellMm - 0.5]
    const [column, row] = [Math.floor(u), Math.floor(v)]
    const [fu, fv] = [u - column, v - row]
    const z = [
      heightOf(column, row),
      heightOf(column + 1, row),
      heightOf(column, row + 1),
      heightOf(column + 1, row + 1),
    ]
    if (!z.includes(noHeight)) return (1 - fv) * ((1 - fu) * z[0] + fu * z[1]) + fv * ((1 - fu) * z[2] + fu * z[3])
    let [best, distance] = [Number.NaN, Number.POSITIVE_INFINITY]
    z.forEach((height, k) => {
      const off = (fu - (k % 2)) ** 2 + (fv - (k >> 1)) ** 2
      if (height === noHeight || off >= distance) return
      distance = off
      best = height
    })
    return best
  }

/** Samples a DTM raster. */
export const rasterGround = ({ data, width, height, minX, maxY, cellSize }: Raster): GroundSampler => {
  const cellMm = Math.round(cellSize * 1000)
  const west = Math.round((minX * 1000) / cellMm)
  const north = Math.round((maxY * 1000) / cellMm)
  return bilinear(cellMm, (column, row) => {
    const [c, r] = [column - west, north - 1 - row]
    if (c < 0 || c >= width || r < 0 || r >= height) return noHeight
    const value = data[r * width + c]
    return Number.isNaN(value) ? noHeight : Math.round(value * 1000)
  })
}

/**
 * Appends the DTM cells that meet a box (mm of the CRS) to a list in the form of
 * {@link GroundCells}. Skips cells that the same taker already has.
 */
export type GroundPicker = (
  taker: number,
  minX: number,
  minY: number,
  maxX: number,
  maxY: number,
  cells: number[],
) => void

/** Picks cells of a DTM for takers, numbered from 1, one after the other. */
export const pickGround = ({ data, width, height, minX, maxY, cellSize }: Raster): GroundPicker => {
  const side = Math.round(cellSize * 1000)
  const [west, north] = [Math.round((minX * 1000) / side), Math.round((maxY * 1000) / side)]
  // Last taker of the cell.
  const taken = new Int32Array(width * height)
  return (taker, left, low, right, high, cells) => {
    const [first, last, lastRow] = [Math.floor(left / side), Math.floor(right / side), Math.floor(high / side)]
    for (let row = Math.floor(low / side); row <= lastRow; row++) {
      const line = north - 1 - row
      if (line < 0 || line >= height) continue
      for (let column = first; column <= last; column++) {
        const at = line * width + column - west
        if (column < west || column >= west + width || taken[at] === taker) continue
        taken[at] = taker
        if (!Number.isNaN(data[at])) cells.push(column, row, Math.round(data[at] * 1000))
      }
    }
  }
}

/** Boxes this near to the last cells of the DTM are at the end of the data, mm. */
const END_REACH = 2000

/**
 * Returns a function that is true for boxes (mm of the CRS) near the last cells of the DTM, known
 * beside unknown: the end of the returns, wherever the boxes of the files end. A place without any
 * DTM has none.
 */
export const findLastGround = ({ data, width, height, minX, maxY, cellSize }: Raster): DataEnd["meets"] => {
  if (!data.some((value) => Number.isNaN(value))) return () => false
  const side = Math.round(cellSize * 1000)
  const [left, top] = [Math.round((minX * 1000) / side), Math.round((maxY * 1000) / side)]
  const isUnknown = (column: number, line: number): boolean =>
    column >= 0 && column < width && line >= 0 && line < height && Number.isNaN(data[line * width + column])
  const isLast = new Uint8Array(width * height)
  for (let line = 0, at = 0; line < height; line++)
    for (let column = 0; column < width; column++, at++) {
      if (Number.isNaN(data[at])) continue
      const beside = isUnknown(column - 1, line) || isUnknown(column + 1, line)
      if (beside || isUnknown(column, line - 1) || isUnknown(column, line + 1)) isLast[at] = 1
    }
  return (west, south, east, north) => {
    const first = Math.max(0, Math.floor((west - END_REACH) / side) - left)
    const end = Math.min(width, Math.ceil((east + END_REACH) / side) - left)
    const last = Math.min(height, top - Math.floor((south - END_REACH) / side))
    for (let line = Math.max(0, top - Math.ceil((north + END_REACH) / side)); line < last && first < end; line++)
      if (isLast.subarray(line * width + first, line * width + end).includes(1)) return true
    return false
  }
}

/**
 * Selected DTM cells: triples of column, row (from the CRS origin) and height in whole millimetres.
 */
export interface GroundCells {
  readonly cellMm: number
  readonly cells: readonly Int32Array[]
}

/**
 * Samples selected cells, in any order, duplicates allowed. O(n log n) to build, O(log n) a height.
 * Memory: 8 bytes a cell.
 */
export const cellsGround = ({ cellMm, cells }: GroundCells): GroundSampler => {
  let [count, firstRow, lastRow] = [0, 0, -1]
  for (const part of cells) {
    for (let at = 1; at < part.length; at += 3, count++) {
      firstRow = count === 0 ? part[at] : Math.min(firstRow, part[at])
      lastRow = count === 0 ? part[at] : Math.max(lastRow, part[at])
    }
  }
  const starts = new Int32Array(Math.max(0, lastRow - firstRow) + 2)
  for (const part of cells) for (let at = 1; at < part.length; at += 3) starts[part[at] - firstRow + 1]++
  for (let row = 1; row < starts.length; row++) starts[row] += starts[row - 1]
  // Column and height of each cell in one number that sorts by column: both fit 26 bits.
  const keys = new Float64Array(count)
  const next = starts.slice()
  for (const part of cells)
    for (let at = 0; at < part.length; at += 3)
      keys[next[part[at + 1] - firstRow]++] = part[at] * HEIGHTS + (part[at + 2] + HEIGHTS / 2)
  for (let row = 0; row + 1 < starts.length; row++) keys.subarray(starts[row], starts[row + 1]).sort()
  return bilinear(cellMm, (column, row) => {
    if (row < firstRow || row > lastRow) return noHeight
    const end = starts[row - firstRow + 1]
    const low = lowerBound(keys, column * HEIGHTS, starts[row - firstRow], end)
    if (low >= end || Math.floor(keys[low] / HEIGHTS) !== column) return noHeight
    return keys[low] - column * HEIGHTS - HEIGHTS / 2
  })
}
/** 2^26 mm is over twice the range of heights on Earth. */
const HEIGHTS = 2 ** 26

/**
 * Rings with ground heights at their corners, and at stations in between where the ground bends.
 *
 * Candidates are at each metre along an edge from its first end by x, then y. Heights are sampled
 * 0.5 m outside the wall. A candidate stays if the line would move by more than 0.08 m without it
 * (Douglas and Peucker). At the end of the data, where no ground is known outside, heights are
 * sampled 0.5 m inside. Places without either follow the slope of the known ones beside them on
 * the ring. A ring without any takes `otherwise`.
 *
 * @param rings x, y, whole millimetres of the CRS, not closed, the inside on the left
 */
export const footRings = (rings: readonly Float64Array[], ground: GroundSampler, otherwise: number): FootprintRing[] =>
  rings.map((ring) => footRing(ring, ground, otherwise))

const footRing = (ring: Float64Array, ground: GroundSampler, otherwise: number): FootprintRing => {
  const n = ring.length / 2
  const groundBeside = (x: number, y: number, [u, v]: Point): number => {
    const outside = ground(x + OUTSIDE * u, y + OUTSIDE * v)
    return Number.isNaN(outside) ? ground(x - OUTSIDE * u, y - OUTSIDE * v) : outside
  }
  const xyz: number[] = []
  const corner: number[] = []
  for (let v = 0; v < n; v++) {
    const [before, at, after] = [(v + n - 1) % n, v, (v + 1) % n].map((k) => [ring[2 * k], ring[2 * k + 1]] as const)
    const [out, next] = [outwards(before, at), outwards(at, after)]
    const [sx, sy] = [out[0] + next[0], out[1] + next[1]]
    const length = Math.max(0.2, Math.hypot(sx, sy))
    xyz.push(at[0], at[1], groundBeside(at[0], at[1], [sx / length, sy / length]))
    corner.push(1)
    for (const [x, y] of spaceCandidates(at, after)) {
      xyz.push(x, y, groundBeside(x, y, next))
      corner.push(0)
    }
  }
  fillUnknown(xyz, otherwise)
  return thinned(xyz, corner)
}

type Point = readonly [x: number, y: number]

/** Unit vector to the right of an edge, which is outwards. */
const outwards = (from: Point, to: Point): Point => {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1])
  return [(to[1] - from[1]) / length, (from[0] - to[0]) / length]
}

/** Candidates on an edge, in its own direction. */
const spaceCandidates = (from: Point, to: Point): Point[] => {
  const turned = from[0] > to[0] || (from[0] === to[0] && from[1] > to[1])
  const [p, q] = turned ? [to, from] : [from, to]
  const length = Math.hypot(q[0] - p[0], q[1] - p[1])
  const places: Point[] = []
  for (let s = CANDIDATES; s <= length - stationRoom; s += CANDIDATES)
    places.push([Math.round(p[0] + ((q[0] - p[0]) * s) / length), Math.round(p[1] + ((q[1] - p[1]) * s) / length)])
  return turned ? places.reverse() : places
}

/**
 * Fills each run of unknown heights between two known ones: along the slope of the ground beside
 * the run, from both ends, weighted by the distance along the ring.
 */
const fillUnknown = (xyz: number[], otherwise: number): void => {
  const n = xyz.length / 3
  const known = Array.from({ length: n }, (_, k) => !Number.isNaN(xyz[3 * k + 2]))
  const first = known.indexOf(true)
  for (let k = 0; k < n && first < 0; k++) xyz[3 * k + 2] = otherwise
  const at = (k: number): number => 3 * ((first + k) % n)
  for (let a = 0; a < n && first >= 0; a++) {
    let b = a + 1
    while (b < n && !known[(first + b) % n]) b++
    if (b > a + 1)
      fillRun(
        xyz,
        Array.from({ length: b - a + 1 }, (_, k) => at(a + k)),
        slopeBeside(xyz, known, (first + a) % n, (first + b) % n),
      )
    a = b - 1
  }
}

/** Fills the heights between the first and the last of some places of a ring. */
const fillRun = (xyz: number[], places: readonly number[], [du, dv]: Point): void => {
  const step = (k: number): number =>
    Math.hypot(xyz[places[k]!] - xyz[places[k - 1]!], xyz[places[k]! + 1] - xyz[places[k - 1]! + 1])
  const from = places[0]!
  const to = places[places.length - 1]!
  const [low, high] = [xyz[from + 2], xyz[to + 2]]
  let length = 0
  for (let k = 1; k < places.length; k++) length += step(k)
  let along = 0
  for (let k = 1; k < places.length - 1; k++) {
    const at = places[k]!
    along += step(k)
    const moved = (end: number, z: number): number => z + du * (xyz[at] - xyz[end]) + dv * (xyz[at + 1] - xyz[end + 1])
    xyz[at + 2] = moved(from, low) + (along / length) * (moved(to, high) - moved(from, low))
  }
}

/**
 * Slope of the known vertices beside a run: at most `BESIDE` before vertex `a` and after vertex
 * `b`, by least squares. Few or collinear vertices give a gentler slope.
 */
const slopeBeside = (xyz: readonly number[], known: readonly boolean[], a: number, b: number): Point => {
  const n = known.length
  const near = new Set<number>()
  for (let d = 0; d < Math.min(BESIDE, n); d++)
    for (const k of [(a + n - d) % n, (b + d) % n]) if (known[k]) near.add(3 * k)
  const mean = [0, 1, 2].map((axis) => [...near].reduce((sum, at) => sum + xyz[at + axis], 0) / near.size)
  let [uu, uv, vv, uw, vw] = [LEVEL, 0, LEVEL, 0, 0]
  for (const at of near) {
    const [u, v, w] = [xyz[at] - mean[0]!, xyz[at + 1] - mean[1]!, xyz[at + 2] - mean[2]!]
    uu += u * u
    uv += u * v
    vv += v * v
    uw += u * w
    vw += v * w
  }
  const det = uu * vv - uv * uv
  return [(uw * vv - vw * uv) / det, (vw * uu - uw * uv) / det]
}

/** Corners, and the candidates that bends of the ground need; heights in whole millimetres. */
const thinned = (xyz: readonly number[], corner: readonly number[]): FootprintRing => {
  const n = corner.length
  const keep = Uint8Array.from(corner)
  for (const [from, to] of splitAtCorners(corner)) keepBends(xyz, keep, from, to)
  const chosen = Array.from({ length: n }, (_, k) => k).filter((k) => keep[k] === 1)
  return {
    xyz: Float64Array.from(chosen.flatMap((k) => [xyz[3 * k], xyz[3 * k + 1], Math.round(xyz[3 * k + 2])])),
    corner: Uint8Array.from(chosen, (k) => corner[k]),
  }
}

/**
 * Edges from corner to corner, as vertex numbers; the last one ends at n. The ring starts with a
 * corner.
 */
export const splitAtCorners = (corner: ArrayLike<number>): [from: number, to: number][] => {
  const edges: [number, number][] = []
  for (let from = 0; from < corner.length; ) {
    let to = from + 1
    while (to < corner.length && corner[to] === 0) to++
    edges.push([from, to])
    from = to
  }
  return edges
}

/** Douglas–Peucker in height along one edge: vertices `from … to`, the last one modulo the ring. */
const keepBends = (xyz: readonly number[], keep: Uint8Array, from: number, to: number): void => {
  const n = keep.length
  const at = (k: number, axis: 0 | 1 | 2): number => xyz[3 * (k % n) + axis]
  const along = (k: number, start: number): number => Math.hypot(at(k, 0) - at(start, 0), at(k, 1) - at(start, 1))
  const stack: [number, number][] = [[from, to]]
  for (let span = stack.pop(); span !== undefined; span = stack.pop()) {
    const [start, end] = span
    const length = along(end, start)
    let [worst, bend] = [-1, BEND]
    for (let k = start + 1; k < end; k++) {
      const line = at(start, 2) + ((at(end, 2) - at(start, 2)) * along(k, start)) / length
      const off = Math.abs(at(k, 2) - line)
      if (off <= bend) continue
      bend = off
      worst = k
    }
    if (worst < 0) continue
    keep[worst % n] = 1
    stack.push([start, worst], [worst, end])
  }
}

/**
 * Classifies each metre of a deck's outline: ground at its height beside it, ground below it, or
 * unknown.
 */
import { binPoints, robustHeight } from "../../geometry/robust-plane.js"
import { noHeight } from "../../grid/cell-grid.js"
import { MEETING_REACH, RIM_REACH, TOP_REACH } from "./heights.js"

/**
 * Kinds of ground beside a piece of a deck's outline: below the deck (`open`), at its height
 * (`abutment`), else `unknown` (also above it).
 */
export const RimKind = { unknown: 0, open: 1, abutment: 2 } as const

/**
 * A straight piece of a deck's outline, whole millimetres of the CRS, with the deck on its left.
 */
export interface RimPiece {
  readonly ax: number
  readonly ay: number
  readonly bx: number
  readonly by: number
  /** Unit vector that points away from the deck. */
  readonly out: readonly [x: number, y: number]
  /** True at a corner of the outline. */
  readonly corner: boolean
  kind: 0 | 1 | 2
  /** Height of the ground beside it, mm; NaN if unknown. */
  readonly ground: number
}

/** The pieces of one ring; those of edge i (from its vertex i) begin at `starts[i]`. */
export interface RimRing {
  readonly pieces: readonly RimPiece[]
  readonly starts: Int32Array
}

/**
 * A deck's outline with the ground beside it, and the deck's smooth top where it meets the ground.
 */
export interface DeckRim {
  readonly rings: readonly RimRing[]
  /** mm; NaN without deck cells near. */
  top(x: number, y: number): number
}

/** Approximate length of a piece, mm. */
const PIECE = 1000
/** Distance outside the outline, mm, of the place from which the search for ground starts. */
const BESIDE = 250
/**
 * Up to GAP unknown pieces between two abutting ones count as abutting; a run shorter than LEAST
 * does not.
 */
const GAP = 4
const LEAST = 2
/**
 * Radii around a place, mm, within which the deck's cells are fitted; the second if the first has
 * too few.
 */
const RADII = [4000, TOP_REACH]

/**
 * Finds for each metre of a deck's outline whether the ground beside it is at deck height (at most
 * `stepMm` away) or below.
 *
 * @param rings x, y, whole mm of the CRS, outer counter-clockwise, holes clockwise, not closed
 * @param heights cells as `deckHeights` lists them
 */
export const deckRim = (
  rings: readonly Float64Array[],
  heights: Int32Array,
  cellMm: number,
  stepMm: number,
): DeckRim => {
  const ground = groundFinder(heights, cellMm)
  const top = topFinder(heights, cellMm)
  return {
    top,
    rings: rings.map((ring) => {
      const pieces: RimPiece[] = []
      const starts = new Int32Array(ring.length / 2)
      for (let i = 0; i < ring.length; i += 2) {
        starts[i / 2] = pieces.length
        const j = (i + 2) % ring.length
        const [dx, dy] = [ring[j] - ring[i], ring[j + 1] - ring[i + 1]]
        const length = Math.hypot(dx, dy)
        const out = [dy / length, -dx / length] as const
        const count = Math.max(1, Math.round(length / PIECE))
        const place = (s: number) =>
          [Math.round(ring[i] + (dx * s) / count), Math.round(ring[i + 1] + (dy * s) / count)] as const
        for (let s = 0; s < count; s++) {
          const [[ax, ay], [bx, by]] = [place(s), place(s + 1)]
          const [mx, my] = [(ax + bx) / 2, (ay + by) / 2]
          const beside = ground(mx, my, out)
          const kind = kindOf(top(mx, my), beside, stepMm)
          pieces.push({ ax, ay, bx, by, out, corner: s === 0, kind, ground: beside })
        }
      }
      smoothKinds(pieces)
      return { pieces, starts }
    }),
  }
}

const kindOf = (top: number, ground: number, stepMm: number): 0 | 1 | 2 => {
  if (Number.isNaN(ground)) return RimKind.unknown
  if (Number.isNaN(top) || top - ground > stepMm) return RimKind.open
  return ground - top > stepMm ? RimKind.unknown : RimKind.abutment
}

/**
 * Closes short gaps between abutting pieces, then drops runs that are too short. The pieces beside
 * a run become unknown: the nearest ground there may be that of the road.
 */
const smoothKinds = (pieces: readonly RimPiece[]): void => {
  const meets = (k: number): boolean => at(pieces, k).kind === RimKind.abutment
  for (const [from, to] of findRuns(pieces, (piece) => piece.kind === RimKind.unknown))
    if (to - from <= GAP && meets(from - 1) && meets(to))
      for (let k = from; k < to; k++) at(pieces, k).kind = RimKind.abutment
  for (const [from, to] of findRuns(pieces, (piece) => piece.kind === RimKind.abutment))
    if (to - from < LEAST) for (let k = from; k < to; k++) at(pieces, k).kind = RimKind.unknown
  for (const [from, to] of findRuns(pieces, (piece) => piece.kind === RimKind.abutment))
    for (const k of [from - 1, to]) if (!meets(k)) at(pieces, k).kind = RimKind.unknown
}

/** An element of a cyclic list, by any whole number. */
export const at = <T>(list: readonly T[], k: number): T => list[((k % list.length) + list.length) % list.length]

/**
 * Longest runs of elements of a cyclic list, half-open; `to` exceeds the length where a run wraps.
 */
export const findRuns = <T>(list: readonly T[], belongs: (element: T) => boolean): [from: number, to: number][] => {
  const first = list.findIndex((element) => !belongs(element))
  if (first < 0) return list.length === 0 ? [] : [[0, list.length]]
  const runs: [number, number][] = []
  for (let k = first; k < first + list.length; k++) {
    if (!belongs(at(list, k))) continue
    const from = k
    while (belongs(at(list, k + 1))) k++
    runs.push([from, k + 1])
  }
  return runs
}

type HeightAt = (x: number, y: number) => number

/**
 * Height of the ground cell nearest to a place a little outside the outline, within 2.5 m. If there
 * is none (sparse points, shadows of the deck), within 8 m and at most 60° off the outward
 * direction. Ties: the southern, then the western.
 */
const groundFinder = (
  heights: Int32Array,
  cellMm: number,
): ((x: number, y: number, out: readonly [number, number]) => number) => {
  const cells = new Map<string, number>()
  for (let i = 0; i < heights.length; i += 4)
    if (heights[i + 3] !== noHeight) cells.set(`${heights[i]} ${heights[i + 1]}`, heights[i + 3])
  return (rimX, rimY, out) => {
    const [x, y] = [rimX + BESIDE * out[0], rimY + BESIDE * out[1]]
    const within = (reach: number, isAhead: boolean): number => {
      const first = (value: number): number => Math.floor((value - reach) / cellMm)
      const last = (value: number): number => Math.floor((value + reach) / cellMm)
      let [height, nearest] = [Number.NaN, reach * reach]
      for (let row = first(y); row <= last(y); row++) {
        for (let column = first(x); column <= last(x); column++) {
          const ground = cells.get(`${column} ${row}`)
          if (ground === undefined) continue
          const [dx, dy] = [(column + 0.5) * cellMm - x, (row + 0.5) * cellMm - y]
          const distance = dx * dx + dy * dy
          if (distance >= nearest || (isAhead && dx * out[0] + dy * out[1] < Math.sqrt(distance) / 2)) continue
          height = ground
          nearest = distance
        }
      }
      return height
    }
    const beside = within(MEETING_REACH, false)
    return Number.isNaN(beside) ? within(RIM_REACH, true) : beside
  }
}

/**
 * The robust surface of the deck's cells, each a point in its middle; with too few near, the height
 * of the nearest one.
 */
const topFinder = (heights: Int32Array, cellMm: number): HeightAt => {
  const [x, y, z]: number[][] = [[], [], []]
  for (let i = 0; i < heights.length; i += 4) {
    if (heights[i + 2] === noHeight) continue
    x.push((heights[i] + 0.5) * cellMm)
    y.push((heights[i + 1] + 0.5) * cellMm)
    z.push(heights[i + 2])
  }
  const bins = binPoints(Float64Array.from(x), Float64Array.from(y), Float64Array.from(z), 2000)
  return (px, py) => {
    for (const radius of RADII) {
      const height = robustHeight(bins, px, py, radius)
      if (!Number.isNaN(height)) return height
    }
    let [height, nearest] = [Number.NaN, TOP_REACH * TOP_REACH]
    for (let i = 0; i < x.length; i++) {
      const distance = (x[i] - px) ** 2 + (y[i] - py) ** 2
      if (distance < nearest) [height, nearest] = [z[i], distance]
    }
    return height
  }
}

/** Compares the written borders of neighbouring tiles, of equal and of different levels. */
import { elementAt } from "../../core/lists.js"
import { counted } from "../../core/texts.js"
import { TileKey } from "../../grid/tile-key.js"
import type { CheckedTile } from "../check-tile.js"
import type { ValidateReport } from "../validate-report.js"
import { directionOf, type OpenEdges, type Side } from "./open-edges.js"
import type { LevelEdges } from "./open-parts.js"

const NEIGHBOURS: readonly {
  readonly side: Side
  readonly opposite: Side
  readonly dx: number
  readonly dy: number
}[] = [
  { side: 0, opposite: 1, dx: -1, dy: 0 },
  { side: 1, opposite: 0, dx: 1, dy: 0 },
  { side: 2, opposite: 3, dx: 0, dy: -1 },
  { side: 3, opposite: 2, dx: 0, dy: 1 },
]

/**
 * Lattice steps up to which an edge at a side may belong to an outline that leaves the side: at 1°
 * its end is still within rounding.
 */
const GRAZING = 64

/**
 * Compares the written borders of all neighbours. Those of one level must be equal. A tile beside a
 * coarser one (the parent of its neighbour) may deviate by the sum of both geometric errors.
 */
export const checkSeams = (levels: readonly LevelEdges[], problem: (text: string) => void): ValidateReport["seams"] => {
  const sums = {
    pairs: 0,
    maxGapMm: 0,
    unequalVertices: 0,
    oneSidedSegments: 0,
    betweenLevelsPairs: 0,
    betweenLevelsMaxM: 0,
  }
  const all = new Map<string, Borders>()
  for (const level of levels) for (const [name, borders] of collectBorders(level)) all.set(name, borders)
  for (const { one, whole, unmet } of all.values()) {
    const { key } = one.tile
    for (const { side, opposite, dx, dy } of NEIGHBOURS) {
      const beside = { level: key.level, x: key.x + dx, y: key.y + dy }
      const border = whole[side]
      const other = all.get(TileKey.format(beside))
      const theirs = other?.whole[opposite]
      const names = `tiles ${TileKey.format(key)} and ${TileKey.format(beside)}`
      // Each pair once: to the east and to the north.
      if (dx + dy > 0 && other !== undefined && theirs !== undefined && border.along.length + theirs.along.length > 0) {
        const found = seamGap([unmet[side], border], [other.unmet[opposite], theirs], one.tolerance)
        if (border.along.length > 0 && theirs.along.length > 0) sums.pairs++
        sums.maxGapMm = Math.max(sums.maxGapMm, found.gap * 1000)
        sums.unequalVertices += found.unequal
        sums.oneSidedSegments += found.oneSided
        if (found.oneSided > 0)
          problem(`${names}: only one of them has a border along ${counted(found.oneSided, "segment")}`)
        if (found.gap > 0)
          problem(
            `${names}: borders differ at ${counted(found.unequal, "vertex", "vertices")}, by up to ${(found.gap * 1000).toFixed(3)} mm`,
          )
      }
      const coarse = sameParent(key, beside) ? undefined : all.get(TileKey.format(TileKey.parent(beside)))
      const wide = coarse?.whole[opposite]
      if (coarse === undefined || wide === undefined || border.along.length === 0 || wide.along.length === 0) continue
      const { gap } = borderDistance(border, wide, coarse.one.tolerance)
      sums.betweenLevelsPairs++
      sums.betweenLevelsMaxM = Math.max(sums.betweenLevelsMaxM, gap)
      const bound = one.tile.geometricError + coarse.one.tile.geometricError
      if (gap > bound) {
        problem(
          `tile ${TileKey.format(key)} and the coarser ${TileKey.format(coarse.one.tile.key)}: borders are ${gap.toFixed(3)} m apart; geometric errors allow ${bound.toFixed(3)} m`,
        )
      }
    }
  }
  return sums
}

type Sides = readonly [BorderSide, BorderSide, BorderSide, BorderSide]

/** Borders of a tile, by the sides of its cell. */
interface Borders {
  readonly one: CheckedTile
  /** All open edges near a side. */
  readonly whole: Sides
  /**
   * Edges on the side that no other tile has in the other direction, and that no outline of the
   * data explains.
   */
  readonly unmet: Sides
}

const collectBorders = ({ tiles, closed, parts }: LevelEdges): [name: string, borders: Borders][] => {
  const isOutline = tiles.map(({ edges }) => new Uint8Array(edges.kinds.length))
  for (const { kind, edges } of parts)
    if (kind === "island" || kind === "void") for (const [tile, edge] of edges) elementAt(isOutline, tile)[edge] = 1
  return tiles.map((one, i) => {
    const { edges, step } = one
    const [shut, outline] = [elementAt(closed, i), elementAt(isOutline, i)]
    const isUnmet = (edge: number): boolean =>
      shut[edge] === 0 && (outline[edge] === 0 || Math.hypot(...directionOf(edges, edge)) > GRAZING * step)
    const whole = sidesOf((side) => collectSide(edges, side, edges.near, () => true))
    const unmet = sidesOf((side) => collectSide(edges, side, edges.on, isUnmet))
    return [TileKey.format(one.tile.key), { one, whole, unmet }]
  })
}

const sidesOf = (of: (side: Side) => BorderSide): Sides => [of(0), of(1), of(2), of(3)]

/** The edges whose bits name a side, as segments along it. */
const collectSide = (
  { ends, places }: OpenEdges,
  side: Side,
  bits: Uint8Array,
  isWanted: (edge: number) => boolean,
): BorderSide => {
  const axis = side < 2 ? 1 : 0
  const own: number[] = []
  for (let edge = 0; edge < bits.length; edge++) if ((bits[edge]! >> side) % 2 === 1 && isWanted(edge)) own.push(edge)
  const border = { segments: new Float64Array(6 * own.length), along: new Float64Array(2 * own.length) }
  for (const [i, edge] of own.entries()) {
    border.segments.set(ends.subarray(6 * edge, 6 * edge + 6), 6 * i)
    border.along.set([places[4 * edge + axis]!, places[4 * edge + 2 + axis]!], 2 * i)
  }
  return border
}

const sameParent = (a: TileKey, b: TileKey): boolean => {
  if (a.level === 0) return true
  const [p, q] = [TileKey.parent(a), TileKey.parent(b)]
  return p.x === q.x && p.y === q.y
}

/** Edges of a tile along one side of its cell, as segments. */
export interface BorderSide {
  /** Geocentric ends, 6 numbers a segment. */
  readonly segments: Float64Array
  /**
   * CRS coordinate along the side (y on west and east, x on south and north) of both ends, 2
   * numbers a segment.
   */
  readonly along: Float64Array
}

export interface SeamGap {
  /** Metres: largest distance of a vertex of one border from the polyline of the other. */
  readonly gap: number
  /** Vertices that the other border does not have, bit for bit. */
  readonly unequal: number
  /** Segments where the other mesh has no border beside their middle. */
  readonly oneSided: number
}

/**
 * Compares the border vertices of two tiles on their common side, both ways. Equal vertex sets give
 * exactly 0. Where one mesh has no border beside a vertex of the other (along the side, within
 * `tolerance`), the gap is undefined and the segment counts as one-sided.
 *
 * @param a of one tile: the segments to compare, and all at the side
 * @param b of the other tile
 */
export const seamGap = (
  a: readonly [unmet: BorderSide, whole: BorderSide],
  b: readonly [unmet: BorderSide, whole: BorderSide],
  tolerance: number,
): SeamGap => {
  const there = borderDistance(a[0], b[1], tolerance)
  const back = borderDistance(b[0], a[1], tolerance)
  return {
    gap: Math.max(there.gap, back.gap),
    unequal: there.unequal + back.unequal,
    oneSided: there.oneSided + back.oneSided,
  }
}

/** One way only: the vertices of `fine` against the polyline of `coarse`, which may be longer. */
export const borderDistance = (fine: BorderSide, coarse: BorderSide, tolerance: number): SeamGap => {
  if (fine.along.length === 0) return { gap: 0, unequal: 0, oneSided: 0 }
  const known = new Set<string>()
  const { segments } = coarse
  for (let i = 0; i < segments.length; i += 3) known.add(`${segments[i]} ${segments[i + 1]} ${segments[i + 2]}`)
  const seen = new Set<string>()
  let gap = 0
  let unequal = 0
  for (let end = 0; end < fine.along.length; end++) {
    const at = 3 * end
    const vertex = [fine.segments[at]!, fine.segments[at + 1]!, fine.segments[at + 2]!] as const
    const name = vertex.join(" ")
    if (seen.has(name)) continue
    seen.add(name)
    if (known.has(name)) continue
    const distance = distanceTo(vertex, fine.along[end]!, coarse, tolerance)
    if (distance === undefined) continue
    unequal++
    if (distance > gap) gap = distance
  }
  return { gap, unequal, oneSided: oneSidedSegments(fine, coarse, tolerance) }
}

const oneSidedSegments = (fine: BorderSide, coarse: BorderSide, tolerance: number): number => {
  let oneSided = 0
  for (let i = 0; i < fine.along.length; i += 2) {
    const middle = (fine.along[i]! + fine.along[i + 1]!) / 2
    let beside = false
    for (let j = 0; j < coarse.along.length && !beside; j += 2) beside = isBeside(middle, coarse.along, j, tolerance)
    if (!beside) oneSided++
  }
  return oneSided
}

const isBeside = (place: number, along: Float64Array, at: number, tolerance: number): boolean =>
  place >= Math.min(along[at]!, along[at + 1]!) - tolerance && place <= Math.max(along[at]!, along[at + 1]!) + tolerance

/** Distance to the nearest segment; undefined where no segment is beside the place. */
const distanceTo = (
  point: readonly [number, number, number],
  along: number,
  border: BorderSide,
  tolerance: number,
): number | undefined => {
  let best = Infinity
  let beside = false
  for (let i = 0; i < border.along.length; i += 2) {
    beside ||= isBeside(along, border.along, i, tolerance)
    best = Math.min(best, squaredDistance(point, border.segments, 3 * i))
  }
  return beside ? Math.sqrt(best) : undefined
}

const squaredDistance = (point: readonly [number, number, number], s: Float64Array, at: number): number => {
  const dx = s[at + 3]! - s[at]!
  const dy = s[at + 4]! - s[at + 1]!
  const dz = s[at + 5]! - s[at + 2]!
  const px = point[0] - s[at]!
  const py = point[1] - s[at + 1]!
  const pz = point[2] - s[at + 2]!
  const length = dx * dx + dy * dy + dz * dz
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy + pz * dz) / length))
  return (px - t * dx) ** 2 + (py - t * dy) ** 2 + (pz - t * dz) ** 2
}

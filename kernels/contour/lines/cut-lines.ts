/**
 * Cuts lines at the sides of regions, with the same vertex on both parts.
 * See docs/decisions/04-regions-and-job.md.
 */
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { elementAt } from "../../../engine/core/lists.js"
import { regionSide } from "../../../engine/kernel.js"

/** Column and row of a region, counted from the CRS origin. */
export type RegionPlace = readonly [column: number, row: number]

/** The part of a line within one region. */
export interface LinePart {
  readonly region: RegionPlace
  readonly xy: Float64Array
  /**
   * True where the part begins, or ends, at a side of the region beyond which the line continues.
   */
  readonly isCutAtStart: boolean
  readonly isCutAtEnd: boolean
}

/** The region of the south-western corner of a box. */
export const regionAt = ([west, south]: readonly number[]): RegionPlace => [
  Math.floor(west / regionSide),
  Math.floor(south / regionSide),
]

/** The sides of a region, CRS metres. */
export const regionBox = ([column, row]: RegionPlace): Box2 => [
  column * regionSide,
  row * regionSide,
  (column + 1) * regionSide,
  (row + 1) * regionSide,
]

/**
 * Cuts a line wherever it crosses x, y = k · 10 km; each part is in one region. O(vertices).
 *
 * The vertex of a cut lies exactly on that line. Its other coordinate is computed from the
 * segment's ends in canonical order (x, then y): every tile with the segment gets the same bits.
 * What runs along a side belongs to the region east or north of it; a line that only touches a side
 * is not cut.
 *
 * A closed line, which repeats its first vertex, stays closed if it is not cut; otherwise its first
 * and last part become one. A line of zero length has no part.
 *
 * @param xy x, y pairs, CRS metres
 */
export const cutLine = (xy: Float64Array): LinePart[] => {
  const parts: { region: RegionPlace; xy: number[]; isCutAtStart: boolean; isCutAtEnd: boolean }[] = []
  const ends: number[] = []
  for (let i = 0; i + 3 < xy.length; i += 2) {
    segmentStops(xy, i, ends)
    for (let k = 0; k + 3 < ends.length; k += 2) {
      const [ax, ay, bx, by] = [ends[k], ends[k + 1], ends[k + 2], ends[k + 3]]
      if (ax === bx && ay === by) continue
      const [column, row] = regionAt([(ax + bx) / 2, (ay + by) / 2])
      const last = parts.at(-1)
      if (last !== undefined && last.region[0] === column && last.region[1] === row) {
        last.xy.push(bx, by)
        continue
      }
      if (last !== undefined) last.isCutAtEnd = true
      parts.push({ region: [column, row], xy: [ax, ay, bx, by], isCutAtStart: last !== undefined, isCutAtEnd: false })
    }
  }
  const isClosed = xy[0] === xy[xy.length - 2] && xy[1] === xy[xy.length - 1]
  if (isClosed && parts.length > 1) closeParts(parts)
  return parts.map((part) => ({ ...part, xy: Float64Array.from(part.xy) }))
}

/** Joins the last part of a closed line to the first, since the line may begin anywhere. */
const closeParts = (
  parts: { region: RegionPlace; xy: number[]; isCutAtStart: boolean; isCutAtEnd: boolean }[],
): void => {
  const first = elementAt(parts, 0)
  const last = elementAt(parts, parts.length - 1)
  if (first.region[0] !== last.region[0] || first.region[1] !== last.region[1]) {
    // The line begins on a side of a region.
    first.isCutAtStart = true
    last.isCutAtEnd = true
    return
  }
  parts[0] = { ...last, xy: [...last.xy, ...first.xy.slice(2)], isCutAtEnd: first.isCutAtEnd }
  parts.pop()
}

/** The ends of a segment and its crossings with region sides, in order, as x, y pairs. */
const segmentStops = (xy: Float64Array, at: number, stops: number[]): void => {
  stops.length = 0
  const [x0, y0, x1, y1] = [xy[at], xy[at + 1], xy[at + 2], xy[at + 3]]
  stops.push(x0, y0)
  const sameColumn = Math.floor(x0 / regionSide) === Math.floor(x1 / regionSide)
  if (!sameColumn || Math.floor(y0 / regionSide) !== Math.floor(y1 / regionSide)) {
    const forward = x0 < x1 || (x0 === x1 && y0 < y1)
    const crossings = forward ? findCrossings(x0, y0, x1, y1) : findCrossings(x1, y1, x0, y0).reverse()
    for (const [x, y] of crossings) stops.push(x, y)
  }
  stops.push(x1, y1)
}

const findCrossings = (ax: number, ay: number, bx: number, by: number): [x: number, y: number, share: number][] => {
  const found: [x: number, y: number, share: number][] = []
  for (let k = Math.floor(ax / regionSide) + 1; k * regionSide < bx; k++) {
    const share = (k * regionSide - ax) / (bx - ax)
    found.push([k * regionSide, ay + share * (by - ay), share])
  }
  const [low, high] = ay < by ? [ay, by] : [by, ay]
  for (let k = Math.floor(low / regionSide) + 1; k * regionSide < high; k++) {
    const share = (k * regionSide - ay) / (by - ay)
    found.push([ax + share * (bx - ax), k * regionSide, share])
  }
  return found.sort((a, b) => a[2] - b[2])
}

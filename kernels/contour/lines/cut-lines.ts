/** Cuts lines at the sides of 10 km regions, with the same vertex on both parts. */
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { regionSide } from "../../../engine/kernel.js"

/** The region of 10 km between the lines of the CRS, counted from its origin. */
export type RegionPlace = readonly [column: number, row: number]

/** A stretch of a line within one region. */
export interface LinePart {
  readonly region: RegionPlace
  readonly xy: Float64Array
  /** True where it begins, or ends, at a line of the regions, beyond which the line goes on. */
  readonly isCutAtStart: boolean
  readonly isCutAtEnd: boolean
}

/** The region that a box's south-western corner lies in. */
export const regionAt = ([west, south]: readonly number[]): RegionPlace => [
  Math.floor(west / regionSide),
  Math.floor(south / regionSide),
]

/** A region's sides, metres of the CRS: west, south, east, north. */
export const regionBox = ([column, row]: RegionPlace): Box2 => [
  column * regionSide,
  row * regionSide,
  (column + 1) * regionSide,
  (row + 1) * regionSide,
]

/**
 * A line cut wherever it crosses a line x, y = k · 10 km. The vertex there lies exactly on the line; its other coordinate is computed from the two ends of the segment in canonical order (x, then y), so that whoever has the
 * segment gets the same bits, and each stretch of it is in one region. What runs along a line is in the region east or north of it; a line that only touches it is not cut. A closed line, which repeats its first vertex, comes back
 * closed where it is not cut, else its first and last part are one. A line of no length has no part. O(vertices).
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

/** A closed line may begin anywhere: its last part goes on in its first one. */
const closeParts = (
  parts: { region: RegionPlace; xy: number[]; isCutAtStart: boolean; isCutAtEnd: boolean }[],
): void => {
  const first = parts[0]!
  const last = parts.at(-1)!
  if (first.region[0] !== last.region[0] || first.region[1] !== last.region[1]) {
    // It begins on a line.
    first.isCutAtStart = true
    last.isCutAtEnd = true
    return
  }
  parts[0] = { ...last, xy: [...last.xy, ...first.xy.slice(2)], isCutAtEnd: first.isCutAtEnd }
  parts.pop()
}

/** The ends of a segment and where it crosses lines of the regions between them, in order, as x, y pairs. */
const segmentStops = (xy: Float64Array, at: number, stops: number[]): void => {
  stops.length = 0
  const [x0, y0, x1, y1] = [xy[at], xy[at + 1], xy[at + 2], xy[at + 3]]
  stops.push(x0, y0)
  const sameColumn = Math.floor(x0 / regionSide) === Math.floor(x1 / regionSide)
  if (!sameColumn || Math.floor(y0 / regionSide) !== Math.floor(y1 / regionSide)) {
    const forward = x0 < x1 || (x0 === x1 && y0 < y1)
    const crossings = forward ? crossingsOf(x0, y0, x1, y1) : crossingsOf(x1, y1, x0, y0).reverse()
    for (const [x, y] of crossings) stops.push(x, y)
  }
  stops.push(x1, y1)
}

const crossingsOf = (ax: number, ay: number, bx: number, by: number): [x: number, y: number, share: number][] => {
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

/** Reads upright faces of solids as walls over a segment in plan, to find those that touch. */
import { elementAt } from "../../../engine/core/lists.js"
import type { Face, Place, VertexTable } from "./faces.js"

/** Heights at both ends of a segment, mm; also its x and y at one end. */
export type PlanEnd = readonly [number, number]

/**
 * An upright face, or a part of one, over a segment in plan, from the lesser end (x, then y) to the
 * greater.
 */
export interface Wall {
  /** Index of its face, and its solid. */
  readonly face: number
  readonly solid: number
  readonly kind: number
  readonly ends: readonly [PlanEnd, PlanEnd]
  readonly low: PlanEnd
  readonly high: PlanEnd
  /**
   * True where, seen from outside, its foot runs from the first end to the second,
   * counter-clockwise.
   */
  readonly forward: boolean
}

/** Key of the segment in plan. */
export const sameSegment = ({ ends }: Wall): string => ends.flat().join(" ")

/** Maximum distance of a corner of an upright face from the line through its ends, mm. */
const STRAIGHT = 1.5

/**
 * Cuts an upright face into walls, one a segment between its corners in plan.
 *
 * Empty where it is not upright, or its foot has corners between the ends. The top must have one
 * height at each place, or two where it steps.
 */
export const cutIntoWalls = ({ solid, kind, rings }: Face, face: number, vertices: VertexTable): Wall[] => {
  const [ring, ...holes] = rings
  if (ring === undefined || holes.length > 0) return []
  const corners = ring.map((vertex) => vertices.place(vertex))
  const order = (a: Place, b: Place): number => a[0] - b[0] || a[1] - b[1]
  const first = corners.reduce((least, one) => (order(one, least) < 0 ? one : least))
  const last = corners.reduce((most, one) => (order(one, most) > 0 ? one : most))
  const [east, north] = [last[0] - first[0], last[1] - first[1]]
  const length = Math.hypot(east, north)
  if (length === 0) return []
  const off = corners.some(([x, y]) => Math.abs(east * (y - first[1]) - north * (x - first[0])) > STRAIGHT * length)
  if (off) return []
  const along = corners.map(([x, y]) => (east * (x - first[0]) + north * (y - first[1])) / length)
  let area = 0
  corners.forEach(([, , z], i) => {
    const next = (i + 1) % corners.length
    area += (along[i]! - along[next]!) * (z + elementAt(corners, next)[2])
  })
  const forward = area > 0
  const turned = forward ? corners : [...corners].reverse()
  return cutUp(turned, first, last).map((part) => ({ face, solid, kind, forward, ...part }))
}

/** Parts of a counter-clockwise upright ring between its corners in plan. */
const cutUp = (ring: readonly Place[], first: Place, last: Place): Pick<Wall, "ends" | "low" | "high">[] => {
  const at = (one: Place, other: Place): boolean => one[0] === other[0] && one[1] === other[1]
  const lowest = (end: Place): number =>
    ring.reduce((best, one, i) => (at(one, end) && (best < 0 || one[2] < elementAt(ring, best)[2]) ? i : best), -1)
  const [from, to] = [lowest(first), lowest(last)]
  // The foot must be one edge.
  if ((from + 1) % ring.length !== to) return []
  const top = [...ring.slice(to), ...ring.slice(0, to)].reverse()
  const low: PlanEnd = [elementAt(ring, from)[2], elementAt(ring, to)[2]]
  const stations: { place: Place; left: number; right: number }[] = []
  for (const one of top) {
    const station = stations.at(-1)
    if (station !== undefined && at(station.place, one)) station.right = one[2]
    else stations.push({ place: one, left: one[2], right: one[2] })
  }
  if (!at(elementAt(stations, 0).place, first) || !at(elementAt(stations, stations.length - 1).place, last)) return []
  if (stations.length > 2 && low[0] !== low[1]) return []
  return stations.slice(1).map((right, k) => {
    const left = elementAt(stations, k)
    const isLast = k === stations.length - 2
    return {
      ends: [
        [left.place[0], left.place[1]],
        [right.place[0], right.place[1]],
      ],
      low,
      high: [left.right, isLast ? topOf(ring, last) : right.left],
    }
  })
}

const topOf = (ring: readonly Place[], end: Place): number =>
  ring.reduce((most, one) => (one[0] === end[0] && one[1] === end[1] ? Math.max(most, one[2]) : most), -Infinity)

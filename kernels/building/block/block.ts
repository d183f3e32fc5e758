/**
 * A block: a footprint in its own frame, with outline, ground line and members, as every step from
 * points to solids reads it.
 */
import { boxOfRings } from "../../../engine/core/geometry/rings.js"
import type { Footprint, FootprintRing } from "../../handover/footprint/footprint.js"

export interface BlockPoints {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
}

/** A footprint in its own frame: x, y in mm from `origin`, all positive; z in mm of the CRS. */
export interface Block {
  readonly footprint: Footprint
  /** Whole metres of the CRS, in mm. */
  readonly origin: readonly [xMm: number, yMm: number]
  readonly width: number
  readonly height: number
  /** Corners of the outline: x, y pairs, not closed. */
  readonly rings: readonly Float64Array[]
  /**
   * Ground line along each edge of the outline, from corner to corner with the stations in between:
   * x, y, z.
   */
  readonly lines: readonly Float64Array[]
  /** Plans of the members, outer ring first; empty if the block is one building. */
  readonly members: readonly (readonly Float64Array[])[]
}

/** Makes the block of a footprint of kind 6. */
export const makeBlock = (footprint: Footprint): Block => {
  const [minX, minY, maxX, maxY] = boxOfRings(
    footprint.rings.map(({ xyz }) => xyz),
    3,
  )
  // A metre of room on each side; on whole metres, so the cells do not depend on the tile.
  const origin = [Math.floor(minX / 1000) * 1000 - 1000, Math.floor(minY / 1000) * 1000 - 1000] as const
  const rings: Float64Array[] = []
  const lines: Float64Array[] = []
  for (const ring of footprint.rings) rings.push(splitRing(ring, origin, lines))
  const local = (ring: Float64Array): Float64Array => ring.map((value, i) => value - origin[i & 1])
  return {
    footprint,
    origin,
    width: maxX - origin[0] + 1000,
    height: maxY - origin[1] + 1000,
    rings,
    lines,
    members: footprint.members.map((member) => member.rings.map(local)),
  }
}

/** Corners of a ring; appends the ground line of each of its edges to `lines`. */
const splitRing = (
  { xyz, corner }: FootprintRing,
  [ox, oy]: readonly [number, number],
  lines: Float64Array[],
): Float64Array => {
  const count = corner.length
  let corners = Array.from(corner, (_, i) => i).filter((i) => corner[i] === 1)
  if (corners.length < 3) corners = Array.from(corner, (_, i) => i)
  const ring = new Float64Array(2 * corners.length)
  corners.forEach((first, k) => {
    ring[2 * k] = xyz[3 * first] - ox
    ring[2 * k + 1] = xyz[3 * first + 1] - oy
    const last = corners[(k + 1) % corners.length]
    const size = ((last - first + count - 1) % count) + 2
    const line = new Float64Array(3 * size)
    for (let s = 0; s < size; s++) {
      const i = (first + s) % count
      line.set([xyz[3 * i] - ox, xyz[3 * i + 1] - oy, xyz[3 * i + 2]], 3 * s)
    }
    lines.push(line)
  })
  return ring
}

/** Ground height on an edge of the outline at a place near it, mm. */
export const groundOnEdge = (line: ArrayLike<number>, x: number, y: number): number => {
  const last = line.length / 3 - 1
  const [dx, dy] = [line[3 * last] - line[0], line[3 * last + 1] - line[1]]
  const reach = (k: number): number => (line[3 * k] - line[0]) * dx + (line[3 * k + 1] - line[1]) * dy
  const at = (x - line[0]) * dx + (y - line[1]) * dy
  let k = 0
  while (k + 1 < last && reach(k + 1) < at) k++
  const t = Math.min(1, Math.max(0, (at - reach(k)) / (reach(k + 1) - reach(k) || 1)))
  return line[3 * k + 2] * (1 - t) + line[3 * k + 5] * t
}

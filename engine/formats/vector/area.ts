/** An area of interest: which points it holds, which boxes it meets. */
import type { Box2 } from "../../core/geometry/box.js"
import { isInsideHalfOpen } from "../../core/geometry/inside-half-open.js"
import { boxOfRings } from "../../core/geometry/ring-box.js"

/**
 * An area of interest: polygons as rings of x, y pairs, each closed (first vertex repeated), in one CRS. Inside is what an odd number of the
 * polygon's own rings surround, so that neither orientation nor order of rings matters; polygons may overlap.
 */
export interface Area {
  readonly rings: readonly (readonly Float64Array[])[]
}

/** True where the point lies inside one of the area's polygons; of two areas that share an edge exactly one holds a point on it. O(vertices). */
export const areaHolds = (area: Area, x: number, y: number): boolean =>
  area.rings.some((polygon) => isInsideHalfOpen(polygon, x, y))

/**
 * True where the area and the open box share a region or an edge of the area passes through the box; an area that only touches the box's border does
 * not meet it, so that an area cut along tile borders takes no tile too many. O(vertices).
 */
export const areaMeetsBox = (area: Area, box: Box2): boolean =>
  // Without an edge through it the box lies wholly inside or outside: its centre tells.
  area.rings.some((polygon) => polygon.some((ring) => ringCrosses(ring, box))) ||
  areaHolds(area, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2)

/** The box around all rings; empty (min above max) for an area without vertices. */
export const areaBox = (area: Area): Box2 => boxOfRings(area.rings.flat())

const ringCrosses = (ring: Float64Array, box: Box2): boolean => {
  for (let i = 0; i + 3 < ring.length; i += 2) {
    if (segmentMeetsOpenBox(ring[i]!, ring[i + 1]!, ring[i + 2]!, ring[i + 3]!, box)) return true
  }
  return false
}

/** Clips the segment to the box (Liang and Barsky 1984): a piece of some length must be left strictly inside. */
export const segmentMeetsOpenBox = (x0: number, y0: number, x1: number, y1: number, box: Box2): boolean => {
  let from = 0
  let to = 1
  const slab = (start: number, delta: number, min: number, max: number): boolean => {
    if (delta === 0) return start > min && start < max
    const a = (min - start) / delta
    const b = (max - start) / delta
    from = Math.max(from, Math.min(a, b))
    to = Math.min(to, Math.max(a, b))
    return from < to
  }
  return slab(x0, x1 - x0, box[0], box[2]) && slab(y0, y1 - y0, box[1], box[3])
}

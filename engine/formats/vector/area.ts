/** Describes an area of interest as polygons, and tests segments against boxes. */
import type { Box2 } from "../../core/geometry/box.js"
import { boxOfRings } from "../../core/geometry/rings.js"

/**
 * An area of interest: polygons as rings of x, y pairs, each closed (first vertex repeated), in one
 * CRS. A point is inside a polygon if an odd number of its rings surround it, so orientation and
 * order of rings do not matter. Polygons may overlap.
 */
export interface Area {
  readonly rings: readonly (readonly Float64Array[])[]
}

/** The bounding box of all rings; empty (min above max) for an area without vertices. */
export const areaBox = (area: Area): Box2 => boxOfRings(area.rings.flat())

/**
 * Clips the segment to the box (Liang and Barsky 1984). True if a part of positive length is
 * strictly inside.
 */
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

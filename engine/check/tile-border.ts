import type { Box2 } from "../core/box.js"
import type { Crs } from "../grid/crs.js"

/** Side of a cell: 0 west, 1 east, 2 south, 3 north. */
export type Side = 0 | 1 | 2 | 3

/** The border polyline of a tile along one side of its cell, as segments. */
export interface BorderSide {
  /** Geocentric ends, 6 numbers a segment. */
  readonly segments: Float64Array
  /** CRS coordinate along the side (y on west and east, x on south and north) of both ends, 2 numbers a segment. */
  readonly along: Float64Array
}

/** Where a mesh ends. */
export interface TileBorder {
  readonly sides: readonly [BorderSide, BorderSide, BorderSide, BorderSide]
  /** Open edges that lie on no side of the cell: holes and rents. */
  readonly interiorOpen: number
}

/**
 * Sorts the open edges of a decoded mesh to the sides of its cell: an edge belongs to a side when both ends lie within
 * `tolerance` of it (the lattice moves vertices by up to its step; a fault may move them further and must still be seen).
 */
export const tileBorder = (
  positions: Float64Array,
  open: Uint32Array,
  crs: Crs,
  cell: Box2,
  tolerance: number,
): TileBorder => {
  const segments: number[][] = [[], [], [], []]
  const along: number[][] = [[], [], [], []]
  let interiorOpen = 0
  for (let i = 0; i < open.length; i += 2) {
    const a = 3 * open[i]!
    const b = 3 * open[i + 1]!
    const p = crs.fromGeocentric(positions[a]!, positions[a + 1]!, positions[a + 2]!)
    const q = crs.fromGeocentric(positions[b]!, positions[b + 1]!, positions[b + 2]!)
    let found = false
    for (let side = 0; side < 4; side++) {
      const axis = side < 2 ? 0 : 1
      const line = cell[side < 2 ? (side === 0 ? 0 : 2) : side === 2 ? 1 : 3]!
      if (Math.abs(p[axis] - line) > tolerance || Math.abs(q[axis] - line) > tolerance) continue
      found = true
      for (let k = 0; k < 3; k++) segments[side]!.push(positions[a + k]!)
      for (let k = 0; k < 3; k++) segments[side]!.push(positions[b + k]!)
      along[side]!.push(p[1 - axis]!, q[1 - axis]!)
    }
    if (!found) interiorOpen++
  }
  const sideOf = (side: Side): BorderSide => ({
    segments: Float64Array.from(segments[side]!),
    along: Float64Array.from(along[side]!),
  })
  return { sides: [sideOf(0), sideOf(1), sideOf(2), sideOf(3)], interiorOpen }
}

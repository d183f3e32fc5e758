/** Finds the shots that can see a box, by their footprints on the ground. */
import RBush from "rbush"
import type { Shot } from "../core/camera.js"
import type { Box2 } from "../core/geometry/box.js"
import { boxOfRings } from "../core/geometry/ring-box.js"
import { EngineError } from "../errors.js"
import { type FootprintOptions, footprintOf, ringMeetsBox } from "../formats/orientation/footprint.js"

/** Shots by what they see of the ground. */
export interface ShotCatalogue {
  /** As they were given. */
  readonly shots: readonly Shot[]
  /** Shots that see nothing between the catalogue's altitudes. */
  readonly blind: readonly Shot[]
  /**
   * Shots that can see something over the closed box at altitudes between `low` and `high` (by default the catalogue's), in
   * the order given. Nothing is asked about what stands in between. O(log shots + shots about the box).
   *
   * @throws EngineError `E_USAGE` for altitudes beyond the catalogue's: its index does not hold there
   */
  query(box: Box2, heights?: { readonly low: number; readonly high: number }): Shot[]
  /** What a shot sees from above: x, y of a convex ring, anticlockwise, CRS metres; empty where it sees nothing. */
  footprint(shot: Shot): Float64Array
}

/**
 * Indexes shots by their footprints between two altitudes, so that a query costs the same among 20 and among 20,000 shots.
 * O(n log n); 100 bytes a shot beside it.
 *
 * @param options.low @param options.high bounds of the job's altitudes, metres: those of its points do
 * @throws EngineError `E_USAGE` when low lies above high or a bound is no number
 *
 * @example
 * const catalogue = catalogueShots(shots, { low: 0, high: 250 })
 * const seeing = catalogue.query([833000, 6298000, 833500, 6298500], { low: 40, high: 90 })
 */
export const catalogueShots = (shots: readonly Shot[], options: FootprintOptions): ShotCatalogue => {
  const { low, high } = options
  if (!(low <= high) || !Number.isFinite(low) || !Number.isFinite(high)) {
    throw new EngineError("E_USAGE", `altitudes from ${low} to ${high}: expected two numbers, the lower first.`)
  }
  const tree = new RBush<{ minX: number; minY: number; maxX: number; maxY: number; index: number }>()
  const blind: Shot[] = []
  const items = shots.flatMap((shot, index) => {
    const ring = footprintOf(shot, options)
    if (ring.length === 0) blind.push(shot)
    const [minX, minY, maxX, maxY] = boxOfRings([ring])
    return ring.length === 0 ? [] : [{ minX, minY, maxX, maxY, index }]
  })
  tree.load(items)
  return {
    shots,
    blind,
    query: (box, heights = options) => {
      if (!(heights.low >= low && heights.high <= high && heights.low <= heights.high)) {
        const text = `altitudes ${heights.low} to ${heights.high} lie outside the catalogue's, ${low} to ${high}: make it with wider ones.`
        throw new EngineError("E_USAGE", text)
      }
      const asked = { ...options, low: heights.low, high: heights.high }
      return tree
        .search({ minX: box[0], minY: box[1], maxX: box[2], maxY: box[3] })
        .sort((a, b) => a.index - b.index)
        .flatMap(({ index }) => shots[index] ?? [])
        .filter((shot) => ringMeetsBox(footprintOf(shot, asked), box))
    },
    footprint: (shot) => footprintOf(shot, options),
  }
}

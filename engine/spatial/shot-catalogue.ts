/** Finds the shots that can see a box, by their footprints on the ground. */
import { checkFields } from "../core/arguments.js"
import type { Shot } from "../core/camera/camera.js"
import { checkShot } from "../core/camera/camera.js"
import type { Box2 } from "../core/geometry/box.js"
import { boxOfRings } from "../core/geometry/rings.js"
import { elementAt } from "../core/lists.js"
import { EngineError } from "../errors.js"
import { type Heights, ringMeetsBox, traceFootprint } from "../formats/orientation/footprint.js"
import { indexBoxes } from "./box-index.js"

/** Shots, indexed by their footprints on the ground. */
export interface ShotCatalogue {
  /**
   * Shots that can see part of the closed box between the catalogue's altitudes, in the order
   * given. Occlusion is not tested. O(log shots + shots near the box).
   */
  query(box: Box2): Shot[]
}

/**
 * Indexes shots by their footprints between two altitudes: a query costs the same among 20 and
 * among 20,000 shots. O(n log n); 400 bytes a shot in addition to the shot.
 *
 * @param heights bounds of the job's altitudes, metres; those of its points suffice
 * @throws EngineError `E_USAGE` when low is above high or a bound is not finite
 * @example
 * const catalogue = catalogueShots(shots, { low: 0, high: 250 })
 * const seeing = catalogue.query([833000, 6298000, 833500, 6298500])
 */
export const catalogueShots = (shots: readonly Shot[], heights: Heights): ShotCatalogue => {
  checkFields({ shots, heights }, "arguments", { shots: "list", heights: "object" })
  for (const shot of shots) checkShot(shot)
  const { low, high } = heights
  if (!(low <= high) || !Number.isFinite(low) || !Number.isFinite(high)) {
    throw new EngineError("E_USAGE", `altitudes: "${low} ${high}" is not valid; expected two numbers, the lower first.`)
  }
  const seeing = shots.flatMap((shot) => {
    const ring = traceFootprint(shot, heights)
    return ring.length === 0 ? [] : [{ shot, ring }]
  })
  const index = indexBoxes(seeing.map(({ ring }) => boxOfRings([ring])))
  return {
    query: (box) =>
      index.search(box).flatMap((i) => {
        const { ring, shot } = elementAt(seeing, i)
        return ringMeetsBox(ring, box) ? [shot] : []
      }),
  }
}

/**
 * Turns a building into the footprint that later kernels read: rings with ground heights, members
 * and attributes.
 */
import { noHeight } from "../../grid/cell-grid.js"
import type { Footprint, FootprintMember } from "../../handover/footprint/footprint.js"
import { footRings, type GroundSampler } from "./foot-heights.js"
import type { Building } from "./object.js"

/**
 * The footprint of a building: its outline in whole millimetres, with ground heights
 * ({@link footRings}) at corners and stations. Rings without known ground take the lowest DTM cell
 * under the building, else its lowest point. Crossings with tile borders are added later.
 *
 * @param members of a block of external outlines
 */
export const buildingFootprint = (
  building: Building,
  ground: GroundSampler,
  members: readonly FootprintMember[] = [],
): Footprint => {
  const { id, representative, outline, object } = building
  const known = object.groundMm !== noHeight ? object.groundMm : object.lowestMm !== noHeight ? object.lowestMm : 0
  const rings = footRings(
    outline.rings.map((ring) => Float64Array.from(ring, (value, i) => outline.origin[i % 2] + value)),
    ground,
    known,
  )
  return {
    kind: 6,
    id,
    representative,
    rings,
    levelMm: rings.reduce(
      (lowest, { xyz }) => xyz.reduce((low, z, i) => (i % 3 === 2 ? Math.min(low, z) : low), lowest),
      noHeight,
    ),
    truncated: object.truncated,
    members,
    attributes: attributesOf(building),
  }
}

/** Columns of the layer, without unknown values. */
const attributesOf = ({ area, height, ground, roofMax, object }: Building): Record<string, number> =>
  Object.fromEntries(
    Object.entries({ area, height, height_ground: ground, roof_max: roofMax, points: object.points }).filter(
      ([, value]) => !Number.isNaN(value),
    ),
  )

/** Transforms the vertices of a decoded content to the CRS of the job. */
import type { DecodedGlb } from "../../formats/tiles3d/decode-glb.js"
import type { Crs } from "../../grid/crs.js"
import { geocentricToGeographic } from "../../grid/crs-transforms.js"
import type { Geoid } from "../../grid/geoid.js"

/** Vertices in the CRS: x, y, height, 3·n, with the class of each. */
export interface PlacedVertices {
  readonly places: Float64Array
  readonly classes: Uint8Array
}

/**
 * Transforms vertices of a decoded content to the CRS, heights in the job's system, relative to
 * `origin`.
 *
 * @param wanted 1 for each vertex to transform, all when absent; the others are 0, 0, 0
 */
export const placeVertices = (
  { positions, classes }: Pick<DecodedGlb, "positions" | "classes">,
  crs: Crs,
  geoid: Geoid,
  origin: readonly [number, number, number] = [0, 0, 0],
  wanted?: Uint8Array,
): PlacedVertices => {
  const places = new Float64Array(positions.length)
  for (let i = 0; i < positions.length; i += 3) {
    if (wanted !== undefined && wanted[i / 3] === 0) continue
    const [lon, lat, h] = geocentricToGeographic(positions[i]!, positions[i + 1]!, positions[i + 2]!)
    const [x, y] = crs.fromGeographic(lon, lat)
    places[i] = x - origin[0]
    places[i + 1] = y - origin[1]
    places[i + 2] = h - geoid.undulation(lon, lat) - origin[2]
  }
  return { places, classes }
}

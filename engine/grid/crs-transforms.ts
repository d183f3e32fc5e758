/** Transforms between a CRS, degrees and geocentric metres, made from a proj4 string. */
import { geocentricToGeographic, geographicToGeocentric } from "./geocentric.js"
import { proj4 } from "./load-proj4.js"

/** Transforms of one CRS. Coordinates are in its unit, as x to the east and y to the north. */
export interface CrsTransforms {
  /** To degrees on the globe's datum (ETRS89, WGS 84 and equivalents). */
  toGeographic(x: number, y: number): [lon: number, lat: number]
  /** From degrees on the globe's datum. */
  fromGeographic(lon: number, lat: number): [x: number, y: number]
  /** Coordinates, and metres above the ellipsoid, to geocentric metres on GRS 80. */
  geocentric(x: number, y: number, h: number): [X: number, Y: number, Z: number]
  /** The inverse: `[x, y, ellipsoidal height]`. */
  fromGeocentric(X: number, Y: number, Z: number): [x: number, y: number, h: number]
}

const GLOBE = "+proj=longlat +ellps=GRS80 +towgs84=0,0,0 +no_defs"

/**
 * Transforms of a proj4 string. Round trips agree to 0.1 mm, or 1 mm with a datum shift. Places
 * outside the projection's domain give NaN or infinite numbers.
 */
export const createTransforms = (definition: string): CrsTransforms => {
  const transform = proj4(GLOBE, definition)
  const toGeographic = (x: number, y: number): [number, number] => {
    const [lon = Number.NaN, lat = Number.NaN] = transform.inverse([x, y])
    return [lon, lat]
  }
  const fromGeographic = (lon: number, lat: number): [number, number] => {
    const [x = Number.NaN, y = Number.NaN] = transform.forward([lon, lat])
    return [x, y]
  }
  return {
    toGeographic,
    fromGeographic,
    geocentric: (x, y, h) => {
      const [lon, lat] = toGeographic(x, y)
      return geographicToGeocentric(lon, lat, h)
    },
    fromGeocentric: (X, Y, Z) => {
      const [lon, lat, h] = geocentricToGeographic(X, Y, Z)
      const [x, y] = fromGeographic(lon, lat)
      return [x, y, h]
    },
  }
}

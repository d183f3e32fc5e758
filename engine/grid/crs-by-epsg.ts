/**
 * The projected CRSs that maille works in, with their transforms to degrees and to geocentric
 * metres.
 */
import type { Box2 } from "../core/geometry/box.js"
import { boxOfRings } from "../core/geometry/ring-box.js"
import { EngineError } from "../errors.js"
import { definitionOf } from "./crs-definitions.js"
import { geocentricToGeographic, geographicToGeocentric } from "./geocentric.js"
import { proj4 } from "./load-proj4.js"

/** A projected CRS in metres. */
export interface Crs {
  readonly epsg: number
  readonly name: string
  /** The proj4 string. */
  readonly definition: string
  /** Box of the area of use, CRS metres: rounded outwards to 1 km, without negative coordinates. */
  readonly area: Box2
  /**
   * CRS metres to degrees `[longitude, latitude]` on the globe's datum (ETRS89, WGS 84 and
   * equivalents).
   */
  toGeographic(x: number, y: number): [lon: number, lat: number]
  /** Degrees to CRS metres. */
  fromGeographic(lon: number, lat: number): [x: number, y: number]
  /** CRS metres and height above the ellipsoid to geocentric metres on GRS 80. */
  geocentric(x: number, y: number, h: number): [X: number, Y: number, Z: number]
  /** The inverse: `[x, y, ellipsoidal height]`. */
  fromGeocentric(X: number, Y: number, Z: number): [x: number, y: number, h: number]
}

const known = new Map<number, Crs>()

/**
 * The CRS of an EPSG code, with proj4's transforms. Known are French systems (2154, 9793, 9794, CC
 * 3942…3950, 5490, 2975, 2972, 4471), UTM on WGS 84, ETRS89 and NAD83, and some others in metres.
 *
 * Round trips agree to 0.1 mm, or 1 mm with a datum shift. RGF93, RGAF09, ETRS89, NAD83 and WGS 84
 * count as one datum, as in PROJ without grids (up to 2 m for NAD83).
 *
 * @throws EngineError E_INPUT with a remedy, where the code is unknown, geographic, or in feet
 */
export const crsByEpsg = (epsg: number): Crs => {
  const ready = known.get(epsg)
  if (ready !== undefined) return ready
  const definition = definitionOf(epsg)
  if (definition === undefined) throw new EngineError("E_INPUT", refusal(epsg))
  const transform = proj4("+proj=longlat +ellps=GRS80 +towgs84=0,0,0 +no_defs", definition.proj)
  const toGeographic = (x: number, y: number): [number, number] => {
    const [lon = Number.NaN, lat = Number.NaN] = transform.inverse([x, y])
    return [lon, lat]
  }
  const fromGeographic = (lon: number, lat: number): [number, number] => {
    const [x = Number.NaN, y = Number.NaN] = transform.forward([lon, lat])
    return [x, y]
  }
  const crs: Crs = {
    epsg,
    name: definition.name,
    definition: definition.proj,
    area: areaOf(definition.bounds, fromGeographic),
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
  known.set(epsg, crs)
  return crs
}

const GEOGRAPHIC = new Set([4171, 4258, 4269, 4326, 4467, 4558, 4617, 4624, 4627, 4979, 5489, 9776, 9777, 9781, 9782])

const refusal = (epsg: number): string => {
  if (GEOGRAPHIC.has(epsg)) {
    return `EPSG:${epsg} is in degrees; maille needs metres. Reproject the data first, for France to EPSG:2154: pdal translate IN OUT reprojection --filters.reprojection.out_srs=EPSG:2154`
  }
  return `EPSG:${epsg}: not a CRS in metres that maille knows. Reproject the data to one of these, or state the right code with --crs EPSG:n. Known: 2154, 3942 to 3950, 5490, 2975, 2972, 4471, UTM 326xx, 327xx, 258xx, 269xx, 28992, 3005 …; none in feet or degrees.`
}

/**
 * Box around the projected border of the area of use, rounded outwards to 1 km. It starts at 0 at
 * least, as the grid of tiles does.
 */
const areaOf = (
  [west, south, east, north]: readonly [number, number, number, number],
  project: (lon: number, lat: number) => [number, number],
): Box2 => {
  const border: [x: number, y: number][] = []
  const steps = 64
  for (let i = 0; i <= steps; i++) {
    const lon = west + ((east - west) * i) / steps
    const lat = south + ((north - south) * i) / steps
    border.push(project(lon, south), project(lon, north), project(west, lat), project(east, lat))
  }
  const box = boxOfRings(border)
  const km = (value: number, round: (value: number) => number): number => round(value / 1000) * 1000
  return [
    Math.max(0, km(box[0], Math.floor)),
    Math.max(0, km(box[1], Math.floor)),
    km(box[2], Math.ceil),
    km(box[3], Math.ceil),
  ]
}

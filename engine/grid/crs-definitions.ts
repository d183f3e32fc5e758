/** Definitions of CRSs for proj4, from the table, with a few areas of use of our own. */
import { type Bounds, geographicRow, type ProjectedRow, projectedRow } from "./crs-table.js"

/** A CRS: proj4 string, and area of use in degrees. */
export interface CrsDefinition {
  readonly name: string
  readonly proj: string
  readonly bounds: Bounds
  /** The grid of tiles begins at (0, 0), though the area may reach a little beyond. */
  readonly firstQuadrant?: true
  readonly kind: "projected" | "geographic"
  /** Metres of one unit of x and y; degrees in a geographic CRS. */
  readonly unit: number
  /** Metres by which places on the globe may be off, at most in the area of use. */
  readonly error: number
  /** A grid of PROJ that places points better, and its accuracy in metres. */
  readonly grid?: { readonly file: string; readonly accuracy: number }
}

/** Definition of a projected or geographic CRS by EPSG code; undefined where unknown. */
export const definitionOf = (epsg: number): CrsDefinition | undefined => {
  const row = projectedRow(epsg)
  if (row !== undefined) {
    const { name, unit, error, grid } = row
    const own = ownBounds(epsg)
    const bounds = own ?? row.bounds
    return {
      ...(own === undefined ? {} : { firstQuadrant: true as const }),
      name,
      proj: projOf(row),
      bounds,
      kind: "projected",
      unit,
      error,
      ...(grid === undefined ? {} : { grid }),
    }
  }
  const base = geographicRow(epsg)
  if (base === undefined) return undefined
  const { name, bounds, error } = base
  return { name, proj: `+proj=longlat ${frameOf(base)} +no_defs`, bounds, kind: "geographic", unit: 1, error }
}

/** Web Mercator projects ellipsoidal latitudes on a sphere. proj4 does so without a datum. */
const WEB_MERCATOR =
  "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +no_defs"

const projOf = (row: ProjectedRow): string => {
  const [method = "", ...parameters] = row.projection.split(" ")
  if (method === "webmerc") return WEB_MERCATOR
  const named = parameters.map((part) => `+${part}`).join(" ")
  const unit = row.unit === 1 ? "+units=m" : `+to_meter=${row.unit}`
  return `+proj=${method} ${named} ${frameOf(row)} ${unit} +no_defs`
}

/**
 * The globe is GRS 80. Coordinates on the ellipsoid of WGS 84, which is 0.1 mm lower at the poles,
 * are taken as such.
 */
const frameOf = (row: Pick<ProjectedRow, "semiMajor" | "inverseFlattening" | "meridian" | "shift">): string => {
  const { semiMajor, inverseFlattening, meridian, shift } = row
  const isGlobe = semiMajor === 6378137 && Math.abs(inverseFlattening - 298.2572) < 1e-4
  const flattening = inverseFlattening === 0 ? `+b=${semiMajor}` : `+rf=${inverseFlattening}`
  const ellipsoid = isGlobe ? "+ellps=GRS80" : `+a=${semiMajor} ${flattening}`
  return `${ellipsoid}${meridian === 0 ? "" : ` +pm=${meridian}`} +towgs84=${shift.parameters.join(",")}`
}

/** Land of mainland France, without its sea. */
const FRANCE = [-5.6, 41.2, 9.8, 51.3] as const

/**
 * Areas of use that differ from the registry's. They fix the root of the grid of tiles, so their
 * tile keys stay.
 */
const ownBounds = (epsg: number): Bounds | undefined => {
  if (epsg === 2154 || epsg === 9793 || epsg === 9794) return FRANCE
  const zone = epsg - 3900
  // RGF93 / CC42 … CC50: one degree of latitude on either side of the zone's parallel.
  if (zone >= 42 && zone <= 50) return [-5.6, zone - 1.1, 9.8, zone + 1.1]
  // The registry ends the zone at 54° west, but the upper Maroni beyond is mapped in it too.
  if (epsg === 2972) return [-54.61, 2.11, -49.45, 8.88]
  const family = UTM_FAMILIES.find(({ base, first, last }) => epsg >= base + first && epsg <= base + last)
  if (family === undefined) return undefined
  const centre = (epsg - family.base) * 6 - 183
  return family.south ? [centre - 3, -80, centre + 3, 0] : [centre - 3, 0, centre + 3, 84]
}

/** UTM on WGS 84, ETRS89 and NAD83: whole zones, whatever land the registry lists. */
const UTM_FAMILIES = [
  { base: 32600, first: 1, last: 60, south: false },
  { base: 32700, first: 1, last: 60, south: true },
  { base: 25800, first: 28, last: 38, south: false },
  { base: 26900, first: 1, last: 23, south: false },
] as const

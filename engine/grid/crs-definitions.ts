/** The table of known CRSs: parameters and areas of use from the EPSG registry (v11). */

/** A projected CRS in metres: proj4 string, and area of use in degrees. */
export interface CrsDefinition {
  readonly name: string
  readonly proj: string
  readonly bounds: readonly [west: number, south: number, east: number, north: number]
}

const GRS80 = "+ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs"
/**
 * The shift is EPSG:1946, NAD83(CSRS) to WGS 84 (2), accurate to 1 m; without it, places are 1.3 m
 * off.
 */
const CSRS =
  "+ellps=GRS80 +towgs84=-0.991,1.9072,0.5129,0.0257899075194932,0.0096500989602704,0.0116599432323421,0 +units=m +no_defs"
const LAMBERT_93 = `+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 +y_0=6600000 ${GRS80}`
const FRANCE = [-5.6, 41.2, 9.8, 51.3] as const

const utm = (zone: number, south: boolean): string => `+proj=utm +zone=${zone} ${south ? "+south " : ""}${GRS80}`

/**
 * Parameters and bounds from the EPSG registry (v11); mainland France has the bounds of its land.
 *
 * proj4 takes the rotations of `towgs84` in arc seconds and as a position vector. The registry
 * states most of them as a coordinate frame, some in microradians. Invert their signs and convert
 * their unit.
 */
const DEFINITIONS = new Map<number, CrsDefinition>([
  [2154, { name: "RGF93 v1 / Lambert-93", proj: LAMBERT_93, bounds: FRANCE }],
  [9793, { name: "RGF93 v2 / Lambert-93", proj: LAMBERT_93, bounds: FRANCE }],
  [9794, { name: "RGF93 v2b / Lambert-93", proj: LAMBERT_93, bounds: FRANCE }],
  [5490, { name: "RGAF09 / UTM zone 20N", proj: utm(20, false), bounds: [-63.66, 14.08, -60, 18.31] }],
  [2975, { name: "RGR92 / UTM zone 40S", proj: utm(40, true), bounds: [54, -24.72, 58.24, -18.28] }],
  // The registry ends the zone at 54° west, but the upper Maroni beyond is mapped in it too.
  [2972, { name: "RGFG95 / UTM zone 22N", proj: utm(22, false), bounds: [-54.61, 2.11, -49.45, 8.88] }],
  [4471, { name: "RGM04 / UTM zone 38S", proj: utm(38, true), bounds: [43.68, -14.49, 46.7, -11.33] }],
  [
    28992,
    {
      name: "Amersfoort / RD New",
      // The shift is EPSG:9281, Amersfoort to ETRS89 (8), accurate to 0.25 m.
      proj: "+proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 +ellps=bessel +towgs84=565.7381,50.4018,465.2904,-0.395025981036064,0.330772431242031,-1.87607329462821,4.07244 +units=m +no_defs",
      bounds: [3.2, 50.75, 7.22, 53.7],
    },
  ],
  [
    3005,
    {
      name: "NAD83 / BC Albers",
      proj: `+proj=aea +lat_0=45 +lon_0=-126 +lat_1=50 +lat_2=58.5 +x_0=1000000 +y_0=0 ${GRS80}`,
      bounds: [-139.04, 48.25, -114.08, 60.01],
    },
  ],
  [
    2991,
    {
      name: "NAD83 / Oregon LCC (m)",
      proj: `+proj=lcc +lat_0=41.75 +lon_0=-120.5 +lat_1=43 +lat_2=45.5 +x_0=400000 +y_0=0 ${GRS80}`,
      bounds: [-124.6, 41.98, -116.47, 46.26],
    },
  ],
  [
    2949,
    {
      name: "NAD83(CSRS) / MTM zone 7",
      proj: `+proj=tmerc +lat_0=0 +lon_0=-70.5 +k=0.9999 +x_0=304800 +y_0=0 ${CSRS}`,
      bounds: [-72, 45.01, -69, 61.8],
    },
  ],
])

/** Definition of a projected CRS in metres by EPSG code; undefined where unknown. */
export const definitionOf = (epsg: number): CrsDefinition | undefined =>
  DEFINITIONS.get(epsg) ?? conicZone(epsg) ?? utmZone(epsg)

/** RGF93 / CC42 … CC50: one degree of latitude on either side of the zone's parallel. */
const conicZone = (epsg: number): CrsDefinition | undefined => {
  const zone = epsg - 3900
  if (!Number.isInteger(zone) || zone < 42 || zone > 50) return undefined
  const y0 = (zone - 41) * 1000000 + 200000
  return {
    name: `RGF93 v1 / CC${zone}`,
    proj: `+proj=lcc +lat_0=${zone} +lon_0=3 +lat_1=${zone - 0.75} +lat_2=${zone + 0.75} +x_0=1700000 +y_0=${y0} ${GRS80}`,
    bounds: [-5.6, zone - 1.1, 9.8, zone + 1.1],
  }
}

const UTM_FAMILIES = [
  { base: 32600, first: 1, last: 60, south: false, name: "WGS 84" },
  { base: 32700, first: 1, last: 60, south: true, name: "WGS 84" },
  { base: 25800, first: 28, last: 38, south: false, name: "ETRS89" },
  { base: 26900, first: 1, last: 23, south: false, name: "NAD83" },
] as const

const utmZone = (epsg: number): CrsDefinition | undefined => {
  for (const family of UTM_FAMILIES) {
    const zone = epsg - family.base
    if (!Number.isInteger(zone) || zone < family.first || zone > family.last) continue
    const centre = zone * 6 - 183
    return {
      name: `${family.name} / UTM zone ${zone}${family.south ? "S" : "N"}`,
      proj: utm(zone, family.south),
      bounds: family.south ? [centre - 3, -80, centre + 3, 0] : [centre - 3, 0, centre + 3, 84],
    }
  }
  return undefined
}

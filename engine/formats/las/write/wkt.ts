/** WKT1 texts, by EPSG code, of the projected CRSs that maille can write into LAS files. */
import { EngineError } from "../../../errors.js"
import type { VlrToWrite } from "./record-spec.js"

const GRS80 = 'SPHEROID["GRS 1980",6378137,298.257222101,AUTHORITY["EPSG","7019"]]'
const DEGREE = 'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]]'
const METRE = 'UNIT["metre",1,AUTHORITY["EPSG","9001"]]'

const authority = (code: number): string => `AUTHORITY["EPSG","${code}"]`

const geographic = (name: string, code: number, datum: string, datumCode: number): string =>
  `GEOGCS["${name}",DATUM["${datum}",${GRS80},${authority(datumCode)}],` +
  `PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],${DEGREE},${authority(code)}]`

const projected = (
  name: string,
  code: number,
  base: string,
  method: string,
  parameters: Readonly<Record<string, number>>,
) =>
  `PROJCS["${name}",${base},PROJECTION["${method}"],` +
  Object.entries(parameters)
    .map(([key, value]) => `PARAMETER["${key}",${value}],`)
    .join("") +
  `${METRE},AXIS["Easting",EAST],AXIS["Northing",NORTH],${authority(code)}]`

const utm = (zone: number, north: boolean): Readonly<Record<string, number>> => ({
  latitude_of_origin: 0,
  central_meridian: zone * 6 - 183,
  scale_factor: 0.9996,
  false_easting: 500000,
  false_northing: north ? 0 : 10000000,
})

const mercator = "Transverse_Mercator"

const RGF93 = geographic("RGF93 v1", 4171, "Reseau_Geodesique_Francais_1993_v1", 6171)

/** A Lambert conformal conic of France with two standard parallels and central meridian 3° E. */
const conic = (name: string, code: number, latitude: number, parallels: readonly [number, number], y: number): string =>
  projected(name, code, RGF93, "Lambert_Conformal_Conic_2SP", {
    latitude_of_origin: latitude,
    central_meridian: 3,
    standard_parallel_1: parallels[0],
    standard_parallel_2: parallels[1],
    false_easting: code === LAMBERT_93 ? 700000 : 1700000,
    false_northing: y,
  })

const LAMBERT_93 = 2154

/**
 * UTM systems of overseas France: code, name, zone, northern, then code, datum and datum code of
 * the geographic CRS.
 */
const OVERSEAS = [
  [5490, "RGAF09", 20, true, 5489, "Reseau_Geodesique_des_Antilles_Francaises_2009", 1073],
  [2972, "RGFG95", 22, true, 4624, "Reseau_Geodesique_Francais_Guyane_1995", 6624],
  [2975, "RGR92", 40, false, 4627, "Reseau_Geodesique_de_la_Reunion_1992", 6627],
  [4471, "RGM04", 38, false, 4470, "Reseau_Geodesique_de_Mayotte_2004", 1036],
] as const

/** The legal projected systems of France as WKT1 (OGC 01-009). */
const FRANCE: ReadonlyMap<number, string> = new Map([
  [LAMBERT_93, conic("RGF93 v1 / Lambert-93", LAMBERT_93, 46.5, [49, 44], 6600000)],
  ...OVERSEAS.map(([code, name, zone, north, globe, datum, datumCode]): [number, string] => {
    const base = geographic(name, globe, datum, datumCode)
    return [code, projected(`${name} / UTM zone ${zone}${north ? "N" : "S"}`, code, base, mercator, utm(zone, north))]
  }),
])

/** RGF93 v1 / CC42 to CC50. */
const conicZone = (zone: number): string =>
  conic(`RGF93 v1 / CC${zone}`, 3900 + zone, zone, [zone - 0.75, zone + 0.75], (zone - 41) * 1000000 + 200000)

const WGS84 = 'SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]]'

/**
 * UTM families: code of zone 0, first and last zone, northern, then name, code, datum and datum
 * code of the geographic CRS.
 */
const UTM_FAMILIES = [
  [32600, 1, 60, true, "WGS 84", 4326, "WGS_1984", 6326],
  [32700, 1, 60, false, "WGS 84", 4326, "WGS_1984", 6326],
  [25800, 28, 38, true, "ETRS89", 4258, "European_Terrestrial_Reference_System_1989", 6258],
  [26900, 1, 23, true, "NAD83", 4269, "North_American_Datum_1983", 6269],
] as const

const utmZone = (epsg: number): string | undefined => {
  for (const [base, first, last, north, name, code, datum, datumCode] of UTM_FAMILIES) {
    const zone = epsg - base
    if (!Number.isInteger(zone) || zone < first || zone > last) continue
    const globe = geographic(name, code, datum, datumCode)
    const base84 = code === 4326 ? globe.replace(GRS80, WGS84) : globe
    return projected(`${name} / UTM zone ${zone}${north ? "N" : "S"}`, epsg, base84, mercator, utm(zone, north))
  }
  return undefined
}

const textOf = (epsg: number): string | undefined =>
  FRANCE.get(epsg) ?? (epsg >= 3942 && epsg <= 3950 ? conicZone(epsg - 3900) : utmZone(epsg))

/** True if {@link wktOf} knows a code. */
export const hasWkt = (epsg: number): boolean => textOf(epsg) !== undefined

/**
 * WKT1 text of a projected system in metres. Known codes: 2154 (Lambert-93), 3942–3950 (CC zones),
 * 5490 (Antilles), 2972 (Guyane), 2975 (Réunion), 4471 (Mayotte), and UTM on WGS 84 (326xx, 327xx),
 * ETRS89 (258xx) and NAD83 (269xx).
 *
 * @throws EngineError `E_USAGE` for any other code: pass the text yourself
 */
export const wktOf = (epsg: number): string => {
  const wkt = textOf(epsg)
  if (wkt === undefined) {
    const known = `${[...FRANCE.keys()].join(", ")}, CC and UTM zones`
    throw new EngineError("E_USAGE", `no built-in WKT for EPSG:${epsg} (known: ${known}). Give the text as \`wkt\`.`)
  }
  return wkt
}

/** The VLR that states a CRS as WKT. */
export const wktVlr = (wkt: string): VlrToWrite => ({
  userId: "LASF_Projection",
  recordId: 2112,
  description: "OGC coordinate system WKT",
  data: new TextEncoder().encode(`${wkt}\0`),
})

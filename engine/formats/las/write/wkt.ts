/** WKT1 texts of the projected systems that maille can write into LAS files, by EPSG code. */
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

/** The legal projected systems of France, as OGC 01-009 text (WKT1) with the code at the end. */
const FRANCE: ReadonlyMap<number, string> = new Map([
  [
    2154,
    projected(
      "RGF93 v1 / Lambert-93",
      2154,
      geographic("RGF93 v1", 4171, "Reseau_Geodesique_Francais_1993_v1", 6171),
      "Lambert_Conformal_Conic_2SP",
      {
        latitude_of_origin: 46.5,
        central_meridian: 3,
        standard_parallel_1: 49,
        standard_parallel_2: 44,
        false_easting: 700000,
        false_northing: 6600000,
      },
    ),
  ],
  [
    5490,
    projected(
      "RGAF09 / UTM zone 20N",
      5490,
      geographic("RGAF09", 5489, "Reseau_Geodesique_des_Antilles_Francaises_2009", 1073),
      mercator,
      utm(20, true),
    ),
  ],
  [
    2972,
    projected(
      "RGFG95 / UTM zone 22N",
      2972,
      geographic("RGFG95", 4624, "Reseau_Geodesique_Francais_Guyane_1995", 6624),
      mercator,
      utm(22, true),
    ),
  ],
  [
    2975,
    projected(
      "RGR92 / UTM zone 40S",
      2975,
      geographic("RGR92", 4627, "Reseau_Geodesique_de_la_Reunion_1992", 6627),
      mercator,
      utm(40, false),
    ),
  ],
  [
    4471,
    projected(
      "RGM04 / UTM zone 38S",
      4471,
      geographic("RGM04", 4470, "Reseau_Geodesique_de_Mayotte_2004", 1036),
      mercator,
      utm(38, false),
    ),
  ],
])

/** RGF93 v1 / CC42 to CC50. */
const conicZone = (zone: number): string =>
  projected(
    `RGF93 v1 / CC${zone}`,
    3900 + zone,
    geographic("RGF93 v1", 4171, "Reseau_Geodesique_Francais_1993_v1", 6171),
    "Lambert_Conformal_Conic_2SP",
    {
      latitude_of_origin: zone,
      central_meridian: 3,
      standard_parallel_1: zone - 0.75,
      standard_parallel_2: zone + 0.75,
      false_easting: 1700000,
      false_northing: (zone - 41) * 1000000 + 200000,
    },
  )

const WGS84 = 'SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]]'

/** UTM families: first code less its zone, zones, datum. */
const UTM_FAMILIES = [
  { base: 32600, first: 1, last: 60, north: true, name: "WGS 84", code: 4326, datum: "WGS_1984", datumCode: 6326 },
  { base: 32700, first: 1, last: 60, north: false, name: "WGS 84", code: 4326, datum: "WGS_1984", datumCode: 6326 },
  {
    base: 25800,
    first: 28,
    last: 38,
    north: true,
    name: "ETRS89",
    code: 4258,
    datum: "European_Terrestrial_Reference_System_1989",
    datumCode: 6258,
  },
  {
    base: 26900,
    first: 1,
    last: 23,
    north: true,
    name: "NAD83",
    code: 4269,
    datum: "North_American_Datum_1983",
    datumCode: 6269,
  },
] as const

const utmZone = (epsg: number): string | undefined => {
  for (const { base, first, last, north, name, code, datum, datumCode } of UTM_FAMILIES) {
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

/** Whether {@link wktOf} knows a code. */
export const hasWkt = (epsg: number): boolean => textOf(epsg) !== undefined

/**
 * WKT1 text of a projected system in metres: 2154 (Lambert-93), 3942–3950 (CC zones), 5490 (Antilles), 2972 (Guyane), 2975 (Réunion), 4471 (Mayotte),
 * UTM on WGS 84 (326xx, 327xx), ETRS89 (258xx), NAD83 (269xx).
 *
 * @throws EngineError `E_USAGE` for another code: pass the text yourself.
 */
export const wktOf = (epsg: number): string => {
  const wkt = textOf(epsg)
  if (wkt === undefined) {
    throw new EngineError(
      "E_USAGE",
      `No WKT is built in for EPSG:${epsg} (known: ${[...FRANCE.keys()].join(", ")}, CC and UTM zones). Give the text as \`wkt\`.`,
    )
  }
  return wkt
}

/** The record that states a CRS by its WKT. */
export const wktVlr = (wkt: string): VlrToWrite => ({
  userId: "LASF_Projection",
  recordId: 2112,
  description: "OGC coordinate system WKT",
  data: new TextEncoder().encode(`${wkt}\0`),
})

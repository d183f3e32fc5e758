import { EngineError } from "../../errors.js"

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

/**
 * WKT1 text of a projected system of France: 2154 (mainland), 5490 (Antilles), 2972 (Guyane), 2975 (Réunion), 4471 (Mayotte).
 *
 * @throws EngineError `E_USAGE` for another code: pass the text yourself.
 */
export const wktOf = (epsg: number): string => {
  const wkt = FRANCE.get(epsg)
  if (wkt === undefined) {
    throw new EngineError(
      "E_USAGE",
      `No WKT is built in for EPSG:${epsg} (known: ${[...FRANCE.keys()].join(", ")}). Give the text as \`wkt\`.`,
    )
  }
  return wkt
}

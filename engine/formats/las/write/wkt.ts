/** WKT1 texts, by EPSG code, of the projected CRSs that maille can write into LAS files. */
import { EngineError } from "../../../errors.js"
import { type Crs, crsByEpsg } from "../../../grid/crs.js"
import { proj4 } from "../../../grid/load-proj4.js"
import { childOf, nameOf, parseWkt, readEpsg } from "../../../grid/wkt.js"
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
  FRANCE.get(epsg) ?? (epsg >= 3942 && epsg <= 3950 ? conicZone(epsg - 3900) : (utmZone(epsg) ?? generalText(epsg)))

/** WKT1 of a CRS by its proj4 string; undefined for a method without a WKT1 form. */
const generalText = (epsg: number): string | undefined => {
  let crs: Crs
  try {
    crs = crsByEpsg(epsg)
  } catch {
    // Unknown, in degrees or in feet.
    return undefined
  }
  const values = new Map(
    crs.definition.split(/\s+/).map((part): [string, string] => {
      const [key = "", value = ""] = part.slice(1).split("=")
      return [key, value]
    }),
  )
  const { method, parameters } = translateMethod(values) ?? {}
  if (method === undefined || parameters === undefined) return undefined
  const { a, rf } = new proj4.Proj(crs.definition) as unknown as { a: number; rf?: number }
  const shift = values.get("towgs84")
  const name = crs.name.split(" / ")[0]!
  const datum = `DATUM["${name}",SPHEROID["unnamed",${a},${rf ?? 0}]${shift === undefined ? "" : `,TOWGS84[${sevenOf(shift)}]`}]`
  const base = `GEOGCS["${name}",${datum},PRIMEM["${values.has("pm") ? "unnamed" : "Greenwich"}",${values.get("pm") ?? 0}],${DEGREE}]`
  return projected(crs.name, epsg, base, method, parameters)
}

const sevenOf = (shift: string): string => [...shift.split(","), "0", "0", "0", "0"].slice(0, 7).join(",")

/** Method and parameters in WKT1 for those of proj4. */
const translateMethod = (
  values: ReadonlyMap<string, string>,
): { readonly method: string; readonly parameters: Readonly<Record<string, number>> } | undefined => {
  const number = (key: string, otherwise = 0): number => Number(values.get(key) ?? otherwise)
  const k = number("k_0", number("k", 1))
  const shifts = { false_easting: number("x_0"), false_northing: number("y_0") }
  const origin = { latitude_of_origin: number("lat_0"), central_meridian: number("lon_0") }
  const centre = { latitude_of_center: number("lat_0"), longitude_of_center: number("lon_0") }
  const parallels = { standard_parallel_1: number("lat_1"), standard_parallel_2: number("lat_2", number("lat_1")) }
  const skewed = (alpha: number, gamma: number, longitude: number) => ({
    latitude_of_center: number("lat_0"),
    longitude_of_center: longitude,
    azimuth: alpha,
    rectified_grid_angle: gamma,
    scale_factor: k,
    ...shifts,
  })
  const hotine = "Hotine_Oblique_Mercator"
  switch (values.get("proj")) {
    case "utm":
      return { method: mercator, parameters: utm(number("zone"), !values.has("south")) }
    case "tmerc":
    case "etmerc":
      return { method: mercator, parameters: { ...origin, scale_factor: k, ...shifts } }
    case "lcc":
      return parallels.standard_parallel_1 === parallels.standard_parallel_2
        ? { method: "Lambert_Conformal_Conic_1SP", parameters: { ...origin, scale_factor: k, ...shifts } }
        : { method: "Lambert_Conformal_Conic_2SP", parameters: { ...origin, ...parallels, ...shifts } }
    case "aea":
      return { method: "Albers_Conic_Equal_Area", parameters: { ...centre, ...parallels, ...shifts } }
    case "laea":
      return { method: "Lambert_Azimuthal_Equal_Area", parameters: { ...centre, ...shifts } }
    case "sterea":
      return { method: "Oblique_Stereographic", parameters: { ...origin, scale_factor: k, ...shifts } }
    case "stere": {
      const latitude = number("lat_ts", number("lat_0"))
      const polar = { ...origin, latitude_of_origin: latitude, scale_factor: k, ...shifts }
      return { method: "Polar_Stereographic", parameters: polar }
    }
    case "somerc":
      return { method: `${hotine}_Azimuth_Center`, parameters: skewed(90, 90, number("lon_0")) }
    case "omerc": {
      const parameters = skewed(number("alpha"), number("gamma", number("alpha")), number("lonc"))
      return { method: values.has("no_uoff") || values.has("no_off") ? hotine : `${hotine}_Azimuth_Center`, parameters }
    }
    case "krovak":
      return {
        method: "Krovak",
        parameters: {
          ...centre,
          azimuth: number("alpha", KROVAK.azimuth),
          ...KROVAK.parallel,
          scale_factor: k,
          ...shifts,
        },
      }
    case "poly":
      return { method: "Polyconic", parameters: { ...origin, ...shifts } }
    case "cass":
      return { method: "Cassini_Soldner", parameters: { ...origin, ...shifts } }
    default:
      return undefined
  }
}

/** Constants of Krovak's projection that proj4 has built in. */
const KROVAK = { azimuth: 30.28813972222222, parallel: { pseudo_standard_parallel_1: 78.5 } } as const

/** True if {@link writeWkt} knows a code. */
export const hasWkt = (epsg: number): boolean => textOf(epsg) !== undefined

/**
 * WKT1 text of a projected system in metres that `crsByEpsg` knows, with the datum shift that
 * maille uses. `vertical`: a part from {@link verticalPart}.
 *
 * @throws EngineError `E_USAGE` for any other code: pass the text yourself
 */
export const writeWkt = (epsg: number, vertical?: VerticalPart): string => {
  const wkt = textOf(epsg)
  if (wkt === undefined) {
    const text = `no built-in WKT for EPSG:${epsg}: not a CRS in metres that maille knows. Give the text as \`wkt\`.`
    throw new EngineError("E_USAGE", text)
  }
  if (vertical === undefined) return wkt
  return `COMPD_CS["${nameOf(parseWkt(wkt))} + ${vertical.name}",${wkt},${vertical.text}]`
}

/** The vertical part of a compound CRS as WKT1. */
interface VerticalPart {
  readonly name: string
  readonly text: string
}

/**
 * The vertical CRS that a file states, with heights in metres; undefined if it states none. Its
 * code is retained only where the file has it in metres too.
 */
export const verticalPart = (wkts: readonly string[], isMetric: boolean): VerticalPart | undefined => {
  for (const wkt of wkts) {
    const root = parseWkt(wkt)
    const found = root && [root, ...root.children].find(({ keyword }) => /^VERT(_CS|CS|CRS|ICALCRS)$/.test(keyword))
    if (found === undefined) continue
    const datum = childOf(found, "VERT_DATUM", "VDATUM", "VERTICALDATUM", "VRF")
    const name = isMetric ? nameOf(found) : nameOf(found).replace(/ \((ftUS|ft)\)$/, "")
    const code = isMetric ? readEpsg(found) : undefined
    const text =
      `VERT_CS["${name}",VERT_DATUM["${nameOf(datum) || name}",2005],${METRE},` +
      `AXIS["Gravity-related height",UP]${code === undefined ? "" : `,${authority(code)}`}]`
    return { name, text }
  }
  return undefined
}

/** The VLR that states a CRS as WKT. */
export const wktVlr = (wkt: string): VlrToWrite => ({
  userId: "LASF_Projection",
  recordId: 2112,
  description: "OGC coordinate system WKT",
  data: new TextEncoder().encode(`${wkt}\0`),
})

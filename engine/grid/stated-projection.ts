/** The CRS that a file states without a code: by parameters, name, or as proj4. */

import { geographicRow, type ProjectedRow, projectedRowsWith } from "./crs-table.js"
import { childOf, nameOf, numberOf, readEpsg, type WktNode } from "./wkt.js"

/** A projection with its ellipsoid; angles in degrees, lengths in metres. */
export interface StatedProjection {
  /** proj4's name of the method; `longlat` for geographic coordinates. */
  readonly method: string
  /** By proj4's names: `lat_0`, `lon_0`, `k_0`, `x_0` … Absent ones have their default. */
  readonly values: Readonly<Record<string, number>>
  readonly semiMajor: number
  /** Inverse flattening; 0 for a sphere. */
  readonly inverseFlattening: number
  /** Degrees of the prime meridian east of Greenwich; `lon_0` counts from it. */
  readonly primeMeridian: number
  /** Metres, or degrees, of one unit of x and y. */
  readonly unit: number
  /** Code and names of datum and geographic CRS, as stated. */
  readonly geographic: { readonly epsg?: number; readonly names: readonly string[] }
  /** The shift to WGS 84 that a WKT 1 states, as proj4 takes it. */
  readonly toWgs84?: readonly number[]
}

const PROJECTED = ["PROJCS", "PROJCRS", "PROJECTEDCRS"]
const GEOGRAPHIC = ["GEOGCS", "GEOGCRS", "GEOGRAPHICCRS", "BASEGEOGCRS", "BASEGEODCRS", "GEODCRS", "GEODETICCRS"]
const DEGREE = Math.PI / 180

/** Names of methods in WKT 1, WKT 2 and ESRI's notation, letters and digits only. */
const METHODS: readonly (readonly [pattern: RegExp, method: string])[] = [
  [/southorient/, ""],
  [/^(transversemercator|gausskruger)/, "tmerc"],
  [/^lambert(conformalconic|conicconformal)/, "lcc"],
  [/^albers/, "aea"],
  [/^lambertazimuthalequalarea/, "laea"],
  [/^(obliquestereographic|doublestereographic)/, "sterea"],
  [/^(polarstereographic|stereographicnorthpole|stereographicsouthpole)/, "stere"],
  [/^(swissobliquemercator|swissobliquecylindrical)/, "somerc"],
  [/^(hotineobliquemercator|obliquemercator|rectifiedskeworthomorphic)/, "omerc"],
  [/^krovak/, "krovak"],
  [/^(polyconic|americanpolyconic)/, "poly"],
  [/^cassini/, "cass"],
  [/^(mercator|popularvisualisation)/, "merc"],
]

/** Names of parameters, letters and digits only, by proj4's name. */
const PARAMETERS: readonly (readonly [pattern: RegExp, key: string])[] = [
  [/^(pseudostandardparallel1|latitudeofpseudostandardparallel)$/, "lat_p"],
  [/^(standardparallel1|latitudeof1ststandardparallel)$/, "lat_1"],
  [/^(standardparallel2|latitudeof2ndstandardparallel)$/, "lat_2"],
  [/^latitudeofstandardparallel$/, "lat_ts"],
  [/^latitudeof/, "lat_0"],
  [/^(centralmeridian|longitudeof)/, "lon_0"],
  [/^scalefactor/, "k_0"],
  [/^(falseeasting|eastingat)/, "x_0"],
  [/^(falsenorthing|northingat)/, "y_0"],
  [/^(azimuth|colatitudeofconeaxis)/, "alpha"],
  [/^(rectifiedgridangle|anglefromrectified)/, "gamma"],
]
const LENGTHS = new Set(["x_0", "y_0"])

/**
 * Reads the projection of a horizontal system.
 *
 * @returns undefined where the method is unknown to proj4, or a number is missing
 */
export const projectionOfWkt = (node: WktNode): StatedProjection | undefined => {
  const projected = PROJECTED.includes(node.keyword)
  const base = projected ? node.children.find((child) => GEOGRAPHIC.includes(child.keyword)) : node
  if (base === undefined || !GEOGRAPHIC.includes(base.keyword)) return undefined
  const datum = childOf(base, "DATUM", "ENSEMBLE", "TRF", "GEODETICDATUM")
  const ellipsoid = datum && childOf(datum, "SPHEROID", "ELLIPSOID")
  const [semiMajor, inverseFlattening] = (ellipsoid?.values ?? []).filter((value) => typeof value === "number")
  if (semiMajor === undefined || inverseFlattening === undefined) return undefined
  const unitOfAngles = readFactor(base) ?? DEGREE
  // Some files state metres for angles too.
  const angle = unitOfAngles === 1 ? DEGREE : unitOfAngles
  const meridian = childOf(base, "PRIMEM", "PRIMEMERIDIAN")
  const epsg = readEpsg(base)
  const shift = datum && childOf(datum, "TOWGS84")?.values.filter((value) => typeof value === "number")
  const stated = {
    semiMajor,
    inverseFlattening,
    primeMeridian: degreesOf(meridian, angle),
    geographic: { ...(epsg === undefined ? {} : { epsg }), names: [nameOf(base), nameOf(datum)] },
    ...(shift !== undefined && (shift.length === 3 || shift.length === 7) ? { toWgs84: shift } : {}),
  }
  if (!projected) return { ...stated, method: "longlat", values: {}, unit: angle / DEGREE }
  const unit = readFactor(node) ?? 1
  const conversion = childOf(node, "CONVERSION") ?? node
  const name = plain(nameOf(childOf(conversion, "PROJECTION", "METHOD")))
  const values: Record<string, number> = {}
  for (const child of conversion.children) {
    const key = child.keyword === "PARAMETER" ? keyOf(nameOf(child)) : undefined
    const value = numberOf(child)
    if (key === undefined || value === undefined) continue
    if (LENGTHS.has(key)) values[key] = value * (readFactor(child) ?? unit)
    else values[key] = key === "k_0" ? value : degreesOf(child, angle)
  }
  return nameProjection(name, values, { ...stated, unit })
}

/** A prime meridian or an angle, degrees; in `unit` radians where the node states none. */
const degreesOf = (node: WktNode | undefined, unit: number): number => {
  if (node === undefined) return 0
  const factor = (readFactor(node) ?? unit) / DEGREE
  return (numberOf(node) ?? 0) * (Math.abs(factor - 1) < 1e-9 ? 1 : factor)
}

/** Radians or metres of the unit of a node, or of its first axis. */
const readFactor = (node: WktNode): number | undefined => {
  const units = ["UNIT", "LENGTHUNIT", "ANGLEUNIT"]
  const axis = childOf(node, "AXIS")
  const unit = childOf(node, ...units) ?? (axis && childOf(axis, ...units))
  const factor = numberOf(unit)
  return factor !== undefined && factor > 0 ? factor : undefined
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "")

const keyOf = (name: string): string | undefined => PARAMETERS.find(([pattern]) => pattern.test(plain(name)))?.[1]

type Frame = Omit<StatedProjection, "method" | "values">

/** Names the method as proj4 does, and puts its parameters where proj4 expects them. */
const nameProjection = (name: string, stated: Record<string, number>, frame: Frame): StatedProjection | undefined => {
  const method = METHODS.find(([pattern]) => pattern.test(name))?.[1]
  if (method === undefined || method === "") return undefined
  const { alpha, gamma, lat_p: _, ...values } = stated
  if (method === "krovak") return { ...frame, method, values: { ...values, north: 1 } }
  if (method === "lcc" && values["lat_2"] === undefined) {
    // One parallel: the latitude of origin, or ESRI's single standard parallel.
    values["lat_1"] ??= values["lat_0"] ?? 0
    values["lat_0"] ??= values["lat_1"]
  }
  if (method === "stere") {
    const parallel = values["lat_ts"] ?? values["lat_1"]
    const south = /southpole/.test(name) || (parallel ?? values["lat_0"] ?? 0) < 0
    if (parallel === undefined && Math.abs(values["lat_0"] ?? 0) < 90) values["lat_ts"] = values["lat_0"] ?? 0
    else if (parallel !== undefined) values["lat_ts"] = parallel
    values["lat_0"] = south ? -90 : 90
    delete values["lat_1"]
  }
  if (method === "somerc" || (method === "omerc" && alpha === 90 && (gamma ?? 90) === 90)) {
    return { ...frame, method: "somerc", values }
  }
  if (method === "omerc") {
    if (alpha === undefined) return undefined
    const { lon_0 = 0, ...others } = values
    // Variant B counts from the centre of the projection, variant A from its natural origin.
    const centre =
      /azimuthcenter|variantb|azimuthcentre|obliquemercator$/.test(name) && !/^hotineobliquemercator$/.test(name)
    const skew = { alpha, gamma: gamma ?? alpha, lonc: lon_0 }
    return { ...frame, method, values: { ...others, ...skew, ...(centre ? {} : { no_uoff: 1 }) } }
  }
  return { ...frame, method, values }
}

const FLAGS = new Set(["no_uoff"])

/** The proj4 string of a projection. `shift`: metres, arc seconds and ppm to WGS 84. */
export const writeProjText = (projection: StatedProjection, shift: readonly number[]): string => {
  const { method, values, semiMajor, inverseFlattening, primeMeridian, unit } = projection
  const named = Object.entries(values)
    .filter(([key]) => key !== "north")
    .map(([key, value]) => (FLAGS.has(key) ? `+${key}` : `+${key}=${value}`))
  const wgs84 = semiMajor === 6378137 && Math.abs(inverseFlattening - 298.2572) < 1e-4
  const flattening = inverseFlattening === 0 ? `+b=${semiMajor}` : `+rf=${inverseFlattening}`
  const parts = [
    `+proj=${method}`,
    ...named,
    wgs84 ? "+ellps=GRS80" : `+a=${semiMajor} ${flattening}`,
    ...(primeMeridian === 0 ? [] : [`+pm=${primeMeridian}`]),
    `+towgs84=${(shift.length === 3 ? [...shift, 0, 0, 0, 0] : shift).join(",")}`,
    method === "longlat" ? "" : unit === 1 ? "+units=m" : `+to_meter=${unit}`,
    "+no_defs",
  ]
  return parts.filter((part) => part !== "").join(" ")
}

/**
 * Reads the projection of GeoTIFF keys with a user-defined code. `number` and `text` give a key's
 * value. Lengths are in the unit of key 3076, angles in degrees.
 */
export const projectionOfGeoKeys = (
  number: (key: number) => number | undefined,
  text: (key: number) => string,
): StatedProjection | undefined => {
  const name = GEOKEY_METHODS.get(number(3075) ?? 0)
  if (name === undefined) return undefined
  const unit = findLength(number(3076)) ?? number(3077) ?? 1
  const base = number(2048)
  const values: Record<string, number> = {}
  for (const [key, codes] of GEOKEY_PARAMETERS) {
    const value = codes.map(number).find((found) => found !== undefined)
    if (value !== undefined) values[key] = LENGTHS.has(key) ? value * unit : value
  }
  const known = base !== undefined && base > 0 && base < 32767
  const ellipsoid = number(2056) === 7004 ? [6377397.155, 299.1528128] : [6378137, 298.257222101]
  return nameProjection(name, values, {
    semiMajor: number(2057) ?? ellipsoid[0]!,
    inverseFlattening: number(2059) ?? ellipsoid[1]!,
    primeMeridian: number(2061) ?? 0,
    unit,
    geographic: {
      ...(known ? { epsg: base } : {}),
      names: [number(2050) === 6326 ? "WGS 84" : text(2049), text(1026)],
    },
  })
}

/** Metres of a unit of length by its EPSG code. */
export const findLength = (code: number | undefined): number | undefined => {
  if (code === 9001) return 1
  if (code === 9002) return 0.3048
  if (code === 9003) return 1200 / 3937
  return code === 9005 ? 0.3047972654 : undefined
}

/** Methods of key 3075 (OGC 19-008, table of coordinate transformation codes). */
const GEOKEY_METHODS = new Map([
  [1, "transversemercator"],
  [3, "hotineobliquemercator"],
  [8, "lambertconformalconic2sp"],
  [9, "lambertconformalconic1sp"],
  [10, "lambertazimuthalequalarea"],
  [11, "albers"],
  [15, "polarstereographic"],
  [16, "obliquestereographic"],
  [18, "cassini"],
  [22, "polyconic"],
])

const GEOKEY_PARAMETERS: readonly (readonly [key: string, codes: readonly number[]])[] = [
  ["lat_0", [3085, 3089, 3081]],
  ["lon_0", [3084, 3088, 3080]],
  ["lat_1", [3078]],
  ["lat_2", [3079]],
  ["k_0", [3092, 3093]],
  ["x_0", [3086, 3090, 3082]],
  ["y_0", [3087, 3091, 3083]],
  ["alpha", [3094]],
  ["gamma", [3096]],
]

/**
 * EPSG code of a projection stated in full: same method, parameters, ellipsoid and unit.
 *
 * Where systems on several datums share the parameters, as UTM zones do, the name or code of the
 * datum decides; undefined where it does not. Of equal systems, the lowest code.
 */
export const codeOfProjection = (stated: StatedProjection): number | undefined => {
  const rows = rowsOfMethod(stated.method)
  const utm = stated.method === "tmerc" ? rowsOfMethod("utm") : []
  const alike = [...rows, ...utm].filter((row) => isAlike(stated, row)).sort((a, b) => a.code - b.code)
  const names = stated.geographic.names.map(shortName)
  const named = alike.find(
    ({ base }) => base === stated.geographic.epsg || names.includes(shortName(geographicRow(base)?.name ?? "")),
  )
  if (named !== undefined) return named.code
  const datums = new Set(alike.map(({ base }) => shortName(geographicRow(base)?.name ?? "")))
  return datums.size === 1 ? alike[0]?.code : undefined
}

const rowsByMethod = new Map<string, readonly ProjectedRow[]>()
/** Rows of a method, parsed once: folders may have thousands of files without a code. */
const rowsOfMethod = (method: string): readonly ProjectedRow[] => {
  const rows = rowsByMethod.get(method) ?? projectedRowsWith(`\t${method} `)
  rowsByMethod.set(method, rows)
  return rows
}

/** Tolerances: 1 mm on the ground at most; ellipsoids of GRS 80 and WGS 84 count as one. */
const DEGREES = 1e-8
const METRES = 1e-3
const RATIO = 1e-10

const isAlike = (stated: StatedProjection, row: ProjectedRow): boolean => {
  const { semiMajor, inverseFlattening, primeMeridian, unit } = stated
  if (Math.abs(row.unit - unit) > 1e-8 || Math.abs(row.meridian - primeMeridian) > DEGREES) return false
  if (Math.abs(row.semiMajor - semiMajor) > 0.01) return false
  if (Math.abs(row.inverseFlattening - inverseFlattening) > 1e-5) return false
  const [method, values] = parseParameters(row)
  if (method !== stated.method) return false
  const own = new Map(Object.entries(stated.values).filter(([key]) => key !== "north"))
  if (method === "lcc") swapParallels(own, values)
  for (const key of new Set([...own.keys(), ...values.keys()])) {
    const otherwise = key === "k_0" ? 1 : 0
    const tolerance = key === "k_0" ? RATIO : key === "x_0" || key === "y_0" ? METRES : DEGREES
    if (Math.abs((own.get(key) ?? otherwise) - (values.get(key) ?? otherwise)) > tolerance) return false
  }
  return true
}

/** The two parallels of a cone have no order. */
const swapParallels = (own: Map<string, number>, values: ReadonlyMap<string, number>): void => {
  const [first, second] = [own.get("lat_1"), own.get("lat_2")]
  if (first === undefined || second === undefined || values.get("lat_1") !== second) return
  own.set("lat_1", second)
  own.set("lat_2", first)
}

const parseParameters = ({ projection }: ProjectedRow): [method: string, values: Map<string, number>] => {
  const [method = "", ...parts] = projection.split(" ")
  const values = new Map(
    parts.map((part): [string, number] => {
      const [key = "", value = "1"] = part.split("=")
      return [key === "k" ? "k_0" : key, Number(value)]
    }),
  )
  if (method !== "utm") return [method, values]
  const zone = values.get("zone") ?? 0
  const north = values.has("south") ? 10_000_000 : 0
  return [
    "tmerc",
    new Map([
      ["lat_0", 0],
      ["lon_0", zone * 6 - 183],
      ["k_0", 0.9996],
      ["x_0", 500_000],
      ["y_0", north],
    ]),
  ]
}

/**
 * A datum's name without prefixes, punctuation, century and version: `GCS_RGF_1993` and `RGF93 v1`
 * give `rgf93`.
 */
const shortName = (name: string): string =>
  name
    .replace(/ v\d[a-z]?$/i, "")
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .replace(/^(gcs|d(?=wgs|nad|north|etrs|euro|rgf|world))/, "")
    .replace("worldgeodeticsystem", "wgs")
    .replace("northamericandatum", "nad")
    .replace(/europeanterrestrialreferencesystem|europeanterrestrialreferenceframe/, "etrs")
    .replace(/19(\d\d)/, "$1")

/** The EPSG code that a name contains: `EPSG:2154`, `ETRS89 / UTM zone 32N (EPSG::25832)`. */
export const codeInName = (name: string): number | undefined => {
  const code = /\bEPSG:{1,2}(\d{4,5})\b/i.exec(name)?.[1]
  return code === undefined ? undefined : Number(code)
}

/** EPSG code in a name, or of the system with this name in the registry. */
export const codeOfName = (name: string): number | undefined => {
  const trimmed = name.trim()
  if (/^RGF[\s_]?(19)?93( v1)?\s*[/_ ]\s*Lambert[-_ ]?93$/i.test(trimmed)) return 2154
  if (trimmed.length < 8 || /[\t\n]/.test(trimmed)) return codeInName(name)
  return codeInName(name) ?? projectedRowsWith(`\t${trimmed}\t`)[0]?.code
}

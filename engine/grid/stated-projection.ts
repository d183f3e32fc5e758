/** The projection that a WKT states by its parameters, and its proj4 string. */
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
/** Parameters that are lengths. */
export const LENGTHS = new Set(["x_0", "y_0"])

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
export const nameProjection = (
  name: string,
  stated: Record<string, number>,
  frame: Frame,
): StatedProjection | undefined => {
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

/** Reads code, name and unit of a CRS from one WKT or one set of GeoTIFF keys. */
import { lengthOf, projectionOfGeoKeys, projectionOfWkt, projTextOf } from "./stated-projection.js"
import { childOf, epsgOf, nameOf, numberOf, parseWkt, type WktNode } from "./wkt.js"

/** GeoTIFF keys by number, with texts and numbers already fetched from the parameter tables. */
export type GeoKeys = ReadonlyMap<number, number | string | readonly number[]>

/** Statements of one source: a WKT, or the keys. */
export interface CrsFacts {
  readonly epsg?: number
  readonly name: string
  readonly unit: "metre" | "foot" | "degree" | "unknown"
  readonly from: "wkt" | "geokeys"
  readonly note?: string
  readonly xyUnit?: number
  readonly heightUnit?: number
  readonly definition?: string
}

/** Compound codes (horizontal + height) and their horizontal code. */
const COMPOUND = new Map([
  [5698, 2154],
  [5699, 2154],
])

const PROJECTED = ["PROJCS", "PROJCRS", "PROJECTEDCRS"]
const GEOGRAPHIC = ["GEOGCS", "GEOGCRS", "GEOGRAPHICCRS", "BASEGEOGCRS"]
const OTHER = ["LOCAL_CS", "ENGCRS", "ENGINEERINGCRS", "GEOCCS", "GEODCRS", "GEODETICCRS"]
const VERTICAL = ["VERT_CS", "VERTCS", "VERTCRS", "VERTICALCRS"]
const UNITS = ["UNIT", "LENGTHUNIT", "ANGLEUNIT"]

/** Reads a WKT; undefined where it is empty or names no horizontal system. */
export const factsOfWkt = (text: string): CrsFacts | undefined => {
  const root = parseWkt(text)
  if (root === undefined) return undefined
  const horizontal = horizontalOf(root)
  if (horizontal === undefined) return undefined
  const compound = epsgOf(root)
  const stated = epsgOf(horizontal) ?? (compound === undefined ? undefined : COMPOUND.get(compound))
  const known = stated === undefined ? epsgByParameters(parametersOfWkt(horizontal)) : undefined
  const epsg = stated ?? known ?? epsgByName(nameOf(horizontal))
  const unit = GEOGRAPHIC.includes(horizontal.keyword) ? "degree" : unitOfWkt(horizontal)
  const vertical = find(root, VERTICAL)
  const projection = projectionOfWkt(horizontal)
  const heightUnit = vertical === undefined ? undefined : heightUnitOf(vertical)
  const heights = vertical === undefined ? "unknown" : unitOfWkt(vertical)
  const notes = [
    stated === undefined && epsg !== undefined
      ? `no EPSG code: EPSG:${epsg} by its ${known ? "parameters" : "name"}`
      : "",
    horizontal.keyword === "GEOCCS" ? "geocentric coordinates" : "",
    heights === "foot" ? "heights in feet" : "",
  ]
  const joined = notes.filter((note) => note !== "").join("; ")
  return {
    ...(epsg === undefined ? {} : { epsg }),
    name: nameOf(horizontal),
    unit: heights === "foot" ? "foot" : unit,
    from: "wkt",
    ...(projection === undefined
      ? {}
      : { xyUnit: projection.unit, definition: projTextOf(projection, projection.toWgs84 ?? [0, 0, 0]) }),
    ...(heightUnit === undefined ? {} : { heightUnit }),
    ...(joined === "" ? {} : { note: joined }),
  }
}

/** Metres of a unit of heights. Some files state 1 for a unit that they call a foot. */
const heightUnitOf = (vertical: WktNode): number | undefined => {
  const unit = childOf(vertical, ...UNITS) ?? find(vertical, UNITS)
  const factor = numberOf(unit)
  if (!/foot|feet|ft/i.test(nameOf(unit))) return factor
  if (factor !== undefined && Math.abs(factor - 0.3048) < 1e-5) return factor
  return /us|survey/i.test(nameOf(unit)) ? 1200 / 3937 : 0.3048
}

const horizontalOf = (root: WktNode): WktNode | undefined =>
  find(root, PROJECTED) ?? find(root, OTHER) ?? find(root, GEOGRAPHIC)

/** Depth-first search that includes the node itself. */
const find = (node: WktNode, keywords: readonly string[]): WktNode | undefined => {
  if (keywords.includes(node.keyword)) return node
  for (const child of node.children) {
    const found = find(child, keywords)
    if (found !== undefined) return found
  }
  return undefined
}

const unitOfWkt = (node: WktNode): CrsFacts["unit"] => {
  const direct = childOf(node, ...UNITS)
  const axis = direct === undefined ? childOf(node, "AXIS") : undefined
  const unit = direct ?? (axis === undefined ? undefined : childOf(axis, ...UNITS))
  if (unit === undefined) return node.keyword.startsWith("PROJ") ? "metre" : "unknown"
  if (/foot|feet|ft/i.test(nameOf(unit))) return "foot"
  return unitByFactor(numberOf(unit))
}

const unitByFactor = (factor: number | undefined): CrsFacts["unit"] => {
  if (factor === undefined) return "unknown"
  if (factor === 1) return "metre"
  if (Math.abs(factor - 0.3048) < 1e-5) return "foot"
  return Math.abs(factor - Math.PI / 180) < 1e-9 ? "degree" : "unknown"
}

/** Parameters of a projection, independent of the notation. */
interface ProjectionParameters {
  readonly method: "lcc" | "tmerc" | "other"
  readonly datum: string
  readonly semiMajor: number
  readonly lat0: number
  readonly lon0: number
  readonly lat1: number
  readonly lat2: number
  readonly scale: number
  readonly x0: number
  readonly y0: number
  readonly unit: CrsFacts["unit"]
}

const parametersOfWkt = (node: WktNode): ProjectionParameters | undefined => {
  if (!PROJECTED.includes(node.keyword)) return undefined
  const conversion = childOf(node, "CONVERSION") ?? node
  const values = new Map<string, number>()
  for (const child of conversion.children) {
    if (child.keyword === "PARAMETER") values.set(plain(nameOf(child)), numberOf(child) ?? Number.NaN)
  }
  const of = (names: readonly string[], otherwise: number): number => {
    for (const name of names) if (values.has(name)) return values.get(name) ?? otherwise
    return otherwise
  }
  const method = plain(nameOf(childOf(conversion, "PROJECTION", "METHOD")))
  const ellipsoid = find(node, ["SPHEROID", "ELLIPSOID"])
  return {
    method:
      method.startsWith("lambertconformalconic") || method.startsWith("lambertconicconformal")
        ? "lcc"
        : method === "transversemercator"
          ? "tmerc"
          : "other",
    datum: nameOf(find(node, ["DATUM", "ENSEMBLE"])) || nameOf(find(node, GEOGRAPHIC)),
    semiMajor: numberOf(ellipsoid) ?? 6378137,
    lat0: of(["latitudeoforigin", "latitudeoffalseorigin", "latitudeofnaturalorigin"], 0),
    lon0: of(["centralmeridian", "longitudeoffalseorigin", "longitudeofnaturalorigin"], 0),
    lat1: of(["standardparallel1", "latitudeof1ststandardparallel"], 0),
    lat2: of(["standardparallel2", "latitudeof2ndstandardparallel"], 0),
    scale: of(["scalefactor", "scalefactoratnaturalorigin"], 1),
    x0: of(["falseeasting", "eastingatfalseorigin"], 0),
    y0: of(["falsenorthing", "northingatfalseorigin"], 0),
    unit: unitOfWkt(node),
  }
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "")

/**
 * Identifies the systems whose parameters are unique: Lambert-93, the nine CC zones, and UTM on WGS
 * 84. RGAF09, ETRS89 and NAD83 share UTM on GRS 80, which therefore needs a code.
 */
const epsgByParameters = (p: ProjectionParameters | undefined): number | undefined => {
  if (p === undefined || p.unit === "foot" || p.semiMajor !== 6378137) return undefined
  const parallels = [p.lat1, p.lat2].sort((a, b) => a - b)
  if (p.method === "lcc" && p.lon0 === 3) {
    if (p.lat0 === 46.5 && parallels[0] === 44 && parallels[1] === 49 && p.x0 === 700000 && p.y0 === 6600000)
      return 2154
    const zone = p.lat0
    const fits = parallels[0] === zone - 0.75 && parallels[1] === zone + 0.75 && p.x0 === 1700000
    if (fits && zone >= 42 && zone <= 50 && p.y0 === (zone - 41) * 1000000 + 200000) return 3900 + zone
  }
  const utm = p.method === "tmerc" && p.scale === 0.9996 && p.lat0 === 0 && p.x0 === 500000 && /wgs.*84/i.test(p.datum)
  const zone = (p.lon0 + 183) / 6
  if (!utm || !Number.isInteger(zone) || zone < 1 || zone > 60) return undefined
  return p.y0 === 0 ? 32600 + zone : p.y0 === 10000000 ? 32700 + zone : undefined
}

/** Identifies the registry's names of Lambert-93, and names that are codes. */
const epsgByName = (name: string): number | undefined => {
  const code = /^\s*EPSG:{1,2}(\d{4,5})\s*$/i.exec(name)?.[1]
  if (code !== undefined) return Number(code)
  return /^RGF[\s_]?(19)?93( v1)?\s*[/_ ]\s*Lambert[-_ ]?93$/i.test(name.trim()) ? 2154 : undefined
}

const userDefined = (code: number | undefined): boolean => code === undefined || code <= 0 || code >= 32767

/** Reads GeoTIFF keys (OGC 19-008); undefined where they name no horizontal system. */
export const factsOfGeoKeys = (keys: GeoKeys): CrsFacts | undefined => {
  const number = (key: number): number | undefined => {
    const value = keys.get(key)
    if (typeof value === "number") return value
    return typeof value === "object" && typeof value[0] === "number" ? value[0] : undefined
  }
  const text = (key: number): string => {
    const value = keys.get(key)
    return typeof value === "string" ? (value.replaceAll("\0", "").split("|")[0] ?? "").trim() : ""
  }
  const heights = unitByCode(number(4099)) === "foot"
  const projection = projectionOfGeoKeys(number, text)
  const xyUnit = lengthOf(number(3076)) ?? projection?.unit
  const heightUnit = lengthOf(number(4099))
  const base = {
    from: "geokeys" as const,
    ...(xyUnit === undefined ? {} : { xyUnit }),
    ...(heightUnit === undefined ? {} : { heightUnit }),
    ...(projection === undefined ? {} : { definition: projTextOf(projection, [0, 0, 0]) }),
  }
  const model = number(1024)
  const name = text(3073) || text(1026)
  const projected = number(3072)
  const unit = heights ? "foot" : unitByCode(number(3076))
  const note = heights && unitByCode(number(3076)) !== "foot" ? { note: "heights in feet" } : {}
  if (projected !== undefined && !userDefined(projected)) {
    return {
      ...base,
      epsg: COMPOUND.get(projected) ?? projected,
      name,
      unit: unit === "unknown" ? "metre" : unit,
      ...note,
    }
  }
  const geographic = number(2048)
  if (model === 2 || (model !== 1 && geographic !== undefined && !userDefined(geographic) && projected === undefined)) {
    const code = geographic === undefined || userDefined(geographic) ? {} : { epsg: geographic }
    return { ...base, ...code, name: text(2049) || name, unit: "degree", ...note }
  }
  const known = epsgByParameters(parametersOfGeoKeys(number, text))
  const epsg = known ?? (unit === "foot" ? undefined : (epsgByName(text(1026)) ?? epsgByName(name)))
  if (epsg === undefined) return name === "" && projected === undefined ? undefined : { ...base, name, unit, ...note }
  const stated = `no EPSG code in key 3072: EPSG:${epsg} by its ${known === undefined ? "name" : "parameters"}`
  return { ...base, epsg, name, unit: unit === "unknown" ? "metre" : unit, note: stated }
}

const unitByCode = (code: number | undefined): CrsFacts["unit"] => {
  if (code === 9001) return "metre"
  if (code === 9002 || code === 9003 || code === 9005) return "foot"
  return code === 9102 ? "degree" : "unknown"
}

const parametersOfGeoKeys = (
  number: (key: number) => number | undefined,
  text: (key: number) => string,
): ProjectionParameters | undefined => {
  const transform = number(3075)
  if (transform === undefined) return undefined
  return {
    method: transform === 8 ? "lcc" : transform === 1 ? "tmerc" : "other",
    datum: number(2048) === 4326 || number(2050) === 6326 ? "WGS 84" : text(2049) || text(1026),
    semiMajor: number(2057) ?? 6378137,
    lat0: number(3085) ?? number(3081) ?? 0,
    lon0: number(3084) ?? number(3080) ?? 0,
    lat1: number(3078) ?? 0,
    lat2: number(3079) ?? 0,
    scale: number(3092) ?? 1,
    x0: number(3086) ?? number(3082) ?? 0,
    y0: number(3087) ?? number(3083) ?? 0,
    unit: unitByCode(number(3076)),
  }
}

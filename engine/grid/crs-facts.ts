/** Reads code, name and unit of a CRS from one WKT or one set of GeoTIFF keys. */
import { compoundRow } from "./crs-table.js"
import { findLength, type GeoKeys, projectionOfGeoKeys } from "./geo-keys.js"
import { codeInName, codeOfName, codeOfProjection } from "./projection-code.js"
import { projectionOfWkt, writeProjText } from "./stated-projection.js"
import { childOf, nameOf, numberOf, parseWkt, readEpsg, type WktNode } from "./wkt.js"

/** Statements of one source: a WKT, or the keys. */
export interface CrsFacts {
  /**
   * EPSG code of the horizontal part; absent where the file gives none and its parameters are
   * ambiguous.
   */
  readonly epsg?: number
  /** Name as written, or "" where there is none. */
  readonly name: string
  /** Unit of the coordinates; "foot" also where only the heights are in feet. */
  readonly unit: "metre" | "foot" | "degree" | "unknown"
  readonly from: "wkt" | "geokeys"
  /**
   * Peculiarities: the code derives from parameters, sources differ, heights have another unit …
   */
  readonly note?: string
  /** Metres (degrees) of one unit of x and y, where stated. */
  readonly xyUnit?: number
  /** Metres of one unit of the heights, where stated. */
  readonly heightUnit?: number
  /** The proj4 string of the parameters that the file states in full. */
  readonly definition?: string
  /** EPSG code of the heights, where stated. */
  readonly vertical?: number
}

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
  const compound = compoundRow(readEpsg(root) ?? 0)
  const own = readEpsg(horizontal)
  const stated = own === undefined ? compound?.horizontal : horizontalCode(own)
  const projection = projectionOfWkt(horizontal)
  const named = stated === undefined ? codeInName(nameOf(horizontal)) : undefined
  const known = stated === undefined && named === undefined && projection ? codeOfProjection(projection) : undefined
  const epsg = stated ?? named ?? known ?? codeOfName(nameOf(horizontal))
  const unit = GEOGRAPHIC.includes(horizontal.keyword) ? "degree" : unitOfWkt(horizontal)
  const vertical = find(root, VERTICAL)
  const heightCode = (vertical && readEpsg(vertical)) ?? compound?.vertical
  const heightUnit = vertical === undefined ? undefined : readHeightUnit(vertical)
  const heights = vertical === undefined ? "unknown" : unitOfWkt(vertical)
  const notes = [
    stated === undefined && epsg !== undefined
      ? `no EPSG code: EPSG:${epsg} by its ${known === undefined ? "name" : "parameters"}`
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
      : { xyUnit: projection.unit, definition: writeProjText(projection, projection.toWgs84 ?? [0, 0, 0]) }),
    ...(heightUnit === undefined ? {} : { heightUnit }),
    ...(heightCode === undefined ? {} : { vertical: heightCode }),
    ...(joined === "" ? {} : { note: joined }),
  }
}

/** Metres of a unit of heights. Some files state 1 for a unit that they call a foot. */
const readHeightUnit = (vertical: WktNode): number | undefined => {
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

/** The horizontal part of a compound code. */
const horizontalCode = (code: number): number => compoundRow(code)?.horizontal ?? code

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
  const xyUnit = findLength(number(3076)) ?? projection?.unit
  const heightUnit = findLength(number(4099))
  const heightCode = number(4096)
  const base = {
    from: "geokeys" as const,
    ...(xyUnit === undefined ? {} : { xyUnit }),
    ...(heightUnit === undefined ? {} : { heightUnit }),
    ...(userDefined(heightCode) || heightCode === undefined ? {} : { vertical: heightCode }),
    ...(projection === undefined ? {} : { definition: writeProjText(projection, [0, 0, 0]) }),
  }
  const model = number(1024)
  const name = text(3073) || text(1026)
  const projected = number(3072)
  const unit = heights ? "foot" : unitByCode(number(3076))
  const note = heights && unitByCode(number(3076)) !== "foot" ? { note: "heights in feet" } : {}
  if (projected !== undefined && !userDefined(projected)) {
    return {
      ...base,
      epsg: horizontalCode(projected),
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
  const known = projection && codeOfProjection(projection)
  const epsg = known ?? (unit === "foot" ? undefined : (codeOfName(text(1026)) ?? codeOfName(name)))
  if (epsg === undefined) return name === "" && projected === undefined ? undefined : { ...base, name, unit, ...note }
  const stated = `no EPSG code in key 3072: EPSG:${epsg} by its ${known === undefined ? "name" : "parameters"}`
  return { ...base, epsg, name, unit: unit === "unknown" ? "metre" : unit, note: stated }
}

const unitByCode = (code: number | undefined): CrsFacts["unit"] => {
  if (code === 9001) return "metre"
  if (code === 9002 || code === 9003 || code === 9005) return "foot"
  return code === 9102 ? "degree" : "unknown"
}

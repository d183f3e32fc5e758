/** Writes a CRS in PROJJSON as WKT 2. */
import { isObject, type JsonObject } from "../core/json/json-shape.js"
import type { ProjJson } from "./projjson.js"

/**
 * WKT 2 (ISO 19162:2019) of a projected or compound CRS that `describeProjJson` or
 * `describeCompound` made. Linear in the size of the text.
 */
export const writeWkt2 = (crs: ProjJson): string => writeCrs(crs)

const writeCrs = (crs: JsonObject): string => {
  const [name, id] = [quote(crs["name"]), writeId(crs)]
  if (crs["type"] === "CompoundCRS") return node("COMPOUNDCRS", name, ...listOf(crs, "components").map(writeCrs), id)
  const axes = writeAxes(objectOf(crs, "coordinate_system"))
  if (crs["type"] === "VerticalCRS")
    return node("VERTCRS", name, node("VDATUM", quote(objectOf(crs, "datum")["name"])), ...axes, id)
  return node("PROJCRS", name, writeBase(objectOf(crs, "base_crs")), writeConversion(crs), ...axes, id)
}

const writeBase = (base: JsonObject): string => {
  const datum = objectOf(base, "datum")
  const ellipsoid = objectOf(datum, "ellipsoid")
  const meridian = isObject(datum["prime_meridian"]) ? datum["prime_meridian"] : { name: "Greenwich", longitude: 0 }
  const [axis, flattening] = [String(ellipsoid["semi_major_axis"]), String(ellipsoid["inverse_flattening"])]
  return node(
    "BASEGEOGCRS",
    quote(base["name"]),
    node("DATUM", quote(datum["name"]), node("ELLIPSOID", quote(ellipsoid["name"]), axis, flattening, UNITS["metre"])),
    node("PRIMEM", quote(meridian["name"]), String(meridian["longitude"]), UNITS["degree"]),
    writeId(base),
  )
}

const writeConversion = (crs: JsonObject): string => {
  const conversion = objectOf(crs, "conversion")
  const method = objectOf(conversion, "method")
  const parameters = listOf(conversion, "parameters").map((one) =>
    node("PARAMETER", quote(one["name"]), String(one["value"]), UNITS[String(one["unit"])], writeId(one)),
  )
  const kind = node("METHOD", quote(method["name"]), writeId(method))
  return node("CONVERSION", quote(conversion["name"]), kind, ...parameters)
}

const writeAxes = (system: JsonObject): string[] => {
  const axes = listOf(system, "axis")
  const written = axes.map(({ name, abbreviation, direction, unit }, i) => {
    const label = quote(`${String(name).toLowerCase()} (${String(abbreviation)})`)
    return node("AXIS", label, String(direction), node("ORDER", String(i + 1)), UNITS[String(unit)])
  })
  return [node("CS", String(system["subtype"]), String(axes.length)), ...written]
}

const UNITS: Readonly<Record<string, string>> = {
  metre: 'LENGTHUNIT["metre",1]',
  degree: 'ANGLEUNIT["degree",0.0174532925199433]',
  unity: 'SCALEUNIT["unity",1]',
}

const node = (keyword: string, ...parts: readonly (string | undefined)[]): string =>
  `${keyword}[${parts.filter((part) => part !== undefined).join(",")}]`

const quote = (text: unknown): string => `"${String(text).replaceAll('"', '""')}"`

const writeId = ({ id }: JsonObject): string | undefined =>
  isObject(id) ? node("ID", quote(id["authority"]), String(id["code"])) : undefined

const objectOf = (from: JsonObject, name: string): JsonObject => {
  const value = from[name]
  return isObject(value) ? value : {}
}

const listOf = (from: JsonObject, name: string): JsonObject[] => {
  const value = from[name]
  return Array.isArray(value) ? value.filter(isObject) : []
}

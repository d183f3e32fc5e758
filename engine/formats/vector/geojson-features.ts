/** The GeoJSON part of `read-features.ts`: geometries of one kind with their properties. */
import { layRings } from "../../core/feature-table.js"
import { doubledArea } from "../../core/geometry/ring-area.js"
import { isObject } from "../../core/json/json-shape.js"
import { EngineError } from "../../errors.js"
import type { Column, Features } from "../../kernel.js"
import type { Json } from "./geojson.js"

/** One geometry of the kind asked for; `rings`: x, y, z each vertex, z 0 where the file has none. */
interface Row {
  readonly id: string
  readonly properties: Json
  readonly rings: readonly Float64Array[]
}

/**
 * The polygons or lines of GeoJSON features with their properties; geometries of other kinds are left out.
 *
 * Ids: the feature's `id`, else its property `id`, else its place in the file; the place where ids repeat. Part k of a collection becomes the feature
 * `id.k`, as when reading FlatGeobuf. Columns: number where every value is a number or missing (NaN), else text. Three dimensions where a vertex has a
 * height. Rings are closed where the file forgot to, and turned outer counter-clockwise, holes clockwise.
 *
 * @param file for messages
 * @throws E_FORMAT for a position that is no pair of numbers, or a ring of less than four
 */
export const featuresOfGeoJson = (root: Json, geometry: "Polygon" | "LineString", file: string): Features => {
  const list = Array.isArray(root["features"]) ? (root["features"] as unknown[]) : [root]
  const rows: Row[] = []
  const flat = { heights: false }
  for (const [place, feature] of list.entries()) {
    if (!isObject(feature)) continue
    const properties = isObject(feature["properties"]) ? feature["properties"] : {}
    const own = feature["id"] ?? properties["id"]
    const id = typeof own === "string" || typeof own === "number" ? String(own) : String(place)
    const parts = partsOf(feature["type"] === "Feature" ? feature["geometry"] : feature, geometry, file, flat)
    for (const [k, rings] of parts.entries()) {
      const name = (base: string): string => (parts.length === 1 ? base : `${base}.${k}`)
      rows.push({ id: name(id), properties: { ...properties, [placeOf]: name(String(place)) }, rings })
    }
  }
  return layOut(withDistinctIds(rows), geometry, flat.heights ? 3 : 2)
}

// A property that no file has: JSON cannot spell it.
const placeOf = "\u0000place"

const withDistinctIds = (rows: readonly Row[]): readonly Row[] => {
  const distinct = new Set(rows.map(({ id }) => id)).size === rows.length
  return distinct ? rows : rows.map((row) => ({ ...row, id: String(row.properties[placeOf]) }))
}

const partsOf = (
  node: unknown,
  geometry: "Polygon" | "LineString",
  file: string,
  flat: { heights: boolean },
): Float64Array[][] => {
  // RFC 7946 §3.2: a feature without place has a null geometry.
  if (!isObject(node)) return []
  const type = node["type"]
  const coordinates = node["coordinates"]
  const lines = (list: unknown): Float64Array[] =>
    arrayOf(list, file).map((one) => positionsOf(arrayOf(one, file), file, flat))
  if (type === "GeometryCollection")
    return arrayOf(node["geometries"], file).flatMap((one) => partsOf(one, geometry, file, flat))
  if (geometry === "LineString") {
    if (type === "LineString") return lines([coordinates]).map((line) => [line])
    return type === "MultiLineString" ? lines(coordinates).map((line) => [line]) : []
  }
  if (type === "Polygon") return [lines(coordinates)].map((rings) => rings.map((ring, r) => closed(ring, r > 0, file)))
  if (type !== "MultiPolygon") return []
  return arrayOf(coordinates, file).map((polygon) => lines(polygon).map((ring, r) => closed(ring, r > 0, file)))
}

const arrayOf = (value: unknown, file: string): readonly unknown[] => {
  if (Array.isArray(value)) return value
  throw fault(file, `found ${JSON.stringify(value)?.slice(0, 40)}; expected a JSON array`)
}

const fault = (file: string, text: string): EngineError => new EngineError("E_FORMAT", `${file}: ${text}`, { file })

const positionsOf = (positions: readonly unknown[], file: string, flat: { heights: boolean }): Float64Array => {
  const xyz = new Float64Array(3 * positions.length)
  for (const [v, position] of positions.entries()) {
    const [x, y, z] = arrayOf(position, file)
    if (typeof x !== "number" || typeof y !== "number" || !Number.isFinite(x) || !Number.isFinite(y))
      throw fault(file, `a position ${JSON.stringify(position)?.slice(0, 40)}; expected two numbers`)
    const height = typeof z === "number" && Number.isFinite(z)
    if (height) flat.heights = true
    xyz.set([x, y, height ? z : 0], 3 * v)
  }
  return xyz
}

/** The ring closed and turned. */
const closed = (ring: Float64Array, hole: boolean, file: string): Float64Array => {
  const open = ring.length >= 3 && (ring[0] !== ring.at(-3) || ring[1] !== ring.at(-2))
  const whole = open ? Float64Array.from([...ring, ...ring.subarray(0, 3)]) : ring
  if (whole.length < 12) throw fault(file, `a polygon ring of ${ring.length / 3} positions; expected at least four`)
  return doubledArea(whole, 3) > 0 === hole ? reversed(whole) : whole
}

const reversed = (ring: Float64Array): Float64Array => {
  const back = new Float64Array(ring.length)
  for (let i = 0; i < ring.length; i += 3) back.set(ring.subarray(i, i + 3), ring.length - 3 - i)
  return back
}

const layOut = (rows: readonly Row[], geometry: "Polygon" | "LineString", dimension: 2 | 3): Features => {
  const placed = (ring: Float64Array): Float64Array => ring.filter((_, i) => i % 3 < dimension)
  const layout = layRings(
    rows.map(({ rings }) => rings.map(placed)),
    dimension,
  )
  const names = new Set(rows.flatMap((row) => Object.keys(row.properties)))
  const columns: Record<string, Column> = {}
  for (const name of names) {
    if (name === placeOf || name === "id") continue
    columns[name] = columnOf(rows.map((row) => row.properties[name]))
  }
  return { geometry, ...layout, ids: rows.map((row) => row.id), columns }
}

const columnOf = (values: readonly unknown[]): Column => {
  const missing = (value: unknown): boolean => value === null || value === undefined
  if (values.every((value) => missing(value) || typeof value === "number"))
    return {
      type: "number",
      values: Float64Array.from(values, (value) => (missing(value) ? Number.NaN : Number(value))),
    }
  const text = (value: unknown): string =>
    missing(value) ? "" : typeof value === "string" ? value : JSON.stringify(value)
  return { type: "string", values: values.map(text) }
}

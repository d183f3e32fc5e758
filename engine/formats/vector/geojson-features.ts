/** Reads geometries of one kind with their properties from GeoJSON, for `read-features.ts`. */
import { flattenRings, makeColumn } from "../../core/feature-table.js"
import { isObject } from "../../core/json/json-shape.js"
import type { Column, Features } from "../../kernel.js"
import { type Json, readParts } from "./geojson.js"

/** One geometry. `rings` are x, y, z triples; z is 0 if the file has none. */
interface Row {
  readonly id: string
  readonly properties: Json
  readonly rings: readonly Float64Array[]
}

/**
 * Reads the polygons, lines or points of GeoJSON features with their properties. Other geometries
 * are left out.
 *
 * Ids: the feature's `id`, else its property `id`, else its index in the file. If ids repeat, the
 * index is used for all. Part k of a collection becomes the feature `id.k`, as in FlatGeobuf.
 * Columns: number if every value is a number or missing (NaN), else text. The result has three
 * dimensions if any vertex has a height. Rings are closed; outer ones turn counter-clockwise, holes
 * clockwise.
 *
 * @param file for messages
 * @throws E_FORMAT for a position that is no pair of numbers, or a ring of fewer than four
 *   positions
 */
export const featuresOfGeoJson = (root: Json, geometry: Features["geometry"], file: string): Features => {
  const list = Array.isArray(root["features"]) ? (root["features"] as unknown[]) : [root]
  const rows: Row[] = []
  const flat = { heights: false }
  for (const [place, feature] of list.entries()) {
    if (!isObject(feature)) continue
    const properties = isObject(feature["properties"]) ? feature["properties"] : {}
    const own = feature["id"] ?? properties["id"]
    const id = typeof own === "string" || typeof own === "number" ? String(own) : String(place)
    const parts = readParts(feature["type"] === "Feature" ? feature["geometry"] : feature, geometry, file, flat)
    for (const [k, rings] of parts.entries()) {
      const name = (base: string): string => (parts.length === 1 ? base : `${base}.${k}`)
      rows.push({ id: name(id), properties: { ...properties, [placeOf]: name(String(place)) }, rings })
    }
  }
  return packFeatures(withDistinctIds(rows), geometry, flat.heights ? 3 : 2)
}

// A property name that practically no file has.
const placeOf = "\u0000place"

const withDistinctIds = (rows: readonly Row[]): readonly Row[] => {
  const distinct = new Set(rows.map(({ id }) => id)).size === rows.length
  return distinct ? rows : rows.map((row) => ({ ...row, id: String(row.properties[placeOf]) }))
}

const packFeatures = (rows: readonly Row[], geometry: Features["geometry"], dimension: 2 | 3): Features => {
  const placed = (ring: Float64Array): Float64Array => ring.filter((_, i) => i % 3 < dimension)
  const layout = flattenRings(
    rows.map(({ rings }) => rings.map(placed)),
    dimension,
  )
  const names = new Set(rows.flatMap((row) => Object.keys(row.properties)))
  const columns: Record<string, Column> = {}
  for (const name of names) {
    if (name === placeOf || name === "id") continue
    columns[name] = columnFor(rows.map((row) => row.properties[name]))
  }
  return { geometry, ...layout, ids: rows.map((row) => row.id), columns }
}

const columnFor = (values: readonly unknown[]): Column => {
  const isText = values.some((value) => value !== null && value !== undefined && typeof value !== "number")
  const text = (value: unknown): string =>
    value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value)
  return isText ? makeColumn("string", values.map(text)) : makeColumn("number", values as readonly number[])
}

/** Encodes and decodes the table of objects of a content (EXT_structural_metadata). */
import { isCount, isObject, type JsonObject } from "../../core/json/json-shape.js"
import type { Column, MeshObjects } from "../../kernel.js"
import { contentError } from "./check-document.js"
import type { Gltf } from "./gltf-types.js"

/** The extension that contains the table. */
export const METADATA = "EXT_structural_metadata"

/** Replaces NaN in number columns, which a table cannot store. */
const NO_NUMBER = -9999
/** Properties of every table; columns of these names are renamed. */
const OWN: readonly string[] = ["id", "class"]

interface Property {
  readonly name?: string
  readonly type: "STRING" | "SCALAR"
  readonly componentType?: "UINT8" | "INT32" | "FLOAT64"
  readonly noData?: number
  readonly default?: string
  readonly semantic?: string
  readonly description?: string
}
interface TableProperty {
  readonly values: number
  readonly stringOffsets?: number
}
interface Metadata {
  readonly schema: {
    readonly id: string
    readonly classes: Readonly<Record<string, { readonly properties: Readonly<Record<string, Property>> }>>
  }
  readonly propertyTables: readonly {
    readonly name: string
    readonly class: string
    readonly count: number
    readonly properties: Readonly<Record<string, TableProperty>>
  }[]
}

/**
 * Encodes the objects of a mesh as EXT_structural_metadata (CesiumGS/glTF, 3d-tiles-next): a schema
 * with the single class "object", and a property table with one row each. Numbers are FLOAT64 (NaN
 * as the stated `noData`), integers INT32, texts UTF-8 with UINT32 offsets. Property ids have only
 * letters, digits and `_`; if that changes a column's name, `name` is the original.
 *
 * @param addView adds bytes to the file, aligned to 8; returns the index of their view
 */
export const encodeObjectTable = (objects: MeshObjects, addView: (bytes: Uint8Array) => number): Metadata => {
  const schema: Record<string, Property> = {}
  const table: Record<string, TableProperty> = {}
  const addTexts = (id: string, texts: readonly string[], property: Omit<Property, "type" | "default">): void => {
    schema[id] = { ...property, type: "STRING", default: "" }
    const encoded = texts.map((text) => new TextEncoder().encode(text))
    const offsets = new Uint32Array(texts.length + 1)
    for (const [i, bytes] of encoded.entries()) offsets[i + 1] = offsets[i]! + bytes.length
    const values = new Uint8Array(offsets[texts.length]!)
    // A view may not be empty, and the default is the same value.
    if (values.length === 0) return
    for (const [i, bytes] of encoded.entries()) values.set(bytes, offsets[i]!)
    table[id] = { values: addView(values), stringOffsets: addView(new Uint8Array(offsets.buffer)) }
  }
  addTexts("id", objects.ids, { semantic: "ID", description: "Stable id of the object; empty: the ground" })
  schema["class"] = { type: "SCALAR", componentType: "UINT8", description: "LiDAR class of the object" }
  table["class"] = { values: addView(objects.classes.slice()) }
  for (const [name, column] of Object.entries(objects.columns).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const id = propertyName(name, schema)
    const named = id === name ? {} : { name }
    if (column.type === "string") addTexts(id, column.values, named)
    else if (column.type === "integer") {
      schema[id] = { ...named, type: "SCALAR", componentType: "INT32" }
      table[id] = { values: addView(bytesOf(column.values)) }
    } else {
      schema[id] = { ...named, type: "SCALAR", componentType: "FLOAT64", noData: NO_NUMBER }
      table[id] = { values: addView(bytesOf(column.values.map((value) => (Number.isNaN(value) ? NO_NUMBER : value)))) }
    }
  }
  return {
    schema: { id: "maille", classes: { object: { properties: schema } } },
    propertyTables: [{ name: "objects", class: "object", count: objects.ids.length, properties: table }],
  }
}

const bytesOf = (values: Float64Array | Int32Array): Uint8Array => new Uint8Array(values.slice().buffer)

const propertyName = (name: string, taken: Readonly<Record<string, unknown>>): string => {
  const plain = name.replaceAll(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d|$)/, "_")
  let id = plain
  for (let k = 2; id in taken; k++) id = `${plain}_${k}`
  return id
}

/**
 * Decodes the table of objects; undefined without one.
 *
 * @param views bytes of the file's views
 * @throws EngineError E_FORMAT for a table that {@link encodeObjectTable} did not write
 */
export const decodeObjectTable = (
  document: Gltf,
  views: readonly Uint8Array[],
  file: string,
): MeshObjects | undefined => {
  const metadata = (document["extensions"] as JsonObject | undefined)?.[METADATA]
  if (!isObject(metadata) || metadata["propertyTables"] === undefined) return undefined
  const { table, properties } = findTable(metadata) ?? {}
  if (table === undefined || properties === undefined) throw contentError(file, `${METADATA} has no table of objects`)
  const read = (id: string): Column | undefined => {
    const property = properties[id]
    return property && readColumn(property, table.properties[id], table.count, views, file)
  }
  // Classes first: their view limits the number of rows, which a column of empty texts cannot.
  const classes = read("class")
  const ids = read("id")
  const columns: Record<string, Column> = {}
  for (const [id, { name }] of Object.entries(properties)) {
    const column = OWN.includes(id) ? undefined : read(id)
    if (column !== undefined) columns[name ?? id] = column
  }
  if (ids?.type !== "string" || classes?.type !== "integer")
    throw contentError(file, `its table of ${table.count} objects has no ids or classes`)
  return {
    ids: ids.values,
    classes: Uint8Array.from(classes.values),
    columns,
  }
}

/**
 * The first table and its properties; undefined unless both are as {@link encodeObjectTable} makes
 * them.
 */
const findTable = ({ schema, propertyTables }: JsonObject) => {
  const table: unknown = Array.isArray(propertyTables) ? propertyTables[0] : undefined
  const classes = isObject(schema) ? schema["classes"] : undefined
  if (!isObject(table) || !isObject(classes) || typeof table["class"] !== "string") return undefined
  const { count, properties: places } = table
  const own = Object.hasOwn(classes, table["class"]) ? classes[table["class"]] : undefined
  const properties = isObject(own) ? own["properties"] : undefined
  const areSound = isObject(places) && Object.values(places).every(isObject)
  if (!isCount(count) || !areSound || !isObject(properties) || !Object.values(properties).every(isProperty))
    return undefined
  return { table: { count, properties: places as Record<string, TableProperty> }, properties } as {
    table: { count: number; properties: Record<string, TableProperty> }
    properties: Record<string, Property>
  }
}

const isProperty = (value: unknown): boolean =>
  isObject(value) && typeof (value["name"] ?? "") === "string" && typeof (value["noData"] ?? 0) === "number"

const readColumn = (
  { type, componentType, noData }: Property,
  at: TableProperty | undefined,
  count: number,
  views: readonly Uint8Array[],
  file: string,
): Column => {
  const bytes = views[at?.values ?? -1] ?? new Uint8Array()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const need = (found: number, size: number): void => {
    if (found < size) throw contentError(file, `a column of ${count} objects has ${found} of ${size} bytes`)
  }
  if (type === "STRING") {
    // A column of empty texts has no views.
    const offsets = views[at?.stringOffsets ?? -1]
    if (offsets === undefined) return { type: "string", values: new Array<string>(count).fill("") }
    need(offsets.length, 4 * (count + 1))
    const place = new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength)
    const text = (i: number): string =>
      new TextDecoder().decode(bytes.subarray(place.getUint32(4 * i, true), place.getUint32(4 * i + 4, true)))
    return { type: "string", values: Array.from({ length: count }, (_, i) => text(i)) }
  }
  if (componentType === "FLOAT64") {
    need(bytes.length, 8 * count)
    const value = (i: number): number => view.getFloat64(8 * i, true)
    const values = Float64Array.from({ length: count }, (_, i) => (value(i) === noData ? Number.NaN : value(i)))
    return { type: "number", values }
  }
  need(bytes.length, (componentType === "UINT8" ? 1 : 4) * count)
  const value = (i: number): number => (componentType === "UINT8" ? view.getUint8(i) : view.getInt32(4 * i, true))
  return { type: "integer", values: Int32Array.from({ length: count }, (_, i) => value(i)) }
}

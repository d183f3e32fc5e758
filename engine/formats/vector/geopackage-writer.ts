/** Writes all layers into one GeoPackage. */
import type { Database } from "@sqlite.org/sqlite-wasm"
import { Box2 } from "../../core/geometry/box.js"
import { EngineError } from "../../errors.js"
import type { LayerStream, StreamField } from "./flatgeobuf/layer-stream.js"
import { encodeBlob } from "./geopackage-blob.js"
import { createIndex, indexTriggers, NO_SRS, quoteName, srsRows, TABLES } from "./geopackage-tables.js"
import { openSqlite } from "./sqlite.js"
import type { WriteFormat, WrittenLayer } from "./write-format.js"

/** Column types of GeoPackage (table 1 of its specification). */
const TYPES = { string: "TEXT", number: "DOUBLE", integer: "MEDIUMINT", boolean: "BOOLEAN", date: "DATE" } as const

/** The file is renamed when it is complete, so a journal would only cost time. */
const SETTINGS =
  "PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;"

/**
 * Writes layers as tables of one GeoPackage 1.3 (OGC 12-128r17). Each table has its layer's CRS,
 * its features in stream order, a unique index of ids, a spatial index and the descriptions of its
 * columns. Metadata that all layers share belong to the file, others to their table. Timestamps
 * that the format requires are `date`, so the same layers give the same bytes.
 *
 * Memory: a chunk of features, SQLite's cache of 64 MB, and about 60 bytes a feature while ids are
 * sorted.
 *
 * @throws EngineError E_OUTPUT if the file cannot be written
 */
export const writeGeoPackage: WriteFormat = async (layers, path, { date }) => {
  const time = `${date}T00:00:00.000Z`
  const file = await openSqlite(path, "create")
  const { database } = file
  try {
    database.exec(SETTINGS)
    database.exec(`BEGIN; ${TABLES}`)
    const srs = database.prepare("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)")
    for (const row of srsRows(layers.map(({ epsg }) => epsg))) srs.bind([...row]).stepReset()
    srs.finalize()
    const written: WrittenLayer[] = []
    for (const layer of layers) written.push({ name: layer.name, features: await writeTable(database, layer, time) })
    writeMetadata(database, layers, time)
    database.exec("COMMIT")
    return written
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    const { message } = file.failure ?? (cause as Error)
    const text = `GeoPackage: cannot be written (${message}). Check the free space, then run again.`
    throw new EngineError("E_OUTPUT", text, {}, cause)
  } finally {
    file.close()
  }
}

const writeTable = async (database: Database, layer: LayerStream, time: string): Promise<number> => {
  const { name, geometry, multiple, dimension, epsg: srsId = NO_SRS } = layer
  const [key = "", column = "", ...columns] = distinctNames(["fid", "geom", ...layer.fields.map((field) => field.name)])
  const kind = `${multiple ? "MULTI" : ""}${geometry.toUpperCase()}`
  const types = layer.fields.map((field, i) => `, ${quoteName(columns[i] ?? "")} ${typeOf(layer, field)}`)
  const table = quoteName(name)
  database.exec(`CREATE TABLE ${table} (${quoteName(key)} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
${quoteName(column)} ${kind}${types.join("")})`)
  insert(database, "gpkg_contents", [
    name,
    "features",
    name,
    layer.port?.help ?? "",
    time,
    null,
    null,
    null,
    null,
    srsId,
  ])
  insert(database, "gpkg_geometry_columns", [name, column, kind, srsId, dimension === 3 ? 1 : 0, 0])
  database.exec(createIndex(name, column))
  for (const [i, { description }] of layer.fields.entries())
    if (description !== undefined)
      insert(database, "gpkg_data_columns", [name, columns[i] ?? "", null, null, description, null, null])

  const places = ["NULL", "?", ...columns.map(() => "?")].join(", ")
  const row = database.prepare(`INSERT INTO ${table} VALUES (${places})`)
  const index = database.prepare(`INSERT INTO ${quoteName(`rtree_${name}_${column}`)} VALUES (?, ?, ?, ?, ?)`)
  let count = 0
  let whole: Box2 = [Infinity, Infinity, -Infinity, -Infinity]
  try {
    for await (const batch of layer.features()) {
      for (const feature of batch) {
        const { bytes, box } = encodeBlob(feature, layer, srsId)
        const [minX, maxX, minY, maxY] = box
        whole = Box2.union(whole, [minX, minY, maxX, maxY])
        row.bind([bytes, ...feature.values]).stepReset()
        index.bind([++count, ...box]).stepReset()
      }
    }
  } finally {
    row.finalize()
    index.finalize()
  }
  if (count > 0)
    database.exec({
      sql: "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?",
      bind: [...whole, name],
    })
  database.exec(`CREATE UNIQUE INDEX ${quoteName(`${name}_id`)} ON ${table} (${quoteName(columns[0] ?? "")})`)
  database.exec(indexTriggers(name, column, key))
  return count
}

/** The id is never missing. */
const typeOf = ({ fields, port }: LayerStream, field: StreamField): string => {
  const type = port?.columns?.[field.name]?.as === "date" ? TYPES.date : TYPES[field.type]
  return field === fields[0] ? `${type} NOT NULL` : type
}

/** Names that differ by more than their case, as SQLite needs them; the last ones stay. */
const distinctNames = (names: readonly string[]): string[] => {
  const taken = new Set<string>()
  return names
    .toReversed()
    .map((name) => {
      let free = name
      while (taken.has(free.toLowerCase())) free += "_"
      taken.add(free.toLowerCase())
      return free
    })
    .reverse()
}

const insert = (database: Database, table: string, values: readonly (string | number | null)[]): void => {
  database.exec({ sql: `INSERT INTO ${table} VALUES (${values.map(() => "?").join(", ")})`, bind: [...values] })
}

const writeMetadata = (database: Database, layers: readonly LayerStream[], time: string): void => {
  const isShared = ([key, value]: readonly [string, string]): boolean =>
    layers.every((other) => other.metadata[key] === value)
  const shared = Object.entries(layers[0]?.metadata ?? {}).filter(isShared)
  const own = layers.map(
    ({ name, metadata }) => [name, Object.entries(metadata).filter((one) => !isShared(one))] as const,
  )
  let id = 0
  for (const [table, texts] of [[null, shared] as const, ...own]) {
    if (texts.length === 0) continue
    insert(database, "gpkg_metadata", [++id, "dataset", "http://gdal.org", "text/xml", metadataXml(texts)])
    const scope = table === null ? "geopackage" : "table"
    insert(database, "gpkg_metadata_reference", [scope, table, null, null, time, id, null])
  }
}

/** As GDAL and QGIS write and show it. */
const metadataXml = (texts: readonly (readonly [key: string, value: string])[]): string => {
  const items = texts.map(([key, value]) => `    <MDI key="${xml(key)}">${xml(value)}</MDI>\n`).join("")
  return `<GDALMultiDomainMetadata>\n  <Metadata>\n${items}  </Metadata>\n</GDALMultiDomainMetadata>\n`
}

const XML = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" } as const
const xml = (text: string): string => text.replace(/[&<>"]/g, (sign) => XML[sign as keyof typeof XML])

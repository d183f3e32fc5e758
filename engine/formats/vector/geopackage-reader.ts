/** Reads the features of a GeoPackage. */
import type { Database, SqlValue } from "@sqlite.org/sqlite-wasm"
import { MAX_FEATURES } from "../../core/bounds.js"
import { damaged, EngineError } from "../../errors.js"
import { type CrsDescription, recogniseCrs } from "../../grid/crs.js"
import type { Features } from "../../kernel.js"
import type { Json } from "./geojson.js"
import { featuresOfGeoJson } from "./geojson-features.js"
import { decodeBlob } from "./geopackage-blob.js"
import { quoteName } from "./geopackage-tables.js"
import { openSqlite } from "./sqlite.js"

/** Features of the first layer that has some; undefined if none has. */
export interface PackagedFeatures {
  readonly features: Features
  readonly epsg?: number
  readonly crs?: CrsDescription
}

interface Layer {
  readonly table: string
  readonly column: string
  readonly organization: string | null
  readonly code: number | null
  readonly definition: string | null
}

const LAYERS = `SELECT s.name AS "table", g.column_name AS "column", r.organization, r.organization_coordsys_id AS code,
  r.definition
FROM gpkg_contents c
JOIN gpkg_geometry_columns g ON lower(g.table_name) = lower(c.table_name)
JOIN sqlite_schema s ON lower(s.name) = lower(c.table_name) AND s.type = 'table' AND s.rootpage > 0
LEFT JOIN gpkg_spatial_ref_sys r ON r.srs_id = g.srs_id
WHERE c.data_type = 'features' ORDER BY c.rowid`

/**
 * Reads the first layer of a GeoPackage that has polygons, lines or points. Views are left out.
 * Memory: the features.
 *
 * @throws EngineError E_FORMAT if it is no GeoPackage, is damaged, has curves or too many features;
 *   E_INPUT if another program has it open
 */
export const readGeoPackage = async (
  path: string,
  geometry: Features["geometry"],
): Promise<PackagedFeatures | undefined> => {
  try {
    const { database, close } = await openSqlite(path, "read")
    try {
      // What a file declares as a view or a function must not run.
      database.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
      for (const layer of database.selectObjects(LAYERS) as unknown as readonly Layer[]) {
        const list = readRows(database, layer, path)
        const features = featuresOfGeoJson({ type: "FeatureCollection", features: list }, geometry, path)
        if (features.ids.length > 0) return { features, ...readCrs(layer) }
      }
      return undefined
    } finally {
      close()
    }
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw damaged(path, (cause as Error).message)
  }
}

const readRows = (database: Database, { table, column }: Layer, path: string): Json[] => {
  const columns = database.selectObjects("SELECT name, type, pk FROM pragma_table_info(?)", [table])
  const names = columns.map(({ name }) => String(name))
  const geometryAt = names.findIndex((name) => name.toLowerCase() === column.toLowerCase())
  const keyAt = columns.findIndex(({ type, pk }) => pk === 1 && String(type).toUpperCase() === "INTEGER")
  if (geometryAt < 0) throw damaged(path, `table ${table} has no column ${column}`)
  const count = Number(database.selectValue(`SELECT count(*) FROM ${quoteName(table)}`))
  if (count > MAX_FEATURES) {
    const text = `${path}: ${count} features in a layer; expected at most ${MAX_FEATURES}. Convert it to FlatGeobuf (ogr2ogr), or split it.`
    throw new EngineError("E_FORMAT", text, { file: path })
  }
  const rows = database.prepare(`SELECT ${names.map(quoteName).join(", ")} FROM ${quoteName(table)}`)
  const list: Json[] = []
  try {
    while (rows.step()) {
      const values = rows.get([]) as SqlValue[]
      const properties: Record<string, unknown> = Object.create(null)
      for (const [i, name] of names.entries())
        if (i !== geometryAt && i !== keyAt) properties[name] = plain(values[i] ?? null)
      const blob = values[geometryAt]
      list.push({
        type: "Feature",
        id: keyAt < 0 ? list.length : Number(values[keyAt]),
        properties,
        geometry: blob instanceof Uint8Array ? decodeBlob(blob, path) : null,
      })
    }
  } finally {
    rows.finalize()
  }
  return list
}

const plain = (value: SqlValue): string | number | null => {
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value)
  if (value === null || typeof value === "string" || typeof value === "number") return value
  return Buffer.from(value instanceof ArrayBuffer ? new Uint8Array(value) : value).toString("hex")
}

const readCrs = ({ organization, code, definition }: Layer): { epsg?: number; crs?: CrsDescription } => {
  const isEpsg = organization?.toUpperCase() === "EPSG" && code !== null && code > 0
  if (isEpsg) return { epsg: code }
  if (definition === null || definition === "undefined") return {}
  const crs = recogniseCrs({ wkts: [definition] })
  if (crs.epsg !== undefined) return { epsg: crs.epsg }
  return crs.definition === undefined ? {} : { crs }
}

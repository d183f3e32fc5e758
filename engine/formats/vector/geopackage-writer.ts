/** Writes all layers into one GeoPackage, through GDAL. */
import { EngineError } from "../../errors.js"
import { type Gdal, type GdalDataset, requireGdal } from "../raster/load-gdal.js"
import type { LayerStream } from "./flatgeobuf/layer-stream.js"
import { encodeWkb } from "./wkb.js"
import type { WriteFormat, WrittenLayer } from "./write-format.js"

const TYPES = { Point: 1, LineString: 2, Polygon: 3 } as const
/** Added to the type of a collection and, in GDAL's numbering, to the type of 3D vertices. */
const [MULTI, WITH_HEIGHTS] = [3, 0x80000000]
const FIELD_TYPES = { string: "string", number: "real", integer: "integer", boolean: "integer" } as const

/**
 * Writes layers as tables of one GeoPackage (OGC 12-128) with GDAL; main thread only. Each table
 * has its layer's CRS, its features in stream order and a spatial index. Metadata of the layers
 * become metadata of the file. Timestamps that the format requires (`last_change`, metadata) are
 * `date`, so the same layers and GDAL give the same bytes.
 *
 * Memory: GDAL's spatial index, about 100 bytes a feature, and a chunk of features.
 *
 * @throws EngineError E_INPUT without GDAL; E_OUTPUT if GDAL cannot write or the feature counts
 *   differ
 */
export const writeGeoPackage: WriteFormat = async (layers, path, { date }) => {
  const gdal = await requireGdal("a GeoPackage")
  const driver = gdal.drivers.get("GPKG")
  if (driver === null)
    throw new EngineError("E_INPUT", "GeoPackage: this GDAL has no GPKG driver. Install one with SQLite.")
  const before = gdal.config.get("OGR_CURRENT_DATE")
  gdal.config.set("OGR_CURRENT_DATE", `${date}T00:00:00.000Z`)
  const written: WrittenLayer[] = []
  try {
    const dataset = driver.create(path)
    try {
      for (const layer of layers) written.push({ name: layer.name, features: await writeTable(gdal, dataset, layer) })
      dataset.setMetadata(listMetadata(layers))
    } finally {
      // Closing also writes the spatial index.
      dataset.close()
    }
    checkCounts(gdal, path, written)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError(
      "E_OUTPUT",
      `GeoPackage: cannot be written (${why}). Check the free space, then run again.`,
      {},
      cause,
    )
  } finally {
    gdal.config.set("OGR_CURRENT_DATE", before)
  }
  return written
}

const writeTable = async (gdal: Gdal, dataset: GdalDataset, layer: LayerStream): Promise<number> => {
  const { name, geometry, multiple, dimension, epsg, fields } = layer
  const srs = epsg === undefined ? null : gdal.SpatialReference.fromEPSG(epsg)
  const type = TYPES[geometry] + (multiple ? MULTI : 0) + (dimension === 3 ? WITH_HEIGHTS : 0)
  const table = dataset.layers.create(name, srs, type, [
    `FID=${freeName("fid", fields)}`,
    `GEOMETRY_NAME=${freeName("geom", fields)}`,
  ])
  for (const field of fields) table.fields.add(new gdal.FieldDefn(field.name, FIELD_TYPES[field.type]))
  // With a transaction for each feature, every one would wait for the disk.
  run(dataset, "BEGIN")
  let count = 0
  for await (const batch of layer.features()) {
    for (const one of batch) {
      const feature = new gdal.Feature(table)
      // GDAL's binding has no booleans.
      feature.fields.set(one.values.map((value) => (typeof value === "boolean" ? Number(value) : value)))
      feature.setGeometry(gdal.Geometry.fromWKB(Buffer.from(encodeWkb(one, layer).buffer)))
      table.features.add(feature)
    }
    count += batch.length
  }
  run(dataset, "COMMIT")
  run(dataset, `CREATE UNIQUE INDEX "${name}_id" ON "${name}" ("id")`)
  return count
}

/** A column name for the table itself, distinct from all fields whatever their case. */
const freeName = (name: string, fields: LayerStream["fields"]): string =>
  fields.some((field) => field.name.toLowerCase() === name) ? freeName(`${name}_`, fields) : name

/** Runs a statement without result rows. gdal-async then throws an error with an empty message. */
const run = (dataset: GdalDataset, statement: string): void => {
  try {
    dataset.executeSQL(statement)
  } catch (error) {
    if (!(error instanceof Error) || error.message !== "") throw error
  }
}

/** Values that all layers share go under their key; others are prefixed with the layer's name. */
const listMetadata = (layers: readonly LayerStream[]): Record<string, string> => {
  const texts: Record<string, string> = {}
  for (const { name, metadata } of layers) {
    for (const [key, value] of Object.entries(metadata)) {
      const shared = layers.every((other) => other.metadata[key] === value)
      texts[shared ? key : `${name}.${key}`] = value
    }
  }
  return texts
}

const checkCounts = (gdal: Gdal, path: string, written: readonly WrittenLayer[]): void => {
  const dataset = gdal.open(path)
  try {
    for (const [index, { name, features }] of written.entries()) {
      const found = dataset.layers.get(index).features.count()
      if (found !== features) {
        const text = `GeoPackage: cannot be written (table ${name} has ${found} of ${features} features). Check the free space, then run again.`
        throw new EngineError("E_OUTPUT", text)
      }
    }
  } finally {
    dataset.close()
  }
}

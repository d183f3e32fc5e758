/**
 * Reads external features: FlatGeobuf, GeoJSON and GeoPackage without GDAL, other formats with it.
 */
import { open } from "node:fs/promises"
import { extname } from "node:path"
import { MAX_FEATURES } from "../../core/bounds.js"
import { damaged, EngineError } from "../../errors.js"
import { type CrsDescription, recogniseCrs } from "../../grid/crs.js"
import { describeBytes } from "../../io/file-kind.js"
import type { Features } from "../../kernel.js"
import { withNetwork } from "../raster/gdal-network.js"
import { type Gdal, type GdalDataset, openWith, requireGdal } from "../raster/load-gdal.js"
import { readFlatGeobuf } from "./flatgeobuf/reader.js"
import { epsgOfGeoJson, type Json, parseJsonObject } from "./geojson.js"
import { featuresOfGeoJson } from "./geojson-features.js"
import { readGeoPackage } from "./geopackage-reader.js"
import { readTextOfFeatures } from "./read-text.js"

/** Features of a file, and its CRS if the file names one. */
export interface ReadFeatures {
  readonly features: Features
  /** 4326 for longitude and latitude. */
  readonly epsg?: number
  /** A CRS that the file states in full, but without a code. */
  readonly crs?: CrsDescription
}

const WANTED = { Polygon: "polygons", LineString: "lines", Point: "points" } as const

const jsonStart = /^\s*\{/

/**
 * Reads the polygons, lines or points of a file. The first bytes distinguish FlatGeobuf and
 * GeoJSON. GDAL reads other formats (Shapefile …). Of several layers, the first with such
 * geometries is read. If ids repeat, the features' indices replace them. Main thread only. Memory:
 * the file and its features.
 *
 * @throws E_INPUT if the file cannot be read or has no such feature; E_FORMAT if it is damaged
 */
export const readFeatures = async (path: string, geometry: Features["geometry"]): Promise<ReadFeatures> => {
  const read = await readAny(path, geometry)
  const { features } = read
  if (features.geometry !== geometry || features.ids.length === 0) {
    const wanted = WANTED[geometry]
    const found = features.ids.length === 0 ? `no ${wanted}` : `${features.geometry} features; expected ${wanted}`
    throw new EngineError("E_INPUT", `${path}: ${found}. Check the file.`, {
      file: path,
    })
  }
  return read
}

/** GDAL opens images and pages like layers, so they are refused here with a clear message. */
const refuseImage = async (path: string, geometry: Features["geometry"]): Promise<void> => {
  const handle = await open(path).catch(() => undefined)
  const head = await handle?.read(Buffer.alloc(256), 0, 256, 0).catch(() => undefined)
  await handle?.close()
  const kind = head && describeBytes(head.buffer.subarray(0, head.bytesRead))
  if (kind?.use !== "image" && kind?.use !== "page") return
  const wanted = WANTED[geometry]
  const text = `${path}: ${kind.name}, not ${wanted} (FlatGeobuf, GeoJSON, GeoPackage or Shapefile). Check the path.`
  throw new EngineError("E_FORMAT", text, { file: path })
}

const readAny = async (path: string, geometry: Features["geometry"]): Promise<ReadFeatures> => {
  const extension = extname(path).toLowerCase()
  if (extension === ".gpkg") {
    await refuseImage(path, geometry)
    const read = await readGeoPackage(path, geometry)
    if (read === undefined) throw noLayer(path, geometry)
    return read
  }
  if (extension !== ".fgb" && !/^\.(geo)?json$/.test(extension)) {
    await refuseImage(path, geometry)
    return readThroughGdal(path, geometry)
  }
  const bytes = await readTextOfFeatures(path)
  if (bytes === undefined) {
    const { features: read, epsg } = await readFlatGeobuf(path)
    const repeat = new Set(read.ids).size < read.ids.length
    const features = repeat ? { ...read, ids: read.ids.map((_, place) => String(place)) } : read
    return epsg === undefined ? { features } : { features, epsg }
  }
  const text = new TextDecoder().decode(bytes)
  if (!jsonStart.test(text))
    throw new EngineError("E_FORMAT", `${path}: not GeoJSON or FlatGeobuf. Check the path.`, { file: path })
  const root = parseJsonObject(text, path)
  const features = featuresOfGeoJson(root, geometry, path)
  return { features, ...epsgOfGeoJson(root, [features.coordinates], path, features.dimension) }
}

/** GDAL's vector drivers whose files reference no other file or address. */
const VECTOR_DRIVERS = [
  ...["ESRI Shapefile", "GML", "KML", "LIBKML", "MapInfo File", "OpenFileGDB", "SQLite", "DXF", "GPX", "CSV"],
  ...["GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON", "JSONFG", "FlatGeobuf", "Parquet", "Arrow"],
]

/** GDAL throws if a coordinate is no number. */
const readShape = (shape: { toObject(): unknown } | null, path: string): unknown => {
  try {
    return shape?.toObject() ?? null
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw damaged(path, `a geometry (${why})`)
  }
}

const readThroughGdal = async (path: string, geometry: Features["geometry"]): Promise<ReadFeatures> => {
  const gdal = await requireGdal(path)
  // Otherwise closing a GeoPackage with metadata writes FILE.aux.xml beside it. Restored
  // afterwards: images may need such files.
  const before = gdal.config.get("GDAL_PAM_ENABLED")
  gdal.config.set("GDAL_PAM_ENABLED", "NO")
  try {
    return await withNetwork(gdal, "local", () => readDataset(gdal, path, geometry))
  } finally {
    gdal.config.set("GDAL_PAM_ENABLED", before)
  }
}

const readDataset = async (gdal: Gdal, path: string, geometry: Features["geometry"]): Promise<ReadFeatures> => {
  let dataset: GdalDataset
  try {
    dataset = await openWith(gdal, path, VECTOR_DRIVERS)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError(
      "E_INPUT",
      `${path}: GDAL cannot read it (${why}). Give GeoJSON or FlatGeobuf.`,
      { file: path },
      cause,
    )
  }
  try {
    for (let index = 0; index < dataset.layers.count(); index++) {
      const layer = dataset.layers.get(index)
      const count = layer.features.count()
      if (count > MAX_FEATURES) {
        const found = `${path}: ${count} features in a layer; GDAL reads up to ${MAX_FEATURES}`
        throw new EngineError("E_FORMAT", `${found}. Convert it to FlatGeobuf (ogr2ogr), or split it.`, { file: path })
      }
      const list: Json[] = []
      layer.features.forEach((feature) => {
        const fields = feature.fields.toObject()
        list.push({
          type: "Feature",
          id: feature.fid,
          properties: fields,
          geometry: readShape(feature.getGeometry(), path),
        })
      })
      const features = featuresOfGeoJson({ type: "FeatureCollection", features: list }, geometry, path)
      if (features.ids.length === 0) continue
      const crs = recogniseCrs({ wkts: layer.srs === null ? [] : [layer.srs.toWKT()] })
      if (crs.epsg !== undefined) return { features, epsg: crs.epsg }
      return crs.definition === undefined ? { features } : { features, crs }
    }
  } finally {
    dataset.close()
  }
  throw noLayer(path, geometry)
}

const noLayer = (path: string, geometry: Features["geometry"]): EngineError =>
  new EngineError("E_INPUT", `${path}: no layer of ${WANTED[geometry]}. Check the file.`, { file: path })

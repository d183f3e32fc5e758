/** Reads the file of an area of interest. */
import { planRingsOf } from "../../core/feature-table.js"
import { EngineError } from "../../errors.js"
import { checkJson } from "../../io/file-kind.js"
import { readFlatGeobuf } from "./flatgeobuf/reader.js"
import { type GeoJsonPolygons, parseGeoJsonPolygons } from "./geojson.js"
import { readTextOfFeatures } from "./read-text.js"

/**
 * Reads the polygons of a GeoJSON or FlatGeobuf file. The first bytes decide the format, not the
 * name.
 *
 * @returns each polygon's rings as x, y pairs, multipolygons flattened; `epsg` as in the file (4326
 *   for plain GeoJSON). If `epsg` is absent, the caller assumes the job's CRS or refuses the file.
 * @throws E_INPUT if the file cannot be read or has no polygon
 * @throws E_FORMAT as {@link readFlatGeobuf} and {@link parseGeoJsonPolygons}
 */
export const readPolygons = async (path: string): Promise<GeoJsonPolygons> => {
  const bytes = await readTextOfFeatures(path)
  if (bytes !== undefined) {
    checkJson(bytes, path, "GeoJSON or FlatGeobuf polygons")
    return parseGeoJsonPolygons(new TextDecoder().decode(bytes), path)
  }
  const { features, epsg } = await readFlatGeobuf(path)
  if (features.geometry !== "Polygon" || features.ids.length === 0) {
    const found = features.ids.length === 0 ? "no features" : `${features.geometry} features`
    throw new EngineError("E_INPUT", `${path}: ${found}; expected polygons. Check the file.`, { file: path })
  }
  const rings = features.ids.map((_, f) => planRingsOf(features, f))
  return epsg === undefined ? { rings } : { rings, epsg }
}

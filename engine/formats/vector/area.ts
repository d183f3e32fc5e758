/** The area of interest: its file, its polygons, and segments tested against boxes. */

import { planRingsOf } from "../../core/feature-table.js"
import type { Box2 } from "../../core/geometry/box.js"
import { boxOfRings } from "../../core/geometry/rings.js"
import { EngineError } from "../../errors.js"
import { checkJson } from "../../io/file-kind.js"
import { readFlatGeobuf } from "./flatgeobuf/reader.js"
import { type GeoJsonPolygons, parseGeoJsonPolygons } from "./geojson.js"
import { readTextOfFeatures } from "./read-text.js"

/**
 * An area of interest: polygons as rings of x, y pairs, each closed (first vertex repeated), in one
 * CRS. A point is inside a polygon if an odd number of its rings surround it, so orientation and
 * order of rings do not matter. Polygons may overlap.
 */
export interface Area {
  readonly rings: readonly (readonly Float64Array[])[]
}

/** The bounding box of all rings; empty (min above max) for an area without vertices. */
export const areaBox = (area: Area): Box2 => boxOfRings(area.rings.flat())

/**
 * Clips the segment to the box (Liang and Barsky 1984). True if a part of positive length is
 * strictly inside.
 */
export const segmentMeetsOpenBox = (x0: number, y0: number, x1: number, y1: number, box: Box2): boolean => {
  let from = 0
  let to = 1
  const slab = (start: number, delta: number, min: number, max: number): boolean => {
    if (delta === 0) return start > min && start < max
    const a = (min - start) / delta
    const b = (max - start) / delta
    from = Math.max(from, Math.min(a, b))
    to = Math.min(to, Math.max(a, b))
    return from < to
  }
  return slab(x0, x1 - x0, box[0], box[2]) && slab(y0, y1 - y0, box[1], box[3])
}

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

/** Reads polygons and their CRS from a GeoJSON text, for an area of interest. */
import { isObject } from "../../core/json/json-shape.js"
import { parseJson } from "../../core/json/parse-json.js"
import { EngineError } from "../../errors.js"
import type { Area } from "./area.js"

/** Polygons of a GeoJSON text and the CRS their coordinates are in. */
export interface GeoJsonPolygons extends Area {
  /** 4326 for longitude and latitude; absent when the text gives projected coordinates without naming their CRS. */
  readonly epsg?: number
}

/** An object of a JSON text. */
export type Json = Readonly<Record<string, unknown>>

/**
 * The polygons of a GeoJSON FeatureCollection, Feature or geometry; multipolygons and collections flattened, heights dropped, rings closed where the text
 * forgot to.
 *
 * CRS: the `crs` member of the 2008 specification when there is one (`urn:ogc:def:crs:EPSG::2154`, `EPSG:2154`, CRS84). Without it RFC 7946 §4
 * means longitude and latitude (4326); but coordinates beyond ±180, ±90 cannot be those (seen: Lambert-93 without `crs`), then `epsg` stays absent.
 *
 * @param file name for messages
 * @throws E_FORMAT for text that is no GeoJSON, a polygon with a broken ring, another CRS notation; E_INPUT when there is no polygon in it
 */
export const parseGeoJsonPolygons = (text: string, file: string): GeoJsonPolygons => {
  const root = parseJsonObject(text, file)
  const rings: Float64Array[][] = []
  collect(root, rings, file)
  if (rings.length === 0) {
    throw new EngineError("E_INPUT", `${file}: no polygon in it; expected a Polygon or MultiPolygon`, { file })
  }
  const epsg = crsOf(root, file) ?? (rings.every(looksGeographic) ? 4326 : undefined)
  return epsg === undefined ? { rings } : { rings, epsg }
}

const fail = (file: string, message: string): EngineError =>
  new EngineError("E_FORMAT", `${file}: ${message}`, { file })

/** The object that a JSON text holds. @throws E_FORMAT where it is no JSON or no object */
export const parseJsonObject = (text: string, file: string): Json => {
  let value: unknown
  try {
    value = parseJson(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch (cause) {
    // The words of what is no JSON are not told: they may be bytes of anything.
    const why = (cause as Error).message.replace(/[,:]? ?"[\s\S]*$/, "").replace(/[^\x20-\x7e]+/g, "?")
    throw fail(file, `not JSON (${why}); expected GeoJSON or FlatGeobuf`)
  }
  if (!isObject(value)) throw fail(file, `a JSON ${typeof value}; expected a GeoJSON object`)
  return value
}

const collect = (node: unknown, rings: Float64Array[][], file: string): void => {
  // RFC 7946 §3.2: a feature without place has a null geometry.
  if (node === null || node === undefined) return
  if (!isObject(node)) throw fail(file, `found ${JSON.stringify(node)?.slice(0, 40)}; expected a GeoJSON object`)
  switch (node["type"]) {
    case "FeatureCollection":
      for (const feature of arrayOf(node["features"], file)) collect(feature, rings, file)
      return
    case "Feature":
      collect(node["geometry"], rings, file)
      return
    case "GeometryCollection":
      for (const geometry of arrayOf(node["geometries"], file)) collect(geometry, rings, file)
      return
    case "Polygon":
      addPolygon(node["coordinates"], rings, file)
      return
    case "MultiPolygon":
      for (const polygon of arrayOf(node["coordinates"], file)) addPolygon(polygon, rings, file)
      return
    case "Point":
    case "MultiPoint":
    case "LineString":
    case "MultiLineString":
      return
    default:
      throw fail(file, `an object of type ${JSON.stringify(node["type"])}; expected a GeoJSON type`)
  }
}

const arrayOf = (value: unknown, file: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw fail(file, `found ${JSON.stringify(value)?.slice(0, 40)}; expected a JSON array`)
  return value
}

const addPolygon = (coordinates: unknown, rings: Float64Array[][], file: string): void => {
  const polygon = arrayOf(coordinates, file).map((ring) => ringOf(arrayOf(ring, file), file))
  if (polygon.length > 0) rings.push(polygon)
}

const ringOf = (positions: readonly unknown[], file: string): Float64Array => {
  const xy: number[] = []
  for (const position of positions) {
    const [x, y] = arrayOf(position, file)
    if (typeof x !== "number" || typeof y !== "number" || !Number.isFinite(x) || !Number.isFinite(y)) {
      throw fail(file, `a position ${JSON.stringify(position)?.slice(0, 40)}; expected two numbers`)
    }
    xy.push(x, y)
  }
  if (xy.length >= 2 && (xy[0] !== xy.at(-2) || xy[1] !== xy.at(-1))) xy.push(xy[0]!, xy[1]!)
  if (xy.length < 8) throw fail(file, `a polygon ring of ${positions.length} positions; expected at least four`)
  return Float64Array.from(xy)
}

const looksGeographic = (polygon: readonly Float64Array[]): boolean =>
  polygon.every((ring) => ring.every((value, i) => Math.abs(value) <= (i % 2 === 0 ? 180 : 90)))

/** EPSG code of the `crs` member (2008); undefined without one. @throws E_FORMAT for another notation */
export const crsOf = (root: Json, file: string): number | undefined => {
  const crs = root["crs"]
  if (crs === undefined || crs === null) return undefined
  const properties = isObject(crs) ? crs["properties"] : undefined
  const name = isObject(properties) ? properties["name"] : undefined
  if (typeof name === "string") {
    if (/CRS:?84$/i.test(name)) return 4326
    const match = /EPSG(?:\/[\d.]+\/|:[\d.]*:|:)(\d+)$/i.exec(name)
    if (match) return Number(match[1])
  }
  throw fail(
    file,
    `the crs member ${JSON.stringify(crs).slice(0, 120)}; expected a name such as urn:ogc:def:crs:EPSG::2154`,
  )
}

/** Reads polygons and their CRS from a GeoJSON text, for an area of interest. */

import { parseFile } from "../../core/files/parse-file.js"
import { boxOfRings, doubledArea } from "../../core/geometry/rings.js"
import { isObject } from "../../core/json/json-shape.js"
import { EngineError } from "../../errors.js"
import type { Features } from "../../kernel.js"
import type { Area } from "./area.js"

/** Polygons of a GeoJSON text, and the CRS of their coordinates. */
export interface GeoJsonPolygons extends Area {
  /** 4326 for longitude and latitude; absent if coordinates are projected and no CRS is named. */
  readonly epsg?: number
}

/** An object of a JSON text. */
export type Json = Readonly<Record<string, unknown>>

/**
 * Reads the polygons of a GeoJSON FeatureCollection, Feature or geometry. Multipolygons and
 * collections are flattened and heights dropped. Rings are closed, and turned as in RFC 7946
 * §3.1.6.
 *
 * The CRS is that of the `crs` member of the 2008 specification, if present
 * (`urn:ogc:def:crs:EPSG::2154`, `EPSG:2154`, CRS84). Otherwise RFC 7946 §4 implies longitude and
 * latitude (4326). Some files give projected coordinates without `crs`. Coordinates beyond ±180,
 * ±90 are therefore not degrees, and `epsg` is absent.
 *
 * @param file name for messages
 * @throws E_FORMAT for text that is no GeoJSON, a polygon with a broken ring, or another CRS
 *   notation
 * @throws E_INPUT if it has no polygon
 */
export const parseGeoJsonPolygons = (text: string, file: string): GeoJsonPolygons => {
  const root = parseJsonObject(text, file)
  const rings: Float64Array[][] = []
  collect(root, rings, file)
  if (rings.length === 0) {
    throw new EngineError("E_INPUT", `${file}: no polygons; expected a Polygon or MultiPolygon. Check the file.`, {
      file,
    })
  }
  return { rings, ...epsgOfGeoJson(root, rings.flat(), file) }
}

const fail = (file: string, message: string): EngineError =>
  new EngineError("E_FORMAT", `${file}: ${message}. Correct or export it again.`, { file })

/** Parses a JSON text. @throws E_FORMAT unless it is a JSON object */
export const parseJsonObject = (text: string, file: string): Json => {
  const value = parseFile(
    text.charCodeAt(0) === 0xfeff ? text.slice(1) : text,
    file,
    "Give GeoJSON or FlatGeobuf.",
    file,
  )
  if (!isObject(value)) throw fail(file, `a JSON ${typeof value}; expected a GeoJSON object`)
  return value
}

const collect = (node: unknown, rings: Float64Array[][], file: string): void => {
  // RFC 7946 §3.2: a feature without location has a null geometry.
  if (node === null || node === undefined) return
  if (!isObject(node)) throw fail(file, `${JSON.stringify(node)?.slice(0, 40)}; expected a GeoJSON object`)
  const { type } = node
  if (type === "FeatureCollection") for (const one of arrayOf(node["features"], file)) collect(one, rings, file)
  else if (type === "Feature") collect(node["geometry"], rings, file)
  else if (type === "GeometryCollection") for (const one of arrayOf(node["geometries"], file)) collect(one, rings, file)
  else if (!GEOMETRIES.includes(type))
    throw fail(file, `an object of type ${JSON.stringify(type)}; expected a GeoJSON type`)
  else {
    const parts = readParts(node, "Polygon", file, { heights: false, dimension: 2 })
    for (const polygon of parts) if (polygon.length > 0) rings.push(polygon)
  }
}

const GEOMETRIES: readonly unknown[] = ["Point", "LineString", "Polygon"].flatMap((type) => [type, `Multi${type}`])

/** How positions are stored, and what was found of them. */
interface Positions {
  /** Set if any vertex has a height. */
  heights: boolean
  /** 2 drops heights; 3 stores 0 where one is missing (default). */
  readonly dimension?: 2 | 3
}

/**
 * Reads the polygons, lines or points of a GeoJSON geometry, each as a list of rings. Rings are
 * closed; outer ones turn counter-clockwise, holes clockwise.
 *
 * @throws E_FORMAT for a position that is no pair of numbers, or a ring of fewer than four
 *   positions
 */
export const readParts = (
  node: unknown,
  geometry: Features["geometry"],
  file: string,
  flat: Positions,
): Float64Array[][] => {
  // RFC 7946 §3.2: a feature without location has a null geometry.
  if (!isObject(node)) return []
  const type = node["type"]
  const coordinates = node["coordinates"]
  const lines = (list: unknown): Float64Array[] =>
    arrayOf(list, file).map((one) => readPositions(arrayOf(one, file), file, flat))
  const polygonOf = (rings: unknown): Float64Array[] =>
    lines(rings).map((ring, r) => closed(ring, r > 0, file, flat.dimension))
  if (type === "GeometryCollection")
    return arrayOf(node["geometries"], file).flatMap((one) => readParts(one, geometry, file, flat))
  if (geometry === "LineString") {
    if (type === "LineString") return lines([coordinates]).map((line) => [line])
    return type === "MultiLineString" ? lines(coordinates).map((line) => [line]) : []
  }
  if (geometry === "Point") {
    if (type === "Point") return [[readPositions([coordinates], file, flat)]]
    return type === "MultiPoint" ? arrayOf(coordinates, file).map((one) => [readPositions([one], file, flat)]) : []
  }
  if (type === "Polygon") return [polygonOf(coordinates)]
  return type === "MultiPolygon" ? arrayOf(coordinates, file).map(polygonOf) : []
}

const arrayOf = (value: unknown, file: string): readonly unknown[] => {
  if (Array.isArray(value)) return value
  throw fail(file, `${JSON.stringify(value)?.slice(0, 40)}; expected a JSON array`)
}

const readPositions = (positions: readonly unknown[], file: string, flat: Positions): Float64Array => {
  const { dimension = 3 } = flat
  const xyz = new Float64Array(dimension * positions.length)
  for (let v = 0; v < positions.length; v++) {
    const position = arrayOf(positions[v], file)
    // Not by destructuring, which takes an iterator for each position.
    const [x, y, z] = [position[0], position[1], position[2]]
    if (typeof x !== "number" || typeof y !== "number" || !Number.isFinite(x) || !Number.isFinite(y))
      throw fail(file, `a position ${JSON.stringify(position)?.slice(0, 40)}; expected two numbers`)
    xyz[dimension * v] = x
    xyz[dimension * v + 1] = y
    if (typeof z !== "number" || !Number.isFinite(z)) continue
    flat.heights = true
    if (dimension === 3) xyz[3 * v + 2] = z
  }
  return xyz
}

/** Closes the ring and corrects its orientation. */
const closed = (ring: Float64Array, hole: boolean, file: string, dimension: 2 | 3 = 3): Float64Array => {
  const open = ring.length >= dimension && (ring[0] !== ring.at(-dimension) || ring[1] !== ring.at(1 - dimension))
  const whole = open ? Float64Array.from([...ring, ...ring.subarray(0, dimension)]) : ring
  if (whole.length < 4 * dimension)
    throw fail(file, `a polygon ring of ${ring.length / dimension} positions; expected at least four`)
  return doubledArea(whole, dimension) > 0 === hole ? reversed(whole, dimension) : whole
}

const reversed = (ring: Float64Array, dimension: 2 | 3): Float64Array => {
  const back = new Float64Array(ring.length)
  for (let i = 0; i < ring.length; i++) back[i] = ring[ring.length - dimension - i + 2 * (i % dimension)]!
  return back
}

/**
 * The CRS that the text names, else 4326 if all coordinates can be degrees. Throws as
 * {@link readCrs}.
 */
export const epsgOfGeoJson = (
  root: Json,
  rings: readonly ArrayLike<number>[],
  file: string,
  dimension: 2 | 3 = 2,
): { readonly epsg?: number } => {
  const named = readCrs(root, file)
  if (named !== undefined) return { epsg: named }
  const [minX, minY, maxX, maxY] = boxOfRings(rings, dimension)
  // Without coordinates the box is inside out, and says nothing.
  return minX <= maxX && minX >= -180 && maxX <= 180 && minY >= -90 && maxY <= 90 ? { epsg: 4326 } : {}
}

/**
 * EPSG code of the `crs` member (2008); undefined without one.
 *
 * @throws E_FORMAT for another notation
 */
export const readCrs = (root: Json, file: string): number | undefined => {
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

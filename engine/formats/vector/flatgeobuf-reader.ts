import { readFile } from "node:fs/promises"
import { basename } from "node:path"
import { ByteBuffer } from "flatbuffers"
import type { ColumnMeta } from "flatgeobuf/lib/mjs/column-meta.js"
import { ColumnType } from "flatgeobuf/lib/mjs/flat-geobuf/column-type.js"
import { Feature } from "flatgeobuf/lib/mjs/flat-geobuf/feature.js"
import type { Geometry } from "flatgeobuf/lib/mjs/flat-geobuf/geometry.js"
import { GeometryType } from "flatgeobuf/lib/mjs/flat-geobuf/geometry-type.js"
import { Header } from "flatgeobuf/lib/mjs/flat-geobuf/header.js"
import { type IProperties, parseProperties } from "flatgeobuf/lib/mjs/generic/feature.js"
import { fromByteBuffer, type HeaderMeta } from "flatgeobuf/lib/mjs/header-meta.js"
import { EngineError } from "../../errors.js"
import type { Column, Features } from "../../kernel.js"
import { rtreeSize } from "./packed-rtree.js"

/** A layer read from a FlatGeobuf file. */
export interface FlatGeobufLayer {
  readonly features: Features
  /** EPSG code; absent when the file names none. */
  readonly epsg?: number
  readonly name: string
  readonly metadata: Readonly<Record<string, string>>
}

/** Headers above this size are taken for a broken file, as the reference readers do. */
const maxHeaderBytes = 10 * 2 ** 20

type Simple = Features["geometry"]
const simpleOf: Readonly<Record<number, Simple>> = {
  [GeometryType.Point]: "Point",
  [GeometryType.MultiPoint]: "Point",
  [GeometryType.LineString]: "LineString",
  [GeometryType.MultiLineString]: "LineString",
  [GeometryType.Polygon]: "Polygon",
  [GeometryType.MultiPolygon]: "Polygon",
  [GeometryType.Triangle]: "Polygon",
}

/**
 * Reads a whole FlatGeobuf file (version 3, with or without index, any number of features, announced or not).
 *
 * Collections are flattened: part k of feature id becomes the feature `id.k`; a file without column `id` counts its features from 0. Features without
 * geometry are left out. Columns: Byte to Int and Bool → integer (number when a value is missing), other numbers → number (NaN where missing),
 * text → string (empty where missing), JSON as text, binary as hexadecimal text. Orientation of rings is left as found. Memory: the file and its features.
 *
 * Throws E_INPUT when the file cannot be read, E_FORMAT when it is no FlatGeobuf 3, is cut or inconsistent, mixes points, lines and
 * polygons, has no geometry at all, or curves, surfaces or collections of other types.
 */
export const readFlatGeobuf = async (path: string): Promise<FlatGeobufLayer> => {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (cause) {
    throw new EngineError("E_INPUT", `${path}: cannot be read (${(cause as Error).message})`, { file: path }, cause)
  }
  try {
    return decode(bytes, path)
  } catch (error) {
    if (error instanceof EngineError) throw error
    // Views of the package run over the end of a broken buffer.
    const found = error instanceof Error ? error.message : String(error)
    throw formatError(path, `is cut or damaged (${found}); expected a whole FlatGeobuf file: fetch or export it again`)
  }
}

const formatError = (path: string, message: string): EngineError =>
  new EngineError("E_FORMAT", `${basename(path)} ${message}`, { file: path })

interface Row {
  readonly id: string
  readonly properties: IProperties
  readonly rings: readonly Float64Array[]
}

const decode = (bytes: Uint8Array, path: string): FlatGeobufLayer => {
  checkMagic(bytes, path)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerSize = bytes.length >= 12 ? view.getUint32(8, true) : 0
  if (headerSize < 8 || headerSize > maxHeaderBytes || 12 + headerSize > bytes.length) {
    throw formatError(
      path,
      `announces a header of ${headerSize} bytes in a file of ${bytes.length}: it is cut or damaged`,
    )
  }
  // Copies start at a multiple of 8, which the file does not promise, and the package's views need it.
  const meta = fromByteBuffer(new ByteBuffer(bytes.slice(8, 12 + headerSize)))
  const header = Header.getSizePrefixedRootAsHeader(new ByteBuffer(bytes.slice(8, 12 + headerSize)))
  const dimension = header.hasZ() ? 3 : 2
  const indexed = meta.indexNodeSize > 0 && meta.featuresCount > 0
  let position = 12 + headerSize + (indexed ? rtreeSize(meta.featuresCount, meta.indexNodeSize) : 0)
  // JSON stays text: files hold text there that is none.
  const readAs = { ...meta, columns: (meta.columns ?? []).map(asText) }
  const rows: Row[] = []
  const kinds = new Set<Simple>()
  let number = 0
  while (position < bytes.length) {
    const size = position + 4 <= bytes.length ? view.getUint32(position, true) : Number.POSITIVE_INFINITY
    if (position + 4 + size > bytes.length) {
      throw formatError(
        path,
        `ends inside feature ${number} (byte ${position} of ${bytes.length}): fetch or export it again`,
      )
    }
    const feature = Feature.getSizePrefixedRootAsFeature(new ByteBuffer(bytes.slice(position, position + 4 + size)))
    rows.push(...rowsOf(feature, number, readAs, dimension, kinds, path))
    position += 4 + size
    number++
  }
  if (meta.featuresCount > 0 && meta.featuresCount !== number) {
    throw formatError(path, `announces ${meta.featuresCount} features and holds ${number}: it is cut or damaged`)
  }
  return layerOf(rows, geometryOf(kinds, meta, number, path), dimension, meta, header.name() ?? basename(path, ".fgb"))
}

const asText = (column: ColumnMeta): ColumnMeta =>
  column.type === ColumnType.Json ? { ...column, type: ColumnType.String } : column

const checkMagic = (bytes: Uint8Array, path: string): void => {
  const isFgb = [0, 1, 2, 4, 5, 6].every((i) => bytes[i] === "fgb".charCodeAt(i % 4))
  if (!isFgb) throw formatError(path, "does not start with the bytes of FlatGeobuf: expected a .fgb file")
  if (bytes[3] !== 3) {
    throw formatError(path, `is FlatGeobuf version ${bytes[3]}; expected 3: convert it with "ogr2ogr new.fgb old.fgb"`)
  }
}

const geometryOf = (kinds: ReadonlySet<Simple>, meta: HeaderMeta, count: number, path: string): Simple => {
  if (kinds.size > 1) {
    const found = [...kinds].sort().join(", ")
    throw formatError(path, `mixes geometries (${found}); expected one kind: split it into one file a kind`)
  }
  for (const kind of kinds) return kind
  const announced = simpleOf[meta.geometryType]
  if (count > 0) throw formatError(path, `holds ${count} features without geometry; expected points, lines or polygons`)
  return announced ?? "Polygon"
}

const rowsOf = (
  feature: Feature,
  number: number,
  meta: HeaderMeta,
  dimension: 2 | 3,
  kinds: Set<Simple>,
  path: string,
): Row[] => {
  const geometry = feature.geometry()
  if (!geometry) return []
  const type = meta.geometryType === GeometryType.Unknown ? geometry.type() : meta.geometryType
  const simple = simpleOf[type]
  if (!simple) {
    throw formatError(
      path,
      `holds a ${GeometryType[type] ?? `geometry of type ${type}`} (feature ${number}); expected points, lines or polygons`,
    )
  }
  const parts = partsOf(geometry, type, dimension).filter((rings) => rings.length > 0)
  if (parts.length > 0) kinds.add(simple)
  const properties = parseProperties(feature, meta.columns)
  const own = properties["id"]
  const id = typeof own === "string" || typeof own === "number" ? String(own) : String(number)
  return parts.map((rings, k) => ({ id: parts.length === 1 ? id : `${id}.${k}`, properties, rings }))
}

/** The rings of each part, interleaved x, y[, z]. */
const partsOf = (geometry: Geometry, type: GeometryType, dimension: 2 | 3): Float64Array[][] => {
  if (type === GeometryType.MultiPolygon) {
    return Array.from({ length: geometry.partsLength() }, (_, k) => ringsOf(geometry.parts(k)!, dimension))
  }
  if (type === GeometryType.MultiLineString) return ringsOf(geometry, dimension).map((line) => [line])
  if (type === GeometryType.MultiPoint) {
    const points = ringsOf(geometry, dimension)[0] ?? new Float64Array(0)
    return Array.from({ length: points.length / dimension }, (_, k) => [
      points.slice(dimension * k, dimension * (k + 1)),
    ])
  }
  return [ringsOf(geometry, dimension)]
}

const ringsOf = (geometry: Geometry, dimension: 2 | 3): Float64Array[] => {
  const xy = geometry.xyArray()
  if (!xy || xy.length === 0) return []
  const z = dimension === 3 ? geometry.zArray() : null
  const ends = geometry.endsArray() ?? [xy.length / 2]
  const rings: Float64Array[] = []
  let start = 0
  for (const end of ends) {
    if (end < start || 2 * end > xy.length) throw new RangeError(`ring end ${end} beyond ${xy.length / 2} vertices`)
    const ring = new Float64Array(dimension * (end - start))
    for (let v = start; v < end; v++) {
      ring[dimension * (v - start)] = xy[2 * v]!
      ring[dimension * (v - start) + 1] = xy[2 * v + 1]!
      if (dimension === 3) ring[dimension * (v - start) + 2] = z?.[v] ?? 0
    }
    rings.push(ring)
    start = end
  }
  return rings
}

const layerOf = (
  rows: readonly Row[],
  geometry: Simple,
  dimension: 2 | 3,
  meta: HeaderMeta,
  name: string,
): FlatGeobufLayer => {
  const rings = rows.flatMap((row) => row.rings)
  const coordinates = new Float64Array(rings.reduce((sum, ring) => sum + ring.length, 0))
  let position = 0
  const ringEnds = Uint32Array.from(rings, (ring) => {
    coordinates.set(ring, position)
    position += ring.length
    return position / dimension
  })
  let ringCount = 0
  const partEnds = Uint32Array.from(rows, (row) => (ringCount += row.rings.length))
  const columns: Record<string, Column> = {}
  for (const column of meta.columns ?? []) {
    if (column.name !== "id") columns[column.name] = columnOf(rows, column.name, column.type)
  }
  const features: Features = {
    geometry,
    dimension,
    coordinates,
    ringEnds,
    partEnds,
    ids: rows.map((row) => row.id),
    columns,
  }
  const { crs } = meta
  const epsg = crs && (!crs.org || crs.org.toUpperCase() === "EPSG") && crs.code > 0 ? { epsg: crs.code } : {}
  return { features, ...epsg, name, metadata: metadataOf(meta.metadata) }
}

const integerTypes: ReadonlySet<ColumnType> = new Set([
  ColumnType.Byte,
  ColumnType.UByte,
  ColumnType.Bool,
  ColumnType.Short,
  ColumnType.UShort,
  ColumnType.Int,
])
const numberTypes: ReadonlySet<ColumnType> = new Set([
  ...integerTypes,
  ColumnType.UInt,
  ColumnType.Long,
  ColumnType.ULong,
  ColumnType.Float,
  ColumnType.Double,
])

const columnOf = (rows: readonly Row[], name: string, type: ColumnType): Column => {
  const values = rows.map((row) => row.properties[name])
  if (!numberTypes.has(type)) return { type: "string", values: values.map(textOf) }
  const whole = integerTypes.has(type) && !values.includes(undefined)
  if (whole) return { type: "integer", values: Int32Array.from(values, Number) }
  return {
    type: "number",
    values: Float64Array.from(values, (value) => (value === undefined ? Number.NaN : Number(value))),
  }
}

const textOf = (value: unknown): string => {
  if (value === undefined) return ""
  if (typeof value === "string") return value
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : JSON.stringify(value)
}

const metadataOf = (text: string | null): Record<string, string> => {
  if (!text) return {}
  try {
    const value: unknown = JSON.parse(text)
    if (value === null || typeof value !== "object" || Array.isArray(value)) return { metadata: text }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, textOf(inner)]))
  } catch {
    // Free text is allowed there.
    return { metadata: text }
  }
}

/** Decodes headers and features of FlatGeobuf files, for all readers of this folder. */
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
import type { Box2 } from "../../../core/geometry/box.js"
import { isObject } from "../../../core/json/json-shape.js"
import { damaged, EngineError } from "../../../errors.js"
import type { ByteSource } from "../../../io/byte-source.js"
import type { Features } from "../../../kernel.js"
import { rtreeSize } from "./packed-rtree.js"

/** A larger header means a broken file, as for the reference readers. */
const maxHeaderBytes = 10 * 2 ** 20

/** Geometry types without collections, which are split into parts. */
export type Simple = Features["geometry"]
/** The simple geometry of each supported type. */
export const simpleOf: Readonly<Record<number, Simple>> = {
  [GeometryType.Point]: "Point",
  [GeometryType.MultiPoint]: "Point",
  [GeometryType.LineString]: "LineString",
  [GeometryType.MultiLineString]: "LineString",
  [GeometryType.Polygon]: "Polygon",
  [GeometryType.MultiPolygon]: "Polygon",
  [GeometryType.Triangle]: "Polygon",
}

/** A feature, or one part of a collection. `rings`: interleaved x, y[, z]. */
export interface FeatureRow {
  readonly id: string
  readonly properties: IProperties
  readonly rings: readonly Float64Array[]
}

/** The header of a file and the offsets of its sections. */
export interface FlatGeobufHead {
  /** JSON columns become text columns, since some files have text there that is no JSON. */
  readonly meta: HeaderMeta
  readonly name: string
  readonly dimension: 2 | 3
  /** Offset of the index; without an index, that of the features. */
  readonly indexAt: number
  readonly featuresAt: number
}

/**
 * Reads the header from the first bytes of a file of `fileBytes` bytes. Needs the whole header, or
 * the whole file if it is shorter.
 *
 * @throws EngineError E_FORMAT if it is no FlatGeobuf 3, or the header is truncated
 */
export const readFlatGeobufHead = (bytes: Uint8Array, fileBytes: number, path: string): FlatGeobufHead => {
  checkMagic(bytes, path)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerSize = bytes.length >= 12 ? view.getUint32(8, true) : 0
  if (headerSize < 8 || headerSize > maxHeaderBytes || 12 + headerSize > Math.min(bytes.length, fileBytes)) {
    throw damaged(path, `it announces a header of ${headerSize} bytes and has ${fileBytes}`)
  }
  return orDamaged(path, "header", () => {
    // Copied, since the package's views need an alignment of 8 that the file does not guarantee.
    const meta = fromByteBuffer(new ByteBuffer(bytes.slice(8, 12 + headerSize)))
    const header = Header.getSizePrefixedRootAsHeader(new ByteBuffer(bytes.slice(8, 12 + headerSize)))
    const indexed = meta.indexNodeSize > 0 && meta.featuresCount > 0
    const featuresAt = 12 + headerSize + (indexed ? rtreeSize(meta.featuresCount, meta.indexNodeSize) : 0)
    if (featuresAt > fileBytes) throw new RangeError(`${meta.featuresCount} features in ${fileBytes} bytes`)
    const name = header.name() ?? basename(path, ".fgb")
    const columns = (meta.columns ?? []).map(asText)
    // Such a name would replace the prototype of the objects that hold columns by name.
    if (columns.some((column) => column.name === "__proto__")) throw new RangeError("a column is named __proto__")
    return { meta: { ...meta, columns }, name, dimension: header.hasZ() ? 3 : 2, indexAt: 12 + headerSize, featuresAt }
  })
}

/** Reads the header of an open file. Throws as {@link readFlatGeobufHead}. */
export const openFlatGeobufHead = async (bytes: ByteSource, path: string): Promise<FlatGeobufHead> => {
  const start = await bytes.read(0, Math.min(bytes.size, 1 << 16))
  const announced = start.length >= 12 ? new DataView(start.buffer, start.byteOffset).getUint32(8, true) : 0
  const isWhole = announced + 12 > start.length && announced + 12 <= bytes.size
  return readFlatGeobufHead(isWhole ? await bytes.read(0, announced + 12) : start, bytes.size, path)
}

/** Column types of integers up to 32 bits, then column types of all numbers. */
export const integerTypes: ReadonlySet<ColumnType> = new Set([
  ColumnType.Byte,
  ColumnType.UByte,
  ColumnType.Bool,
  ColumnType.Short,
  ColumnType.UShort,
  ColumnType.Int,
])
export const numberTypes: ReadonlySet<ColumnType> = new Set([
  ...integerTypes,
  ColumnType.UInt,
  ColumnType.Long,
  ColumnType.ULong,
  ColumnType.Float,
  ColumnType.Double,
])

/** EPSG code of the layer's CRS, if the header names one. */
export const epsgOf = ({ meta: { crs } }: FlatGeobufHead): { readonly epsg?: number } =>
  crs && (!crs.org || crs.org.toUpperCase() === "EPSG") && crs.code > 0 ? { epsg: crs.code } : {}

/** A column value as text: JSON for values that are no text, hexadecimal for binary. */
export const textOf = (value: unknown): string => {
  if (typeof value === "string") return value
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : JSON.stringify(value)
}

/** The header's bounding box of all features, if any, and its metadata as text by name. */
export const announcedBy = ({ meta }: FlatGeobufHead): { box?: Box2; metadata: Record<string, string> } => {
  const [minX, minY, maxX, maxY] = meta.envelope ?? []
  const isKnown = minX !== undefined && minY !== undefined && maxX !== undefined && maxY !== undefined
  return { ...(isKnown ? { box: [minX, minY, maxX, maxY] } : {}), metadata: parseTexts(meta.metadata) }
}

const parseTexts = (text: string | null): Record<string, string> => {
  try {
    const value: unknown = JSON.parse(text ?? "{}")
    if (!isObject(value)) return {}
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, typeof inner === "string" ? inner : JSON.stringify(inner)]),
    )
  } catch {
    // The format allows free text here, which has no names.
    return {}
  }
}

/** The package's views overrun a broken buffer without naming the file, so errors are wrapped. */
const orDamaged = <T>(path: string, part: string, read: () => T): T => {
  try {
    return read()
  } catch (error) {
    if (error instanceof EngineError) throw error
    const found = error instanceof Error ? error.message : String(error)
    throw damaged(path, `${part}: ${found}`)
  }
}

/**
 * Decodes the parts of feature `number` from its size-prefixed bytes. Adds their geometry to
 * `kinds`.
 */
export const readFeatureRows = (
  bytes: Uint8Array,
  number: number,
  { meta, dimension }: FlatGeobufHead,
  kinds: Set<Simple>,
  path: string,
): FeatureRow[] =>
  orDamaged(path, `feature ${number}`, () =>
    readRows(Feature.getSizePrefixedRootAsFeature(new ByteBuffer(bytes)), number, meta, dimension, kinds, path),
  )

/** Reads the id of a feature written by maille, its first column, from its size-prefixed bytes. */
export const readFeatureId = (bytes: Uint8Array): string => {
  const properties = Feature.getSizePrefixedRootAsFeature(new ByteBuffer(bytes)).propertiesArray()
  if (properties === null || properties.length < 6) return ""
  const size = new DataView(properties.buffer, properties.byteOffset).getUint32(2, true)
  return new TextDecoder().decode(properties.subarray(6, 6 + size))
}

/**
 * The error for a file that is unsupported or of another format.
 */
export const formatError = (path: string, message: string): EngineError =>
  new EngineError("E_FORMAT", `${path}: ${message}.`, { file: path })

/** For a file with several kinds of geometry. */
export const mixedGeometries = (kinds: ReadonlySet<string>): string =>
  `several geometries (${[...kinds].sort().join(", ")}). Split it into one file per geometry`

/** The error for a file with another number of features than its header announces. */
export const otherCount = (path: string, announced: number, count: number): EngineError =>
  damaged(path, `its header announces ${announced} features, and it has ${count}`)

const asText = (column: ColumnMeta): ColumnMeta =>
  column.type === ColumnType.Json ? { ...column, type: ColumnType.String } : column

const checkMagic = (bytes: Uint8Array, path: string): void => {
  const isFgb = [0, 1, 2, 4, 5, 6].every((i) => bytes[i] === "fgb".charCodeAt(i % 4))
  if (!isFgb) throw formatError(path, "not a FlatGeobuf file (.fgb). Check the path")
  if (bytes[3] !== 3) {
    throw formatError(path, `FlatGeobuf version ${bytes[3]}; expected 3. Convert it: ogr2ogr new.fgb old.fgb`)
  }
}

const readRows = (
  feature: Feature,
  number: number,
  meta: HeaderMeta,
  dimension: 2 | 3,
  kinds: Set<Simple>,
  path: string,
): FeatureRow[] => {
  const geometry = feature.geometry()
  if (!geometry) return []
  const type = meta.geometryType === GeometryType.Unknown ? geometry.type() : meta.geometryType
  const simple = simpleOf[type]
  if (!simple) {
    throw formatError(
      path,
      `feature ${number} is a ${GeometryType[type] ?? `geometry of type ${type}`}; expected points, lines or polygons`,
    )
  }
  const parts = readParts(geometry, type, dimension).filter((rings) => rings.length > 0)
  if (parts.length > 0) kinds.add(simple)
  checkProperties(feature, meta.columns ?? [])
  const properties = parseProperties(feature, meta.columns)
  const own = properties["id"]
  const id = typeof own === "string" || typeof own === "number" ? String(own) : String(number)
  return parts.map((rings, k) => ({ id: parts.length === 1 ? id : `${id}.${k}`, properties, rings }))
}

/** Bytes of a value by column type; texts and binaries have their length (u32) before them. */
const valueBytes = new Map<ColumnType, number>([
  ...[ColumnType.Byte, ColumnType.UByte, ColumnType.Bool].map((type) => [type, 1] as const),
  ...[ColumnType.Short, ColumnType.UShort].map((type) => [type, 2] as const),
  ...[ColumnType.Int, ColumnType.UInt, ColumnType.Float].map((type) => [type, 4] as const),
  ...[ColumnType.Long, ColumnType.ULong, ColumnType.Double].map((type) => [type, 8] as const),
])

/**
 * Refuses attributes that name no column or end beyond the feature's own bytes: the package would
 * return a shorter text.
 */
const checkProperties = (feature: Feature, columns: readonly ColumnMeta[]): void => {
  const bytes = columns.length === 0 ? null : feature.propertiesArray()
  if (bytes === null) return
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  // Some writers leave one byte behind the last value.
  while (at + 2 <= bytes.length) {
    const number = view.getUint16(at, true)
    const column = columns[number]
    if (column === undefined) throw new RangeError(`attribute ${number} of ${columns.length} columns`)
    at += 2
    at += valueBytes.get(column.type) ?? 4 + view.getUint32(at, true)
    if (at > bytes.length) throw new RangeError(`attribute ${column.name} ends beyond its ${bytes.length} bytes`)
  }
}

/** The rings of each part, interleaved x, y[, z]. */
const readParts = (geometry: Geometry, type: GeometryType, dimension: 2 | 3): Float64Array[][] => {
  if (type === GeometryType.MultiPolygon) {
    const count = geometry.partsLength()
    // Each part takes at least 4 bytes. Without this check, a damaged count could make an endless
    // loop.
    if (4 * count > (geometry.bb?.capacity() ?? 0)) throw new RangeError(`${count} parts`)
    return Array.from({ length: count }, (_, k) => readRings(geometry.parts(k), dimension))
  }
  if (type === GeometryType.MultiLineString) return readRings(geometry, dimension).map((line) => [line])
  if (type === GeometryType.MultiPoint) {
    const points = readRings(geometry, dimension)[0] ?? new Float64Array(0)
    return Array.from({ length: points.length / dimension }, (_, k) => [
      points.slice(dimension * k, dimension * (k + 1)),
    ])
  }
  return [readRings(geometry, dimension)]
}

const readRings = (geometry: Geometry | null, dimension: 2 | 3): Float64Array[] => {
  const xy = geometry?.xyArray()
  if (geometry === null || !xy || xy.length === 0) return []
  if (xy.length % 2 !== 0) throw new RangeError(`${xy.length} numbers of x and y`)
  // An empty point of GDAL.
  if (xy.length === 2 && Number.isNaN(xy[0]) && Number.isNaN(xy[1])) return []
  if (!xy.every(Number.isFinite)) throw new RangeError("a vertex is not at finite x and y")
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

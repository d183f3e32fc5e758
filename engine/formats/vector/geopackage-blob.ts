/** Encodes and decodes geometries as GeoPackage stores them. */
import { boxOfRings } from "../../core/geometry/rings.js"
import { damaged, EngineError } from "../../errors.js"
import type { LayerStream, StreamFeature } from "./flatgeobuf/layer-stream.js"
import { encodeWkb } from "./wkb.js"

/** Bytes before the envelope: "GP", version, flags, srs_id. */
const HEAD = 8
const LITTLE_ENDIAN = 1
const BOX_XY = 1 << 1
const EMPTY = 1 << 4
const EXTENDED = 1 << 5
/** Bytes of the envelope by its code, bits 1 to 3 of the flags. */
const ENVELOPES = [0, 32, 48, 48, 64]

/**
 * A feature's geometry as a GeoPackage blob (OGC 12-128r19 §2.1.3), with its box: minX, maxX, minY,
 * maxY. Points need no envelope.
 */
export const encodeBlob = (feature: StreamFeature, layer: LayerStream, srsId: number) => {
  const [minX, minY, maxX, maxY] = boxOfRings(feature.parts.flat(), layer.dimension)
  const box = [minX, maxX, minY, maxY] as const
  const wkb = encodeWkb(feature, layer)
  const start = HEAD + (layer.geometry === "Point" ? 0 : 32)
  const bytes = new Uint8Array(start + wkb.length)
  const view = new DataView(bytes.buffer)
  bytes.set([0x47, 0x50, 0, LITTLE_ENDIAN | (start > HEAD ? BOX_XY : 0)])
  view.setInt32(4, srsId, true)
  if (start > HEAD) for (const [i, value] of box.entries()) view.setFloat64(HEAD + 8 * i, value, true)
  bytes.set(wkb, start)
  return { bytes, box }
}

/** A geometry of GeoJSON. */
interface Shape {
  readonly type: string
  readonly coordinates?: unknown
  readonly geometries?: readonly Shape[]
}

/**
 * A blob as a GeoJSON geometry; null if it is empty. Measures (M) are left out.
 *
 * @throws EngineError E_FORMAT if it is damaged, or has curves
 */
export const decodeBlob = (bytes: Uint8Array, path: string): Shape | null => {
  const flags = bytes[3] ?? 0
  const envelope = ENVELOPES[(flags >> 1) & 7]
  if (bytes.length < HEAD || bytes[0] !== 0x47 || bytes[1] !== 0x50 || envelope === undefined || flags & EXTENDED)
    throw damaged(path, "a geometry without the header of GeoPackage")
  if (flags & EMPTY) return null
  try {
    return readShape({ view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at: HEAD + envelope, path }, 0)
  } catch (cause) {
    if (cause instanceof RangeError) throw damaged(path, "a geometry that ends too early")
    throw cause
  }
}

interface Cursor {
  readonly view: DataView
  readonly path: string
  at: number
}

/** Deeper collections mean a damaged file. */
const MAX_DEPTH = 8
/** Names by WKB type; Triangles, surfaces and collections of linear parts have a simpler form. */
const NAMES: Readonly<Record<number, string>> = {
  ...{ 1: "Point", 2: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon" },
  ...{ 7: "GeometryCollection", 11: "MultiLineString", 12: "MultiPolygon", 15: "MultiPolygon", 16: "MultiPolygon" },
  17: "Polygon",
}

const readShape = (cursor: Cursor, depth: number): Shape => {
  const { view, path } = cursor
  const little = view.getUint8(cursor.at) === 1
  const code = view.getUint32(cursor.at + 1, little)
  cursor.at += 5
  // Types of ISO add 1000 for Z, 2000 for M; those of PostGIS and early GDAL set high bits.
  const [kind, iso] = [(code & 0xffff) % 1000, Math.floor((code & 0xffff) / 1000)]
  const hasZ = (code & 0x80000000) !== 0 || iso === 1 || iso === 3
  const numbers = 2 + (hasZ ? 1 : 0) + ((code & 0x40000000) !== 0 || iso > 1 ? 1 : 0)
  if (code & 0x20000000) cursor.at += 4
  const type = NAMES[kind]
  if (type === undefined && kind >= 8 && kind <= 14) {
    const text = `${path}: curves. Convert them: ogr2ogr -nlt CONVERT_TO_LINEAR lines.gpkg ${path}`
    throw new EngineError("E_FORMAT", text, { file: path })
  }
  if (type === undefined || depth > MAX_DEPTH) throw damaged(path, `a geometry of type ${code}`)

  const position = (): number[] => {
    const place = [view.getFloat64(cursor.at, little), view.getFloat64(cursor.at + 8, little)]
    if (hasZ) place.push(view.getFloat64(cursor.at + 16, little))
    cursor.at += 8 * numbers
    return place
  }
  /** `least`: bytes that one item has at least, so that a wrong count takes no memory. */
  const list = <T>(least: number, read: () => T): T[] => {
    const count = view.getUint32(cursor.at, little)
    cursor.at += 4
    if (count * least > view.byteLength - cursor.at) throw damaged(path, "a geometry that ends too early")
    return Array.from({ length: count }, read)
  }
  const ring = (): number[][] => list(8 * numbers, position)
  if (type === "Point") return { type, coordinates: position() }
  if (type === "LineString") return { type, coordinates: ring() }
  if (type === "Polygon") return { type, coordinates: list(4, ring) }
  const parts = list(5, () => readShape(cursor, depth + 1))
  return type === "GeometryCollection"
    ? { type, geometries: parts }
    : { type, coordinates: parts.map(({ coordinates }) => coordinates) }
}

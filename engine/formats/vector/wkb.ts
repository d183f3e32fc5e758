/** Encodes the geometry of a feature as well-known binary, for GeoPackage and GeoParquet. */
import type { LayerStream, StreamFeature } from "./flatgeobuf/layer-stream.js"

const TYPES = { Point: 1, LineString: 2, Polygon: 3 } as const
/** Added to the type of a collection and, in ISO numbering, to the type of 3D vertices. */
const [MULTI, WITH_HEIGHTS] = [3, 1000]

/**
 * Encodes a feature's geometry as little-endian well-known binary with ISO types (OGC 06-103r4 §8;
 * ISO 13249-3). 1 is Point, 2 LineString, 3 Polygon, and 4 to 6 are their collections; heights add
 * 1000.
 *
 * | bytes | |
 * |---|---|
 * | 1 | 1: little-endian |
 * | 4 | type |
 * | 4 | count: parts of a collection, rings of a polygon, or vertices of a line or ring |
 * | 16 or 24 | x, y[, z] of a vertex, f64 |
 *
 * Each part of a collection begins with its own byte order and type.
 */
export const encodeWkb = ({ parts }: StreamFeature, { geometry, dimension, multiple }: LayerStream): Uint8Array => {
  const many = multiple || parts.length > 1
  let size = many ? 9 : 0
  for (const rings of parts) {
    size += 5 + (geometry === "Polygon" ? 4 : 0)
    for (const ring of rings) size += (geometry === "Point" ? 0 : 4) + 8 * ring.length
  }
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  const heights = dimension === 3 ? WITH_HEIGHTS : 0
  let at = 0
  const head = (type: number): void => {
    view.setUint8(at, 1)
    view.setUint32(at + 1, type + heights, true)
    at += 5
  }
  const count = (value: number): void => {
    view.setUint32(at, value, true)
    at += 4
  }
  if (many) {
    head(TYPES[geometry] + MULTI)
    count(parts.length)
  }
  for (const rings of parts) {
    head(TYPES[geometry])
    if (geometry === "Polygon") count(rings.length)
    for (const ring of rings) {
      if (geometry !== "Point") count(ring.length / dimension)
      for (let i = 0; i < ring.length; i++) view.setFloat64(at + 8 * i, ring[i]!, true)
      at += 8 * ring.length
    }
  }
  return bytes
}

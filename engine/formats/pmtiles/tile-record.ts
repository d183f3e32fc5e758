/** Encodes a feature cut to a tile, for sorting on disk. */
import type { StreamValue } from "../vector/flatgeobuf/layer-stream.js"

/** Geometry types as numbered in vector tiles. */
export const tileKinds = { Point: 1, LineString: 2, Polygon: 3 } as const
/** A geometry type in a tile. */
export type TileKind = (typeof tileKinds)[keyof typeof tileKinds]

/** A feature cut to a tile. */
export interface TileRecord {
  /** Index of its layer. */
  readonly layer: number
  /**
   * Size of the uncut feature in steps. Small features are dropped first if a tile is too large.
   */
  readonly size: number
  readonly kind: TileKind
  /**
   * Interleaved x, y in steps of the tile. A point feature has all points in one path; rings are
   * closed.
   */
  readonly paths: readonly (readonly number[])[]
  /** Values by name, as UTF-8 JSON. */
  readonly properties: Uint8Array
}

/**
 * Returns an encoder of records, little-endian. Its result is a view that the next call overwrites.
 *
 * | bytes | |
 * |---|---|
 * | 2 | layer |
 * | 4 | size, f32 |
 * | 1 | kind |
 * | 4 | length of the properties; the properties follow |
 * | varints | paths; for each: vertices, then the differences from the previous vertex (zigzag) |
 */
export const recordEncoder = (): ((record: TileRecord) => Uint8Array) => {
  let bytes = new Uint8Array(1 << 16)
  let view = new DataView(bytes.buffer)
  return ({ layer, size, kind, paths, properties }) => {
    // Differences between steps, and counts, take at most five bytes.
    const most = 16 + properties.length + paths.reduce((sum, path) => sum + 5 * (path.length + 1), 0)
    if (most > bytes.length) {
      bytes = new Uint8Array(2 * most)
      view = new DataView(bytes.buffer)
    }
    view.setUint16(0, layer, true)
    view.setFloat32(2, size, true)
    bytes[6] = kind
    view.setUint32(7, properties.length, true)
    bytes.set(properties, 11)
    let at = 11 + properties.length
    const varint = (value: number): void => {
      let rest = value
      while (rest >= 0x80) {
        bytes[at++] = (rest & 0x7f) | 0x80
        rest >>>= 7
      }
      bytes[at++] = rest
    }
    varint(paths.length)
    let [x, y] = [0, 0]
    for (const path of paths) {
      varint(path.length / 2)
      for (let i = 0; i < path.length; i += 2) {
        const [dx, dy] = [path[i]! - x, path[i + 1]! - y]
        varint(((dx << 1) ^ (dx >> 31)) >>> 0)
        varint(((dy << 1) ^ (dy >> 31)) >>> 0)
        x += dx
        y += dy
      }
    }
    return bytes.subarray(0, at)
  }
}

/** Layer and size of an encoded record. */
export const recordHead = (bytes: Uint8Array): { readonly layer: number; readonly size: number } => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { layer: view.getUint16(0, true), size: view.getFloat32(2, true) }
}

/** A vertex of a tile. */
export interface TileVertex {
  readonly x: number
  readonly y: number
}

/** Kind, values and paths of an encoded record. */
export const decodeRecord = (
  bytes: Uint8Array,
): { kind: TileKind; properties: Record<string, NonNullable<StreamValue>>; paths: TileVertex[][] } => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const kind = bytes[6] as TileKind
  let at = 11 + view.getUint32(7, true)
  const properties = JSON.parse(decoder.decode(bytes.subarray(11, at))) as Record<string, NonNullable<StreamValue>>
  const varint = (): number => {
    let [value, shift] = [0, 0]
    for (;;) {
      const byte = bytes[at++]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
      shift += 7
    }
  }
  const step = (): number => {
    const value = varint()
    return (value >>> 1) ^ -(value & 1)
  }
  let [x, y] = [0, 0]
  const paths = Array.from({ length: varint() }, () =>
    Array.from({ length: varint() }, (): TileVertex => {
      x += step()
      y += step()
      return { x, y }
    }),
  )
  return { kind, properties, paths }
}

const decoder = new TextDecoder()

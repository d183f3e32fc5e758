/** The features section of a FlatGeobuf file: one feature after another to bytes. */
import { GeometryType } from "flatgeobuf/lib/mjs/flat-geobuf/geometry-type.js"
import type { Column, Features } from "../../../kernel.js"
import { BackwardBuffer, type TableField } from "./backward-buffer.js"

/** Slots of the tables of FlatGeobuf's schema (feature.fbs) that are written, and how many there are. */
const FEATURE = { geometry: 0, properties: 1, slots: 3 } as const
const GEOMETRY = { ends: 0, xy: 1, z: 2, type: 6, slots: 8 } as const

/** Room for sizes, tables and padding of one feature beside its vectors. */
const FRAME_BYTES = 256

/**
 * Writes the features of a layer one after another as size-prefixed FlatBuffers: the bytes that FlatGeobuf's own package gives, with
 * whole vectors copied at once and one buffer for all.
 *
 * | part, from the end | bytes |
 * |---|---|
 * | properties: number of a column (u16) and its value, without those of NaN | length (u32), then each |
 * | xy, z (f64) | count (u32), then 8 each |
 * | ends of rings from the feature's first vertex (u32), absent for a single ring | count (u32), then 4 each |
 * | table of the geometry, table of the feature, root offset, size | |
 *
 * @returns gives the bytes of the feature at a place, a copy of their own
 */
export const featureWriter = (features: Features): ((index: number) => Uint8Array) => {
  const buffer = new BackwardBuffer()
  const properties = propertiesWriter(features)
  const { coordinates, dimension, ringEnds, partEnds } = features
  const type = GeometryType[features.geometry]
  return (index) => {
    const [firstRing, endRing] = [index === 0 ? 0 : partEnds[index - 1]!, partEnds[index]!]
    const start = firstRing === 0 ? 0 : ringEnds[firstRing - 1]!
    const end = endRing === 0 ? 0 : ringEnds[endRing - 1]!
    const values = properties(index)
    buffer.begin(FRAME_BYTES + values.length + 24 * (end - start) + 4 * (endRing - firstRing))
    const propertiesOffset = buffer.octets(values)
    const own = coordinates.subarray(dimension * start, dimension * end)
    const fields: TableField[] = []
    const xy = { slot: GEOMETRY.xy, offset: buffer.doubles(dimension === 2 ? own : everyThird(own, 0, 1)) }
    const z = { slot: GEOMETRY.z, offset: dimension === 2 ? 0 : buffer.doubles(everyThird(own, 2)) }
    // A single ring needs no ends, as in the reference writers.
    if (endRing - firstRing > 1) {
      const ends = ringEnds.subarray(firstRing, endRing).map((ringEnd) => ringEnd - start)
      fields.push({ slot: GEOMETRY.ends, offset: buffer.integers(ends) })
    }
    const geometry = buffer.table(GEOMETRY.slots, [...fields, xy, z, { slot: GEOMETRY.type, byte: type }])
    return buffer.finish(
      buffer.table(FEATURE.slots, [
        { slot: FEATURE.geometry, offset: geometry },
        { slot: FEATURE.properties, offset: propertiesOffset },
      ]),
    )
  }
}

/** Some axes of x, y, z triples, side by side. */
const everyThird = (triples: Float64Array, ...axes: readonly number[]): Float64Array => {
  const chosen = new Float64Array((triples.length / 3) * axes.length)
  let at = 0
  for (let i = 0; i < triples.length; i += 3) for (const axis of axes) chosen[at++] = triples[i + axis]!
  return chosen
}

/** Bytes of a string in UTF-8 are at most three times its length. */
const UTF8_BYTES = 3

/** Gives the property bytes of a feature: the id, then the columns; a view that the next call overwrites. */
const propertiesWriter = ({ ids, columns }: Features): ((index: number) => Uint8Array) => {
  const all: readonly Column[] = [{ type: "string", values: ids }, ...Object.values(columns)]
  const encoder = new TextEncoder()
  let bytes = new Uint8Array(1024)
  let view = new DataView(bytes.buffer)
  return (index) => {
    const most = all.reduce(
      (sum, { type, values }) => sum + (type === "string" ? 6 + UTF8_BYTES * (values[index]?.length ?? 0) : 10),
      0,
    )
    if (most > bytes.length) {
      bytes = new Uint8Array(2 * most)
      view = new DataView(bytes.buffer)
    }
    let at = 0
    for (const [number, { type, values }] of all.entries()) {
      const value = values[index]
      if (value === undefined || Number.isNaN(value)) continue
      view.setUint16(at, number, true)
      at += 2
      if (type === "string") {
        const { written } = encoder.encodeInto(value as string, bytes.subarray(at + 4))
        view.setUint32(at, written, true)
        at += 4 + written
      } else if (type === "integer") {
        view.setInt32(at, value as number, true)
        at += 4
      } else {
        view.setFloat64(at, value as number, true)
        at += 8
      }
    }
    return bytes.subarray(0, at)
  }
}

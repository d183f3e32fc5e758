/** Encodes the features of a FlatGeobuf file one by one. */
import { GeometryType } from "flatgeobuf/lib/mjs/flat-geobuf/geometry-type.js"
import type { Column, ColumnFacts, Features } from "../../../kernel.js"
import { BackwardBuffer, type TableField } from "./backward-buffer.js"

/** Type of a column in the file. */
export type FieldType = Column["type"] | NonNullable<ColumnFacts["as"]>

/** Known facts of columns, by name. */
export type FieldFacts = Readonly<Record<string, Partial<ColumnFacts>>>

/** Types of a layer's columns in its file, the id's first. */
export const fieldTypes = ({ columns }: Pick<Features, "columns">, facts: FieldFacts = {}): FieldType[] => [
  "string",
  ...Object.entries(columns).map(([name, { type }]) => facts[name]?.as ?? type),
]

/** Slots used in the tables of FlatGeobuf's schema (feature.fbs), and the size of each table. */
const FEATURE = { geometry: 0, properties: 1, slots: 3 } as const
const GEOMETRY = { ends: 0, xy: 1, z: 2, type: 6, slots: 8 } as const

/** Room for sizes, tables and padding of a feature, in addition to its vectors. */
const FRAME_BYTES = 256

/**
 * Writes the features of a layer as size-prefixed FlatBuffers. Gives the bytes of the flatgeobuf
 * package, but copies vectors whole and reuses one buffer.
 *
 * | part, from the end | bytes |
 * |---|---|
 * | properties: column index (u16) and value, NaN omitted | length (u32), then each |
 * | xy, z (f64) | count (u32), then 8 each |
 * | ends of rings from the feature's first vertex (u32), if several | count (u32), then 4 each |
 * | table of the geometry, table of the feature, root offset, size | |
 *
 * @param facts which columns are stored as booleans or dates
 * @returns a function from a feature's index to its bytes, a new copy
 */
export const featureWriter = (features: Features, facts?: FieldFacts): ((index: number) => Uint8Array) => {
  const buffer = new BackwardBuffer()
  const properties = propertiesWriter(features, fieldTypes(features, facts))
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

/** Selects some axes of x, y, z triples. */
const everyThird = (triples: Float64Array, ...axes: readonly number[]): Float64Array => {
  const chosen = new Float64Array((triples.length / 3) * axes.length)
  let at = 0
  for (let i = 0; i < triples.length; i += 3) for (const axis of axes) chosen[at++] = triples[i + axis]!
  return chosen
}

/** A string takes at most three UTF-8 bytes a UTF-16 unit. */
const UTF8_BYTES = 3

/**
 * Encodes a feature's properties: the id, then the columns. Returns a view that the next call
 * overwrites.
 */
const propertiesWriter = ({ ids, columns }: Features, types: readonly FieldType[]): ((index: number) => Uint8Array) => {
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
      const stored = types[number]
      if (value === undefined || Number.isNaN(value) || (stored === "date" && value === "")) continue
      view.setUint16(at, number, true)
      at += 2
      if (type === "string") {
        const { written } = encoder.encodeInto(value as string, bytes.subarray(at + 4))
        view.setUint32(at, written, true)
        at += 4 + written
      } else if (stored === "boolean") {
        bytes[at] = value as number
        at += 1
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

/** Reads a layer from end to end, as input for the writers of other formats. */

import { ColumnType } from "flatgeobuf/lib/mjs/flat-geobuf/column-type.js"
import { GeometryType } from "flatgeobuf/lib/mjs/flat-geobuf/geometry-type.js"
import { damaged } from "../../../errors.js"
import type { ByteSource } from "../../../io/byte-source.js"
import { openBytes } from "../../../io/bytes.js"
import type { FeaturesPort } from "../../../kernel.js"
import {
  announcedBy,
  epsgOf,
  type FeatureRow,
  type FlatGeobufHead,
  formatError,
  integerTypes,
  mixedGeometries,
  numberTypes,
  openFlatGeobufHead,
  otherCount,
  readFeatureRows,
  type Simple,
  textOf,
} from "./feature.js"

/** A value of an attribute; null if missing. */
export type StreamValue = string | number | boolean | null

/** An attribute of a layer. */
export interface StreamField {
  readonly name: string
  readonly type: "number" | "integer" | "boolean" | "string"
  /** Meaning and unit, if the file states them. */
  readonly description?: string
}

/** A feature in a form that any writer can encode. */
export interface StreamFeature {
  readonly id: string
  /** One value for each field of the layer, in the order of the fields. */
  readonly values: readonly StreamValue[]
  /** Rings (or line, or point) of each part: interleaved x, y[, z]; outer ring first. */
  readonly parts: readonly (readonly Float64Array[])[]
}

/** A layer that is read from first to last feature, in the order of its file. */
export interface LayerStream {
  readonly name: string
  readonly geometry: Simple
  /** True if features may have several parts. */
  readonly multiple: boolean
  /** Numbers in a vertex. */
  readonly dimension: 2 | 3
  /** Absent if the file names none. */
  readonly epsg?: number
  readonly fields: readonly StreamField[]
  /** Source, dates, licence, version: text by name. */
  readonly metadata: Readonly<Record<string, string>>
  /** The kernel port that declares the layer; absent if none does. */
  readonly port?: FeaturesPort
  /** True for a file with a spatial index. */
  readonly indexed?: boolean
  /** Yields the features in batches. Each call starts at the first feature. */
  features(): AsyncGenerator<readonly StreamFeature[]>
  close(): Promise<void>
}

/** Bytes read at a time; a larger feature is read whole. */
const CHUNK_BYTES = 4 << 20

/**
 * Opens a FlatGeobuf file for reading from end to end, without its index. Memory: a chunk of 4 MB
 * and its features, whatever the size of the file.
 *
 * The field `id` comes first and is text; without it, features are counted from 0. Bool becomes
 * boolean, Byte to Int integers, other numbers numbers, the rest text. Features without geometry
 * are left out.
 *
 * @throws EngineError E_INPUT if the file cannot be read
 * @throws EngineError E_FORMAT if it is no FlatGeobuf 3, is damaged, or (while reading) mixes
 *   geometry kinds
 */
export const openLayerStream = async (path: string): Promise<LayerStream> => {
  const bytes = await openBytes(path)
  try {
    const head = await openFlatGeobufHead(bytes, path)
    const { meta, name, dimension } = head
    const fields = readFields(head)
    const geometry = await readGeometryKind(bytes, head, path)
    return {
      name,
      geometry,
      multiple: meta.geometryType !== GeometryType[geometry],
      dimension,
      ...epsgOf(head),
      fields,
      metadata: announcedBy(head).metadata,
      indexed: meta.indexNodeSize > 0 && meta.featuresCount > 0,
      features: () => readInTurn(bytes, head, fields, geometry, path),
      close: () => bytes.close(),
    }
  } catch (error) {
    await bytes.close()
    throw error
  }
}

/** The fields of a layer, `id` first. */
export const readFields = ({ meta }: FlatGeobufHead): StreamField[] => {
  const fields: StreamField[] = [{ name: "id", type: "string" }]
  for (const column of meta.columns ?? []) {
    const { name, description } = column
    const meaning = typeof description === "string" && description !== "" ? { description } : {}
    if (name !== "id") fields.push({ name, type: fieldTypeOf(column.type), ...meaning })
  }
  return fields
}

const fieldTypeOf = (type: ColumnType): StreamField["type"] => {
  if (type === ColumnType.Bool) return "boolean"
  if (integerTypes.has(type)) return "integer"
  return numberTypes.has(type) ? "number" : "string"
}

/** The header's geometry, or that of the first feature if the header leaves it open. */
const readGeometryKind = async (bytes: ByteSource, head: FlatGeobufHead, path: string): Promise<Simple> => {
  const kinds = new Set<Simple>()
  const { meta } = head
  const announced = GeometryType[meta.geometryType]?.replace("Multi", "").replace("Triangle", "Polygon")
  if (announced === "Point" || announced === "LineString" || announced === "Polygon") return announced
  for await (const feature of frames(bytes, head.featuresAt, path)) {
    readFeatureRows(feature, 0, head, kinds, path)
    for (const kind of kinds) return kind
  }
  if (meta.featuresCount > 0) throw formatError(path, "features without geometry; expected points, lines or polygons")
  return "Polygon"
}

async function* readInTurn(
  bytes: ByteSource,
  head: FlatGeobufHead,
  fields: readonly StreamField[],
  geometry: Simple,
  path: string,
): AsyncGenerator<readonly StreamFeature[]> {
  const kinds = new Set<Simple>([geometry])
  let number = 0
  let batch: StreamFeature[] = []
  let buffered = 0
  for await (const frame of frames(bytes, head.featuresAt, path)) {
    const feature = joinFeature(readFeatureRows(frame, number, head, kinds, path), number, fields)
    number++
    if (kinds.size > 1) throw formatError(path, mixedGeometries(kinds))
    if (feature !== undefined) batch.push(feature)
    buffered += frame.length
    if (buffered >= CHUNK_BYTES) {
      yield batch
      batch = []
      buffered = 0
    }
  }
  if (batch.length > 0) yield batch
  const { featuresCount } = head.meta
  if (featuresCount > 0 && featuresCount !== number) throw otherCount(path, featuresCount, number)
}

/** The feature of some parts, by the fields of its layer; undefined without a part. */
export const joinFeature = (
  rows: readonly FeatureRow[],
  number: number,
  fields: readonly StreamField[],
): StreamFeature | undefined => {
  const [first] = rows
  if (first === undefined) return undefined
  const { properties } = first
  const own = properties["id"]
  const id = typeof own === "string" || typeof own === "number" ? String(own) : String(number)
  const values = fields.map(({ name, type }, place) => (place === 0 ? id : streamValue(properties[name], type)))
  return { id, values, parts: rows.map(({ rings }) => rings) }
}

const streamValue = (value: unknown, type: StreamField["type"]): StreamValue => {
  if (value === undefined || value === null) return null
  if (type === "boolean") return Boolean(value)
  if (type !== "string") {
    const figure = Number(value)
    return Number.isNaN(figure) ? null : figure
  }
  return textOf(value)
}

/**
 * Yields the size-prefixed bytes of each feature, copied for the alignment of 8 that the package's
 * views need.
 */
async function* frames(bytes: ByteSource, from: number, path: string): AsyncGenerator<Uint8Array> {
  let at = from
  while (at < bytes.size) {
    let chunk = await bytes.read(at, Math.min(bytes.size, at + CHUNK_BYTES))
    let view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let done = 0
    while (done + 4 <= chunk.length) {
      const size = 4 + view.getUint32(done, true)
      if (at + done + size > bytes.size) throw damaged(path, `it ends inside a feature of ${size} bytes (cut short)`)
      if (done + size > chunk.length) {
        if (done > 0) break
        // A feature larger than a chunk.
        chunk = await bytes.read(at, at + size)
        view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      }
      yield chunk.slice(done, done + size)
      done += size
    }
    if (done === 0) throw damaged(path, "it ends inside the size of a feature (cut short)")
    at += done
  }
}

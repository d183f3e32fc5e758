/**
 * Reads whole files, which must fit into memory; `search.ts` and `layer-stream.ts` read any size.
 */

import type { ColumnType } from "flatgeobuf/lib/mjs/flat-geobuf/column-type.js"
import type { HeaderMeta } from "flatgeobuf/lib/mjs/header-meta.js"
import { flattenRings, makeColumn } from "../../../core/feature-table.js"
import { damaged, unreadable } from "../../../errors.js"
import { readStored } from "../../../io/archive/stored-file.js"
import type { Column, Features } from "../../../kernel.js"
import {
  announcedBy,
  epsgOf,
  type FeatureRow,
  type FlatGeobufHead,
  formatError,
  integerTypes,
  mixedGeometries,
  numberTypes,
  otherCount,
  readFeatureRows,
  readFlatGeobufHead,
  type Simple,
  simpleOf,
  textOf,
} from "./feature.js"

/** A layer read from a FlatGeobuf file. */
export interface FlatGeobufLayer {
  readonly features: Features
  /** EPSG code; absent if the file names none. */
  readonly epsg?: number
  readonly name: string
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Reads a whole FlatGeobuf file (version 3), with or without index and feature count.
 *
 * Collections are flattened: part k of a feature becomes the feature `id.k`. Without a column `id`,
 * features are counted from 0. Features without geometry are left out. Byte to Int and Bool become
 * integer columns, or number columns if a value is missing. Other numbers become number columns
 * (NaN if missing), text string columns (empty if missing). JSON stays text, binary becomes
 * hexadecimal. Rings keep their orientation. Memory: the file and its features.
 *
 * @throws E_INPUT if the file cannot be read
 * @throws E_FORMAT if it is no FlatGeobuf 3, is truncated or inconsistent, or has no geometry at
 *   all
 * @throws E_FORMAT if it mixes points, lines and polygons, or has other types such as curves
 */
export const readFlatGeobuf = async (path: string): Promise<FlatGeobufLayer> => {
  let bytes: Uint8Array
  try {
    bytes = await readStored(path)
  } catch (cause) {
    throw unreadable(path, cause)
  }
  return decode(bytes, path)
}

const decode = (bytes: Uint8Array, path: string): FlatGeobufLayer => {
  const head = readFlatGeobufHead(bytes, bytes.length, path)
  const { meta, name } = head
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let position = head.featuresAt
  const rows: FeatureRow[] = []
  const kinds = new Set<Simple>()
  let number = 0
  while (position < bytes.length) {
    const size = position + 4 <= bytes.length ? view.getUint32(position, true) : Number.POSITIVE_INFINITY
    if (position + 4 + size > bytes.length) {
      throw damaged(path, `it ends inside feature ${number} (byte ${position} of ${bytes.length}, cut short)`)
    }
    rows.push(...readFeatureRows(bytes.slice(position, position + 4 + size), number, head, kinds, path))
    position += 4 + size
    number++
  }
  if (meta.featuresCount > 0 && meta.featuresCount !== number) {
    throw otherCount(path, meta.featuresCount, number)
  }
  const features = collectFeatures(rows, findGeometry(kinds, meta, number, path), head)
  return { features, ...epsgOf(head), name, metadata: announcedBy(head).metadata }
}

const findGeometry = (kinds: ReadonlySet<Simple>, meta: HeaderMeta, count: number, path: string): Simple => {
  if (kinds.size > 1) {
    throw formatError(path, mixedGeometries(kinds))
  }
  for (const kind of kinds) return kind
  const announced = simpleOf[meta.geometryType]
  if (count > 0) throw formatError(path, `${count} features without geometry; expected points, lines or polygons`)
  return announced ?? "Polygon"
}

/**
 * Builds features from rows of one geometry kind and the columns of the header, in the rows' order.
 */
export const collectFeatures = (
  rows: readonly FeatureRow[],
  geometry: Simple,
  { meta, dimension }: FlatGeobufHead,
): Features => {
  const columns: Record<string, Column> = {}
  for (const column of meta.columns ?? []) {
    if (column.name !== "id") columns[column.name] = columnFor(rows, column.name, column.type)
  }
  const layout = flattenRings(
    rows.map((row) => row.rings),
    dimension,
  )
  return { geometry, ...layout, ids: rows.map((row) => row.id), columns }
}

const columnFor = (rows: readonly FeatureRow[], name: string, type: ColumnType): Column => {
  const values = rows.map((row) => row.properties[name] as number | string | boolean | undefined)
  if (!numberTypes.has(type))
    return makeColumn(
      "string",
      values.map((value) => (value === undefined ? "" : textOf(value))),
    )
  return makeColumn(integerTypes.has(type) && !values.includes(undefined) ? "integer" : "number", values)
}

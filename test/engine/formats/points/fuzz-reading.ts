import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { EngineError } from "../../../../engine/errors.js"
import type { PointColumns, PointQuery } from "../../../../engine/formats/las/columns.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import type { FuzzSource } from "./fuzz-sources.js"

/** The attributes that a query gives. */
export const FIELDS = [
  "x",
  "y",
  "z",
  "classification",
  "returnNumber",
  "numberOfReturns",
  "intensity",
  "gpsTime",
] as const

/** Columns of all fields, joined. */
export type Columns = Readonly<Record<(typeof FIELDS)[number], Float64Array>>

/** What a file gave, or why not. */
export interface Reading {
  /** Raw records, all of them. */
  readonly raw: Uint8Array | EngineError
  /** The same order as {@link queriesOf}. */
  readonly answers: readonly (Columns | EngineError)[]
}

/** Everything; a box; two classes; one of them by level or return number. */
export const queriesOf = ({ header, copc }: FuzzSource): PointQuery[] => {
  const origin = [Math.floor(header.box[0]), Math.floor(header.box[1]), Math.floor(header.zRange[0])] as const
  const at = (axis: 0 | 1, share: number): number =>
    Math.round((header.box[axis] + (header.box[axis + 2]! - header.box[axis]) * share) * 100) / 100
  const box: Box2 = [at(0, 0.2), at(1, 0.3), at(0, 0.7), at(1, 0.8)]
  const fewer: PointQuery =
    copc === undefined ? { origin, firstReturns: 1 } : { origin, spacing: header.box[2] - header.box[0] }
  return [{ origin }, { origin, box }, { origin, classes: [2, 6] }, fewer]
}

const joined = (chunks: readonly PointColumns[]): Columns => {
  const count = chunks.reduce((sum, chunk) => sum + chunk.count, 0)
  const columns = Object.fromEntries(FIELDS.map((field) => [field, new Float64Array(count)])) as unknown as Columns
  let at = 0
  for (const chunk of chunks) {
    for (const field of FIELDS) columns[field].set(chunk[field], at)
    at += chunk.count
  }
  return columns
}

const concat = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** Errors of the engine are an outcome; others are faults of ours and are thrown. */
const orError = async <T>(read: () => Promise<T>): Promise<T | EngineError> => {
  try {
    return await read()
  } catch (error) {
    if (error instanceof EngineError) return error
    throw error
  }
}

/** Reads a file in every way. Only the queries chosen are asked; the others are left out. */
export const readAll = async (path: string, queries: readonly PointQuery[]): Promise<Reading> => {
  const file = await orError(() => openPointFile(path))
  if (file instanceof EngineError) return { raw: file, answers: queries.map(() => file) }
  try {
    const raw = await orError(async () => {
      const blocks: Uint8Array[] = []
      for await (const { bytes, count } of file.records()) blocks.push(bytes.slice(0, count * file.info.recordLength))
      return concat(blocks)
    })
    const answers: (Columns | EngineError)[] = []
    for (const query of queries) {
      answers.push(
        await orError(async () => {
          const chunks: PointColumns[] = []
          for await (const chunk of file.read(query)) chunks.push(chunk)
          return joined(chunks)
        }),
      )
    }
    return { raw, answers }
  } finally {
    await file.close()
  }
}

/** Where the records of a file are and what they mean, by its header. */
export const layoutOf = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const [legacy, wide] = [view.getUint32(107, true), view.getUint8(25) >= 4 ? Number(view.getBigUint64(247, true)) : 0]
  const three = (at: number): number[] => [0, 8, 16].map((k) => view.getFloat64(at + k, true))
  return {
    pointOffset: view.getUint32(96, true),
    pointFormat: view.getUint8(104) & 63,
    recordLength: view.getUint16(105, true),
    count: wide > 0 ? wide : legacy,
    scale: three(131),
    offset: three(155),
  }
}

/**
 * What raw records say by the file's header, places against an origin: a plain reading of the
 * specification.
 */
export const columnsOf = (bytes: Uint8Array, raw: Uint8Array, origin: PointQuery["origin"]): Columns => {
  const { pointFormat, recordLength, scale, offset } = layoutOf(bytes)
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const wide = pointFormat >= 6
  const timeAt = wide ? 22 : [1, 3, 4, 5].includes(pointFormat) ? 20 : -1
  const rows: number[][] = []
  for (let at = 0; at + recordLength <= raw.length; at += recordLength) {
    const [returns, code] = [view.getUint8(at + 14), view.getUint8(at + (wide ? 16 : 15))]
    const time = timeAt < 0 ? 0 : view.getFloat64(at + timeAt, true)
    rows.push([
      ...[0, 1, 2].map((k) => {
        const stored = view.getInt32(at + k * 4, true)
        return Math.round((stored * scale[k]! + offset[k]!) * 1000) - origin[k]! * 1000
      }),
      wide ? code : code & 31,
      wide ? returns & 15 : returns & 7,
      wide ? returns >> 4 : (returns >> 3) & 7,
      view.getUint16(at + 12, true),
      Number.isNaN(time) ? Number.NaN : time + 0,
    ])
  }
  return fromRows(rows)
}

/** The points that a query keeps of all, none beyond 12 km up or down; a spacing keeps all. */
export const filtered = (columns: Columns, { box, classes, firstReturns, origin }: PointQuery): Columns => {
  const edges = box?.map((value, k) => Math.round((value - origin[k % 2]!) * 1000))
  const inside = (x: number, y: number): boolean =>
    edges === undefined || (x >= edges[0]! && x < edges[2]! && y >= edges[1]! && y < edges[3]!)
  const rows = Array.from(columns.x, (_, i) => FIELDS.map((field) => columns[field][i]!)).filter(
    ([x, y, z, classification, number]) =>
      inside(x!, y!) &&
      Math.abs(z! + 1000 * origin[2]) <= 12_000_000 &&
      (classes === undefined || classes.includes(classification!)) &&
      (firstReturns === undefined || number! <= firstReturns),
  )
  return fromRows(rows)
}

const fromRows = (rows: readonly (readonly number[])[]): Columns =>
  Object.fromEntries(FIELDS.map((field, k) => [field, Float64Array.from(rows, (row) => row[k]!)])) as unknown as Columns

/** Converts raw point records of any format into the columns that a query requests. */
import type { ByteSource } from "../../io/byte-source.js"
import type { AttributeName } from "../../kernel.js"
import {
  BLOCK_POINTS,
  changesClasses,
  chosenClasses,
  type FieldName,
  type FurtherAttributes,
  type PointColumns,
  type PointQuery,
  replaceClasses,
  toMmBox,
  USUAL,
} from "../las/columns.js"
import { type ExtraDimension, extraValueReader, findDimension } from "../las/extra-bytes.js"
import type { LasHeader } from "../las/header.js"
import {
  countClass,
  type LeftOut,
  makeAxes,
  noneLeftOut,
  overflow,
  type Progress,
  StatedCheck,
  storedHeights,
  toMm,
} from "../las/stored-places.js"
import { decodeChunk } from "../laz/chunk-decoder.js"
import { type Chunk, chunksOfPart, type Laszip, readRuns, recordsOfPart } from "../laz/laszip.js"

/** Converts a block of records into columns. */
export type RecordReader = (records: Uint8Array, count: number) => PointColumns

/** Offsets of fields in a record of a point format; −1: absent from the format. */
interface Layout {
  readonly extended: boolean
  readonly classification: number
  readonly userData: number
  readonly pointSourceId: number
  readonly gpsTime: number
  readonly colour: number
  readonly nir: number
}

const COLOURS: Readonly<Record<number, number>> = { 2: 20, 3: 28, 5: 28, 7: 30, 8: 30, 10: 30 }

const describeLayout = (format: number): Layout => {
  const colours = { colour: COLOURS[format] ?? -1, nir: format === 8 || format === 10 ? 36 : -1 }
  return format >= 6
    ? { extended: true, classification: 16, userData: 17, pointSourceId: 20, gpsTime: 22, ...colours }
    : {
        extended: false,
        classification: 15,
        userData: 17,
        pointSourceId: 18,
        gpsTime: format === 0 || format === 2 ? -1 : 20,
        ...colours,
      }
}

/** A file whose points are decoded as records: LAS, or LAZ of formats 0–3. */
interface RecordFile {
  readonly source: ByteSource
  readonly header: LasHeader
  readonly dimensions: readonly ExtraDimension[]
  readonly laszip?: Laszip | undefined
  readonly chunks: readonly Chunk[]
}

/** Yields the points of a query from the records of a file, block by block. */
export async function* readRecordColumns(
  { source, header, dimensions, laszip, chunks }: RecordFile,
  query: PointQuery,
  progress: Progress,
): AsyncGenerator<PointColumns> {
  const columnsOf = recordReader(header, query, dimensions, source.path, progress)
  const { recordLength } = header
  const take = (records: Uint8Array): PointColumns => {
    const count = records.length / recordLength
    progress.decoded += count
    return columnsOf(records, count)
  }
  if (laszip !== undefined) {
    for await (const [chunk, bytes] of readRuns(source, chunksOfPart(chunks, query.part))) {
      for (const records of await decodeChunk(bytes, chunk, header, source.path)) {
        const columns = take(records)
        if (columns.count > 0) yield columns
      }
    }
    return
  }
  const [first, last] = recordsOfPart(header.count, query.part)
  for (let done = first; done < last; done += BLOCK_POINTS) {
    const begin = header.pointOffset + done * recordLength
    const columns = take(await source.read(begin, begin + Math.min(BLOCK_POINTS, last - done) * recordLength))
    if (columns.count > 0) yield columns
  }
}

const fits = (value: number): boolean => value >= -2147483648 && value <= 2147483647

/**
 * Makes the reader of a file's records for a query: selects points and converts coordinates to 1 mm
 * relative to the query's origin. Legacy formats give 5 bits of class and 3 of return number. GPS
 * times −0 and NaN become 0 and the canonical NaN, hence equal points have equal bytes.
 *
 * Record: 0 x, 4 y, 8 z (Int32), 12 intensity, 14 returns. Formats 0–5: 15 class, 16 scan angle
 * (Int8), 17 user data, 18 source id, 20 GPS time. Formats 6–10: 15 flags, 16 class, 17 user data,
 * 18 scan angle (Int16), 20 source id, 22 GPS time. Colours follow.
 *
 * @throws EngineError `E_INPUT` from the reader if a point in the box does not fit 32 bits
 */
export const recordReader = (
  header: LasHeader,
  query: PointQuery,
  dimensions: readonly ExtraDimension[],
  file: string,
  leftOut: LeftOut = noneLeftOut(),
): RecordReader => {
  const [ax, ay, az] = makeAxes(header, query.origin)
  const layout = describeLayout(header.pointFormat)
  const choose = chooser(header, query, layout, file, leftOut)
  const asked: ReadonlySet<FieldName> = new Set(query.attributes ?? USUAL)
  const extras = extraReaders(query, dimensions, file)
  const change = query.choice !== undefined && changesClasses(query.choice) ? query.choice : undefined
  return (records, recordCount) => {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
    const chosen = choose(view, recordCount)
    const count = chosen.length
    const [xs, ys, zs] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)]
    for (let i = 0; i < count; i++) {
      const at = chosen[i]!
      const x = toMm(ax, view.getInt32(at, true))
      const y = toMm(ay, view.getInt32(at + 4, true))
      const z = toMm(az, view.getInt32(at + 8, true))
      if (!(fits(x) && fits(y) && fits(z))) throw overflow(file, [x, y, z], query.origin)
      xs[i] = x
      ys[i] = y
      zs[i] = z
    }
    const columns = {
      count,
      x: xs,
      y: ys,
      z: zs,
      ...usualColumns(view, chosen, asked, layout),
      ...furtherColumns(view, chosen, asked, layout),
    }
    if (change !== undefined) replaceClasses(columns.classification, change)
    if (extras.length === 0) return columns
    const extra = Object.fromEntries(
      extras.map(([name, value]) => [name, Float64Array.from({ length: count }, (_, i) => value(view, chosen[i]!))]),
    )
    return { ...columns, extra }
  }
}

/**
 * Makes the function that selects records of a block by a query. It returns their offsets, valid
 * until its next call.
 */
const chooser = (
  header: LasHeader,
  query: PointQuery,
  layout: Layout,
  file: string,
  leftOut: LeftOut,
): ((view: DataView, count: number) => Uint32Array) => {
  const box = toMmBox(query)
  const [ax, ay, az] = makeAxes(header, query.origin)
  const [low, top] = storedHeights(az, query.origin[2])
  const classes = chosenClasses(query)
  // Legacy formats store the flags above the class, and have none for overlap.
  const flags = (query.choice?.flags ?? 0) << (layout.extended ? 0 : 5)
  const flagsAt = layout.extended ? 15 : layout.classification
  const { unlisted, codes } = query.choice ?? {}
  const [classMask, returnMask] = layout.extended ? [255, 15] : [31, 7]
  const lastReturn = query.firstReturns ?? 15
  const stated = new StatedCheck(header, file, leftOut)
  const { minX, minY, maxX, maxY, minZ, maxZ } = stated.bounds
  const { recordLength } = header
  let chosen = new Uint32Array(0)
  return (view, count) => {
    if (chosen.length < count) chosen = new Uint32Array(count)
    let n = 0
    for (let at = 0, end = count * recordLength; at < end; at += recordLength) {
      const rawX = view.getInt32(at, true)
      const rawY = view.getInt32(at + 4, true)
      if (!(rawX >= minX && rawX <= maxX && rawY >= minY && rawY <= maxY)) stated.addPlace(rawX, rawY)
      const rawZ = view.getInt32(at + 8, true)
      const isLow = rawZ >= low && rawZ < top
      if (isLow && !(rawZ >= minZ && rawZ <= maxZ)) stated.addHeight(rawZ)
      const x = toMm(ax, rawX)
      const y = toMm(ay, rawY)
      if (!(x >= box.minX && x < box.maxX && y >= box.minY && y < box.maxY)) continue
      if (!isLow) {
        leftOut.tooHigh++
        continue
      }
      if (flags !== 0 && (view.getUint8(at + flagsAt) & flags) !== 0) {
        leftOut.flagged++
        continue
      }
      const code = view.getUint8(at + layout.classification) & classMask
      if (unlisted?.[code] === 1) countClass(leftOut.unlisted, code)
      if (classes !== undefined && classes[code] !== 1) {
        if (codes !== undefined && codes[code]! < 0) countClass(leftOut.dropped, code)
        continue
      }
      if ((view.getUint8(at + 14) & returnMask) <= lastReturn) chosen[n++] = at
    }
    stated.endBlock(count)
    return chosen.subarray(0, n)
  }
}

const bytesAt = (view: DataView, chosen: Uint32Array, at: number): Uint8Array => {
  const column = new Uint8Array(chosen.length)
  for (let i = 0; i < column.length; i++) column[i] = view.getUint8(chosen[i]! + at)
  return column
}

const wordsAt = (view: DataView, chosen: Uint32Array, at: number): Uint16Array => {
  const column = new Uint16Array(chosen.length)
  for (let i = 0; i < column.length; i++) column[i] = view.getUint16(chosen[i]! + at, true)
  return column
}

/** Attributes that kernels can request; columns not requested are empty. */
const usualColumns = (
  view: DataView,
  chosen: Uint32Array,
  asked: ReadonlySet<FieldName>,
  { extended, classification, gpsTime }: Layout,
): Pick<PointColumns, AttributeName> => {
  const none = chosen.subarray(0, 0)
  const of = (name: FieldName): Uint32Array => (asked.has(name) ? chosen : none)
  const classes = bytesAt(view, of("classification"), classification)
  const numbers = bytesAt(view, of("returnNumber"), 14)
  const totals = bytesAt(view, of("numberOfReturns"), 14)
  if (!extended) for (let i = 0; i < classes.length; i++) classes[i] = classes[i]! & 31
  for (let i = 0; i < numbers.length; i++) numbers[i] = numbers[i]! & (extended ? 15 : 7)
  for (let i = 0; i < totals.length; i++) totals[i] = extended ? totals[i]! >> 4 : (totals[i]! >> 3) & 7
  const times = new Float64Array(of("gpsTime").length)
  for (let i = 0; gpsTime >= 0 && i < times.length; i++) {
    const time = view.getFloat64(chosen[i]! + gpsTime, true)
    times[i] = Number.isNaN(time) ? Number.NaN : time + 0
  }
  return {
    classification: classes,
    returnNumber: numbers,
    numberOfReturns: totals,
    intensity: wordsAt(view, of("intensity"), 12),
    gpsTime: times,
  }
}

/** Other attributes, if requested and present in the format. */
const furtherColumns = (
  view: DataView,
  chosen: Uint32Array,
  asked: ReadonlySet<FieldName>,
  layout: Layout,
): Partial<FurtherAttributes> => {
  const { extended, userData, pointSourceId, colour, nir } = layout
  const words = (name: "red" | "green" | "blue" | "nir", at: number): Partial<FurtherAttributes> =>
    asked.has(name) ? { [name]: wordsAt(view, chosen, at) } : {}
  return {
    ...(asked.has("returns") ? { returns: extended ? bytesAt(view, chosen, 14) : legacyReturns(view, chosen) } : {}),
    ...(asked.has("scanAngle") ? { scanAngle: scanAngles(view, chosen, extended) } : {}),
    ...(asked.has("flags") ? { flags: extended ? bytesAt(view, chosen, 15) : legacyFlags(view, chosen) } : {}),
    ...(asked.has("userData") ? { userData: bytesAt(view, chosen, userData) } : {}),
    ...(asked.has("pointSourceId") ? { pointSourceId: wordsAt(view, chosen, pointSourceId) } : {}),
    ...(colour < 0 ? {} : { ...words("red", colour), ...words("green", colour + 2), ...words("blue", colour + 4) }),
    ...(nir < 0 ? {} : words("nir", nir)),
  }
}

const scanAngles = (view: DataView, chosen: Uint32Array, extended: boolean): Int16Array => {
  const angles = new Int16Array(chosen.length)
  for (let i = 0; i < angles.length; i++) {
    angles[i] = extended ? view.getInt16(chosen[i]! + 18, true) : Math.round(view.getInt8(chosen[i]! + 16) / 0.006)
  }
  return angles
}

/** Packs the returns of formats 0–5 (three bits each) as formats 6–10 do (four bits each). */
const legacyReturns = (view: DataView, chosen: Uint32Array): Uint8Array => {
  const returns = bytesAt(view, chosen, 14)
  for (let i = 0; i < returns.length; i++) returns[i] = (returns[i]! & 7) | ((returns[i]! & 0x38) << 1)
  return returns
}

/**
 * Flags of formats 0–5 in the layout of 6–10: synthetic, key point and withheld are the class's
 * upper bits.
 */
const legacyFlags = (view: DataView, chosen: Uint32Array): Uint8Array => {
  const flags = bytesAt(view, chosen, 15)
  for (let i = 0; i < flags.length; i++) flags[i] = (flags[i]! >> 5) | (view.getUint8(chosen[i]! + 14) & 0xc0)
  return flags
}

type ExtraReader = readonly [name: string, value: (view: DataView, record: number) => number]

const extraReaders = (query: PointQuery, dimensions: readonly ExtraDimension[], file: string): ExtraReader[] =>
  (query.extra ?? []).map((name) => [name, extraValueReader(findDimension(dimensions, name, file))])

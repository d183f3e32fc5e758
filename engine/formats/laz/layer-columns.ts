/**
 * Reads the points of a query from layered chunks (formats 6 to 8), decoding only the layers it
 * needs.
 * See docs/decisions/12-selective-decoding.md.
 */
import { elementAt } from "../../core/lists.js"
import type { EngineError } from "../../errors.js"
import {
  BLOCK_POINTS,
  changesClasses,
  chosenClasses,
  type FieldName,
  type FurtherAttributes,
  type MmBox,
  type PointChoice,
  type PointColumns,
  type PointQuery,
  replaceClasses,
  USUAL,
} from "../las/columns.js"
import { type ExtraDimension, extraValueBytes, extraValueReader, findDimension } from "../las/extra-bytes.js"
import { type LasHeader, RECORD_BYTES } from "../las/header.js"
import {
  type Axis,
  anyInside,
  countClass,
  isWithin,
  type LeftOut,
  makeAxes,
  meets,
  noneLeftOut,
  overflow,
  StatedCheck,
  storedBox,
  storedHeights,
  toMm,
} from "../las/stored-places.js"
import { type Chunk, undecodable } from "./laszip.js"
import type { LazColumns, LazDecoder, LazLayer, LazRequest } from "./wasm/chunk.js"

/**
 * Returns the points of a chunk that a query selects, in blocks of at most `BLOCK_POINTS`. A lent
 * chunk selected as a whole is one block. `ahead` may name the next chunk with its bytes.
 */
export type LayerReader = (
  bytes: Uint8Array,
  chunk: Chunk,
  ahead?: readonly [Chunk, Uint8Array] | undefined,
) => PointColumns[]

/** The layer of each attribute; returns share the layer of x and y. */
const LAYER_OF: Readonly<Record<Exclude<FieldName, "returnNumber" | "numberOfReturns" | "returns">, LazLayer>> = {
  classification: "classification",
  intensity: "intensity",
  gpsTime: "gpsTime",
  scanAngle: "scanAngle",
  flags: "flags",
  userData: "userData",
  pointSourceId: "sourceId",
  red: "rgb",
  green: "rgb",
  blue: "rgb",
  nir: "nir",
}

/** A query prepared for a file. */
interface Plan {
  readonly file: string
  readonly header: LasHeader
  readonly query: PointQuery
  readonly axes: readonly [Axis, Axis, Axis]
  readonly attributes: ReadonlySet<FieldName>
  /** Requested extra dimensions. */
  readonly dimensions: readonly ExtraDimension[]
  /** The query's box in stored integers, half-open. */
  readonly box: MmBox
  /**
   * Range of heights in stored integers, half-open: points outside are omitted and counted in
   * `leftOut`.
   */
  readonly heights: readonly [low: number, end: number]
  readonly stated: StatedCheck
  readonly leftOut: LeftOut
  /** By the classes of the source. */
  readonly classes: Uint8Array | undefined
  /** Class flags of points that are left out. */
  readonly flags: number
  /** 1 for each class that the choice lacks: its points are counted. */
  readonly unlisted: Uint8Array | undefined
  /** Absent: classes stay as stored. */
  readonly change: PointChoice | undefined
  /** Highest return number wanted. */
  readonly lastReturn: number
}

/**
 * Makes the reader of a file's layered chunks for a query. It decodes only the layers of requested
 * attributes, and only x and y if no point is in the box. The points equal those of `recordReader`
 * bit for bit.
 *
 * @throws EngineError from the reader: `E_FORMAT` if a chunk is damaged, `E_INPUT` if a point does
 * not fit 32 bits
 */
export const layerReader = (
  decoder: LazDecoder,
  header: LasHeader,
  query: PointQuery,
  dimensions: readonly ExtraDimension[],
  file: string,
  leftOut: LeftOut = noneLeftOut(),
): LayerReader => {
  const axes = makeAxes(header, query.origin)
  const plan: Plan = {
    file,
    header,
    query,
    axes,
    attributes: new Set(query.attributes ?? USUAL),
    dimensions: (query.extra ?? []).map((name) => findDimension(dimensions, name, file)),
    box: storedBox(query, axes),
    heights: storedHeights(axes[2], query.origin[2]),
    stated: new StatedCheck(header, file, leftOut),
    leftOut,
    classes: chosenClasses(query),
    flags: query.choice?.flags ?? 0,
    unlisted: query.choice?.unlisted,
    change: query.choice !== undefined && changesClasses(query.choice) ? query.choice : undefined,
    lastReturn: query.firstReturns ?? 15,
  }
  const request = planRequest(plan)
  const rooms: ColumnRoom[] = []
  // Whether the box contains all points of the current chunk.
  let within = false
  const wants = (x: Int32Array, y: Int32Array): boolean => {
    const [[minX, maxX], [minY, maxY]] = [decoder.range(x), decoder.range(y)]
    const range = { minX, minY, maxX, maxY }
    if (!isStated(range, plan)) plan.stated.block(x, y)
    within = isWithin(range, plan.box)
    return within || (meets(range, plan.box) && anyInside(x, y, plan.box))
  }
  return (bytes, chunk, ahead) => {
    let columns: LazColumns
    try {
      const next = ahead && { chunk: ahead[1], count: ahead[0].count }
      columns = decoder.decode(bytes, { ...request, count: chunk.count, wants }, next)
    } catch (error) {
      throw undecodable(file, chunk, error)
    }
    if (!hasHeights(columns) || columns.count === 0) return []
    const heights = decoder.range(columns.z)
    if (!areStated(heights, plan)) plan.stated.blockHeights(columns.z)
    within = within && isWhole(plan) && areLow(heights, plan.heights) && !anyFlagged(columns, plan.flags)
    if (query.lent === true && plan.dimensions.length === 0 && within && placeAll(decoder, columns, axes))
      return [lentColumns(columns, plan)]
    const blocks: PointColumns[] = []
    for (let begin = 0; begin < columns.count; begin += BLOCK_POINTS) {
      const end = Math.min(begin + BLOCK_POINTS, columns.count)
      const room = rooms[blocks.length] ?? new ColumnRoom(query.lent === true)
      rooms[blocks.length] = room
      blocks.push(
        readBlock(plan, columns, { begin, end, chosen: choosePoints(plan, columns, within, begin, end) }, room),
      )
    }
    return blocks
  }
}

const planRequest = ({ header, attributes, dimensions, classes, flags }: Plan): Omit<LazRequest, "count" | "wants"> => {
  const { pointFormat, recordLength } = header
  const base = RECORD_BYTES[pointFormat] ?? recordLength
  const layers = new Set<LazLayer>(["z"])
  for (const name of attributes) {
    if (name === "returnNumber" || name === "numberOfReturns" || name === "returns") continue
    const layer = LAYER_OF[name]
    if ((layer !== "rgb" || pointFormat >= 7) && (layer !== "nir" || pointFormat === 8)) layers.add(layer)
  }
  if (classes !== undefined) layers.add("classification")
  if (flags !== 0) layers.add("flags")
  return {
    pointFormat,
    recordLength,
    layers: [...layers],
    extra: dimensions.flatMap((one) => Array.from({ length: extraValueBytes(one) }, (_, i) => one.at - base + i)),
  }
}

// --- Selection

/** Columns of a chunk that may have points in the box. */
type PlacedColumns = LazColumns & { readonly z: Int32Array }

const hasHeights = (columns: LazColumns): columns is PlacedColumns => columns.z !== undefined

const isStated = (range: MmBox, { stated: { bounds: stated } }: Plan): boolean =>
  range.minX >= stated.minX && range.maxX <= stated.maxX && range.minY >= stated.minY && range.maxY <= stated.maxY

const areStated = ([least, most]: readonly [number, number], { stated: { bounds: stated } }: Plan): boolean =>
  least >= stated.minZ && most <= stated.maxZ

const areLow = ([least, most]: readonly [number, number], [low, end]: Plan["heights"]): boolean =>
  least >= low && most < end

/** True if a query selects every point in its box. */
const isWhole = ({ classes, lastReturn }: Pick<Plan, "classes" | "lastReturn">): boolean =>
  classes === undefined && lastReturn >= 15

const anyFlagged = ({ flags }: LazColumns, mask: number): boolean => {
  if (mask === 0 || flags === undefined) return false
  for (let i = 0; i < flags.length; i++) if ((flags[i]! & mask) !== 0) return true
  return false
}

/**
 * Indices of the selected points of `[begin, end)`; undefined: all of them. `whole` skips the
 * tests.
 */
const choosePoints = (
  { box, heights, leftOut, classes, flags, unlisted, query, lastReturn }: Plan,
  columns: PlacedColumns,
  whole: boolean,
  begin: number,
  end: number,
): Uint32Array | undefined => {
  if (whole) return undefined
  const codes = query.choice?.codes
  const [low, top] = heights
  const { minX, minY, maxX, maxY } = box
  const { x, y, z, returns, classification = noUint8 } = columns
  const flagsOfPoints = flags === 0 ? undefined : columns.flags
  const chosen = new Uint32Array(end - begin)
  let n = 0
  for (let i = begin; i < end; i++) {
    if (!(x[i]! >= minX && x[i]! < maxX && y[i]! >= minY && y[i]! < maxY)) continue
    if (!(z[i]! >= low && z[i]! < top)) {
      leftOut.tooHigh++
      continue
    }
    if (flagsOfPoints !== undefined && (flagsOfPoints[i]! & flags) !== 0) {
      leftOut.flagged++
      continue
    }
    if (classes !== undefined) {
      const code = classification[i]!
      if (unlisted?.[code] === 1) countClass(leftOut.unlisted, code)
      if (classes[code] !== 1) {
        if (codes !== undefined && codes[code]! < 0) countClass(leftOut.dropped, code)
        continue
      }
    }
    if ((returns[i]! & 15) <= lastReturn) chosen[n++] = i
  }
  return n === end - begin ? undefined : chosen.subarray(0, n)
}

// --- Columns

const readBlock = (plan: Plan, columns: PlacedColumns, cut: Cut, room: ColumnRoom): PointColumns => {
  const { attributes, axes } = plan
  const count = countOf(cut)
  const place = (name: "x" | "y" | "z", axis: Axis): Int32Array => {
    const column = placed(columns[name], axis, cut, room.of(name, count, Int32Array))
    if (column === undefined) throw firstOverflow(plan, columns, cut)
    return column
  }
  const { classification, intensity, gpsTime, returns } = columns
  const bytes = (name: FieldName): Uint8Array => room.of(name, count, Uint8Array)
  const points = {
    count,
    x: place("x", axes[0]),
    y: place("y", axes[1]),
    z: place("z", axes[2]),
    // A class filter may have decoded it without a request.
    classification:
      classification && attributes.has("classification")
        ? taken(classification, cut, bytes("classification"))
        : noUint8,
    returnNumber: attributes.has("returnNumber") ? nibbles(returns, cut, 0, bytes("returnNumber")) : noUint8,
    numberOfReturns: attributes.has("numberOfReturns") ? nibbles(returns, cut, 4, bytes("numberOfReturns")) : noUint8,
    intensity: intensity ? taken(intensity, cut, room.of("intensity", count, Uint16Array)) : noUint16,
    gpsTime: gpsTime ? times(gpsTime, cut, room.of("gpsTime", count, Float64Array)) : noFloat64,
    ...furtherColumns(attributes, columns, cut, room),
  }
  if (plan.change !== undefined) replaceClasses(points.classification, plan.change)
  return plan.dimensions.length === 0 ? points : { ...points, extra: extraValues(plan, columns, cut) }
}

const furtherColumns = (
  attributes: ReadonlySet<FieldName>,
  columns: LazColumns,
  cut: Cut,
  room: ColumnRoom,
): Partial<FurtherAttributes> => {
  const { returns, scanAngle, flags, userData, sourceId, red, green, blue, nir } = columns
  const count = countOf(cut)
  const bytes = (name: FieldName, from: Uint8Array): Uint8Array => taken(from, cut, room.of(name, count, Uint8Array))
  const words = (name: FieldName, from: Uint16Array): Uint16Array => taken(from, cut, room.of(name, count, Uint16Array))
  return {
    ...(attributes.has("returns") ? { returns: bytes("returns", returns) } : {}),
    ...(scanAngle ? { scanAngle: taken(scanAngle, cut, room.of("scanAngle", count, Int16Array)) } : {}),
    // A choice may have decoded them without a request.
    ...(flags && attributes.has("flags") ? { flags: bytes("flags", flags) } : {}),
    ...(userData ? { userData: bytes("userData", userData) } : {}),
    ...(sourceId ? { pointSourceId: words("pointSourceId", sourceId) } : {}),
    ...(red && attributes.has("red") ? { red: words("red", red) } : {}),
    ...(green && attributes.has("green") ? { green: words("green", green) } : {}),
    ...(blue && attributes.has("blue") ? { blue: words("blue", blue) } : {}),
    ...(nir ? { nir: words("nir", nir) } : {}),
  }
}

const noUint8 = new Uint8Array(0)
const noUint16 = new Uint16Array(0)
const noFloat64 = new Float64Array(0)

/** The error for the first point of a cut that does not fit 32 bits. */
const firstOverflow = (
  { axes, file, query }: Plan,
  { x, y, z }: PlacedColumns,
  { begin, end, chosen }: Cut,
): EngineError => {
  const count = chosen?.length ?? end - begin
  for (let i = 0; i < count; i++) {
    const point = chosen?.[i] ?? begin + i
    const place = axes.map((axis, k) => toMm(axis, elementAt([x, y, z], k)[point]!))
    if (place.some((mm) => (mm | 0) !== mm)) return overflow(file, place, query.origin)
  }
  return overflow(file, [], query.origin)
}

const extraValues = (
  { dimensions, header }: Plan,
  columns: LazColumns,
  { begin, end, chosen }: Cut,
): Record<string, Float64Array> => {
  const base = RECORD_BYTES[header.pointFormat] ?? header.recordLength
  const count = chosen?.length ?? end - begin
  // A record with only the dimension's bytes filled in.
  const record = new Uint8Array(header.recordLength)
  const view = new DataView(record.buffer)
  const values: Record<string, Float64Array> = {}
  for (const dimension of dimensions) {
    const size = extraValueBytes(dimension)
    const read = extraValueReader(dimension)
    // Requested with the dimension.
    const bytes = columns.extra.slice(dimension.at - base, dimension.at - base + size) as Uint8Array[]
    const column = new Float64Array(count)
    for (let i = 0; i < count; i++) {
      const point = chosen?.[i] ?? begin + i
      for (let k = 0; k < size; k++) record[dimension.at + k] = elementAt(bytes, k)[point]!
      column[i] = read(view, 0)
    }
    values[dimension.name] = column
  }
  return values
}

// --- A whole chunk, without a copy

/**
 * Converts coordinates to millimetres and times to canonical form, in the decoder's memory.
 * Coordinates grow with the stored integers, so testing the extremes of each column suffices.
 *
 * @returns false, with nothing changed, if a coordinate may not fit 32 bits or scale and offset are
 * not whole millimetres
 */
const placeAll = (
  decoder: LazDecoder,
  { x, y, z, gpsTime }: PlacedColumns,
  axes: readonly [Axis, Axis, Axis],
): boolean => {
  const columns = [x, y, z]
  const fit = columns.every((column, k) => {
    const axis = elementAt(axes, k)
    const [least, most] = decoder.range(column)
    return axis.exact && toMm(axis, least) >= -2147483648 && toMm(axis, most) <= 2147483647
  })
  if (!fit) return false
  for (const [k, column] of columns.entries()) {
    const { scale, offset } = elementAt(axes, k)
    decoder.place(column, scale | 0, offset | 0)
  }
  if (gpsTime) decoder.settle(gpsTime)
  return true
}

/** A placed chunk as columns: views of the decoder's memory, except return numbers and counts. */
const lentColumns = (columns: PlacedColumns, { attributes, change }: Plan): PointColumns => {
  const { count, x, y, z, returns, classification, intensity, gpsTime } = columns
  const { scanAngle, flags, userData, sourceId, red, green, blue, nir } = columns
  if (classification && change !== undefined) replaceClasses(classification, change)
  return {
    count,
    x,
    y,
    z,
    classification: classification ?? noUint8,
    returnNumber: attributes.has("returnNumber") ? returns.map((both) => both & 15) : noUint8,
    numberOfReturns: attributes.has("numberOfReturns") ? returns.map((both) => both >> 4) : noUint8,
    intensity: intensity ?? noUint16,
    gpsTime: gpsTime ?? noFloat64,
    ...(attributes.has("returns") ? { returns } : {}),
    ...(scanAngle ? { scanAngle } : {}),
    ...(flags && attributes.has("flags") ? { flags } : {}),
    ...(userData ? { userData } : {}),
    ...(sourceId ? { pointSourceId: sourceId } : {}),
    ...(red && attributes.has("red") ? { red } : {}),
    ...(green && attributes.has("green") ? { green } : {}),
    ...(blue && attributes.has("blue") ? { blue } : {}),
    ...(nir ? { nir } : {}),
  }
}

// --- Copies of a cut

/**
 * Points of a decoded chunk: those at the indices `chosen`, or, if undefined, all of `[begin,
 * end)`.
 */
interface Cut {
  readonly begin: number
  readonly end: number
  readonly chosen: Uint32Array | undefined
}

/** Array type shared by all columns. */
interface Numbers {
  readonly length: number
  [index: number]: number
  set(from: ArrayLike<number>): void
  subarray(begin: number, end: number): this
}

/** Memory for the columns of a block by column name; reused if so constructed. */
class ColumnRoom {
  private readonly arrays: Map<string, Numbers> | undefined

  /** @param again true: later blocks reuse the memory */
  constructor(again: boolean) {
    this.arrays = again ? new Map() : undefined
  }

  /** An array for a column, with undefined content. */
  of<A extends Numbers>(name: string, count: number, make: new (count: number) => A): A {
    if (this.arrays === undefined) return new make(count)
    const known = this.arrays.get(name) as A | undefined
    if (known !== undefined && known.length >= count) return known.subarray(0, count)
    const array = new make(count)
    this.arrays.set(name, array)
    return array
  }
}

const countOf = ({ begin, end, chosen }: Cut): number => chosen?.length ?? end - begin

/** Copies a cut of a column into `column`, which has the length of the cut, and returns it. */
const taken = <A extends Numbers>(from: A, { begin, end, chosen }: Cut, column: A): A => {
  if (chosen === undefined) column.set(from.subarray(begin, end))
  else for (let i = 0; i < column.length; i++) column[i] = from[chosen[i]!]!
  return column
}

/** Extracts four bits of each byte of a cut, from bit `shift` on. */
const nibbles = (from: Uint8Array, { begin, chosen }: Cut, shift: 0 | 4, column: Uint8Array): Uint8Array => {
  if (chosen === undefined) for (let i = 0; i < column.length; i++) column[i] = (from[begin + i]! >> shift) & 15
  else for (let i = 0; i < column.length; i++) column[i] = (from[chosen[i]!]! >> shift) & 15
  return column
}

/**
 * GPS times of a cut: −0 and NaN become 0 and the canonical NaN, hence equal points have equal
 * bytes.
 */
const times = (from: Float64Array, { begin, chosen }: Cut, column: Float64Array): Float64Array => {
  for (let i = 0; i < column.length; i++) {
    const time = from[chosen === undefined ? begin + i : chosen[i]!]!
    column[i] = Number.isNaN(time) ? Number.NaN : time + 0
  }
  return column
}

/**
 * Coordinates of a cut in millimetres; undefined if one does not fit 32 bits. Coordinates grow with
 * the stored integers: if the extremes fit, 32-bit arithmetic is exact for all.
 */
const placed = (from: Int32Array, axis: Axis, cut: Cut, column: Int32Array): Int32Array | undefined => {
  if (column.length === 0) return column
  if (!axis.exact) return rounded(from, axis, cut, column)
  const { begin, chosen } = cut
  const [scale, offset] = [axis.scale | 0, axis.offset | 0]
  let least = from[chosen === undefined ? begin : chosen[0]!]!
  let most = least
  for (let i = 0; i < column.length; i++) {
    const stored = from[chosen === undefined ? begin + i : chosen[i]!]!
    if (stored < least) least = stored
    if (stored > most) most = stored
    column[i] = (Math.imul(stored, scale) + offset) | 0
  }
  return toMm(axis, least) >= -2147483648 && toMm(axis, most) <= 2147483647 ? column : undefined
}

const rounded = (from: Int32Array, axis: Axis, { begin, chosen }: Cut, column: Int32Array): Int32Array | undefined => {
  for (let i = 0; i < column.length; i++) {
    const mm = toMm(axis, from[chosen === undefined ? begin + i : chosen[i]!]!)
    column[i] = mm
    if (column[i] !== mm) return undefined
  }
  return column
}

/**
 * Reads the points of a query from layered chunks (formats 6 to 8), decoding only the layers it
 * needs.
 */
import type { EngineError } from "../../errors.js"
import { type Axis, axesOf, overflow, toMm } from "../las/axis.js"
import {
  BLOCK_POINTS,
  classFilter,
  type FieldName,
  type FurtherAttributes,
  type MmBox,
  type PointColumns,
  type PointQuery,
  USUAL,
} from "../las/columns.js"
import { dimensionOf, type ExtraDimension, extraValueBytes, extraValueReader } from "../las/extra-bytes.js"
import { type LasHeader, RECORD_BYTES } from "../las/header.js"
import { checkStated, type Stated, statedBox } from "../las/stated-box.js"
import { anyInside, isWithin, meets, storedBox } from "../las/stored-box.js"
import { type LeftOut, storedHeights } from "../las/too-high.js"
import { lentColumns, placeAll } from "./borrowed-columns.js"
import { ColumnRoom, type Cut, countOf, nibbles, placed, taken, times } from "./column-cut.js"
import { type Chunk, undecodable } from "./laszip.js"
import type { LazColumns, LazDecoder, LazLayer, LazRequest } from "./wasm/chunk.js"

/**
 * Gives the points of a chunk that a query wants, in blocks of at most `BLOCK_POINTS`, or whole where it takes all of them and they are lent. The chunk that comes next may be named, with the
 * bytes that it will come with.
 */
export type LayerReader = (
  bytes: Uint8Array,
  chunk: Chunk,
  ahead?: readonly [Chunk, Uint8Array] | undefined,
) => PointColumns[]

/** The layer that holds an attribute; the returns lie with x and y. */
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

/** What a query asks for, worked out once a file. */
interface Plan {
  readonly file: string
  readonly header: LasHeader
  readonly query: PointQuery
  readonly axes: readonly [Axis, Axis, Axis]
  readonly attributes: ReadonlySet<FieldName>
  /** Extra dimensions asked for. */
  readonly dimensions: readonly ExtraDimension[]
  /** The query's box in the file's integers, half-open. */
  readonly box: MmBox
  /** Heights in the file's integers, half-open: points beyond are left out, and counted in `told`. */
  readonly heights: readonly [low: number, end: number]
  readonly stated: Stated
  readonly told: LeftOut
  readonly classes: Uint8Array | undefined
  /** Highest return number wanted. */
  readonly lastReturn: number
}

/**
 * Makes the reader of a file's layered chunks for a query: only the layers of the attributes asked for are decoded, and none but
 * x and y where no point lies in the box. The points are those of `recordReader`, to the bit.
 *
 * @throws EngineError from the reader: `E_FORMAT` when a chunk is damaged, `E_INPUT` when a point does not fit 32 bits.
 */
export const layerReader = (
  decoder: LazDecoder,
  header: LasHeader,
  query: PointQuery,
  dimensions: readonly ExtraDimension[],
  file: string,
  told: LeftOut = { tooHigh: 0 },
): LayerReader => {
  const axes = axesOf(header, query.origin)
  const plan: Plan = {
    file,
    header,
    query,
    axes,
    attributes: new Set(query.attributes ?? USUAL),
    dimensions: (query.extra ?? []).map((name) => dimensionOf(dimensions, name, file)),
    box: storedBox(query, axes),
    heights: storedHeights(axes[2], query.origin[2]),
    stated: statedBox(header),
    told,
    classes: classFilter(query),
    lastReturn: query.firstReturns ?? 15,
  }
  const request = requestOf(plan)
  const rooms: ColumnRoom[] = []
  // Of the chunk at hand: whether all of it lies in the box.
  let within = false
  const wants = (x: Int32Array, y: Int32Array): boolean => {
    const [[minX, maxX], [minY, maxY]] = [decoder.range(x), decoder.range(y)]
    const range = { minX, minY, maxX, maxY }
    if (!isStated(range, plan)) checkStated(header, file, x, y, undefined)
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
    if (columns.z === undefined || columns.count === 0) return []
    const heights = decoder.range(columns.z)
    if (!areStated(heights, plan)) checkStated(header, file, columns.x, columns.y, columns.z)
    within = within && isWhole(plan) && areLow(heights, plan.heights)
    if (query.lent === true && plan.dimensions.length === 0 && within && placeAll(decoder, columns, axes))
      return [lentColumns(columns, plan.attributes)]
    const blocks: PointColumns[] = []
    for (let begin = 0; begin < columns.count; begin += BLOCK_POINTS) {
      const end = Math.min(begin + BLOCK_POINTS, columns.count)
      const room = rooms[blocks.length] ?? new ColumnRoom(query.lent === true)
      rooms[blocks.length] = room
      blocks.push(readBlock(plan, columns, { begin, end, chosen: chosenOf(plan, columns, within, begin, end) }, room))
    }
    return blocks
  }
}

const requestOf = ({ header, attributes, dimensions, classes }: Plan): Omit<LazRequest, "count" | "wants"> => {
  const { pointFormat, recordLength } = header
  const base = RECORD_BYTES[pointFormat] ?? recordLength
  const layers = new Set<LazLayer>(["z"])
  for (const name of attributes) {
    if (name === "returnNumber" || name === "numberOfReturns" || name === "returns") continue
    const layer = LAYER_OF[name]
    if ((layer !== "rgb" || pointFormat >= 7) && (layer !== "nir" || pointFormat === 8)) layers.add(layer)
  }
  if (classes !== undefined) layers.add("classification")
  return {
    pointFormat,
    recordLength,
    layers: [...layers],
    extra: dimensions.flatMap((one) => Array.from({ length: extraValueBytes(one) }, (_, i) => one.at - base + i)),
  }
}

// ---------------------------------------------------------------------------------------------------------- the choice

const isStated = (range: MmBox, { stated }: Plan): boolean =>
  range.minX >= stated.minX && range.maxX <= stated.maxX && range.minY >= stated.minY && range.maxY <= stated.maxY

const areStated = ([least, most]: readonly [number, number], { stated }: Plan): boolean =>
  least >= stated.minZ && most <= stated.maxZ

const areLow = ([least, most]: readonly [number, number], [low, end]: Plan["heights"]): boolean =>
  least >= low && most < end

/** True where a query takes every point in its box. */
const isWhole = ({ classes, lastReturn }: Pick<Plan, "classes" | "lastReturn">): boolean =>
  classes === undefined && lastReturn >= 15

/** Places of the wanted points of `[begin, end)`, or undefined: all of them, as where `whole` says so. */
const chosenOf = (
  { box, heights, told, classes, lastReturn }: Plan,
  columns: LazColumns,
  whole: boolean,
  begin: number,
  end: number,
): Uint32Array | undefined => {
  if (whole) return undefined
  const [low, top] = heights
  const { minX, minY, maxX, maxY } = box
  const { x, y, returns, classification } = columns
  const z = columns.z!
  const chosen = new Uint32Array(end - begin)
  let n = 0
  for (let i = begin; i < end; i++) {
    if (!(x[i]! >= minX && x[i]! < maxX && y[i]! >= minY && y[i]! < maxY)) continue
    if (!(z[i]! >= low && z[i]! < top)) {
      told.tooHigh++
      continue
    }
    if (classes !== undefined && classes[classification![i]!] !== 1) continue
    if ((returns[i]! & 15) <= lastReturn) chosen[n++] = i
  }
  return n === end - begin ? undefined : chosen.subarray(0, n)
}

// --------------------------------------------------------------------------------------------------------- the columns

const readBlock = (plan: Plan, columns: LazColumns, cut: Cut, room: ColumnRoom): PointColumns => {
  const { attributes, axes } = plan
  const count = countOf(cut)
  const place = (name: "x" | "y" | "z", axis: Axis): Int32Array => {
    const column = placed(columns[name]!, axis, cut, room.of(name, count, Int32Array))
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
    // A filter may have had it decoded though nobody asked for it.
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
    ...(flags ? { flags: bytes("flags", flags) } : {}),
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
const firstOverflow = ({ axes, file, query }: Plan, columns: LazColumns, { begin, end, chosen }: Cut): EngineError => {
  const count = chosen?.length ?? end - begin
  for (let i = 0; i < count; i++) {
    const point = chosen?.[i] ?? begin + i
    const place = axes.map((axis, k) => toMm(axis, [columns.x, columns.y, columns.z!][k]![point]!))
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
  // One record, of which only the dimension's bytes are there.
  const record = new Uint8Array(header.recordLength)
  const view = new DataView(record.buffer)
  const values: Record<string, Float64Array> = {}
  for (const dimension of dimensions) {
    const size = extraValueBytes(dimension)
    const read = extraValueReader(dimension)
    const column = new Float64Array(count)
    for (let i = 0; i < count; i++) {
      const point = chosen?.[i] ?? begin + i
      for (let k = 0; k < size; k++) record[dimension.at + k] = columns.extra[dimension.at - base + k]![point]!
      column[i] = read(view, 0)
    }
    values[dimension.name] = column
  }
  return values
}

import { EngineError } from "../../errors.js"
import type { AttributeName } from "../../kernel.js"
import { type Axis, axesOf, overflow, toMm } from "./axis.js"
import { BLOCK_POINTS } from "./chunk-decoder.js"
import { classFilter, type MmBox, mmBoxOf, type PointColumns, type PointQuery } from "./columns.js"
import { dimensionOf, type ExtraDimension, extraValueBytes, extraValueReader } from "./extra-bytes.js"
import { type LasHeader, RECORD_BYTES, refuse } from "./header.js"
import type { Chunk } from "./laszip.js"
import type { LayerColumns, LayerDecoder, LayerName, LayerRequest } from "./layer-decoder.js"
import { astray, statedBox } from "./stated-box.js"

/** Gives the points of a chunk that a query wants, in blocks of at most `BLOCK_POINTS`. */
export type LayerReader = (bytes: Uint8Array, chunk: Chunk) => PointColumns[]

const ALL: readonly AttributeName[] = ["classification", "returnNumber", "numberOfReturns", "intensity", "gpsTime"]
const LAYERS: readonly (AttributeName & LayerName)[] = ["classification", "intensity", "gpsTime"]

/** What a query asks for, worked out once a file. */
interface Plan {
  readonly file: string
  readonly header: LasHeader
  readonly query: PointQuery
  readonly axes: readonly [Axis, Axis, Axis]
  readonly attributes: ReadonlySet<AttributeName>
  /** Extra dimensions asked for. */
  readonly dimensions: readonly ExtraDimension[]
  /** The query's box in the file's integers, half-open. */
  readonly box: MmBox
  readonly classes: Uint8Array | undefined
}

/**
 * Makes the reader of a file's layered chunks for a query: only the layers of the attributes asked for are decoded, and none but
 * x and y where no point lies in the box. The points are those of `recordReader`, to the bit.
 *
 * @throws EngineError from the reader: `E_FORMAT` when a chunk is damaged, `E_INPUT` when a point does not fit 32 bits.
 */
export const layerReader = (
  decoder: LayerDecoder,
  header: LasHeader,
  query: PointQuery,
  dimensions: readonly ExtraDimension[],
  file: string,
): LayerReader => {
  const axes = axesOf(header, query.origin)
  const plan: Plan = {
    file,
    header,
    query,
    axes,
    attributes: new Set(query.attributes ?? ALL),
    dimensions: (query.extra ?? []).map((name) => dimensionOf(dimensions, name, file)),
    box: storedBox(query, axes),
    classes: classFilter(query),
  }
  const request = requestOf(plan)
  return (bytes, chunk) => {
    let columns: LayerColumns
    try {
      columns = decoder.decode(bytes, { ...request, count: chunk.count })
    } catch (error) {
      if (error instanceof EngineError) throw error
      // The decoder's own refusals, and traps of WebAssembly where a broken stream leaves its memory.
      const why = error instanceof Error ? error.message : String(error)
      throw refuse(
        file,
        `has a LAZ chunk at byte ${chunk.begin} of ${chunk.count} points that cannot be decoded: ${why}`,
        "The file is damaged: fetch or make it again.",
      )
    }
    const blocks: PointColumns[] = []
    for (let begin = 0; begin < columns.count; begin += BLOCK_POINTS) {
      blocks.push(readBlock(plan, columns, begin, Math.min(begin + BLOCK_POINTS, columns.count)))
    }
    return blocks
  }
}

const requestOf = ({
  file,
  header,
  attributes,
  dimensions,
  classes,
  query,
  box,
}: Plan): Omit<LayerRequest, "count"> => {
  const { pointFormat, recordLength } = header
  const base = RECORD_BYTES[pointFormat] ?? recordLength
  const layers = LAYERS.filter((name) => attributes.has(name) || (name === "classification" && classes !== undefined))
  return {
    pointFormat,
    recordLength,
    layers: ["z", ...layers],
    extra: dimensions.flatMap((one) => Array.from({ length: extraValueBytes(one) }, (_, i) => one.at - base + i)),
    wants: (x, y) => {
      checkStated(x, y, header, file)
      return query.box === undefined || anyInside(x, y, box)
    },
  }
}

/** The least stored integer that is not below a bound in millimetres: places grow with integers, so the nearest guess is put right. */
const storedBound = (axis: Axis, mm: number): number => {
  if (!Number.isFinite(mm)) return mm
  const guess = axis.exact ? (mm - axis.offset) / axis.scale : ((mm + axis.origin) / 1000 - axis.offset) / axis.scale
  let stored = Math.ceil(guess)
  while (toMm(axis, stored - 1) >= mm) stored--
  while (toMm(axis, stored) < mm) stored++
  return stored
}

const storedBox = (query: PointQuery, [x, y]: Plan["axes"]): MmBox => {
  const { minX, minY, maxX, maxY } = mmBoxOf(query)
  return {
    minX: storedBound(x, minX),
    minY: storedBound(y, minY),
    maxX: storedBound(x, maxX),
    maxY: storedBound(y, maxY),
  }
}

/** @throws EngineError `E_FORMAT` when a point lies far outside the header's box. */
const checkStated = (x: Int32Array, y: Int32Array, header: LasHeader, file: string): void => {
  const [minX, minY, maxX, maxY] = statedBox(header)
  for (let i = 0; i < x.length; i++) {
    if (!(x[i]! >= minX && x[i]! <= maxX && y[i]! >= minY && y[i]! <= maxY)) throw astray(file, header, x[i]!, y[i]!)
  }
}

const anyInside = (x: Int32Array, y: Int32Array, { minX, minY, maxX, maxY }: MmBox): boolean => {
  for (let i = 0; i < x.length; i++) {
    if (x[i]! >= minX && x[i]! < maxX && y[i]! >= minY && y[i]! < maxY) return true
  }
  return false
}

/** Places of the wanted points of `[begin, end)`, or undefined: all of them. */
const chosenOf = ({ query, box, classes }: Plan, columns: LayerColumns, begin: number, end: number) => {
  if (query.box === undefined && classes === undefined) return undefined
  const { minX, minY, maxX, maxY } = box
  const { x, y, classification } = columns
  const chosen = new Uint32Array(end - begin)
  let n = 0
  for (let i = begin; i < end; i++) {
    if (!(x[i]! >= minX && x[i]! < maxX && y[i]! >= minY && y[i]! < maxY)) continue
    if (classes === undefined || classes[classification![i]!] === 1) chosen[n++] = i
  }
  return n === end - begin ? undefined : chosen.subarray(0, n)
}

/** Arrays that hold one column. */
interface Numbers {
  readonly length: number
  [index: number]: number
}

const readBlock = (plan: Plan, columns: LayerColumns, begin: number, end: number): PointColumns => {
  const chosen = chosenOf(plan, columns, begin, end)
  const count = chosen?.length ?? end - begin
  const pick = <A extends Numbers & { slice(begin: number, end: number): A }>(
    from: A | undefined,
    none: A,
    into: () => A,
  ): A => {
    if (from === undefined) return none
    if (chosen === undefined) return from.slice(begin, end)
    const picked = into()
    for (let i = 0; i < count; i++) picked[i] = from[chosen[i]!]!
    return picked
  }
  const place = (from: Int32Array): Int32Array => pick<Int32Array>(from, noInt32, () => new Int32Array(count))
  const [x, y, z] = [place(columns.x), place(columns.y), place(columns.z!)]
  toMillimetres(plan, x, y, z)
  const has = (name: AttributeName): boolean => plan.attributes.has(name)
  const bytes = (name: AttributeName, from: Uint8Array | undefined): Uint8Array =>
    pick<Uint8Array>(has(name) ? from : undefined, noUint8, () => new Uint8Array(count))
  const returnNumber = bytes("returnNumber", columns.returns)
  const numberOfReturns = bytes("numberOfReturns", columns.returns)
  for (let i = 0; i < returnNumber.length; i++) returnNumber[i] = returnNumber[i]! & 15
  for (let i = 0; i < numberOfReturns.length; i++) numberOfReturns[i] = numberOfReturns[i]! >> 4
  const classification = bytes("classification", columns.classification)
  const intensity = pick<Uint16Array>(columns.intensity, noUint16, () => new Uint16Array(count))
  const gpsTime = pick<Float64Array>(columns.gpsTime, noFloat64, () => new Float64Array(count))
  // −0 and NaN become 0 and the one NaN, so that equal points have equal bytes.
  for (let i = 0; i < gpsTime.length; i++) gpsTime[i] = Number.isNaN(gpsTime[i]) ? Number.NaN : gpsTime[i]! + 0
  const points = { count, x, y, z, classification, returnNumber, numberOfReturns, intensity, gpsTime }
  if (plan.dimensions.length === 0) return points
  return { ...points, extra: extraValues(plan, columns, begin, chosen, count) }
}

const noInt32 = new Int32Array(0)
const noUint8 = new Uint8Array(0)
const noUint16 = new Uint16Array(0)
const noFloat64 = new Float64Array(0)

/** Turns stored integers into millimetres, in place. */
const toMillimetres = ({ axes, file, query }: Plan, x: Int32Array, y: Int32Array, z: Int32Array): void => {
  const columns = [x, y, z] as const
  axes.forEach((axis, k) => {
    const failed = scaleColumn(axis, columns[k]!)
    if (failed === undefined) return
    const { point, mm } = failed
    // The axes before this one are millimetres already.
    const place = axes.map((other, m) =>
      m < k ? columns[m]![point]! : m === k ? mm : toMm(other, columns[m]![point]!),
    )
    throw overflow(file, place, query.origin)
  })
}

/** Scales a column in place up to the first value that does not fit, which it gives. */
const scaleColumn = (axis: Axis, column: Int32Array): { point: number; mm: number } | undefined => {
  const { exact, scale, offset } = axis
  for (let i = 0; i < column.length; i++) {
    const mm = exact ? column[i]! * scale + offset : toMm(axis, column[i]!)
    column[i] = mm
    if (column[i] !== mm) return { point: i, mm }
  }
  return undefined
}

const extraValues = (
  { dimensions, header }: Plan,
  columns: LayerColumns,
  begin: number,
  chosen: Uint32Array | undefined,
  count: number,
): Record<string, Float64Array> => {
  const base = RECORD_BYTES[header.pointFormat] ?? header.recordLength
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

/** Gives a decoded chunk as columns without a copy, where a query takes all of its points. */
import { type Axis, toMm } from "../las/axis.js"
import type { FieldName, PointColumns } from "../las/columns.js"
import type { LazColumns, LazDecoder } from "./wasm/chunk.js"

/**
 * Brings the places of a decoded chunk to millimetres and its times to their form, in the decoder's own memory. False where a place may not fit 32 bits or is not
 * made in whole millimetres: nothing is done then. One test of the ends of each column is enough, for places grow with the stored integers.
 */
export const placeAll = (
  decoder: LazDecoder,
  { x, y, z, gpsTime }: LazColumns,
  axes: readonly [Axis, Axis, Axis],
): boolean => {
  const columns = [x, y, z!]
  const fit = columns.every((column, k) => {
    const axis = axes[k]!
    const [least, most] = decoder.range(column)
    return axis.exact && toMm(axis, least) >= -2147483648 && toMm(axis, most) <= 2147483647
  })
  if (!fit) return false
  for (const [k, column] of columns.entries()) decoder.place(column, axes[k]!.scale | 0, axes[k]!.offset | 0)
  if (gpsTime) decoder.settle(gpsTime)
  return true
}

/** A placed chunk as columns of a query that takes all of it: views of the decoder's memory, but for returns that are asked for apart. */
export const lentColumns = (columns: LazColumns, attributes: ReadonlySet<FieldName>): PointColumns => {
  const { count, x, y, z, returns, classification, intensity, gpsTime } = columns
  const { scanAngle, flags, userData, sourceId, red, green, blue, nir } = columns
  return {
    count,
    x,
    y,
    z: z!,
    classification: classification ?? noUint8,
    returnNumber: attributes.has("returnNumber") ? returns.map((both) => both & 15) : noUint8,
    numberOfReturns: attributes.has("numberOfReturns") ? returns.map((both) => both >> 4) : noUint8,
    intensity: intensity ?? noUint16,
    gpsTime: gpsTime ?? noFloat64,
    ...(attributes.has("returns") ? { returns } : {}),
    ...(scanAngle ? { scanAngle } : {}),
    ...(flags ? { flags } : {}),
    ...(userData ? { userData } : {}),
    ...(sourceId ? { pointSourceId: sourceId } : {}),
    ...(red && attributes.has("red") ? { red } : {}),
    ...(green && attributes.has("green") ? { green } : {}),
    ...(blue && attributes.has("blue") ? { blue } : {}),
    ...(nir ? { nir } : {}),
  }
}

const noUint8 = new Uint8Array(0)
const noUint16 = new Uint16Array(0)
const noFloat64 = new Float64Array(0)

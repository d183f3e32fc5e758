import { type Axis, toMm } from "./axis.js"

/** Points of a decoded chunk: those at the places `chosen`, or all of `[begin, end)` where that is undefined. */
export interface Cut {
  readonly begin: number
  readonly end: number
  readonly chosen: Uint32Array | undefined
}

/** Arrays that hold one column. */
interface Numbers {
  readonly length: number
  [index: number]: number
  slice(begin: number, end: number): this
}

/** A cut's values of a column, in an array of its own. */
export const taken = <A extends Numbers>(from: A, { begin, end, chosen }: Cut): A => {
  if (chosen === undefined) return from.slice(begin, end)
  const count = chosen.length
  const column = from.slice(0, count)
  for (let i = 0; i < count; i++) column[i] = from[chosen[i]!]!
  return column
}

/** Four bits of each byte of a cut, from `shift` on. */
export const nibbles = (from: Uint8Array, { begin, end, chosen }: Cut, shift: 0 | 4): Uint8Array => {
  const column = new Uint8Array(chosen?.length ?? end - begin)
  if (chosen === undefined) for (let i = 0; i < column.length; i++) column[i] = (from[begin + i]! >> shift) & 15
  else for (let i = 0; i < column.length; i++) column[i] = (from[chosen[i]!]! >> shift) & 15
  return column
}

/** GPS times of a cut: −0 and NaN become 0 and the one NaN, so that equal points have equal bytes. */
export const times = (from: Float64Array, cut: Cut): Float64Array => {
  const column = taken(from, cut)
  for (let i = 0; i < column.length; i++) column[i] = Number.isNaN(column[i]) ? Number.NaN : column[i]! + 0
  return column
}

/**
 * A cut's places along an axis in millimetres, or undefined where one does not fit 32 bits. One pass: places grow with the stored integers, so
 * it is enough that the least and the greatest fit, and 32-bit arithmetic is exact then.
 */
export const placed = (from: Int32Array, axis: Axis, { begin, end, chosen }: Cut): Int32Array | undefined => {
  const column = chosen === undefined ? from.slice(begin, end) : chosenPlaces(from, chosen)
  if (column.length === 0) return column
  if (!axis.exact) return rounded(column, axis)
  const [scale, offset] = [axis.scale | 0, axis.offset | 0]
  let least = column[0]!
  let most = least
  for (let i = 0; i < column.length; i++) {
    const stored = column[i]!
    if (stored < least) least = stored
    if (stored > most) most = stored
    column[i] = (Math.imul(stored, scale) + offset) | 0
  }
  return toMm(axis, least) >= -2147483648 && toMm(axis, most) <= 2147483647 ? column : undefined
}

/** As {@link taken}, which sees four kinds of arrays as it is: a fifth would make its loop slow for all. */
const chosenPlaces = (from: Int32Array, chosen: Uint32Array): Int32Array => {
  const column = new Int32Array(chosen.length)
  for (let i = 0; i < column.length; i++) column[i] = from[chosen[i]!]!
  return column
}

const rounded = (column: Int32Array, axis: Axis): Int32Array | undefined => {
  for (let i = 0; i < column.length; i++) {
    const mm = toMm(axis, column[i]!)
    column[i] = mm
    if (column[i] !== mm) return undefined
  }
  return column
}

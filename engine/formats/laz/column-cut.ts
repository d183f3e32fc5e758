/** Copies chosen points out of the columns of a decoded chunk. */
import { type Axis, toMm } from "../las/axis.js"

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
  set(from: ArrayLike<number>): void
  subarray(begin: number, end: number): this
}

/** Memory for the columns of a block: new, or that of an earlier block, by the column's name. */
export class ColumnRoom {
  private readonly arrays: Map<string, Numbers> | undefined

  /** @param again true: memory is used again */
  constructor(again: boolean) {
    this.arrays = again ? new Map() : undefined
  }

  /** Room for a column, of undefined content. */
  of<A extends Numbers>(name: string, count: number, make: new (count: number) => A): A {
    if (this.arrays === undefined) return new make(count)
    const known = this.arrays.get(name) as A | undefined
    if (known !== undefined && known.length >= count) return known.subarray(0, count)
    const array = new make(count)
    this.arrays.set(name, array)
    return array
  }
}

/** Points of a cut. */
export const countOf = ({ begin, end, chosen }: Cut): number => chosen?.length ?? end - begin

/** Puts a cut's values of a column into `column`, which is as long as the cut, and gives that. */
export const taken = <A extends Numbers>(from: A, { begin, end, chosen }: Cut, column: A): A => {
  if (chosen === undefined) column.set(from.subarray(begin, end))
  else for (let i = 0; i < column.length; i++) column[i] = from[chosen[i]!]!
  return column
}

/** Four bits of each byte of a cut, from `shift` on. */
export const nibbles = (from: Uint8Array, { begin, chosen }: Cut, shift: 0 | 4, column: Uint8Array): Uint8Array => {
  if (chosen === undefined) for (let i = 0; i < column.length; i++) column[i] = (from[begin + i]! >> shift) & 15
  else for (let i = 0; i < column.length; i++) column[i] = (from[chosen[i]!]! >> shift) & 15
  return column
}

/** GPS times of a cut: −0 and NaN become 0 and the one NaN, so that equal points have equal bytes. */
export const times = (from: Float64Array, { begin, chosen }: Cut, column: Float64Array): Float64Array => {
  for (let i = 0; i < column.length; i++) {
    const time = from[chosen === undefined ? begin + i : chosen[i]!]!
    column[i] = Number.isNaN(time) ? Number.NaN : time + 0
  }
  return column
}

/**
 * A cut's places along an axis in millimetres, or undefined where one does not fit 32 bits. One pass: places grow with the stored integers, so
 * it is enough that the least and the greatest fit, and 32-bit arithmetic is exact then.
 */
export const placed = (from: Int32Array, axis: Axis, cut: Cut, column: Int32Array): Int32Array | undefined => {
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

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
  const count = chosen?.length ?? end - begin
  const column = new Int32Array(count)
  if (count === 0) return column
  if (!axis.exact) return rounded(from, axis, begin, chosen, column)
  const [scale, offset] = [axis.scale | 0, axis.offset | 0]
  const first = from[chosen?.[0] ?? begin]!
  let [least, most] = [first, first]
  if (chosen === undefined) {
    for (let i = 0; i < count; i++) {
      const stored = from[begin + i]!
      if (stored < least) least = stored
      else if (stored > most) most = stored
      column[i] = (Math.imul(stored, scale) + offset) | 0
    }
  } else {
    for (let i = 0; i < count; i++) {
      const stored = from[chosen[i]!]!
      if (stored < least) least = stored
      else if (stored > most) most = stored
      column[i] = (Math.imul(stored, scale) + offset) | 0
    }
  }
  return toMm(axis, least) >= -2147483648 && toMm(axis, most) <= 2147483647 ? column : undefined
}

const rounded = (
  from: Int32Array,
  axis: Axis,
  begin: number,
  chosen: Uint32Array | undefined,
  column: Int32Array,
): Int32Array | undefined => {
  for (let i = 0; i < column.length; i++) {
    const mm = toMm(axis, from[chosen?.[i] ?? begin + i]!)
    column[i] = mm
    if (column[i] !== mm) return undefined
  }
  return column
}

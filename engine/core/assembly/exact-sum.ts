/**
 * Computes the exact sign of a sum of three products, where doubles cannot decide an in-circle
 * test.
 */

/** Relative error bound of the in-circle determinant in doubles (Shewchuk 1997, iccerrboundA). */
export const CIRCLE_BOUND: f64 = 1.1102230246251577e-15
/** Integers below this are exact in doubles. */
export const WHOLE: f64 = 9007199254740992

/** The sum as a signed integer of 128 bits: upper and lower half. */
let high: i64 = 0
let low: u64 = 0

/**
 * @returns the sign (−1, 0 or 1) of a · b + c · d + e · f
 * All are whole numbers below 2⁵⁴ in magnitude; a, c and e are not negative.
 */
export function signOfProducts(a: f64, b: f64, c: f64, d: f64, e: f64, f: f64): f64 {
  high = 0
  low = 0
  addProduct(<u64>a, <i64>b)
  addProduct(<u64>c, <i64>d)
  addProduct(<u64>e, <i64>f)
  if (high < 0) return -1
  return high > 0 || low > 0 ? 1 : 0
}

function addProduct(a: u64, b: i64): void {
  const size: u64 = b < 0 ? <u64>-b : <u64>b
  const a0 = a & 0xffffffff
  const a1 = a >> 32
  const b0 = size & 0xffffffff
  const b1 = size >> 32
  // The middle terms stay below 2⁶⁴, because the upper halves are below 2²².
  const middle = a0 * b1 + a1 * b0 + ((a0 * b0) >> 32)
  const least = (middle << 32) | ((a0 * b0) & 0xffffffff)
  const most = <i64>(a1 * b1 + (middle >> 32))
  if (b < 0) {
    high -= most + i64(low < least)
    low -= least
  } else {
    low += least
    high += most + i64(low < least)
  }
}

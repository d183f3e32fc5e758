/** Vectors of eight unsigned 16-bit or four 32-bit numbers. */

/** Divides eight numbers below 65536 by 1000. */
@inline
export function thousandth(mm: v128): v128 {
  return by125(i16x8.shr_u(mm, 3))
}

/** Divides eight numbers below 8192 by 125. */
@inline
export function by125(eighths: v128): v128 {
  const factor = i16x8.splat(<i16>33555)
  return i16x8.narrow_i32x4_u(
    i32x4.shr_u(i32x4.extmul_low_i16x8_u(eighths, factor), 22),
    i32x4.shr_u(i32x4.extmul_high_i16x8_u(eighths, factor), 22),
  )
}

/** Divides eight numbers below 65536 by 40. */
@inline
export function by40(mm: v128): v128 {
  const factor = i16x8.splat(<i16>52429)
  return i16x8.narrow_i32x4_u(
    i32x4.shr_u(i32x4.extmul_low_i16x8_u(mm, factor), 21),
    i32x4.shr_u(i32x4.extmul_high_i16x8_u(mm, factor), 21),
  )
}

/** Interleaves the first four 16-bit numbers of both. */
@inline
export function lowHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23)
}

/** Interleaves the last four 16-bit numbers of both. */
@inline
export function highHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31)
}

/** Interleaves the first two 32-bit numbers of both. */
@inline
export function lowWords(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
}

/** Interleaves the last two 32-bit numbers of both. */
@inline
export function highWords(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
}

/** Stores the lowest byte of each of four numbers. */
@inline
export function storeBytes(at: usize, four: v128): void {
  const halves = i16x8.narrow_i32x4_u(four, four)
  v128.store32_lane(at, i8x16.narrow_i16x8_u(halves, halves), 0)
}

/** Stores four numbers below 65536 as 16 bits each. */
@inline
export function storeHalves(at: usize, four: v128): void {
  v128.store64_lane(at, i16x8.narrow_i32x4_u(four, four), 0)
}

/**
 * Operations on whole columns in place, on two or four values at a time; addresses need no
 * alignment.
 */

/** Size of the place for records: four of the longest. */
export const RECORDS_BYTES: usize = 4 * 65536

/** The least of four lanes. */
@inline
function leastLane(lanes: v128): i32 {
  const pairs = i32x4.min_s(lanes, v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1))
  return i32x4.extract_lane(i32x4.min_s(pairs, v128.shuffle<i32>(pairs, pairs, 1, 0, 3, 2)), 0)
}

/** The greatest of four lanes. */
@inline
function mostLane(lanes: v128): i32 {
  const pairs = i32x4.max_s(lanes, v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1))
  return i32x4.extract_lane(i32x4.max_s(pairs, v128.shuffle<i32>(pairs, pairs, 1, 0, 3, 2)), 0)
}

/** The least of `count` ≥ 1 i32. */
export function leastOf(column: usize, count: u32): i32 {
  let lanes = i32x4.splat(load<i32>(column))
  let i: u32 = 0
  for (; i + 4 <= count; i += 4) lanes = i32x4.min_s(lanes, v128.load(column + 4 * i))
  for (; i < count; i++) lanes = i32x4.min_s(lanes, i32x4.splat(load<i32>(column + 4 * i)))
  return leastLane(lanes)
}

/** The greatest of `count` ≥ 1 i32. */
export function mostOf(column: usize, count: u32): i32 {
  let lanes = i32x4.splat(load<i32>(column))
  let i: u32 = 0
  for (; i + 4 <= count; i += 4) lanes = i32x4.max_s(lanes, v128.load(column + 4 * i))
  for (; i < count; i++) lanes = i32x4.max_s(lanes, i32x4.splat(load<i32>(column + 4 * i)))
  return mostLane(lanes)
}

/** Replaces each i32 by `value · scale + offset` in 32 bits. */
export function placeColumn(column: usize, count: u32, scale: i32, offset: i32): void {
  const scales = i32x4.splat(scale)
  const offsets = i32x4.splat(offset)
  let i: u32 = 0
  for (; i + 4 <= count; i += 4) {
    v128.store(column + 4 * i, i32x4.add(i32x4.mul(v128.load(column + 4 * i), scales), offsets))
  }
  for (; i < count; i++) store<i32>(column + 4 * i, load<i32>(column + 4 * i) * scale + offset)
}

/** Place of records of formats 6 to 8, without extra bytes. */
let records: usize = 0

/** Names the place of the records; returns the address after it. */
export function setUpRecords(place: usize): usize {
  records = place
  return place + RECORDS_BYTES
}

/** Address of the records. */
export function recordsAt(): usize {
  return records
}

/**
 * Writes `count` records from columns, one after the other; extra bytes stay as they are. Columns
 * that the format lacks are not read.
 */
export function interleave(
  from: u32,
  count: u32,
  length: usize,
  pointFormat: u32,
  xs: usize,
  ys: usize,
  zs: usize,
  intensities: usize,
  returns: usize,
  flags: usize,
  classes: usize,
  users: usize,
  angles: usize,
  sources: usize,
  times: usize,
  red: usize,
  green: usize,
  blue: usize,
  infrared: usize,
): void {
  let record = records
  for (let i = from; i < from + count; i++) {
    store<u32>(record, load<u32>(xs + 4 * i))
    store<u32>(record, load<u32>(ys + 4 * i), 4)
    store<u32>(record, load<u32>(zs + 4 * i), 8)
    store<u16>(record, load<u16>(intensities + 2 * i), 12)
    store<u8>(record, load<u8>(returns + i), 14)
    store<u8>(record, load<u8>(flags + i), 15)
    store<u8>(record, load<u8>(classes + i), 16)
    store<u8>(record, load<u8>(users + i), 17)
    store<u16>(record, load<u16>(angles + 2 * i), 18)
    store<u16>(record, load<u16>(sources + 2 * i), 20)
    store<u64>(record, load<u64>(times + 8 * i), 22)
    if (pointFormat > 6) {
      store<u16>(record, load<u16>(red + 2 * i), 30)
      store<u16>(record, load<u16>(green + 2 * i), 32)
      store<u16>(record, load<u16>(blue + 2 * i), 34)
    }
    if (pointFormat > 7) store<u16>(record, load<u16>(infrared + 2 * i), 36)
    record += length
  }
}

/** Replaces −0 by 0 and every NaN by the canonical one. */
export function settleColumn(column: usize, count: u32): void {
  const zero = f64x2.splat(0)
  const none = i64x2.splat(0x7ff8000000000000)
  let i: u32 = 0
  for (; i + 2 <= count; i += 2) {
    const values = v128.load(column + 8 * i)
    v128.store(column + 8 * i, v128.bitselect(f64x2.add(values, zero), none, f64x2.eq(values, values)))
  }
  if (i == count) return
  const value = load<f64>(column + 8 * i)
  store<u64>(column + 8 * i, value == value ? reinterpret<u64>(value + 0) : 0x7ff8000000000000)
}

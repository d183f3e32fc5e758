/**
 * The order of a node's points: as they were scanned, which LAZ compresses best, and independent of
 * the order of the input.
 */

/** Offsets in a record: returns, GPS time. */
const RETURNS: usize = 14
const TIME: usize = 22
/** More points of equal time are no pulse: the time is not set. */
const MOST_OF_A_PULSE: u32 = 15
export const DIGIT: u32 = 11
const STARTS: usize = memory.data(4 << 11, 16)

/** GPS time as an integer that sorts like it: negative numbers have their bits flipped. */
@inline
function keyOf(record: usize): u64 {
  const bits = load<u64>(record, TIME)
  return bits ^ ((<u64>(<i64>bits >> 63)) | (<u64>1 << 63))
}

/** Sorts pairs of key and index by one digit of the keys; stable. */
export function sortDigit(count: u32, shift: u64, keys: usize, order: usize, nextKeys: usize, nextOrder: usize): void {
  memory.fill(STARTS, 0, 4 << DIGIT)
  const mask: usize = (1 << DIGIT) - 1
  for (let i: u32 = 0; i < count; i++) {
    const start = STARTS + (((<usize>(load<u64>(keys + 8 * i) >> shift)) & mask) << 2)
    store<u32>(start, load<u32>(start) + 1)
  }
  let sum: u32 = 0
  for (let digit: usize = 0; digit <= mask; digit++) {
    const here = load<u32>(STARTS + 4 * digit)
    store<u32>(STARTS + 4 * digit, sum)
    sum += here
  }
  for (let i: u32 = 0; i < count; i++) {
    const key = load<u64>(keys + 8 * i)
    const start = STARTS + (((<usize>(key >> shift)) & mask) << 2)
    const to = load<u32>(start)
    store<u32>(start, to + 1)
    store<u64>(nextKeys + 8 * to, key)
    store<u32>(nextOrder + 4 * to, load<u32>(order + 4 * i))
  }
}

/** Orders records by return number, then by their words as signed numbers. */
function precedes(a: usize, b: usize, stride: usize): bool {
  const number: u32 = load<u8>(a, RETURNS) & 15
  const other: u32 = load<u8>(b, RETURNS) & 15
  if (number != other) return number < other
  for (let k: usize = 0; k < stride; k += 4) {
    const left = load<i32>(a + k)
    const right = load<i32>(b + k)
    if (left != right) return left < right
  }
  return false
}

/** Insertion sort of a pulse by return number, then by all bytes. */
function sortPulse(records: usize, stride: usize, order: usize, count: u32): void {
  for (let i: u32 = 1; i < count; i++) {
    const index = load<u32>(order + 4 * i)
    let at = i
    for (; at > 0; at--) {
      const before = load<u32>(order + 4 * (at - 1))
      if (!precedes(records + index * stride, records + before * stride, stride)) break
      store<u32>(order + 4 * at, before)
    }
    store<u32>(order + 4 * at, index)
  }
}

/**
 * Orders records by GPS time, and by return within a pulse. More than 15 points of equal time
 * retain their order. `scratch` has 24 bytes a record beside the result, which is at `order`.
 */
export function orderByTime(records: usize, count: u32, stride: usize, order: usize, scratch: usize): void {
  let keys = scratch
  let nextKeys = scratch + 8 * count
  let from = order
  let to = scratch + 16 * count
  let used: u64 = 0
  const first = keyOf(records)
  for (let i: u32 = 0; i < count; i++) {
    const key = keyOf(records + i * stride)
    store<u64>(keys + 8 * i, key)
    store<u32>(order + 4 * i, i)
    used |= key ^ first
  }
  // Digits begin and end with the bits that differ.
  for (let shift = ctz(used); shift < 64 && used >> shift != 0; shift += DIGIT) {
    if (((used >> shift) & ((1 << DIGIT) - 1)) == 0) continue
    sortDigit(count, shift, keys, from, nextKeys, to)
    const swappedKeys = keys
    keys = nextKeys
    nextKeys = swappedKeys
    const swapped = from
    from = to
    to = swapped
  }
  if (from != order) memory.copy(order, from, 4 * count)
  for (let i: u32 = 0; i < count; ) {
    const key = load<u64>(keys + 8 * i)
    let end = i + 1
    while (end < count && load<u64>(keys + 8 * end) == key) end++
    if (end - i > 1 && end - i <= MOST_OF_A_PULSE) sortPulse(records, stride, order + 4 * i, end - i)
    i = end
  }
}

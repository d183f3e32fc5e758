/** Radix sort of indices by 32-bit numbers, and by pairs of them. */

const DIGIT_BITS = 11
const MASK = 2 ** DIGIT_BITS - 1
/** Number of digits of 32 bits. */
const PASSES = 3

/**
 * Sorts indices by their 32-bit keys: a stable radix sort from the least digit, which skips digits
 * that are equal everywhere. Values move with their indices, for sequential reads. O(n).
 *
 * @param first indices to sort, all or some, in their initial order
 */
export const radixOrder = (keys: Uint32Array, first: Uint32Array): Uint32Array => {
  const count = first.length
  let order = first.slice()
  let values = new Uint32Array(count)
  let nextOrder = new Uint32Array(count)
  let nextValues = new Uint32Array(count)
  for (let i = 0; i < count; i++) values[i] = keys[order[i]!]!
  const starts = new Uint32Array(MASK + 1)
  for (let pass = 0; pass < PASSES && count > 0; pass++) {
    const shift = pass * DIGIT_BITS
    starts.fill(0)
    for (let i = 0; i < count; i++) starts[(values[i]! >>> shift) & MASK]!++
    if (starts[(values[0]! >>> shift) & MASK] === count) continue
    for (let digit = 0, sum = 0; digit <= MASK; digit++) {
      const here = starts[digit]!
      starts[digit] = sum
      sum += here
    }
    for (let i = 0; i < count; i++) {
      const value = values[i]!
      const digit = (value >>> shift) & MASK
      const to = starts[digit]!
      starts[digit] = to + 1
      nextOrder[to] = order[i]!
      nextValues[to] = value
    }
    ;[order, nextOrder] = [nextOrder, order]
    ;[values, nextValues] = [nextValues, values]
  }
  return order
}

/** Maximum length of a run sorted by insertion, and by comparison: digits have too many values. */
const FEW = 24
const SOME = 4096

/**
 * Indices sorted by (high, low), stable; fast if few elements share their `high`. `low` is below
 * 2^32.
 */
export const pairOrder = (high: Uint32Array, low: Uint32Array, count: number): Uint32Array => {
  const order = radixOrder(high, inARow(count))
  const pairs = new Float64Array(SOME)
  for (let first = 0; first < count; ) {
    const value = high[order[first]!]
    let end = first + 1
    while (end < count && high[order[end]!] === value) end++
    if (end - first <= FEW) insert(order, first, end, low)
    else if (end - first <= SOME) sortPairs(order, first, end, low, pairs)
    else order.set(radixOrder(low, order.subarray(first, end)), first)
    first = end
  }
  return order
}

/** Sorts by doubles that hold a key and a place: 44 bits, hence exact. */
const sortPairs = (order: Uint32Array, first: number, end: number, keys: Uint32Array, pairs: Float64Array): void => {
  const run = order.slice(first, end)
  for (let i = 0; i < run.length; i++) pairs[i] = keys[run[i]!]! * SOME + i
  const sorted = pairs.subarray(0, run.length).sort()
  for (let i = 0; i < run.length; i++) order[first + i] = run[sorted[i]! % SOME]!
}

/** The indices 0, 1, 2, … */
export const inARow = (count: number): Uint32Array => {
  const order = new Uint32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  return order
}

const insert = (order: Uint32Array, first: number, end: number, keys: Uint32Array): void => {
  for (let i = first + 1; i < end; i++) {
    const place = order[i]!
    const key = keys[place]!
    let at = i
    for (; at > first && keys[order[at - 1]!]! > key; at--) order[at] = order[at - 1]!
    order[at] = place
  }
}

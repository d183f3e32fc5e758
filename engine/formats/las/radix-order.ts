const DIGIT_BITS = 11
const MASK = 2 ** DIGIT_BITS - 1
/** Digits of a number of 32 bits. */
const PASSES = 3

/**
 * The stable order of `count` pairs of whole numbers, `high` before `low`: radix sort from the least digit on, digits that are all equal
 * left out. O(count).
 */
export const radixOrder = (low: Uint32Array, high: Uint32Array, count: number): Uint32Array => {
  let order = new Uint32Array(count)
  let next = new Uint32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  const starts = new Uint32Array(MASK + 1)
  for (let pass = 0; pass < 2 * PASSES && count > 0; pass++) {
    const keys = pass < PASSES ? low : high
    const shift = (pass % PASSES) * DIGIT_BITS
    starts.fill(0)
    for (let i = 0; i < count; i++) starts[(keys[i]! >>> shift) & MASK]!++
    if (starts[(keys[0]! >>> shift) & MASK] === count) continue
    for (let digit = 0, sum = 0; digit <= MASK; digit++) {
      const here = starts[digit]!
      starts[digit] = sum
      sum += here
    }
    for (let i = 0; i < count; i++) {
      const record = order[i]!
      next[starts[(keys[record]! >>> shift) & MASK]!++] = record
    }
    ;[order, next] = [next, order]
  }
  return order
}

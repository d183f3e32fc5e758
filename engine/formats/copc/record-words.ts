/** Records as 32-bit words with their keys: copies, compares and hashes them. */
import type { Keys } from "./keys.js"

/** Words per record; the last one is padded with zeros. */
export const wordsOf = (recordLength: number): number => (recordLength + 3) >> 2

/** Records as words, with their Morton keys. */
export interface KeyedRecords extends Keys {
  readonly words: Int32Array
  readonly count: number
}

/** Allocates memory for records. */
export const emptyRecords = (capacity: number, stride: number): Omit<KeyedRecords, "count"> => ({
  words: new Int32Array(capacity * stride),
  high: new Uint32Array(capacity),
  low: new Uint32Array(capacity),
})

/** Below this many records, a loop is faster than copying three views. */
const FEW = 12

/** Copies `count` records with their keys to records `into` and following. */
export const copyRecords = (
  from: Omit<KeyedRecords, "count">,
  first: number,
  count: number,
  stride: number,
  to: Omit<KeyedRecords, "count">,
  into: number,
): void => {
  if (count >= FEW) {
    to.words.set(from.words.subarray(first * stride, (first + count) * stride), into * stride)
    to.high.set(from.high.subarray(first, first + count), into)
    to.low.set(from.low.subarray(first, first + count), into)
    return
  }
  const { words, high, low } = from
  for (let i = 0; i < count; i++) {
    to.high[into + i] = high[first + i]!
    to.low[into + i] = low[first + i]!
  }
  const end = (first + count) * stride
  for (let at = first * stride, out = into * stride; at < end; at++, out++) to.words[out] = words[at]!
}

/** Total order of records by their words: 0 only for equal bytes. */
export const compareWords = (words: Int32Array, stride: number, a: number, b: number): number => {
  for (let k = 0, i = a * stride, j = b * stride; k < stride; k++) {
    const difference = words[i + k]! - words[j + k]!
    if (difference !== 0) return difference
  }
  return 0
}

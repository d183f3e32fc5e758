/**
 * The order of points inside a node: chosen for compression, and independent of the input order.
 */
import { inARow, radixOrder } from "./radix-order.js"
import { compareWords, wordsOf } from "./record-words.js"

/**
 * Maximum number of points of a pulse. More points of equal time indicate that the time is not set.
 */
const MOST_OF_A_PULSE = 15
/**
 * Word positions in records of formats 6–8: the GPS time starts at byte 22, in the middle of a
 * word; the return number is at byte 14.
 */
const TIME_WORD = 5
const RETURNS_WORD = 3

/**
 * Orders a node's points by GPS time, as they were scanned, and by return within a pulse: LAZ
 * compresses this order best. More than 15 points of equal time retain their input order. The input
 * is in key order, hence equal nodes give equal results. O(points).
 */
export const orderOfNode = (words: Int32Array, count: number, recordLength: number): Uint32Array => {
  const stride = wordsOf(recordLength)
  const [low, high] = [new Uint32Array(count), new Uint32Array(count)]
  for (let i = 0, at = TIME_WORD; i < count; i++, at += stride) {
    const [a, b, c] = [words[at]!, words[at + 1]!, words[at + 2]!]
    const top = (b >>> 16) | (c << 16)
    const bottom = (a >>> 16) | (b << 16)
    // Doubles sort as unsigned integers once the sign bit is flipped, and all bits of negative
    // ones.
    low[i] = top < 0 ? ~bottom : bottom
    high[i] = top < 0 ? ~top : top ^ 0x80000000
  }
  const order = orderOfTimes(words, stride, low, high)
  for (let first = 0; first < count; ) {
    const [l, h] = [low[order[first]!], high[order[first]!]]
    let end = first + 1
    while (end < count && low[order[end]!] === l && high[order[end]!] === h) end++
    if (end - first > 1 && end - first <= MOST_OF_A_PULSE) orderPulse(words, stride, order.subarray(first, end))
    first = end
  }
  return order
}

/**
 * Orders points by time, stable. Times are first sorted by their place between the least and the
 * greatest, in 32 bits: three digits instead of six. Those of one place are then sorted exactly.
 */
const orderOfTimes = (words: Int32Array, stride: number, low: Uint32Array, high: Uint32Array): Uint32Array => {
  const count = low.length
  const pair = new Int32Array(2)
  const time = new Float64Array(pair.buffer)
  const times = new Float64Array(count)
  let [least, most] = [Infinity, -Infinity]
  let isNumber = true
  for (let i = 0, at = TIME_WORD; i < count; i++, at += stride) {
    const middle = words[at + 1]!
    pair[0] = (words[at]! >>> 16) | (middle << 16)
    pair[1] = (middle >>> 16) | (words[at + 2]! << 16)
    const value = time[0]!
    times[i] = value
    if (value < least) least = value
    if (value > most) most = value
    // False for no number and for infinity.
    isNumber &&= value - value === 0
  }
  const scale = 0xffffffff / (most - least)
  if (!isNumber || !Number.isFinite(scale)) return radixOrder(high, radixOrder(low, inARow(count)))
  const places = new Uint32Array(count)
  for (let i = 0; i < count; i++) places[i] = (times[i]! - least) * scale
  const order = radixOrder(places, inARow(count))
  for (let first = 0; first < count; ) {
    const place = places[order[first]!]!
    let end = first + 1
    while (end < count && places[order[end]!] === place) end++
    if (end - first > FEW) {
      const some = order.subarray(first, end)
      some.set(radixOrder(high, radixOrder(low, some)))
    } else if (end - first > 1) insertTimes(order, first, end, low, high)
    first = end
  }
  return order
}

/** Maximum number of points sorted by insertion. */
const FEW = 64

const insertTimes = (order: Uint32Array, first: number, end: number, low: Uint32Array, high: Uint32Array): void => {
  for (let i = first + 1; i < end; i++) {
    const record = order[i]!
    const h = high[record]!
    const l = low[record]!
    let at = i
    for (; at > first; at--) {
      const before = order[at - 1]!
      if (high[before]! < h || (high[before] === h && low[before]! <= l)) break
      order[at] = before
    }
    order[at] = record
  }
}

/** Insertion sort by return number, then by all bytes. */
const orderPulse = (words: Int32Array, stride: number, order: Uint32Array): void => {
  const returnOf = (record: number): number => (words[record * stride + RETURNS_WORD]! >>> 16) & 15
  for (let i = 1; i < order.length; i++) {
    const record = order[i]!
    let at = i
    for (; at > 0; at--) {
      const before = order[at - 1]!
      const difference = returnOf(record) - returnOf(before) || compareWords(words, stride, record, before)
      if (difference >= 0) break
      order[at] = before
    }
    order[at] = record
  }
}

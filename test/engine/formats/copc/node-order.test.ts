import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { orderOfNode } from "../../../../engine/formats/copc/node-order.js"
import { padRecords } from "../../../../engine/formats/copc/record-words.js"

/** Format 6 records with these times; the rest is zero, so that equal times retain their order. */
const wordsOfTimes = (times: readonly number[]): Int32Array => {
  const bytes = new Uint8Array(30 * times.length)
  const view = new DataView(bytes.buffer)
  for (const [i, time] of times.entries()) view.setFloat64(30 * i + 22, time, true)
  const words = new Int32Array(8 * times.length)
  padRecords(bytes, times.length, 30, words, 0)
  return words
}

/** Sorts by time as bits: −0 before 0, no numbers at the ends. */
const plainOrder = (times: readonly number[]): number[] => {
  const view = new DataView(new ArrayBuffer(8))
  const keys = times.map((time) => {
    view.setFloat64(0, time)
    const bits = view.getBigUint64(0)
    return bits >> 63n ? ~bits & (2n ** 64n - 1n) : bits | (1n << 63n)
  })
  return times.map((_, i) => i).sort((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : a - b))
}

describe("orderOfNode", () => {
  const random = seededRandom(7)
  const some = (count: number, time: (i: number) => number): number[] =>
    Array.from({ length: count }, (_, i) => time(i))
  it.each([
    ["scattered over a day", some(3000, () => 3e8 + 86400 * random())],
    ["close together, with one far away", [...some(3000, () => 1e-9 * random()), 1e300]],
    ["many at one place, not sorted", [...some(500, (i) => 5 - i * 1e-15), 1e12]],
    ["all equal", some(200, () => 4)],
    ["negative and zero", [0, -0, -1, 2, -0, -1e9, 0, 7, -3]],
    ["not numbers", [3, Number.NaN, 1, Infinity, -Infinity, 2]],
    ["one", [5]],
  ])("sorts times as a plain sort does: %s", (_, times) => {
    expect([...orderOfNode(wordsOfTimes(times), times.length, 30)]).toEqual(plainOrder(times))
  })
})

import { describe, expect, it } from "vitest"
import { checksumOf } from "../../../bench/product/checksum.js"
import { measureRate, peakBytes, rateOf } from "../../../bench/product/measure.js"

/** Keeps the processor busy; gives 50 things. */
const busy = (milliseconds: number) => {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
  return 50
}

describe("measureRate", () => {
  it("gives the rate of the amount that a pass handles", { retry: 2 }, async () => {
    const { median, spread } = await measureRate(() => busy(5), { timeMs: 60, passes: 7 })
    // 50 in 5 ms by the clock: about 10,000 a second; more where the processor was with others.
    expect(median).toBeGreaterThan(2_000)
    expect(median).toBeLessThan(100_000)
    expect(spread).toBeGreaterThanOrEqual(0)
  })

  it("repeats passes that are shorter than the clock's steps", async () => {
    let passes = 0
    const pass = () => {
      passes++
      return 1
    }
    const { median } = await measureRate(pass, { timeMs: 1, passes: 2 })
    expect(passes).toBeGreaterThan(100)
    expect(Number.isFinite(median)).toBe(true)
  })

  it("takes median and quartiles of the passes", () => {
    expect(rateOf([5, 1, 2, 4, 3])).toEqual({ median: 3, spread: 2 })
  })
})

describe("peakBytes", () => {
  it("knows the process's high-water mark", () => {
    const before = peakBytes()
    const block = new Uint8Array(before + 50_000_000).fill(1)
    expect(peakBytes()).toBeGreaterThan(before)
    expect(block[0]).toBe(1)
  })
})

describe("checksumOf", () => {
  it("sees every value, key and order of items, but not the order of keys", () => {
    const base = checksumOf({ a: Int32Array.of(1, 2), b: ["x", 3] })
    expect(checksumOf({ b: ["x", 3], a: Int32Array.of(1, 2) })).toBe(base)
    expect(checksumOf({ a: Int32Array.of(1, 3), b: ["x", 3] })).not.toBe(base)
    expect(checksumOf({ a: Int32Array.of(1, 2), b: [3, "x"] })).not.toBe(base)
    expect(checksumOf({ c: Int32Array.of(1, 2), b: ["x", 3] })).not.toBe(base)
  })
})

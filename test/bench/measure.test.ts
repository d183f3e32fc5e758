import { describe, expect, it } from "vitest"
import { checksumOf } from "../../bench/checksum.js"
import { measure, peakBytes } from "../../bench/measure.js"

/** Keeps the processor busy; gives 50 things. */
const busy = (milliseconds: number) => {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
  return 50
}

describe("measure", () => {
  it("gives the rate of the amount that a pass handles", { retry: 2 }, async () => {
    const row = await measure(
      { name: "busy", unit: "things/s", setup: async () => ({ run: () => busy(5), checksum: () => "same" }) },
      { timeMs: 60, passes: 7 },
    )
    if (typeof row === "string") throw new Error(row)
    // 50 in 5 ms: 10,000 a second at most; slower where the machine is busy.
    expect(row.median).toBeLessThanOrEqual(10_001)
    expect(row.median).toBeGreaterThan(2_000)
    expect(row.spread).toBeGreaterThanOrEqual(0)
    expect(row.peakBytes).toBeGreaterThan(10_000_000)
    expect(row).toMatchObject({ name: "busy", unit: "things/s", checksum: "same" })
  })

  it("refuses a benchmark whose passes disagree", async () => {
    let pass = 0
    const drifting = {
      name: "drift",
      unit: "x/s",
      setup: async () => ({ run: () => ++pass, checksum: () => String(pass) }),
    }
    await expect(measure(drifting, { timeMs: 1, passes: 2 })).rejects.toThrow(/drift: two passes/)
  })

  it("hands on why a benchmark cannot run, and closes what it opened", async () => {
    expect(await measure({ name: "none", unit: "x/s", setup: async () => "no file" })).toBe("no file")
    let closed = 0
    const prepared = { run: () => 1, checksum: () => "", close: async () => void closed++ }
    await measure({ name: "one", unit: "x/s", setup: async () => prepared }, { timeMs: 1, passes: 1 })
    expect(closed).toBe(1)
  })

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

import { describe, expect, it } from "vitest"
import { decide, median, type SideMeasures } from "../../../bench/guard/decide.js"
import { quantile } from "../../../bench/product/measure.js"

const side = (costs: readonly number[], more: Partial<SideMeasures> = {}): SideMeasures => ({
  cpuMs: costs,
  peaks: [100e6],
  checksums: ["a"],
  inputs: "in",
  version: "1",
  amount: 10,
  ...more,
})
const even = (cost: number, spread = 0.02): number[] =>
  Array.from({ length: 9 }, (_, i) => cost * (1 + (spread * (i - 4)) / 4))

describe("quantile", () => {
  it("interpolates, whatever the order", () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
    expect(quantile([4, 1, 3, 2], 0)).toBe(1)
    expect(quantile([4, 1, 3, 2], 1)).toBe(4)
    expect(quantile([10, 20, 30, 40, 50], 0.25)).toBe(20)
    expect(median([7])).toBe(7)
    expect(median([])).toBeNaN()
  })
})

describe("decide: time", () => {
  it.each([
    ["30 % and 30 ms more", even(100), even(130), true],
    ["14 % more", even(100), even(114), false],
    ["16 % more", even(100), even(116), true],
    ["30 % more, but 4.8 ms", even(16), even(20.8), false],
    ["30 % less", even(100), even(70), false],
    ["20 % more within base's spread", even(100, 0.6), even(120), false],
    ["20 % more, base within head's spread", even(100), even(120, 0.6), false],
  ])("%s", (_, base, head, expected) => {
    const decision = decide(side(base), side(head))
    expect(decision.isSlower).toBe(expected)
    expect(decision.faults.some((fault) => fault.startsWith("slower"))).toBe(expected)
  })

  it("compares per unit where head has more to do, but not where it only makes more of the same", () => {
    const twice = { amount: 20, inputs: "other", checksums: ["b"] }
    const moreWork = decide(side(even(100)), side(even(200), twice))
    expect(moreWork.ratio).toBeCloseTo(1)
    expect(moreWork.faults).toEqual([])
    expect(moreWork.notes.join()).toMatch(/other work: 10 → 20/)
    expect(decide(side(even(100)), side(even(200), { ...twice, inputs: "in", version: "2" })).isSlower).toBe(true)
  })
})

describe("decide: memory", () => {
  it.each([
    ["60 MB and 60 %", [100e6], [160e6], true],
    ["49 MB and 49 %", [100e6], [149e6], false],
    ["60 MB and 12 %", [500e6], [560e6], false],
    ["one process of head is as lean as base", [100e6, 101e6], [160e6, 102e6], false],
    ["less", [160e6], [100e6], false],
  ])("%s", (_, before, after, expected) => {
    expect(decide(side(even(100), { peaks: before }), side(even(100), { peaks: after })).isFatter).toBe(expected)
  })
})

describe("decide: output", () => {
  const fault = (base: Partial<SideMeasures>, head: Partial<SideMeasures>): string =>
    decide(side(even(100), base), side(even(100), head)).faults.join()

  it("may change under a raised version only", () => {
    expect(fault({}, { checksums: ["b"] })).toMatch(/output a → b, but version 1 was not raised/)
    expect(fault({}, { checksums: ["b"], version: "2" })).toBe("")
    expect(fault({ version: "2" }, { checksums: ["b"], version: "1" })).toMatch(/not raised/)
    expect(fault({ version: "0.9.3" }, { checksums: ["b"], version: "0.10.0" })).toBe("")
  })

  it("may change with its input, where both inputs are known", () => {
    expect(fault({}, { checksums: ["b"], inputs: "other" })).toBe("")
    expect(fault({ inputs: undefined }, { checksums: ["b"], inputs: "other" })).toMatch(/not raised/)
  })

  it("must be the same in every process", () => {
    expect(fault({}, { checksums: ["a", "b"] })).toMatch(/differs from one process to the next: a, b/)
  })
})

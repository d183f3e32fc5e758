import { describe, expect, it } from "vitest"
import { type Decision, decide, judge, median, type Pair, type SideMeasures } from "../../../bench/guard/decide.js"
import { quantile } from "../../../bench/product/measure.js"
import { seededRandom } from "../../../engine/core/random.js"

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

/** Measurements of pairs of whole runs by their ratios: one pass a process. */
const pairsOf = (...ratios: readonly number[]): Pair[] =>
  ratios.map((ratio) => ({ base: side([100]), head: side([100 * ratio]) }))
const one = (base: SideMeasures, head: SideMeasures): Decision => decide([{ base, head }])

describe("decide: time", () => {
  it.each([
    ["15 % more in every pair", [1.15, 1.15, 1.15, 1.15, 1.15], true],
    ["11 % in the median, above 5 % in four", [1.01, 1.11, 1.12, 1.11, 1.06], true],
    ["10 % in the median", [1.1, 1.1, 1.1, 1.1, 1.1], false],
    ["above 5 % in three only", [1.3, 1.3, 1.3, 1.05, 1], false],
    ["30 % less", [0.7, 0.7, 0.7, 0.7, 0.7], false],
  ])("%s", (_, ratios, expected) => {
    const decision = decide(pairsOf(...ratios))
    expect(decision.isSlower).toBe(expected)
    expect(decision.faults.some((fault) => fault.startsWith("slower"))).toBe(expected)
  })

  it("compares fastest passes, because other programs only add time", () => {
    expect(one(side(even(100)), side([...even(100), 300, 300, 300])).ratio).toBe(1)
    // All passes of four processes are slow, those of the fifth show that V8 is to blame.
    const badly = [1.5, 1.5, 1.5, 1.5, 1].map((by) => ({ base: side(even(100)), head: side(even(100 * by)) }))
    expect(decide(badly).isSlower).toBe(false)
  })

  it("compares per unit where head has more to do, but not where it only makes more of the same", () => {
    const twice = { amount: 20, inputs: "other", checksums: ["b"] }
    const moreWork = one(side(even(100)), side(even(200), twice))
    expect(moreWork.ratio).toBeCloseTo(1)
    expect(moreWork.faults).toEqual([])
    expect(moreWork.notes.join()).toMatch(/other work: 10 → 20/)
    expect(one(side(even(100)), side(even(200), { ...twice, inputs: "in", version: "2" })).isSlower).toBe(true)
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
    expect(one(side(even(100), { peaks: before }), side(even(100), { peaks: after })).isFatter).toBe(expected)
  })
})

describe("decide: output", () => {
  const fault = (base: Partial<SideMeasures>, head: Partial<SideMeasures>): string =>
    one(side(even(100), base), side(even(100), head)).faults.join()

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

describe("judge", () => {
  it.each([
    ["two pairs of at most 5 %", [1.05, 1.3, 1.01], false],
    ["three pairs of at most 10 %", [1.06, 1.07, 1.1], false],
    ["four pairs above 5 %, three of them above 10 %", [1.06, 1.11, 1.2, 1.11], true],
    ["five pairs", [1.2, 1.05, 1.2, 1.06, 1.12], true],
  ])("is final after %s, and not earlier", (_, ratios, slower) => {
    const pairs = pairsOf(...ratios)
    for (let count = 1; count < pairs.length; count++) expect(judge(pairs.slice(0, count))).toBeUndefined()
    expect(judge(pairs)?.isSlower).toBe(slower)
  })

  it("asks for a second pair where the first needs too much memory", () => {
    const fat = (peak: number): Pair => ({ base: side(even(100)), head: side(even(100), { peaks: [peak] }) })
    expect(judge([fat(300e6)])).toBeUndefined()
    expect(judge([fat(300e6), fat(310e6)])?.isFatter).toBe(true)
    expect(judge([fat(300e6), fat(100e6)])?.isFatter).toBe(false)
  })

  it("decides after as many pairs as wanted", () => {
    expect(judge(pairsOf(1.3), 1)?.isSlower).toBe(true)
    expect(judge(pairsOf(1), 2)).toBeUndefined()
    expect(judge(pairsOf(1, 1.02, 1), 3)?.head.cpuMs).toHaveLength(3)
  })
})

/**
 * Passes of a process: its own bias by where its memory lies, noise of each pass, and now and then
 * a burst of another program.
 */
const passes = (random: () => number, cost: number): number[] => {
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const bias = 1 + 0.025 * normal()
  return Array.from({ length: 9 }, () => cost * bias * (1 + 0.03 * Math.abs(normal())) * (random() < 0.1 ? 1.4 : 1))
}

/** The whole protocol: pairs until it is judged. A process is half as slow again with a chance. */
const judgeNoisy = (random: () => number, factor: number, badly: number): Decision => {
  const pairs: Pair[] = []
  const cost = (): number => (random() < badly ? 90 : 60)
  for (;;) {
    pairs.push({ base: side(passes(random, cost())), head: side(passes(random, cost() * factor)) })
    const decision = judge(pairs)
    if (decision !== undefined) return decision
  }
}

describe("judge on noisy passes", () => {
  const trials = 2000
  const slowRate = (factor: number, badly = 0): number => {
    const random = seededRandom(20)
    let slower = 0
    for (let i = 0; i < trials; i++) if (judgeNoisy(random, factor, badly).isSlower) slower++
    return slower / trials
  }

  it("passes what is unchanged or faster, and catches 15 %", () => {
    expect(slowRate(1)).toBe(0)
    expect(slowRate(0.7)).toBe(0)
    expect(slowRate(1.15)).toBeGreaterThan(0.97)
  })

  it("is undecided near its bound", () => {
    expect(slowRate(1.05)).toBeLessThan(0.01)
    expect(slowRate(1.1)).toBeGreaterThan(0.2)
    expect(slowRate(1.1)).toBeLessThan(0.8)
  })

  it("passes what is unchanged though V8 compiles one process in five badly", () => {
    expect(slowRate(1, 0.2)).toBeLessThan(0.005)
    expect(slowRate(1.4, 0.2)).toBeGreaterThan(0.7)
  })
})

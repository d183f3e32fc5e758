import { describe, expect, it } from "vitest"
import type { SideMeasures } from "../../../bench/guard/decide.js"
import { FEW_PASSES, isClear, type Judgement, judge, type Pair } from "../../../bench/guard/judge.js"
import { seededRandom } from "../../../engine/core/random.js"

const side = (costs: readonly number[], peak = 100e6): SideMeasures => ({
  cpuMs: costs,
  peaks: [peak],
  checksums: ["a"],
  version: "1",
  amount: 10,
})
const pair = (base: number, head: number, peak = 100e6): Pair => ({
  base: side(new Array(9).fill(base)),
  head: side(new Array(9).fill(head), peak),
})

describe("judge", () => {
  it("is content with one clear pair, and asks for more in doubt", () => {
    expect(judge([pair(100, 105)])?.decision.faults).toEqual([])
    expect(judge([pair(100, 60)])?.decision.faults).toEqual([])
    expect(judge([pair(100, 110)])).toBeUndefined()
    expect(judge([pair(100, 150)])).toBeUndefined()
    expect(judge([pair(100, 100, 300e6)])).toBeUndefined()
  })

  it("fails what is slower in five pairs, or fatter in two", () => {
    const slower = new Array<Pair>(5).fill(pair(100, 130))
    expect(judge(slower.slice(0, 4))).toBeUndefined()
    expect(judge(slower)?.decision.isSlower).toBe(true)
    expect(judge([pair(100, 100, 300e6), pair(100, 100, 310e6)])?.decision.isFatter).toBe(true)
  })

  it("decides by all passes after five, or after as many as wanted", () => {
    const doubtful = [pair(100, 130), pair(100, 130), pair(100, 130), pair(100, 130)]
    for (const count of [2, 3, 4]) expect(judge(doubtful.slice(0, count))).toBeUndefined()
    expect(judge([...doubtful, pair(100, 130)])?.decision.isSlower).toBe(true)
    expect(judge([...doubtful, pair(100, 110)])?.decision.isSlower).toBe(false)
    expect(judge([...doubtful.slice(0, 2), pair(100, 105)])?.decision.isSlower).toBe(false)
    expect(judge([pair(100, 130)], 1)?.decision.isSlower).toBe(true)
    expect(judge([pair(100, 100)], 2)).toBeUndefined()
    expect(judge([pair(100, 100), pair(100, 102)], 2)?.head.cpuMs).toHaveLength(18)
  })

  it("needs few passes only where head is clearly not slower", () => {
    expect(isClear([100, 101, 102], [90, 104, 300])).toBe(true)
    expect(isClear([100, 101, 102], [107, 108, 109])).toBe(false)
  })
})

/**
 * Passes of a process: its own bias by where its memory lies, noise of each pass, and now and then
 * a burst of another program.
 */
const passes = (random: () => number, cost: number, count = 9): number[] => {
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const bias = 1 + 0.025 * normal()
  return Array.from({ length: count }, () => cost * bias * (1 + 0.03 * Math.abs(normal())) * (random() < 0.1 ? 1.4 : 1))
}

/** The whole protocol: pairs until it is judged. A process is half as slow again with a chance. */
const judgeNoisy = (random: () => number, factor: number, badly = 0): Judgement => {
  const pairs: Pair[] = []
  const cost = (): number => (random() < badly ? 90 : 60)
  for (;;) {
    const [base, head] = [passes(random, cost()), passes(random, cost() * factor)]
    const count = isClear(base.slice(0, FEW_PASSES), head.slice(0, FEW_PASSES)) ? FEW_PASSES : 9
    pairs.push({ base: side(base.slice(0, count)), head: side(head.slice(0, count)) })
    const judgement = judge(pairs)
    if (judgement !== undefined) return judgement
  }
}

describe("judge on noisy passes", () => {
  const trials = 2000
  const slowRate = (factor: number, badly = 0): number => {
    const random = seededRandom(20)
    let slower = 0
    for (let i = 0; i < trials; i++) if (judgeNoisy(random, factor, badly).decision.isSlower) slower++
    return slower / trials
  }

  it("passes what is unchanged and catches 30 %", () => {
    expect(slowRate(1)).toBeLessThan(0.002)
    expect(slowRate(1.3)).toBeGreaterThan(0.99)
  })

  it("passes what is unchanged though V8 compiles one process in five badly", () => {
    expect(slowRate(1, 0.2)).toBeLessThan(0.002)
    expect(slowRate(1.4, 0.2)).toBeGreaterThan(0.7)
  })

  it("never fails faster code, and is undecided near its bound", () => {
    expect(slowRate(0.7)).toBe(0)
    expect(slowRate(1.05)).toBeLessThan(0.01)
    expect(slowRate(1.15)).toBeGreaterThan(0.2)
    expect(slowRate(1.15)).toBeLessThan(0.8)
  })
})

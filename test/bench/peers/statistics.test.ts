import { describe, expect, it } from "vitest"
import { distributionOf, pairedRatio } from "../../../bench/peers/statistics.js"

describe("distributionOf", () => {
  it("gives median and quartiles, between neighbours in proportion, in any order", () => {
    expect(distributionOf([5, 1, 3, 2, 4])).toEqual({ median: 3, low: 2, high: 4 })
    expect(distributionOf([10, 20])).toEqual({ median: 15, low: 12.5, high: 17.5 })
    expect(distributionOf([7])).toEqual({ median: 7, low: 7, high: 7 })
  })

  it("sorts by value, not by text", () => {
    expect(distributionOf([100, 9, 20]).median).toBe(20)
  })

  it("refuses nothing", () => {
    expect(() => distributionOf([])).toThrow(RangeError)
  })
})

describe("pairedRatio", () => {
  it("is the ratio of one round, whatever the machine's drift from round to round", () => {
    expect(pairedRatio([10, 40, 20], [5, 20, 10])).toEqual({ median: 2, low: 2, high: 2 })
  })

  it("takes the median of the rounds, not the ratio of medians", () => {
    expect(pairedRatio([1, 2, 30], [1, 1, 10]).median).toBe(2)
  })
})

import fc from "fast-check"
import { expect, it } from "vitest"
import { concatenate, lowerBound } from "../../../engine/core/lists.js"

it("is where a value would be put before its equals, within the places asked for", () => {
  const values = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 20 }).map((list) => list.sort((a, b) => a - b))
  fc.assert(
    fc.property(values, fc.integer({ min: -1, max: 10 }), fc.nat(20), fc.nat(20), (list, value, one, other) => {
      const [from, to] = [Math.min(one, other, list.length), Math.min(Math.max(one, other), list.length)]
      const found = list.findIndex((held, i) => i >= from && i < to && held >= value)
      expect(lowerBound(list, value, from, to)).toBe(found < 0 ? to : found)
      const all = list.findIndex((held) => held >= value)
      expect(lowerBound(Int32Array.from(list), value)).toBe(all < 0 ? list.length : all)
    }),
  )
})

it("puts arrays one behind the other", () => {
  expect(concatenate(Int32Array, [[1, 2], Int32Array.of(), Int32Array.of(3)])).toEqual(Int32Array.of(1, 2, 3))
  expect(concatenate(Float64Array, [])).toEqual(new Float64Array(0))
})

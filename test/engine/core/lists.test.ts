import { describe, expect, it } from "vitest"
import { elementAt, lowerBound } from "../../../engine/core/lists.js"

describe("lists", () => {
  it("elementAt returns the element, and throws where there is none", () => {
    expect(elementAt(["a", "b"], 1)).toBe("b")
    for (const index of [2, -1, 0.5, Number.NaN]) {
      expect(() => elementAt(["a", "b"], index)).toThrow(expect.objectContaining({ code: "E_INTERNAL" }))
    }
  })

  it("lowerBound is the first index whose value is not below", () => {
    const values = [1, 3, 3, 7]
    for (let value = 0; value <= 8; value++) {
      const plain = values.findIndex((one) => one >= value)
      expect(lowerBound(values, value)).toBe(plain < 0 ? values.length : plain)
    }
  })
})

import { describe, expect, test } from "vitest"
import { arithmeticIntegers } from "../../../../engine/formats/las/arithmetic.js"

describe("arithmeticIntegers", () => {
  test("zeros decode to the first symbol: every value equals its prediction", () => {
    const next = arithmeticIntegers(new Uint8Array(16), 2)
    for (const predicted of [0, 7, 4294967295]) expect(next(predicted, 0)).toBe(predicted)
  })

  test("any bytes end: values are unsigned 32-bit integers", () => {
    for (const fill of [1, 127, 128, 255]) {
      const next = arithmeticIntegers(new Uint8Array(64).fill(fill), 2)
      for (let i = 0; i < 500; i++) {
        const value = next(i, i % 2)
        expect(Number.isInteger(value) && value >= 0 && value < 2 ** 32).toBe(true)
      }
    }
  })
})

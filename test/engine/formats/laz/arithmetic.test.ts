import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { arithmeticIntegers } from "../../../../engine/formats/laz/arithmetic-coding.js"
import { IntegerEncoder } from "../las/laz-bytes.js"

describe("arithmeticIntegers", () => {
  test("decodes what an encoder wrote, any integers, long enough for models to adapt", () => {
    const integer = fc.oneof(
      fc.constantFrom(0, 1, 2),
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(integer, fc.integer({ min: 0, max: 1 })), { maxLength: 2000 }), (values) => {
        const encoder = new IntegerEncoder(2)
        let before = 0
        for (const [value, context] of values) {
          encoder.encode(before, value, context)
          before = value
        }
        const next = arithmeticIntegers(encoder.end(), 2)
        before = 0
        for (const [value, context] of values) {
          before = next(before, context)
          expect(before).toBe(value)
        }
      }),
      { numRuns: 30, seed: 1 },
    )
  })

  test("any bytes end: values are unsigned 32-bit integers", () => {
    for (const fill of [0, 1, 127, 128, 255]) {
      const next = arithmeticIntegers(new Uint8Array(64).fill(fill), 2)
      for (let i = 0; i < 500; i++) {
        const value = next(i, i % 2)
        expect(Number.isInteger(value) && value >= 0 && value < 2 ** 32).toBe(true)
      }
    }
  })
})

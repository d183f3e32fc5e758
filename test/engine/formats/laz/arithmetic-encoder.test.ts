import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  ArithmeticDecoder,
  integerSize,
  modelSize,
  writeInteger,
  writeModel,
} from "../../../../engine/formats/laz/arithmetic-coding.js"
import { ArithmeticEncoder } from "../../../../engine/formats/laz/arithmetic-encoder.js"
import { IntegerEncoder } from "../las/laz-bytes.js"

// Two symbol models, then a 32-bit integer with two contexts.
const WIDE = modelSize(3)
const LENGTHS = WIDE + modelSize(515)
const CORRECTORS = LENGTHS + 2 * modelSize(33)
const freshModels = (): Uint16Array => {
  const models = new Uint16Array(LENGTHS + integerSize(32, 2))
  writeInteger(models, writeModel(models, writeModel(models, 0, 3), 515), 32, 2)
  return models
}

type Step = readonly ["three" | "wide" | "bit" | "raw" | "corrector", number, number]

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constant("three" as const), fc.constantFrom(0, 0, 0, 0, 0, 1, 2), fc.constant(0)),
  fc.tuple(fc.constant("wide" as const), fc.oneof(fc.integer({ min: 0, max: 514 }), fc.constant(514)), fc.constant(0)),
  fc.tuple(fc.constant("bit" as const), fc.constantFrom(0, 1, 1, 1), fc.constant(0)),
  fc
    .integer({ min: 1, max: 31 })
    .chain((bits) =>
      fc.tuple(fc.constant("raw" as const), fc.integer({ min: 0, max: 2 ** bits - 1 }), fc.constant(bits)),
    ),
  fc.tuple(
    fc.constant("corrector" as const),
    fc.oneof(
      fc.integer({ min: -2147483648, max: 2147483647 }),
      fc.integer({ min: -300, max: 300 }),
      fc.constantFrom(-2147483648, 2147483647, -2147483647, 256, 257, -255, -256, 65536, 65537),
    ),
    fc.integer({ min: 0, max: 1 }),
  ),
)

const encode = (encoder: ArithmeticEncoder, steps: readonly Step[], at = 0): number => {
  encoder.start(at)
  for (const [what, value, detail] of steps) {
    if (what === "three") encoder.symbol(0, value)
    else if (what === "wide") encoder.symbol(WIDE, value)
    else if (what === "bit") encoder.bit(CORRECTORS, value)
    else if (what === "raw") encoder.raw(value, detail)
    else encoder.corrector(LENGTHS + detail * modelSize(33), CORRECTORS, value)
  }
  return encoder.end()
}

const decode = (bytes: Uint8Array, steps: readonly Step[]): number[] => {
  const decoder = new ArithmeticDecoder(freshModels(), bytes)
  return steps.map(([what, , detail]) => {
    if (what === "three") return decoder.symbol(0)
    if (what === "wide") return decoder.symbol(WIDE)
    if (what === "bit") return decoder.bit(CORRECTORS)
    if (what === "raw") return decoder.raw(detail)
    return decoder.corrector(LENGTHS + detail * modelSize(33), CORRECTORS)
  })
}

describe("ArithmeticEncoder", () => {
  test("the decoder gives back every symbol, bit and number", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3000 }), (steps) => {
        const encoder = new ArithmeticEncoder(freshModels(), 0)
        const end = encode(encoder, steps)
        expect(decode(encoder.bytes.subarray(0, end), steps)).toEqual(steps.map(([, value]) => value))
      }),
      { numRuns: 60, seed: 1 },
    )
  })

  test("a long run of one symbol: carries run far back, models reach their last total", () => {
    const steps: Step[] = Array.from({ length: 60000 }, (_, i) =>
      i % 5000 === 4999 ? (["raw", 65535, 16] as const) : (["three", 2, 0] as const),
    )
    const encoder = new ArithmeticEncoder(freshModels(), 0)
    const end = encode(encoder, steps)
    expect(decode(encoder.bytes.subarray(0, end), steps)).toEqual(steps.map(([, value]) => value))
    expect(end).toBeLessThan(2000)
  })

  test("streams stand one after another; a carry of one leaves the others alone", () => {
    const all = [1, 2, 3].map((seed) => fc.sample(step, { seed, numRuns: 500 }))
    const apart = all.map((steps) => {
      const alone = new ArithmeticEncoder(freshModels(), 0)
      const end = encode(alone, steps)
      return alone.bytes.slice(0, end)
    })
    const models = freshModels()
    const encoder = new ArithmeticEncoder(models, 0)
    let at = 0
    const ends = all.map((steps) => {
      models.set(freshModels())
      at = encode(encoder, steps, at)
      return at
    })
    ends.forEach((end, i) => {
      expect(encoder.bytes.slice(ends[i - 1] ?? 0, end)).toEqual(apart[i])
    })
  })

  test("writes what an encoder written apart from it writes, up to the zeros at the end", () => {
    const values = fc.sample(fc.tuple(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 1 })), {
      seed: 7,
      numRuns: 2000,
    })
    const other = new IntegerEncoder(2)
    const encoder = new ArithmeticEncoder(freshModels(), 0)
    encoder.start(0)
    let before = 0
    for (const [value, context] of values) {
      other.encode(before, value, context)
      encoder.corrector(LENGTHS + context * modelSize(33), CORRECTORS, (value - before) | 0)
      before = value
    }
    const end = encoder.end()
    const expected = other.end()
    expect(expected.length - end).toBeGreaterThanOrEqual(0)
    expect(expected.length - end).toBeLessThanOrEqual(1)
    expect(encoder.bytes.slice(0, end)).toEqual(expected.slice(0, end))
  })
})

import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import {
  noCorrection,
  type RadiometricCorrection,
} from "../../../../engine/formats/raster/image/radiometric-correction.js"
import { correctionWithin, fitTie, splitTies, tiePairs } from "../../../../engine/plan/colour/tie.js"

type Colour = readonly [number, number, number]

/**
 * Ground as both show it: mostly grass with a mottle of the orthophoto's own, paths here and there;
 * `correction` is what is to be found.
 */
const pairsOf = (correction: RadiometricCorrection, mottle: number, places: readonly Colour[]) => {
  const random = seededRandom(5)
  const noise = (): number => mottle * (2 * random() - 1)
  const [own, ortho]: [number[], number[]] = [[], []]
  for (const colour of places) {
    const light = noise()
    for (const band of [0, 1, 2] as const) {
      own.push(correction.gain[band] * colour[band] + correction.bias[band])
      ortho.push(colour[band] + light)
    }
  }
  return { own, ortho }
}
const meadow = (count: number): Colour[] => {
  const random = seededRandom(3)
  return Array.from({ length: count }, (_, i) => {
    const shade = 0.9 + 0.2 * random()
    return i % 15 === 0 ? [150, 140, 120] : [110 * shade, 138 * shade, 72 * shade]
  })
}
const correction: RadiometricCorrection = { gain: [0.45, 0.5, 0.45], bias: [60, 40, 70] }

describe("fitTie", () => {
  it("finds the correction, in a channel without contrast by what the others tell", () => {
    const found = fitTie(pairsOf(correction, 6, meadow(300)))!
    for (const band of [0, 1, 2] as const)
      for (const colour of [70, 100, 140]) {
        const value = correction.gain[band] * colour + correction.bias[band]
        expect(Math.abs((value - found.bias[band]) / found.gain[band] - colour)).toBeLessThan(9)
      }
    expect(Math.abs(found.gain[2] - 0.45)).toBeLessThan(0.08)
  })

  it("does not follow a fifth of places that changed between the flights", () => {
    const pairs = pairsOf({ gain: [0.8, 0.8, 0.8], bias: [20, 20, 20] }, 2, meadow(300))
    for (let i = 0; i < pairs.ortho.length; i++) if (Math.floor(i / 3) % 5 === 2) pairs.ortho[i] = 30
    const found = fitTie(pairs)!
    for (const band of [0, 1] as const)
      expect(Math.abs((0.8 * 120 + 20 - found.bias[band]) / found.gain[band] - 120)).toBeLessThan(5)
  })

  it("finds nothing in few places, in ground of one colour, and where one is no correction of the other", () => {
    expect(fitTie(pairsOf(correction, 1, meadow(11)))).toBeUndefined()
    const grey = Array.from({ length: 100 }, (): Colour => [90, 90, 90])
    expect(fitTie(pairsOf(correction, 1, grey))).toBeUndefined()
    const { own, ortho } = pairsOf(noCorrection, 1, meadow(300))
    expect(fitTie({ own, ortho: ortho.map((value) => 255 - value) })).toBeUndefined()
  })
})

describe("splitTies and tiePairs", () => {
  /**
   * Image 0 is an orthophoto, the others are oriented; places: both kinds, one oriented with the
   * orthophoto, two oriented.
   */
  const places = {
    ends: [3, 5, 7],
    images: [0, 1, 2, 0, 1, 1, 2],
    values: [10, 20, 40, 50, 60, 70, 80].flatMap((value) => [value, value, value]),
  }

  it("leave the orthophoto out of the solve, and compare it with the mean of the part", () => {
    const { solve, ties } = splitTies(places, 1)
    expect([solve.ends, solve.images]).toEqual([
      [2, 4],
      [1, 2, 1, 2],
    ])
    expect(ties.ends).toEqual([3, 5])
    const corrections: RadiometricCorrection[] = [noCorrection, noCorrection, { gain: [2, 2, 2], bias: [0, 0, 0] }]
    const { own, ortho } = tiePairs(ties, corrections, 1, () => true)
    expect([own[0], own[3], ortho[0], ortho[3]]).toEqual([20, 60, 10, 50])
    expect(tiePairs(ties, corrections, 1, (image) => image === 2).own.length).toBe(3)
  })
})

describe("correctionWithin", () => {
  it("is one correction after the other", () => {
    const { gain, bias } = correctionWithin({ gain: [2, 2, 2], bias: [1, 1, 1] }, correction)
    expect(gain[0] * 100 + bias[0]).toBeCloseTo(2 * (correction.gain[0] * 100 + correction.bias[0]) + 1, 9)
  })
})

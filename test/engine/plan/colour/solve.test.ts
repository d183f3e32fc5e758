import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { RadiometricCorrection } from "../../../../engine/formats/raster/image/radiometric-correction.js"
import type { ColourPlaces } from "../../../../engine/plan/colour/places.js"
import { solveColours } from "../../../../engine/plan/colour/solve.js"

/**
 * A strip of images, each sharing places with the next two; corrections around gain 1 and bias 0.
 */
const strip = (count: number, seed: number, options: { noise?: number; outliers?: number } = {}) => {
  const random = seededRandom(seed)
  const near = (spread: number): [number, number, number] => [0, 1, 2].map(() => spread * (2 * random() - 1)) as never
  const corrections: RadiometricCorrection[] = Array.from({ length: count }, () => {
    const [gain, bias] = [near(0.2), near(25)]
    return { gain: [1 + gain[0], 1 + gain[1], 1 + gain[2]], bias }
  })
  const ends: number[] = []
  const images: number[] = []
  const values: number[] = []
  for (let i = 0; i + 1 < count; i++) {
    for (let k = 0; k < 40; k++) {
      const colour = [0, 1, 2].map(() => 60 + 110 * random())
      for (let image = i; image < Math.min(count, i + 3); image++) {
        images.push(image)
        const strange = random() < (options.outliers ?? 0)
        for (const [band, value] of colour.entries()) {
          const noise = (options.noise ?? 0) * (2 * random() - 1)
          values.push(
            (strange ? 240 : corrections[image]!.gain[band]! * value + corrections[image]!.bias[band]!) + noise,
          )
        }
      }
      ends.push(images.length)
    }
  }
  return { corrections, places: { ends, images, values } satisfies ColourPlaces }
}

/** Largest difference of two images' colours for one true colour, over the range of colours. */
const worstStep = (corrections: readonly RadiometricCorrection[], solved: readonly RadiometricCorrection[]): number => {
  let worst = 0
  for (const band of [0, 1, 2] as const) {
    for (const colour of [70, 115, 160]) {
      const found = corrections.map(
        ({ gain, bias }, i) => (gain[band] * colour + bias[band] - solved[i]!.bias[band]) / solved[i]!.gain[band],
      )
      worst = Math.max(worst, Math.max(...found) - Math.min(...found))
    }
  }
  return worst
}

describe("solveColours", () => {
  it("makes all images of a strip agree", () => {
    const { corrections, places } = strip(12, 1)
    expect(
      worstStep(
        corrections,
        corrections.map(() => ({ gain: [1, 1, 1], bias: [0, 0, 0] })),
      ),
    ).toBeGreaterThan(40)
    expect(worstStep(corrections, solveColours(12, places))).toBeLessThan(0.6)
  })

  it("has gains of mean 1 and biases of mean 0", () => {
    const { places } = strip(12, 2, { noise: 1 })
    const solved = solveColours(12, places)
    for (let band = 0; band < 3; band++) {
      expect(solved.reduce((sum, { gain }) => sum + gain[band]!, 0) / 12).toBeCloseTo(1, 9)
      expect(solved.reduce((sum, { bias }) => sum + bias[band]!, 0) / 12).toBeCloseTo(0, 7)
    }
  })

  it("stays within 1 of 255 from neighbour to neighbour with noise, and with places where something else stood", () => {
    const noisy = strip(12, 3, { noise: 2, outliers: 0.05 })
    const solved = solveColours(12, noisy.places)
    for (let i = 0; i + 1 < 12; i++) {
      expect(worstStep(noisy.corrections.slice(i, i + 2), solved.slice(i, i + 2))).toBeLessThan(1.2)
    }
  })

  it("keeps known corrections to the bit and brings new images to them", () => {
    const { corrections, places } = strip(10, 4, { noise: 1 })
    const old = solveColours(10, places)
    const kept = old.slice(0, 7)
    const updated = solveColours(10, places, new Map(kept.entries()))
    expect(updated.slice(0, 7)).toEqual(kept)
    expect(worstStep(corrections.slice(5), updated.slice(5))).toBeLessThan(1.5)
  })

  it("leaves images alone that share nothing, and parts of the graph to themselves", () => {
    const { corrections, places } = strip(5, 5)
    const apart: ColourPlaces = {
      ends: [...places.ends, ...places.ends.map((end) => end + places.images.length)],
      images: [...places.images, ...places.images.map((image) => image + 6)],
      values: [...places.values, ...places.values],
    }
    const solved = solveColours(11, apart)
    expect(solved[5]).toEqual({ gain: [1, 1, 1], bias: [0, 0, 0] })
    expect(worstStep(corrections, solved.slice(0, 5))).toBeLessThan(0.6)
    for (let i = 0; i < 5; i++) expect(solved[i + 6]!.gain[0]).toBeCloseTo(solved[i]!.gain[0], 9)
  })

  it("solves a strip of 300 images", () => {
    const { corrections, places } = strip(300, 6)
    const solved = solveColours(300, places)
    for (let i = 0; i + 1 < 300; i += 7) {
      expect(worstStep(corrections.slice(i, i + 2), solved.slice(i, i + 2))).toBeLessThan(1)
    }
  })
})

import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { emptyRuns } from "../../../../kernels/texture/charts/fill-image-holes.js"

describe("emptyRuns", () => {
  it.each([1, 7, 8, 9, 41])("finds the pixels whose alpha is 0, row by row, in images %i wide", (width) => {
    const random = seededRandom(width)
    for (let round = 0; round < 20; round++) {
      const height = 9
      const data = new Uint8Array(4 * width * height).map(() => Math.floor(256 * random()))
      // Stretches of one alpha each: some have no bit in common, and hold an image all the same.
      for (let i = 0, alpha = 0, left = 0; i < width * height; i++, left--) {
        if (left <= 0)
          [alpha, left] = [[0, 0, 1, 2, 128, 255][Math.floor(6 * random())]!, 1 + Math.floor(20 * random())]
        data[4 * i + 3] = alpha
      }
      const { count, starts, ends } = emptyRuns(data, width, height)
      const found: number[] = []
      for (let run = 0; run < count; run++) {
        expect(Math.floor(starts[run]! / width)).toBe(Math.floor((ends[run]! - 1) / width))
        for (let i = starts[run]!; i < ends[run]!; i++) found.push(i)
      }
      const empty = Array.from({ length: width * height }, (_, i) => i).filter((i) => data[4 * i + 3] === 0)
      expect(found).toEqual(empty)
    }
  })
})

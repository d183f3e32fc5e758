import { describe, expect, it } from "vitest"
import { pixelWords } from "../../../../../engine/core/colours.js"
import { seededRandom } from "../../../../../engine/core/random.js"
import { copyOpaque, fillFromBlocks } from "../../../../../engine/formats/raster/image/whole-pixels.js"

const bytesOf = (seed: number, length: number): Uint8Array => {
  const random = seededRandom(seed)
  return Uint8Array.from({ length }, () => Math.floor(256 * random()))
}

describe("fillFromSquares", () => {
  for (const side of [1, 2, 4, 8, 16]) {
    it(`gives the means of squares of ${side}, of what has image, and leaves what is filled`, () => {
      const count = 40
      const stride = side * count + 3
      const pixels = bytesOf(side, 4 * stride * side)
      // Left to right: all with image, then more and more without.
      for (let i = 0; i < stride * side; i++) {
        const column = i % stride
        pixels[4 * i + 3] = column < stride / 3 || pixels[4 * i]! % 64 > column % 100 ? 128 + (i % 128) : i % 128
      }
      const target = new Uint8Array(4 * count)
      target.set([1, 2, 3, 255], 4 * 5)
      const squares = { words: pixelWords(pixels)!, start: 2, stride, side }
      expect(fillFromBlocks(squares, pixelWords(target)!, 0, count)).toBe(true)
      let empty = 0
      for (let i = 0; i < count; i++) {
        const [sums, shown] = [[0, 0, 0], [0]]
        for (let k = 0; k < side * side; k++) {
          const at = 4 * (2 + side * i + (k % side) + stride * Math.floor(k / side))
          if (pixels[at + 3]! < 128) continue
          for (const band of [0, 1, 2]) sums[band] += pixels[at + band]!
          shown[0]!++
        }
        const isFilled = 2 * shown[0]! >= side * side
        if (!isFilled) empty++
        const mean = isFilled ? [...sums.map((sum) => Math.round(sum / shown[0]!)), 255] : [0, 0, 0, 0]
        expect([...target.subarray(4 * i, 4 * i + 4)], `pixel ${i}`).toEqual(i === 5 ? [1, 2, 3, 255] : mean)
      }
      expect(empty).toBeGreaterThan(0)
    })
  }

  it("fills nothing from nothing", () => {
    for (const side of [1, 2, 4]) {
      const squares = { words: new Uint32Array(16 * 16), start: 0, stride: 16, side }
      expect(fillFromBlocks(squares, new Uint32Array(4), 0, 4)).toBe(false)
    }
  })
})

describe("copyOpaque", () => {
  it("takes red, green and blue of pixels of three and four bytes from any place on", () => {
    for (const step of [3, 4]) {
      for (let count = 0; count < 19; count++) {
        for (let from = 0; from < 9; from++) {
          const bytes = bytesOf(count + 1, from + step * count + (count % 3))
          const found = new Uint8Array(4 * (count + 2))
          copyOpaque(bytes, from, step, pixelWords(found)!, 1, count)
          const pixels = Array.from({ length: count }, (_, i) => [
            ...bytes.subarray(from + step * i, from + step * i + 3),
            255,
          ])
          expect([...found], `${count} of ${step} bytes from ${from}`).toEqual([
            0,
            0,
            0,
            0,
            ...pixels.flat(),
            0,
            0,
            0,
            0,
          ])
        }
      }
    }
  })
})

import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { closeMask, fillPinches } from "../../../kernels/grid/close-mask.js"

describe("closeMask", () => {
  it("is a dilation and an erosion by a square, whatever the sizes, with set cells beyond the mask when eroding", () => {
    const random = seededRandom(3)
    for (let n = 0; n < 150; n++) {
      const [width, height, radius] = [
        1 + Math.floor(30 * random()),
        1 + Math.floor(30 * random()),
        Math.floor(6 * random()),
      ]
      // Empty, sparse and nearly full masks, with empty and full rows.
      const density = [0, 0.01, 0.1, 0.9, 1][n % 5]!
      const mask = Uint8Array.from({ length: width * height }, (_, i) =>
        Number(random() < density && (n % 2 === 0 || Math.floor(i / width) % 7 < 3)),
      )
      const around = (from: Uint8Array, i: number): number[] => {
        const found: number[] = []
        const [x, y] = [i % width, Math.floor(i / width)]
        for (let r = Math.max(0, y - radius); r <= Math.min(height - 1, y + radius); r++)
          for (let c = Math.max(0, x - radius); c <= Math.min(width - 1, x + radius); c++)
            found.push(from[r * width + c]!)
        return found
      }
      const grown = mask.map((_, i) => Math.max(...around(mask, i)))
      const expected = grown.map((_, i) => Math.min(...around(grown, i)))
      closeMask(mask, new Uint8Array(mask.length).fill(9), width, height, radius)
      expect(mask).toEqual(expected)
    }
  })
})

describe("fillPinches", () => {
  it.each([1, 2])("leaves no corner contact in a mask closed with radius %i, and only adds cells", (radius) => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed)
      const width = 60
      const mask = new Uint8Array(width * width)
      for (let i = 0; i < mask.length; i++) {
        const [x, y] = [i % width, Math.floor(i / width)]
        // Nothing at the border, where closing does not hold.
        if (x > 4 && x < 55 && y > 4 && y < 55) mask[i] = random() < 0.04 + 0.02 * (seed % 10) ? 1 : 0
      }
      closeMask(mask, new Uint8Array(mask.length), width, width, radius)
      const closed = mask.slice()
      fillPinches(mask, new Uint8Array(mask.length), width, width)
      let contacts = 0
      for (let i = 0; i + width + 1 < mask.length; i++) {
        const [a, b, c, d] = [mask[i], mask[i + 1], mask[i + width], mask[i + width + 1]]
        if (a === d && b === c && a !== b) contacts++
        expect(mask[i]).toBeGreaterThanOrEqual(closed[i])
      }
      expect(contacts).toBe(0)
    }
  })
})

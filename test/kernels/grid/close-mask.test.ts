import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { closeMask, fillPinches } from "../../../kernels/grid/close-mask.js"

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

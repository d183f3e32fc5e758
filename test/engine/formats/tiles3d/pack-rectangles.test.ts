import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { packRectangles, type Rectangle } from "../../../../engine/formats/tiles3d/pack-rectangles.js"

const rectangles = (seed: number, count: number, largest?: number): Rectangle[] => {
  const random = seededRandom(seed)
  const side = (): number => 1 + Math.floor(20 * random() ** 2)
  const small = Array.from({ length: count }, () => ({ w: side(), h: side(), x: 0, y: 0 }))
  return largest === undefined ? small : [{ w: largest, h: largest, x: 0, y: 0 }, ...small]
}
const areaOf = (all: readonly Rectangle[]): number => all.reduce((sum, { w, h }) => sum + w * h, 0)

describe("packRectangles", () => {
  it("puts each into the whole and none over another", () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      for (const all of [rectangles(seed, 1), rectangles(seed, 60), rectangles(seed, 40, 80)]) {
        const { w, h } = packRectangles(all)
        const taken = new Uint8Array(w * h)
        for (const { x, y, w: across, h: down } of all) {
          expect(x + across <= w && y + down <= h).toBe(true)
          for (let row = y; row < y + down; row++)
            for (let column = x; column < x + across; column++) taken[row * w + column]!++
        }
        expect(Math.max(...taken)).toBe(1)
        expect(taken.reduce((sum, one) => sum + one, 0)).toBe(areaOf(all))
      }
    }
  })

  it("leaves no more than a twelfth empty beside one that is most of all", () => {
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const all = rectangles(seed, 30, 80)
      const { w, h } = packRectangles(all)
      expect(w * h, `seed ${seed}`).toBeLessThan((12 / 11) * areaOf(all))
    }
  })

  it("is the same for the same rectangles", () => {
    const [one, other] = [rectangles(9, 80, 40), rectangles(9, 80, 40)]
    expect(packRectangles(one)).toEqual(packRectangles(other))
    expect(one).toEqual(other)
  })
})

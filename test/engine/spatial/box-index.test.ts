import { describe, expect, it } from "vitest"
import { Box2 } from "../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../engine/core/random.js"
import { indexBoxes } from "../../../engine/spatial/box-index.js"

describe("an index of boxes", () => {
  it("finds what a look at all of them finds, borders among it", () => {
    const random = seededRandom(5)
    const boxes = Array.from({ length: 500 }, (): Box2 => {
      const [x, y] = [Math.floor(random() * 100), Math.floor(random() * 100)]
      return [x, y, x + Math.floor(random() * 5), y + Math.floor(random() * 5)]
    })
    const index = indexBoxes(boxes)
    let found = 0
    for (const box of boxes.slice(0, 50)) {
      const expected = boxes.flatMap((other, place) =>
        other[0] <= box[2] && other[2] >= box[0] && other[1] <= box[3] && other[3] >= box[1] ? [place] : [],
      )
      expect(index.search(box)).toEqual(expected)
      found += expected.length
    }
    expect(found).toBeGreaterThan(60)
    expect(indexBoxes([]).search(Box2.grow([0, 0, 1, 1], 1))).toEqual([])
  })
})

import { describe, expect, it } from "vitest"
import { copiesOf } from "../../../bench/peers/overlap-group.js"
import { Box2 } from "../../../engine/core/geometry/box.js"

describe("copiesOf", () => {
  const cell: Box2 = [1000, 2000, 1250, 2250]
  const requests = copiesOf(cell, 50)

  it("asks for as much of one tile as nine work tiles ask of a block of nine", () => {
    const block: Box2 = [0, 0, 750, 750]
    let expected = 0
    for (const x of [0, 250, 500]) {
      for (const y of [0, 250, 500]) {
        expected += Box2.area(Box2.intersection(Box2.grow([x, y, x + 250, y + 250], 50), block))
      }
    }
    const found = requests.reduce((sum, { box, times }) => sum + times * Box2.area(Box2.intersection(box, cell)), 0)
    expect(found).toBe(expected)
  })

  it("counts 9 tiles, 24 sides and 16 corners", () => {
    const area = (area: number) =>
      requests
        .filter(({ box }) => Box2.area(Box2.intersection(box, cell)) === area)
        .reduce((sum, { times }) => sum + times, 0)
    expect([area(250 * 250), area(250 * 50), area(50 * 50)]).toEqual([9, 24, 16])
  })
})

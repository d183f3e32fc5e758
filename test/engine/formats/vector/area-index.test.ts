import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { isInsideHalfOpen } from "../../../../engine/core/geometry/rings.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { type Area, segmentMeetsOpenBox } from "../../../../engine/formats/vector/area.js"
import { indexArea } from "../../../../engine/formats/vector/area-index.js"

const areaHolds = (area: Area, x: number, y: number): boolean =>
  area.rings.some((polygon) => isInsideHalfOpen(polygon, x, y))

/** Asked of every edge. */
const areaMeetsBox = (area: Area, box: Box2): boolean =>
  area.rings
    .flat()
    .some((ring) =>
      Array.from({ length: ring.length / 2 - 1 }, (_, i) => 2 * i).some((i) =>
        segmentMeetsOpenBox(ring[i]!, ring[i + 1]!, ring[i + 2]!, ring[i + 3]!, box),
      ),
    ) || areaHolds(area, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2)

/** A star-shaped ring around a place. */
const star = (random: () => number, x: number, y: number, radius: number, count: number): Float64Array => {
  const xy = Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count
    const r = radius * (0.4 + 0.6 * random())
    return [x + r * Math.cos(angle), y + r * Math.sin(angle)]
  }).flat()
  return Float64Array.from([...xy, xy[0]!, xy[1]!])
}

describe("an indexed area", () => {
  it("answers as the area itself: overlapping polygons, holes, points and boxes, seed 5", () => {
    const random = seededRandom(5)
    const area: Area = {
      rings: [
        [star(random, 40, 40, 35, 300), star(random, 40, 40, 10, 40)],
        [star(random, 70, 50, 25, 7)],
        [Float64Array.of(0, 0, 10, 0, 10, 10, 0, 10, 0, 0)],
      ],
    }
    const index = indexArea(area)
    let [inside, crossed, covered] = [0, 0, 0]
    for (let i = 0; i < 20_000; i++) {
      const [x, y] = [random() * 120 - 10, random() * 120 - 10]
      const side = random() * 12
      const box: Box2 = [x, y, x + side, y + side]
      if (index.holds(x, y) !== areaHolds(area, x, y)) expect.fail(`point ${x}, ${y}`)
      if (index.meets(box) !== areaMeetsBox(area, box)) expect.fail(`box ${box.join(" ")}`)
      if (index.covers(box)) {
        covered++
        for (let k = 0; k < 20; k++)
          expect(areaHolds(area, x + side * random(), y + side * random()), `box ${box.join(" ")}`).toBe(true)
      }
      if (areaHolds(area, x, y)) inside++
      if (areaMeetsBox(area, box)) crossed++
    }
    for (const count of [inside, crossed, covered]) expect(count).toBeGreaterThan(500)
  })

  it("gives a point on a common border to exactly one of two neighbours, whichever way their rings run, seed 6", () => {
    const random = seededRandom(6)
    const line = Array.from({ length: 400 }, (_, i) => [50 + 10 * random(), i + random()] as const)
    const west = indexArea({ rings: [[Float64Array.from([...line, [0, 500], [0, -5], line[0]!].flat())]] })
    const back = [...line].reverse()
    const east = indexArea({ rings: [[Float64Array.from([...back, [100, -5], [100, 500], back[0]!].flat())]] })
    let exact = 0
    for (let i = 0; i < 20_000; i++) {
      const k = Math.floor(random() * 399)
      const [[ax, ay], [bx, by]] = [line[k]!, line[k + 1]!]
      const t = i % 5 === 0 ? 0 : random()
      const [x, y] = [ax + t * (bx - ax), ay + t * (by - ay)]
      if (west.holds(x, y) === east.holds(x, y)) expect.fail(`both or none hold ${x}, ${y}`)
      if (t === 0) exact++
    }
    expect(exact).toBeGreaterThan(1000)
  })

  it("of nothing holds nothing", () => {
    const none = indexArea({ rings: [] })
    expect([none.holds(0, 0), none.meets([0, 0, 1, 1]), none.covers([0, 0, 1, 1])]).toEqual([false, false, false])
  })
})

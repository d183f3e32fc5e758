import { describe, expect, test } from "vitest"
import { layRings } from "../../../../engine/core/feature-table.js"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../../engine/core/random.js"
import type { Features } from "../../../../engine/kernel.js"
import { FROM_REACH } from "../../../../engine/plan/chains/chain.js"
import { classifyUnclassified } from "../../../../engine/worker/points/from-unclassified.js"
import type { HeldPoints } from "../../../../engine/worker/points/select-points.js"

/** x, y, z in metres from the origin (1000, 2000, 0), class, return number, number of returns. */
type Row = readonly [x: number, y: number, z: number, code: number, number?: number, of?: number]

const pointsOf = (rows: readonly Row[], corner: readonly [number, number] = [1000, 2000]): HeldPoints => ({
  count: rows.length,
  scale: 0.001,
  origin: [corner[0], corner[1], 0],
  x: Int32Array.from(rows, ([x]) => Math.round(1000 * (x + 1000 - corner[0]))),
  y: Int32Array.from(rows, ([, y]) => Math.round(1000 * (y + 2000 - corner[1]))),
  z: Int32Array.from(rows, ([, , z]) => Math.round(1000 * z)),
  classification: Uint8Array.from(rows, ([, , , code]) => code),
  returnNumber: Uint8Array.from(rows, ([, , , , number = 1]) => number),
  numberOfReturns: Uint8Array.from(rows, ([, , , , , of = 1]) => of),
})

const square = (west: number, south: number, side: number): Features => ({
  geometry: "Polygon",
  ids: ["a"],
  columns: {},
  ...layRings([
    [
      [west, south, west + side, south, west + side, south + side, west, south + side, west, south].map(
        (v, i) => v + (i % 2 === 0 ? 1000 : 2000),
      ),
    ],
  ]),
})

const extent: Box2 = [1000, 2000, 1100, 2100]
const ground: Row[] = Array.from({ length: 50 }, (_, i): Row => [2 * i + 0.5, 20.5, 10, 2])

const classesOf = (rows: readonly Row[], what: Parameters<typeof classifyUnclassified>[3], outlines?: Features) => {
  const points = pointsOf([...rows, ...ground])
  classifyUnclassified(points, extent, outlines, what)
  return [...points.classification.subarray(0, rows.length)]
}

describe("classifyUnclassified", () => {
  test("unclassified points more than 2 m above ground near them become vegetation", () => {
    const rows: Row[] = [
      [30, 22, 12.01, 1],
      [30, 22, 11.9, 1],
      [30, 22, 15, 0],
      [80, 40, 15, 2],
      [30, 22, 15, 7],
      [30, 30, 15, 1],
      [30, 60, 90, 1],
    ]
    expect(classesOf(rows, { vegetation: true })).toEqual([5, 1, 5, 2, 7, 5, 1])
    expect(classesOf(rows, {})).toEqual(rows.map(([, , , code]) => code))
  })

  test("not beside points of buildings, nor inside outlines", () => {
    const rows: Row[] = [
      [40.5, 22.5, 18, 6],
      [41.9, 23.9, 15, 1],
      [42.1, 22.5, 15, 1],
      [61, 22, 15, 1],
    ]
    expect(classesOf(rows, { vegetation: true }, square(60, 21, 5))).toEqual([6, 1, 5, 1])
  })

  test("inside outlines, high last and only returns become buildings, also far from any ground", () => {
    const rows: Row[] = [
      [60.5, 22, 15, 1],
      [61, 22, 15, 1, 1, 2],
      [61, 22, 15, 1, 2, 2],
      [61, 22, 11, 1],
      [61, 50, 15, 1],
      [59.5, 22, 15, 1],
    ]
    expect(classesOf(rows, { buildings: true }, square(60, 21, 35))).toEqual([6, 1, 6, 1, 6, 1])
    // Points beside those of the building are walls.
    expect(classesOf(rows, { buildings: true, vegetation: true }, square(60, 21, 35))).toEqual([6, 1, 6, 1, 6, 1])
  })

  test("a class depends on points in reach only, whatever the extent, the order and the origin", () => {
    const random = seededRandom(7)
    const rows = Array.from({ length: 3000 }, (): Row => {
      const [x, y] = [100 * random(), 100 * random()]
      const code = [1, 1, 1, 2, 6, 9][Math.floor(random() * (x > 60 ? 6 : 3))]!
      return [
        x,
        y,
        code === 2 || code === 9 ? 10 + 3 * random() : 10 + 10 * random(),
        code,
        1,
        1 + Math.floor(2 * random()),
      ]
    })
    const outlines = square(45, 45, 23)
    const what = { vegetation: true, buildings: true } as const
    const whole = pointsOf(rows)
    classifyUnclassified(whole, extent, outlines, what)
    const core: Box2 = [1000 + 40, 2000 + 40, 1000 + 70, 2000 + 70]
    const part: Box2 = [core[0] - FROM_REACH, core[1] - FROM_REACH, core[2] + FROM_REACH, core[3] + FROM_REACH]
    const near = rows
      .map((row, i) => ({ row, i }))
      .filter(
        ({ row: [x, y] }) => x + 1000 >= part[0] && x + 1000 < part[2] && y + 2000 >= part[1] && y + 2000 < part[3],
      )
      .reverse()
    const some = pointsOf(
      near.map(({ row }) => row),
      [1040, 2040],
    )
    classifyUnclassified(some, part, outlines, what)
    const seen = new Set<number>()
    for (const [k, { row, i }] of near.entries()) {
      if (row[0] < 40 || row[0] >= 70 || row[1] < 40 || row[1] >= 70) continue
      expect(some.classification[k]).toBe(whole.classification[i])
      seen.add(whole.classification[i]!)
    }
    expect([...seen].sort()).toEqual([1, 2, 5, 6, 9])
  })
})

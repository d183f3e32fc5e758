import { describe, expect, it, test } from "vitest"
import { flattenRings } from "../../../../engine/core/feature-table.js"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { boxOfRings, isInsideHalfOpen } from "../../../../engine/core/geometry/rings.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { readPoints } from "../../../../engine/formats/points/read-points.js"
import type { Features } from "../../../../engine/kernel.js"
import { FROM_REACH } from "../../../../engine/plan/chains/chain.js"
import { classifyUnclassified } from "../../../../engine/worker/points/from-unclassified.js"
import type { TableColumns } from "../../../../engine/worker/points/point-table.js"
import { delftCell, delftFolder, delftOutlines } from "../../../scenes/delft.js"
import { sharedData } from "../../../shared-data.js"

/** x, y, z in metres from the origin (1000, 2000, 0), class, return number, number of returns. */
type Row = readonly [x: number, y: number, z: number, code: number, number?: number, of?: number]

const pointsOf = (rows: readonly Row[], corner: readonly [number, number] = [1000, 2000]): TableColumns => ({
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
  ...flattenRings([
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

describe.skipIf(!sharedData)("classifyUnclassified on Delft", () => {
  it("finds the median height of 95 % of the roofs within 0.3 m", async (context) => {
    const found = await delftOutlines()
    if (!found) return context.skip("GDAL is not installed: the outlines cannot be read")
    const { points } = await readPoints([1, 2].map((n) => `${delftFolder}/ahn3/ahn3_cropped_${n}.laz`))
    const own = points.classification.slice()
    for (let i = 0; i < points.count; i++) if (own[i] === 6) points.classification[i] = 1
    const layout = flattenRings(found)
    const outlines: Features = { geometry: "Polygon", ids: found.map((_, i) => `${i}`), columns: {}, ...layout }
    classifyUnclassified(points, delftCell, outlines, { buildings: true })
    const roofs = [...own.keys()].filter((i) => own[i] === 6 || points.classification[i] === 6)
    const [x, y] = [0, 1].map((axis) =>
      Float64Array.from(roofs, (i) => points.origin[axis]! + points[axis === 0 ? "x" : "y"][i]! / 1000),
    ) as [Float64Array, Float64Array]
    const median = (numbers: readonly number[]): number | undefined =>
      [...numbers].sort((a, b) => a - b)[numbers.length >> 1]
    let [near, all] = [0, 0]
    for (const rings of found.map((one) => one.map((ring) => Float64Array.from(ring)))) {
      const [minX, minY, maxX, maxY] = boxOfRings(rings)
      const stated: number[] = []
      const made: number[] = []
      for (const [k, i] of roofs.entries()) {
        if (x[k]! < minX || x[k]! > maxX || y[k]! < minY || y[k]! > maxY) continue
        if (!isInsideHalfOpen(rings, x[k]!, y[k]!)) continue
        if (own[i] === 6) stated.push(points.z[i]!)
        if (points.classification[i] === 6) made.push(points.z[i]!)
      }
      const height = median(stated)
      if (height === undefined) continue
      all++
      if (Math.abs((median(made) ?? 0) - height) <= 300) near++
    }
    expect(all).toBeGreaterThan(150)
    expect(near / all).toBeGreaterThan(0.95)
  })
})

import { describe, expect, test } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../../engine/core/random.js"
import type { PointColumns, PointQuery } from "../../../../engine/formats/las/columns.js"
import { emptyColumns, toMmBox } from "../../../../engine/formats/las/columns.js"
import { gatherPoints } from "../../../../engine/formats/points/gather.js"
import { thinPoints, wholeCells } from "../../../../engine/formats/points/thin.js"

/**
 * A cloud of absolute places in mm, some of them on one another, some as near to a centre as
 * others.
 */
const cloud = (seed: number, count: number): { x: number; y: number; z: number; class: number }[] => {
  const random = seededRandom(seed)
  const on = (grid: number): number => Math.round((random() * 24_000 - 12_000) / grid) * grid
  return Array.from({ length: count }, (_, i) => {
    const grid = i % 3 === 0 ? 50 : 1
    return { x: on(grid), y: on(grid), z: Math.floor(random() * 3000), class: [2, 3, 6][i % 3] as number }
  })
}

type Cloud = ReturnType<typeof cloud>

const sourceOf = (points: Cloud): { read(query: PointQuery): AsyncIterable<PointColumns> } => ({
  read: async function* (query) {
    const box = toMmBox(query)
    const [ox, oy, oz] = query.origin.map((metres) => Math.round(metres * 1000)) as [number, number, number]
    const inside = points.filter(
      ({ x, y }) => x - ox >= box.minX && x - ox < box.maxX && y - oy >= box.minY && y - oy < box.maxY,
    )
    const columns = emptyColumns(inside.length)
    inside.forEach((point, i) => {
      columns.x[i] = point.x - ox
      columns.y[i] = point.y - oy
      columns.z[i] = point.z - oz
      columns.classification[i] = point.class
    })
    yield columns
  },
})

/** The kept points of an extent as text, sorted. */
const kept = async (
  points: Cloud,
  extent: Box2,
  spacing: number,
  origin: [number, number, number],
): Promise<string[]> => {
  const gathered = await gatherPoints([sourceOf(points)], wholeCells(extent, spacing), origin)
  const { x, y, z, classification, count } = gathered.points
  const mask = thinPoints(gathered.points, spacing)
  const found: string[] = []
  for (let i = 0; i < count; i++) {
    const [px, py] = [x[i]! + origin[0] * 1000, y[i]! + origin[1] * 1000]
    const inside = px >= extent[0] * 1000 && px < extent[2] * 1000 && py >= extent[1] * 1000 && py < extent[3] * 1000
    if (mask[i] === 1 && inside) found.push(`${px} ${py} ${z[i]! + origin[2] * 1000} ${classification[i]}`)
  }
  return found.sort()
}

/** The rule, told again: a Map of cells, points in canonical order by a plain sort. */
const bruteForce = (points: Cloud, extent: Box2, spacing: number): string[] => {
  const side = Math.round(spacing * 1000)
  const metre = (mm: number): number => Math.floor(mm / 1000)
  const ordered = [...points].sort(
    (a, b) =>
      metre(a.y) - metre(b.y) || metre(a.x) - metre(b.x) || a.x - b.x || a.y - b.y || a.z - b.z || a.class - b.class,
  )
  const best = new Map<string, { square: number; point: Cloud[number] }>()
  for (const point of ordered) {
    const [column, row] = [Math.floor(point.x / side), Math.floor(point.y / side)]
    const square = (point.x - (column + 0.5) * side) ** 2 + (point.y - (row + 0.5) * side) ** 2
    const key = `${column} ${row} ${point.class}`
    const before = best.get(key)
    if (before === undefined || square < before.square) best.set(key, { square, point })
  }
  return [...best.values()]
    .map(({ point }) => point)
    .filter(
      ({ x, y }) => x >= extent[0] * 1000 && x < extent[2] * 1000 && y >= extent[1] * 1000 && y < extent[3] * 1000,
    )
    .map((point) => `${point.x} ${point.y} ${point.z} ${point.class}`)
    .sort()
}

describe("thinned points", () => {
  test.each([0.05, 0.3, 0.5, 1, 2.5, 7])("at %d m are those of the rule", async (spacing) => {
    const points = cloud(7, 4000)
    const extent: Box2 = [-9, -10, 8, 9]
    const expected = bruteForce(points, extent, spacing)
    expect(expected.length).toBeGreaterThan(5)
    expect(await kept(points, extent, spacing, [-9, -10, 0])).toEqual(expected)
    expect(await kept([...points].reverse(), extent, spacing, [3, -40, 1])).toEqual(expected)
  })

  test("do not depend on the tiles: those of two halves are those of the whole", async () => {
    const points = cloud(8, 6000)
    for (const spacing of [0.3, 1.1, 4]) {
      const whole = await kept(points, [-8, -8, 8, 8], spacing, [-8, -8, 0])
      const halves = [
        ...(await kept(points, [-8, -8, 0.5, 8], spacing, [-8, -8, 0])),
        ...(await kept(points, [0.5, -8, 8, 8], spacing, [0, -8, 0])),
      ]
      expect(halves.sort()).toEqual(whole)
    }
  })

  test("of nothing are none", () => {
    expect(
      thinPoints(
        { count: 0, x: new Int32Array(0), y: new Int32Array(0), classification: new Uint8Array(0), origin: [0, 0, 0] },
        1,
      ),
    ).toEqual(new Uint8Array(0))
  })

  test("whole cells lie around the box", () => {
    expect(wholeCells([0.1, -0.1, 1, 2], 0.3)).toEqual([0, -0.3, 1.2, 2.1])
    expect(wholeCells([3, 3, 6, 6], 1.5)).toEqual([3, 3, 6, 6])
  })
})

import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { emptyColumns, GrownColumns, type PointColumns } from "../../../../engine/formats/las/columns.js"
import { orderByCells, orderPlainly } from "../../../../engine/formats/points/canonical-order.js"

/** Chunks of points over `side` mm around the origin, with ties and equal points among them. */
const chunksOf = (seed: number, sizes: readonly number[], side: number, step: number): PointColumns[] => {
  const random = seededRandom(seed)
  const below = (n: number): number => Math.floor(random() * n)
  return sizes.map((size) => {
    const columns = emptyColumns(size)
    for (let i = 0; i < size; i++) {
      columns.x[i] = (below(side / step) - Math.floor(side / step / 2)) * step
      columns.y[i] = (below(side / step) - Math.floor(side / step / 2)) * step
      columns.z[i] = below(3) - 1
      columns.classification[i] = below(2)
      columns.returnNumber[i] = below(2)
      columns.numberOfReturns[i] = below(2)
      columns.intensity[i] = below(2)
      columns.gpsTime[i] = below(4) === 0 ? Number.NaN : below(2)
    }
    return columns
  })
}

/** All points of chunks. */
const together = (chunks: readonly PointColumns[], further = { intensity: true, gpsTime: true }): PointColumns => {
  const grown = new GrownColumns(0, further)
  for (const chunk of chunks) grown.append(chunk)
  return grown.points
}

const origins = [
  [0, 0, 0],
  [770_500.123, 6_277_500.999, 12],
] as const

describe("orderByCells", () => {
  it.each([
    { name: "spread", sizes: [700, 0, 1, 900], side: 40_000, step: 37 },
    { name: "crowded in few cells", sizes: [2000, 1500], side: 3000, step: 100 },
    { name: "all in one place but for ties", sizes: [600], side: 200, step: 100 },
    { name: "in more rows than there are strips", sizes: [3000, 2000], side: 700_000, step: 250_000 },
    { name: "on more rows than there are strips", sizes: [9000, 9000], side: 600_000, step: 499 },
    { name: "nothing", sizes: [], side: 1000, step: 1 },
  ])("makes what the plain way makes: $name", ({ sizes, side, step }) => {
    for (const origin of origins) {
      for (let seed = 1; seed <= 5; seed++) {
        const chunks = chunksOf(seed, sizes, side, step)
        expect(orderByCells(together(chunks), origin)).toEqual(orderPlainly(together(chunks), origin))
      }
    }
  })

  it("leaves points to the plain way that lie too far apart", () => {
    const far = emptyColumns(2)
    far.x[1] = 2_000_000_000
    far.y[1] = 2_000_000_000
    expect(orderByCells(far, [0, 0, 0])).toBeUndefined()
    expect(Array.from(far.x)).toEqual([0, 2_000_000_000])
    expect(orderPlainly(far, [0, 0, 0]).points.count).toBe(2)
  })

  it("makes no copy of the columns, and needs no intensities and times", () => {
    const further = { intensity: false, gpsTime: false }
    const chunks = chunksOf(7, [4000, 3000], 400_000, 100)
    const points = together(chunks, further)
    const ordered = orderByCells(points, [0, 0, 0])
    expect(ordered).toEqual(orderPlainly(together(chunks, further), [0, 0, 0]))
    expect(ordered?.points.x.buffer).toBe(points.x.buffer)
    expect(ordered?.points.gpsTime).toHaveLength(0)
  })
})

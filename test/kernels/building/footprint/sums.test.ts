import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import {
  addDetails,
  type CellSums,
  cellTops,
  DetailSums,
  eavesOf,
  ridgeOf,
} from "../../../../kernels/building/footprint/sums.js"
import { noHeight } from "../../../../kernels/grid/cell-grid.js"

interface Cell {
  readonly top: number
  readonly ground: number
  readonly edge: boolean
}

const detailOf = (cells: readonly Cell[], times?: readonly [number, number]): CellSums => {
  const sums = new DetailSums()
  for (const { top, ground, edge } of cells) sums.addCell(top, ground, edge)
  if (times) sums.addTimes(...times)
  return sums.detail()
}

const day = 86_400
/** The morning of 2023-04-05. */
const morning = 364_715_521

describe("building detail", () => {
  it("parts add up to the whole in any grouping", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed)
      const cells = Array.from(
        { length: 60 },
        (): Cell => ({
          top: random() < 0.2 ? noHeight : Math.round(4_800_000 * random()),
          ground: random() < 0.1 ? noHeight : Math.round(200_000 * random() - 100_000),
          edge: random() < 0.3,
        }),
      )
      const cut = Math.floor(60 * random())
      const parts = [
        detailOf(cells.slice(0, cut), [morning, morning + day]),
        detailOf(cells.slice(cut), [morning - 3 * day, morning]),
        detailOf([]),
      ]
      const whole = detailOf(cells, [morning - 3 * day, morning + day])
      expect(addDetails(parts), `seed ${seed}`).toEqual(whole)
      expect(addDetails([parts[2]!, parts[1]!, parts[0]!]), `seed ${seed}`).toEqual(whole)
    }
  })

  it("eaves from the outline, ridge below a chimney; nothing without points; times of a week tell no day", () => {
    const cell = (top: number, edge: boolean): Cell => ({ top, ground: 0, edge })
    const roof = [
      ...Array.from({ length: 60 }, () => cell(6_000, true)),
      ...Array.from({ length: 40 }, (_, i) => cell(6_000 + 75 * i, true)),
      ...Array.from({ length: 200 }, (_, i) => cell(6_000 + 15 * i, false)),
      cell(12_000, false),
    ]
    expect(eavesOf(detailOf(roof))).toBe(6.05)
    expect(Math.abs(ridgeOf(detailOf(roof)) - 9)).toBeLessThan(0.15)
    expect([eavesOf(detailOf([])), ridgeOf(detailOf([]))]).toEqual([Number.NaN, Number.NaN])
    const untimed = detailOf(roof, [0, 500_000])
    expect([untimed.firstDay, untimed.lastDay]).toEqual([noHeight, noHeight])
    const timed = detailOf(roof, [morning, morning + day])
    expect([timed.firstDay, timed.lastDay].map((d) => new Date(d * 864e5).toISOString().slice(0, 10))).toEqual([
      "2023-04-05",
      "2023-04-06",
    ])
  })

  it("a cell's top is its highest point", () => {
    const tops = cellTops(Int32Array.from([5, -3, 9, 4]), 100, Int32Array.from([1, 0, 1, -1]), 3)
    expect([...tops]).toEqual([97, 109, noHeight])
  })
})

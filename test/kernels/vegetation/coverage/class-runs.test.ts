import { describe, expect, it } from "vitest"
import {
  type ClassGrid,
  joinDiagonals,
  type LabelledRuns,
  labelRuns,
} from "../../../../kernels/vegetation/coverage/class-runs.js"
import { floodLabels, randomGrid } from "../../../reference/coverage.js"

/** The label of every cell. */
const cellsOf = ({ columns, rows, rowEnds, starts, labels }: LabelledRuns): Int32Array => {
  const cells = new Int32Array(columns * rows)
  for (let r = 0; r < rows; r++) {
    for (let k = r > 0 ? rowEnds[r - 1]! : 0; k < rowEnds[r]! - 1; k++) {
      cells.fill(labels[k]!, r * columns + starts[k]!, r * columns + starts[k + 1]!)
    }
  }
  return cells
}

describe("labelRuns", () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    "grid %i: regions as by flood fill, numbered by their first cell",
    (seed) => {
      const grid = randomGrid(seed, 9 + (seed % 31), 7 + (seed % 23), 2 + (seed % 4))
      const runs = labelRuns(grid)
      const expected = floodLabels(grid)
      expect(cellsOf(runs)).toEqual(expected)
      expect(runs.classes.length).toBe(Math.max(...expected) + 1)
      expected.forEach((label, i) => {
        if (label >= 0) expect(runs.classes[label]).toBe(grid.classes[i])
      })
      runs.cells.forEach((count, g) => {
        expect(count).toBe(expected.filter((label) => label === g).length)
      })
      for (let r = 0; r < grid.rows; r++) {
        expect(runs.starts[r > 0 ? runs.rowEnds[r - 1]! : 0]).toBe(0)
        expect(runs.starts[runs.rowEnds[r]! - 1]).toBe(grid.columns)
        expect(runs.labels[runs.rowEnds[r]! - 1]).toBe(-1)
      }
    },
  )

  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    "grid %i: objects as by flood fill over corners too",
    (seed) => {
      const grid = randomGrid(seed, 9 + (seed % 31), 7 + (seed % 23), 2 + (seed % 4))
      const runs = labelRuns(grid)
      const objects = joinDiagonals(runs)
      expect(cellsOf(runs).map((label) => (label < 0 ? -1 : objects[label]!))).toEqual(floodLabels(grid, true))
    },
  )

  it("takes classes of any width, negative ones too", () => {
    const classes = [7, 7, -1, 70_000, 7, -1, 70_000, 70_000, -1]
    const place = { column: 0, row: 0, columns: 3, rows: 3 }
    const { classes: found, cells } = labelRuns({ ...place, classes: Int32Array.from(classes), nodata: -1 })
    expect([Array.from(found), Array.from(cells)]).toEqual([
      [7, 70_000],
      [3, 3],
    ])
    const narrow: ClassGrid = { ...place, classes: Uint16Array.from([1, 1, 60_000, 1, 1, 1, 60_000, 1, 1]) }
    expect(Array.from(labelRuns(narrow).classes)).toEqual([1, 60_000, 60_000])
  })

  it("refuses a window of another size", () => {
    expect(() => labelRuns({ column: 0, row: 0, columns: 3, rows: 3, classes: new Uint8Array(8) })).toThrow(
      /9 classes, not 8/,
    )
  })
})

import { describe, expect, it } from "vitest"
import {
  type ClassGrid,
  joinRuns,
  type LabelledRuns,
  labelRuns,
} from "../../../../kernels/vegetation/coverage/class-runs.js"
import { cropGrid, floodLabels, randomGrid } from "../../../reference/coverage.js"

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
    "grid %i: patches as by flood fill, numbered by their first cell",
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

const [columns, rows] = [40, 32]
const tilesOf = (seed: number, side: number) => {
  const grid = randomGrid(seed, columns, rows, 2 + (seed % 3))
  const tiles = []
  for (let r = 0; r < rows; r += side)
    for (let c = 0; c < columns; c += side) tiles.push(cropGrid(grid, c, r, side, side))
  return { grid, tiles: tiles.map(labelRuns) }
}

describe("joinRuns", () => {
  it.each(Array.from({ length: 24 }, (_, seed) => seed))(
    "grid %i: tiles of 8 and 4 cells, in any order, give what the whole gives",
    (seed) => {
      for (const side of [8, 4]) {
        const { grid, tiles } = tilesOf(seed, side)
        const whole = labelRuns(grid)
        expect(joinRuns(tiles, grid)).toEqual(whole)
        expect(joinRuns([...tiles].reverse(), grid)).toEqual(whole)
      }
    },
  )

  it("takes what no tile covers for nodata, in the window and around the tiles", () => {
    const { grid, tiles } = tilesOf(4, 8)
    const holed = { ...grid, classes: grid.classes.slice() }
    for (let r = 8; r < 16; r++) holed.classes.fill(0, r * columns + 16, r * columns + 24)
    for (let r = 0; r < 8; r++) holed.classes.fill(0, r * columns, r * columns + 8)
    const some = tiles.filter((_, t) => t !== 0 && t !== 7)
    expect(joinRuns(some, grid)).toEqual(labelRuns(holed))
    const wide = { column: grid.column - 3, row: grid.row - 2, columns: columns + 5, rows: rows + 6 }
    const padded = { ...wide, classes: new Uint8Array(wide.columns * wide.rows), nodata: 0 }
    for (let r = 0; r < rows; r++)
      padded.classes.set(holed.classes.subarray(r * columns, (r + 1) * columns), (r + 2) * wide.columns + 3)
    expect(joinRuns(some, wide)).toEqual(labelRuns(padded))
  })

  it("gives patches other classes: equal ones that touch are one, negative ones none", () => {
    const { grid } = tilesOf(5, 8)
    const runs = labelRuns(grid)
    const classes = runs.classes.map((_, g) => (g % 3) - 1)
    const cells = cellsOf(runs).map((label) => (label < 0 ? -1 : classes[label]!))
    expect(joinRuns([{ ...runs, classes }], grid)).toEqual(labelRuns({ ...grid, classes: cells, nodata: -1 }))
  })
})

import { describe, expect, it } from "vitest"
import { labelRuns } from "../../../../kernels/vegetation/coverage/class-runs.js"
import { borderOf, joinLabels, joinRuns } from "../../../../kernels/vegetation/coverage/join-runs.js"
import { cropGrid, randomGrid } from "../../../reference/coverage.js"

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
        expect(joinRuns(tiles)).toEqual(whole)
        expect(joinRuns([...tiles].reverse())).toEqual(whole)
        const { numbers, count } = joinLabels(tiles.map(borderOf))
        expect(count).toBe(whole.classes.length)
        // Sums of the joined regions are known without any runs.
        const cells = new Float64Array(count)
        tiles.forEach((tile, t) => {
          tile.cells.forEach((own, g) => {
            cells[numbers[t]![g]!]! += own
          })
        })
        expect(Array.from(cells).sort()).toEqual(Array.from(whole.cells).sort())
      }
    },
  )

  it("takes what no tile covers for nodata", () => {
    const { grid, tiles } = tilesOf(4, 8)
    const holed = { ...grid, classes: grid.classes.slice() }
    for (let r = 8; r < 16; r++) holed.classes.fill(0, r * columns + 16, r * columns + 24)
    for (let r = 0; r < 8; r++) holed.classes.fill(0, r * columns, r * columns + 8)
    expect(joinRuns(tiles.filter((_, t) => t !== 0 && t !== 7))).toEqual(labelRuns(holed))
  })

  it("refuses windows of two grids, and none", () => {
    const grid = randomGrid(1, columns, rows, 3)
    const [a, b] = [cropGrid(grid, 0, 0, 8, 8), cropGrid(grid, 8, 0, 8, 6)].map(labelRuns)
    expect(() => joinRuns([a!, b!])).toThrow(/sides of 8 and 6 cells/)
    expect(() => joinRuns([])).toThrow(/no window/)
  })
})

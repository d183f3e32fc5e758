import { describe, expect, it } from "vitest"
import { doubledArea, isInsideHalfOpen } from "../../../../engine/core/geometry/rings.js"
import { type ClassGrid, labelRuns } from "../../../../kernels/vegetation/coverage/class-runs.js"
import { coverageGraph } from "../../../../kernels/vegetation/coverage/graph.js"
import { traceCoverage } from "../../../../kernels/vegetation/coverage/trace.js"
import { floodLabels, randomGrid, ringsOf } from "../../../reference/coverage.js"

const trace = (grid: ClassGrid) => {
  const runs = labelRuns(grid)
  return { runs, rings: traceCoverage(runs, coverageGraph(runs)) }
}

/**
 * How many 4-connected parts the cells outside a patch have, with a frame of empty cells around the
 * window.
 */
const outsideParts = (labels: Int32Array, g: number, columns: number, rows: number): number => {
  const framed = new Uint8Array((columns + 2) * (rows + 2))
  labels.forEach((label, i) => {
    if (label === g) framed[(Math.floor(i / columns) + 1) * (columns + 2) + (i % columns) + 1] = 1
  })
  const grid = { column: 0, row: 0, columns: columns + 2, rows: rows + 2, classes: framed, nodata: 1 }
  return Math.max(...floodLabels(grid)) + 1
}

describe("traceCoverage", () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    "grid %i: every cell in its patch's rings and no other's",
    (seed) => {
      const [columns, rows] = [8 + (seed % 25), 6 + (seed % 19)]
      const grid = randomGrid(seed, columns, rows, 2 + (seed % 4))
      const { runs, rings } = trace(grid)
      const labels = floodLabels(grid)
      for (let g = 0; g < runs.classes.length; g++) {
        const own = ringsOf(rings, g)
        // One hole for each part of the outside but the one around.
        expect(own.length).toBe(outsideParts(labels, g, columns, rows))
        expect(own.reduce((sum, ring) => sum + doubledArea(ring.flat()), 0)).toBe(2 * runs.cells[g]!)
        own.forEach((ring, r) => {
          expect(Math.sign(doubledArea(ring.flat()))).toBe(r === 0 ? 1 : -1)
          expect(new Set(ring.map(String)).size).toBe(ring.length)
          ring.forEach(([x, y], i) => {
            const [nextX, nextY] = ring[(i + 1) % ring.length]!
            const [lastX, lastY] = ring[(i + ring.length - 1) % ring.length]!
            // Turns at every vertex, along the grid.
            expect((x === nextX) !== (y === nextY)).toBe(true)
            expect((x === nextX) !== (x === lastX)).toBe(true)
            expect((y === nextY) !== (y === lastY)).toBe(true)
            expect(y > ring[0]![1] || (y === ring[0]![1] && x >= ring[0]![0])).toBe(true)
          })
        })
        const flat = own.map((ring) => ring.flat())
        const wrong = labels.filter((label, i) => {
          const [x, y] = [grid.column + (i % columns) + 0.5, grid.row + Math.floor(i / columns) + 0.5]
          return isInsideHalfOpen(flat, x, y) !== (label === g)
        })
        expect(wrong.length).toBe(0)
      }
    },
  )

  it("a patch with 100,000 holes is one polygon of 100,001 rings", () => {
    const side = 635
    const classes = new Uint8Array(side * side).fill(1)
    let holes = 0
    for (let r = 1; r < side - 1; r += 2)
      for (let c = 1; c < side - 1 && holes < 100_000; c += 2, holes++) classes[r * side + c] = 2
    const { runs, rings } = trace({ column: 0, row: 0, columns: side, rows: side, classes, nodata: 2 })
    expect(runs.classes.length).toBe(1)
    expect(rings.ringStarts.length).toBe(100_001)
    const own = ringsOf(rings, 0)
    expect(own[0]!.length).toBe(4)
    expect(own.slice(1).every((ring) => ring.length === 4 && doubledArea(ring.flat()) === -2)).toBe(true)
  })

  it("gives nothing of a window of nodata, and of one class its frame", () => {
    const place = { column: 5, row: 6, columns: 4, rows: 3 }
    expect(trace({ ...place, classes: new Uint8Array(12), nodata: 0 }).rings.xy.length).toBe(0)
    expect(Array.from(trace({ ...place, classes: new Uint8Array(12) }).rings.xy)).toEqual([5, 6, 9, 6, 9, 9, 5, 9])
  })
})

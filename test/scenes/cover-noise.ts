import type { Box2 } from "../../engine/core/geometry/box.js"
import { labelRuns } from "../../kernels/vegetation/coverage/class-runs.js"
import { type CoverPartRules, encodeCoverTile } from "../../kernels/vegetation/coverage/part.js"

/** Rules of the made coverage: cells of 1 m. */
export const rules: CoverPartRules = {
  cellMm: 1000,
  minArea: 40,
  minHole: 40,
  tolerance: 1.5,
  woodArea: 5000,
  hedgeWidth: 12,
  hedgeLength: 25,
}

/** The class of each cell of a made world, by formula: bands of all five, islands and specks. */
export const codeAt = (x: number, y: number): number => {
  const value = Math.sin(x / 17) + Math.sin(y / 23 + x / 61) + 0.2 * Math.sin((x * 12.9898 + y * 78.233) % 6.2831)
  return Math.max(0, Math.min(4, Math.floor(2.2 * value)))
}

const heightAt = (x: number, y: number): number => 300 + ((x * 31 + y * 17) % 97) * 100

/** The made world's tiles of a side over a box, as `vector.vegetation` hands them on. */
export const tilesOf = (box: Box2, side: number): { cell: Box2; bytes: Uint8Array }[] => {
  const tiles: { cell: Box2; bytes: Uint8Array }[] = []
  for (let row = box[1]; row < box[3]; row += side) {
    for (let column = box[0]; column < box[2]; column += side) {
      const classes = new Uint8Array(side * side)
      for (let i = 0; i < classes.length; i++) classes[i] = codeAt(column + (i % side), row + Math.floor(i / side))
      const runs = labelRuns({ column, row, columns: side, rows: side, classes })
      const sums = Array.from(runs.classes, () => ({
        seen: 0,
        heights: 0,
        highest: 0,
        firstDay: 19_000,
        lastDay: 19_000,
        atEnd: 0,
      }))
      for (let r = 0; r < side; r++) {
        for (let k = r > 0 ? runs.rowEnds[r - 1] : 0; k < runs.rowEnds[r] - 1; k++) {
          const sum = sums[runs.labels[k]]
          for (let c = runs.starts[k]; c < runs.starts[k + 1]; c++) {
            const height = heightAt(column + c, row + r)
            sum.seen++
            sum.heights += height
            sum.highest = Math.max(sum.highest, height)
            sum.firstDay = Math.min(sum.firstDay, 19_000 + Math.floor((column + c) / 100))
          }
        }
      }
      tiles.push({ cell: [column, row, column + side, row + side], bytes: encodeCoverTile({ rules, runs, sums }) })
    }
  }
  return tiles
}

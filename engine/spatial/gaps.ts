/** Finds places between delivered files where one seems to be missing. */
import type { Box2 } from "../core/geometry/box.js"
import { TileKey, tileSizes } from "../grid/tile-key.js"

/** Longest row of empty cells that counts as a gap; a longer one separates two areas. */
const LONGEST = 10

/**
 * Cells where a delivered tile seems to be missing.
 *
 * No source's box meets them, and met cells enclose them in their row or column, with at most 10
 * empty cells between.
 *
 * A cell is the smallest work tile that contains the smallest source's side (1 km at most). Whole
 * LiDAR HD tiles thus have cells of 1 km. A tile that is only partly covered is no gap.
 *
 * Sorted by row from the south, then column. O(n log n) in the cells met.
 */
export const findGaps = (boxes: readonly Box2[]): Box2[] => {
  if (boxes.length === 0) return []
  const side = cellSide(boxes)
  const met = new Map<string, readonly [column: number, row: number]>()
  for (const box of boxes) {
    for (const { x, y } of TileKey.covering({ leafSide: side, leafLevel: 0 }, 0, shrink(box)))
      met.set(`${x}/${y}`, [x, y])
  }
  const gaps = new Map<string, readonly [column: number, row: number]>()
  for (const axis of [0, 1] as const) {
    const other = axis === 0 ? 1 : 0
    const cells = [...met.values()].sort((a, b) => a[other] - b[other] || a[axis] - b[axis])
    for (let i = 1; i < cells.length; i++) {
      const [before, after] = [cells[i - 1] ?? [0, 0], cells[i] ?? [0, 0]]
      const between = after[axis] - before[axis] - 1
      if (before[other] !== after[other] || between < 1 || between > LONGEST) continue
      for (let k = 1; k <= between; k++) {
        const [x, y] = axis === 0 ? [before[0] + k, before[1]] : [before[0], before[1] + k]
        gaps.set(`${x}/${y}`, [x, y])
      }
    }
  }
  return [...gaps.values()]
    .sort((a, b) => a[1] - b[1] || a[0] - b[0])
    .map(([x, y]) => [x * side, y * side, (x + 1) * side, (y + 1) * side])
}

// Borders of headers are closed: a tile of [0, 1000] has points at 1000.00, which do not cover its
// neighbour. 1 cm is LiDAR HD's resolution.
const shrink = (box: Box2): Box2 => {
  const margin = (low: number, high: number): number => (high - low > 1 ? 0.011 : 0)
  const [x, y] = [margin(box[0], box[2]), margin(box[1], box[3])]
  return [box[0] + x, box[1] + y, box[2] - x, box[3] - y]
}

const cellSide = (boxes: readonly Box2[]): number => {
  const smallest = boxes.reduce((least, box) => Math.min(least, Math.max(box[2] - box[0], box[3] - box[1])), Infinity)
  const fitting = [...tileSizes].reverse().find((size) => size >= smallest - 1)
  return fitting ?? tileSizes[0]
}

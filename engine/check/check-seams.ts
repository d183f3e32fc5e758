import { TileKey } from "../grid/tile-key.js"
import type { CheckedTile } from "./check-tile.js"
import { borderDistance, seamGap } from "./seams.js"
import type { Side } from "./tile-border.js"
import type { ValidateReport } from "./validate-report.js"

const NEIGHBOURS: readonly {
  readonly side: Side
  readonly opposite: Side
  readonly dx: number
  readonly dy: number
}[] = [
  { side: 0, opposite: 1, dx: -1, dy: 0 },
  { side: 1, opposite: 0, dx: 1, dy: 0 },
  { side: 2, opposite: 3, dx: 0, dy: -1 },
  { side: 3, opposite: 2, dx: 0, dy: 1 },
]

/**
 * Compares the written borders of all neighbours: those of one level must be equal; a tile beside a coarser one (the parent
 * of its neighbour) may stand off by the sum of both geometric errors.
 */
export const checkSeams = (tiles: readonly CheckedTile[], problem: (text: string) => void): ValidateReport["seams"] => {
  const byKey = new Map(tiles.map((tile) => [TileKey.format(tile.tile.key), tile]))
  const sums = {
    pairs: 0,
    maxGapMm: 0,
    unequalVertices: 0,
    oneSidedSegments: 0,
    betweenLevelsPairs: 0,
    betweenLevelsMaxM: 0,
  }
  for (const one of tiles) {
    const { key } = one.tile
    for (const { side, opposite, dx, dy } of NEIGHBOURS) {
      const beside = { level: key.level, x: key.x + dx, y: key.y + dy }
      const border = one.border.sides[side]
      const other = byKey.get(TileKey.format(beside))
      const theirs = other?.border.sides[opposite]
      const names = `tiles ${TileKey.format(key)} and ${TileKey.format(beside)}`
      // Each pair once: to the east and to the north.
      if (dx + dy > 0 && other !== undefined && theirs !== undefined && border.along.length + theirs.along.length > 0) {
        const found = seamGap(border, theirs, one.tolerance)
        if (border.along.length > 0 && theirs.along.length > 0) sums.pairs++
        sums.maxGapMm = Math.max(sums.maxGapMm, found.gap * 1000)
        sums.unequalVertices += found.unequal
        sums.oneSidedSegments += found.oneSided
        if (found.oneSided > 0) problem(`${names}: at ${found.oneSided} border segments only one of them goes on`)
        if (found.gap > 0)
          problem(`${names}: borders differ at ${found.unequal} vertices, by up to ${(found.gap * 1000).toFixed(3)} mm`)
      }
      const coarse = sameParent(key, beside) ? undefined : byKey.get(TileKey.format(TileKey.parent(beside)))
      const wide = coarse?.border.sides[opposite]
      if (coarse === undefined || wide === undefined || border.along.length === 0 || wide.along.length === 0) continue
      const { gap } = borderDistance(border, wide, coarse.tolerance)
      sums.betweenLevelsPairs++
      sums.betweenLevelsMaxM = Math.max(sums.betweenLevelsMaxM, gap)
      const bound = one.tile.geometricError + coarse.tile.geometricError
      if (gap > bound) {
        problem(
          `tile ${TileKey.format(key)} and the coarser ${TileKey.format(coarse.tile.key)}: borders ${gap.toFixed(3)} m apart, geometric errors allow ${bound.toFixed(3)} m`,
        )
      }
    }
  }
  return sums
}

const sameParent = (a: TileKey, b: TileKey): boolean => {
  if (a.level === 0) return true
  const [p, q] = [TileKey.parent(a), TileKey.parent(b)]
  return p.x === q.x && p.y === q.y
}

/**
 * The tiles that a building concerns: those that its outline meets, and those that may contain its
 * points.
 */
import { boxOfRings, isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import type { CellRuns } from "../../grid/cell-runs.js"
import type { FootprintRing } from "../../handover/footprint/footprint.js"

/** Column and row of a tile of the grid from the CRS origin. */
type TilePlace = readonly [column: number, row: number]

/**
 * The tiles (closed cells of side `sideMm`) that a polygon meets or touches, by row, then column.
 * The outer ring is first. Edges must have a vertex at each crossing with the grid. O(edges + tiles
 * of the box).
 */
export const tilesOfRings = (rings: readonly FootprintRing[], sideMm: number): TilePlace[] => {
  const places = new Map<string, TilePlace>()
  for (const { xyz, corner } of rings) {
    for (let k = 0; k < corner.length; k++) {
      const next = (k + 1) % corner.length
      const [ax, ay, bx, by] = [xyz[3 * k], xyz[3 * k + 1], xyz[3 * next], xyz[3 * next + 1]]
      // No segment crosses a grid line, so its two ends give the tiles that it meets.
      const [west, east] = touched(Math.min(ax, bx), Math.max(ax, bx), sideMm)
      const [south, north] = touched(Math.min(ay, by), Math.max(ay, by), sideMm)
      addTiles(places, west, south, east, north)
    }
  }
  const outlines = rings.map(({ xyz }) => xyz)
  const [minX, minY, maxX, maxY] = boxOfRings(outlines, 3)
  // Tiles that no ring touches are entirely inside or outside.
  for (let row = Math.ceil(minY / sideMm); row < Math.floor(maxY / sideMm); row++) {
    for (let column = Math.ceil(minX / sideMm); column < Math.floor(maxX / sideMm); column++) {
      const isInside = isInsideHalfOpen(outlines, (column + 0.5) * sideMm, (row + 0.5) * sideMm, 3)
      if (isInside && !places.has(`${column} ${row}`)) places.set(`${column} ${row}`, [column, row])
    }
  }
  return [...places.values()].sort(byPlace)
}

/**
 * The tiles that may contain points within `reachMm` of an object's cells, by row, then column.
 * O(runs).
 */
export const tilesOfRuns = (
  { rows, starts, ends }: CellRuns,
  cellMm: number,
  reachMm: number,
  sideMm: number,
): TilePlace[] => {
  const boxOf = (row: number, k: number) =>
    [starts[k] * cellMm, row * cellMm, ends[k] * cellMm, (row + 1) * cellMm] as const
  return tilesOfBoxes(Array.from(rows, boxOf), reachMm, sideMm)
}

/** The tiles within reach of boxes (west, south, east, north, mm), by row, then column. */
export const tilesOfBoxes = (
  boxes: readonly (readonly [number, number, number, number])[],
  reachMm: number,
  sideMm: number,
): TilePlace[] => {
  const places = new Map<string, TilePlace>()
  for (const [west, south, east, north] of boxes) {
    const [first, low] = [Math.floor((west - reachMm) / sideMm), Math.floor((south - reachMm) / sideMm)]
    const [last, high] = [Math.floor((east + reachMm) / sideMm), Math.floor((north + reachMm) / sideMm)]
    addTiles(places, first, low, last, high)
  }
  return [...places.values()].sort(byPlace)
}

const addTiles = (places: Map<string, TilePlace>, west: number, south: number, east: number, north: number): void => {
  for (let row = south; row <= north; row++)
    for (let column = west; column <= east; column++) places.set(`${column} ${row}`, [column, row])
}

const byPlace = (a: TilePlace, b: TilePlace): number => a[1] - b[1] || a[0] - b[0]

/** First and last tile along an axis that a closed interval touches. */
const touched = (low: number, high: number, sideMm: number): [number, number] => [
  Math.ceil(low / sideMm) - 1,
  Math.floor(high / sideMm),
]

/** The share of one tile in an external outline: points in it, ground at it, and cells near it. */
import { boxOfRings, isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import type { Points, Raster } from "../../../engine/kernel.js"
import type { Buckets } from "../../geometry/buckets.js"
import { unionSnap } from "../../geometry/union-polygons.js"
import { type CellGrid, noHeight, sampleMm } from "../../grid/cell-grid.js"
import type { FootprintMember } from "../../handover/footprint/footprint.js"
import { countBins, heightBin, heightBins } from "../../handover/histogram.js"
import { requireColumn } from "../../handover/point-set.js"
import { type GroundPicker, groundReach } from "../footprint/foot-heights.js"
import type { FootprintSums } from "../footprint/sums.js"
import { DetailSums } from "../footprint/sums.js"
import { forEachPlace } from "../outline/outline-limits.js"
import { type YardCells, yardCell, yardReach } from "./yard.js"

/**
 * Sums over points and ground in an external outline, among the tile's own cells only, so the sums
 * of all tiles add up. O(cells of its box + points).
 */
export const externalSums = (
  { rings }: FootprintMember,
  points: Points,
  { starts, order }: Buckets,
  { grid, own }: { readonly grid: CellGrid; readonly own: CellGrid },
  dtm: Raster,
): Omit<FootprintSums, "atEnd"> => {
  const cellMm = grid.cell
  const [west, south, east, north] = boxOfRings([rings[0]]).map((value) => Math.floor(value / cellMm))
  const [ox, oy, oz] = points.origin.map((value) => Math.round(value * 1000))
  let [count, groundMm, roofMm, lowestMm] = [0, noHeight, noHeight, noHeight]
  const times = requireColumn(points, "gpsTime")
  const bins: number[] = []
  const detail = new DetailSums()
  const inside = insideLookUp(rings, cellMm)
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let row = Math.max(south, own.row); row <= Math.min(north, own.row + own.rows - 1); row++) {
    for (let column = Math.max(west, own.column); column <= Math.min(east, own.column + own.columns - 1); column++) {
      const [middleX, middleY] = [(column + 0.5) * cellMm, (row + 0.5) * cellMm]
      const isOwn = inside(column, row)
      const groundHere = isOwn ? sampleMm(dtm, middleX, middleY) : noHeight
      groundMm = Math.min(groundMm, groundHere)
      let topMm = noHeight
      const cell = (row - grid.row) * grid.columns + column - grid.column
      for (let k = starts[cell]; k < starts[cell + 1]; k++) {
        const [x, y, z] = [ox + points.x[order[k]], oy + points.y[order[k]], oz + points.z[order[k]]]
        if (!isInsideHalfOpen(rings, x, y)) continue
        count++
        if (roofMm === noHeight || z > roofMm) roofMm = z
        lowestMm = Math.min(lowestMm, z)
        if (topMm === noHeight || z > topMm) topMm = z
        first = Math.min(first, times[order[k]])
        last = Math.max(last, times[order[k]])
        bins.push(heightBin(z, sampleMm(dtm, x, y)))
      }
      if (isOwn) detail.addCell(topMm, groundHere, !isAmid(inside, column, row))
    }
  }
  if (count > 0) detail.addTimes(first, last)
  return {
    points: count,
    detail: detail.detail(),
    groundMm,
    roofMm,
    lowestMm,
    histogram: countBins(Uint16Array.from(bins), new Int32Array(heightBins)),
  }
}

type Inside = (column: number, row: number) => boolean

/** Tests whether the middle of a cell is inside rings; computes each cell once. */
const insideLookUp = (rings: readonly Float64Array[], cellMm: number): Inside => {
  const [west, south, east, north] = boxOfRings([rings[0]]).map((value) => Math.floor(value / cellMm))
  const width = east - west + 1
  // 0: not yet computed.
  const known = new Uint8Array(width * (north - south + 1))
  return (column, row) => {
    if (column < west || column > east || row < south || row > north) return false
    const at = (row - south) * width + column - west
    if (known[at] === 0) known[at] = isInsideHalfOpen(rings, (column + 0.5) * cellMm, (row + 0.5) * cellMm) ? 2 : 1
    return known[at] === 2
  }
}

const isAmid = (inside: Inside, column: number, row: number): boolean =>
  inside(column - 1, row) && inside(column + 1, row) && inside(column, row - 1) && inside(column, row + 1)

/**
 * The tile's DTM cells that can affect the heights of an outline, also without its yards: column,
 * row, height in mm.
 */
export const externalGround = (
  { rings }: FootprintMember,
  { open }: YardCells,
  side: number,
  taker: number,
  pick: GroundPicker,
): Int32Array => {
  const reach = groundReach + 2 * unionSnap + 2 * side
  const cells: number[] = []
  forEachPlace(rings, side, (x, y) => pick(taker, x - reach, y - reach, x + reach, y + reach, cells))
  const around = yardReach + 2 * unionSnap + 2 * side
  for (let k = 0; k < open.length; k += 2) {
    const [x, y] = [open[k] * yardCell, open[k + 1] * yardCell]
    pick(taker, x - around, y - around, x + yardCell + around, y + yardCell + around, cells)
  }
  return Int32Array.from(cells)
}

/** Marks the cells of a grid within `reachMm` of an outline; may mark slightly more. */
export const markAround = ({ rings }: FootprintMember, reachMm: number, grid: CellGrid, marks: Uint8Array): void => {
  const { column, row, columns: width, rows: height, cell: cellMm } = grid
  const mark = (x: number, y: number, reach: number): void => {
    const [from, to] = [
      Math.max(0, Math.floor((x - reach) / cellMm) - column),
      Math.min(width, Math.floor((x + reach) / cellMm) - column + 1),
    ]
    const [low, high] = [
      Math.max(0, Math.floor((y - reach) / cellMm) - row),
      Math.min(height, Math.floor((y + reach) / cellMm) - row + 1),
    ]
    for (let r = low; r < high; r++) if (to > from) marks.fill(1, r * width + from, r * width + to)
  }
  forEachPlace(rings, cellMm, (x, y) => mark(x, y, reachMm + cellMm))
  const [west, south, east, north] = boxOfRings([rings[0]]).map((value) => Math.floor(value / cellMm))
  for (let r = Math.max(south, row); r <= Math.min(north, row + height - 1); r++)
    for (let c = Math.max(west, column); c <= Math.min(east, column + width - 1); c++)
      if (isInsideHalfOpen(rings, (c + 0.5) * cellMm, (r + 0.5) * cellMm))
        mark((c + 0.5) * cellMm, (r + 0.5) * cellMm, 0)
}

/**
 * Sums over the cells and points of a building, for its columns; they add up in any order and
 * grouping.
 */
import { gpsDay } from "../../../engine/core/gps-day.js"
import { noHeight } from "../../grid/cell-grid.js"
import { addHistograms, pairsOf, percentile } from "../../handover/histogram.js"

/**
 * Sums over the cells of a building: integers and extremes, which add up in any order and grouping.
 */
export interface FootprintSums {
  readonly points: number
  /** Lowest DTM cell, mm; `noHeight` without one. */
  readonly groundMm: number
  /** Highest and lowest point, mm; `noHeight` without points. */
  readonly roofMm: number
  readonly lowestMm: number
  /** Heights of points above the DTM: occupied bins of 0.1 m, ascending, as pairs bin, count. */
  readonly histogram: Int32Array
  readonly detail: CellSums
  /** True if it meets the end of the data, and may continue beyond. */
  readonly atEnd: boolean
}

export const addSums = (parts: readonly FootprintSums[]): FootprintSums => {
  const { sum, least, most } = foldParts(parts)
  return {
    points: sum((part) => part.points),
    groundMm: least((part) => part.groundMm),
    roofMm: most((part) => part.roofMm),
    lowestMm: least((part) => part.lowestMm),
    histogram: addHistograms(parts.map((part) => part.histogram)),
    detail: addDetails(parts.map((part) => part.detail)),
    atEnd: parts.some((part) => part.atEnd),
  }
}

/** Sum and extremes of a value of parts; `noHeight` is no value. */
const foldParts = <P>(parts: readonly P[]) => ({
  sum: (value: (part: P) => number): number => parts.reduce((all, part) => all + value(part), 0),
  least: (value: (part: P) => number): number => parts.reduce((all, part) => Math.min(all, value(part)), noHeight),
  most: (value: (part: P) => number): number => {
    const known = parts.map(value).filter((one) => one !== noHeight)
    return known.length === 0 ? noHeight : known.reduce((all, one) => Math.max(all, one))
  },
})

/** Converts millimetres to metres; NaN for `noHeight`. */
export const metres = (mm: number): number => (mm === noHeight ? Number.NaN : mm / 1000)

/**
 * Sums over the cells and points of a building beyond its heights; they add up in any order and
 * grouping.
 */
export interface CellSums {
  /** Highest DTM cell, mm; `noHeight` without one. */
  readonly groundMaxMm: number
  /** First and last day of acquisition, counted from 1970-01-01; `noHeight` if unknown. */
  readonly firstDay: number
  readonly lastDay: number
  /** Number of cells, of cells with a point, and of cells with a point above known ground. */
  readonly cells: number
  readonly covered: number
  readonly raised: number
  /** Height of the highest point above the ground, summed over the raised cells, mm. */
  readonly riseMm: number
  /**
   * Heights of the cells' highest points, for all cells and for those at the outline. Occupied bins
   * of 0.1 m of altitude, ascending, as pairs bin, count.
   */
  readonly tops: Int32Array
  readonly edgeTops: Int32Array
}

/** Size of a bin of altitudes, mm. */
const BIN = 100

/** Counts the cells and points of one building in one tile. */
export class DetailSums {
  private readonly sums = {
    groundMaxMm: noHeight,
    firstDay: noHeight,
    lastDay: noHeight,
    cells: 0,
    covered: 0,
    raised: 0,
    riseMm: 0,
  }
  private readonly tops = new Map<number, number>()
  private readonly edgeTops = new Map<number, number>()

  /** Adds a cell with its highest point and the ground at its middle, mm, `noHeight` if missing. */
  addCell(topMm: number, groundMm: number, atOutline: boolean): void {
    const { sums } = this
    sums.cells++
    if (groundMm !== noHeight && (sums.groundMaxMm === noHeight || groundMm > sums.groundMaxMm))
      sums.groundMaxMm = groundMm
    if (topMm === noHeight) return
    sums.covered++
    count(this.tops, Math.floor(topMm / BIN))
    if (atOutline) count(this.edgeTops, Math.floor(topMm / BIN))
    if (groundMm === noHeight) return
    sums.raised++
    sums.riseMm += topMm - groundMm
  }

  /** Sets the days of acquisition from the first and last GPS time of the points. */
  addTimes(first: number, last: number): void {
    const [firstDay, lastDay] = [gpsDay(first), gpsDay(last)]
    if (firstDay === undefined || lastDay === undefined) return
    Object.assign(this.sums, { firstDay, lastDay })
  }

  detail(): CellSums {
    return { ...this.sums, tops: pairsOf(this.tops), edgeTops: pairsOf(this.edgeTops) }
  }
}

const count = (bins: Map<number, number>, bin: number): void => {
  bins.set(bin, (bins.get(bin) ?? 0) + 1)
}

export const addDetails = (parts: readonly CellSums[]): CellSums => {
  const { sum, least, most } = foldParts(parts)
  return {
    groundMaxMm: most((part) => part.groundMaxMm),
    firstDay: least((part) => part.firstDay),
    lastDay: most((part) => part.lastDay),
    cells: sum((part) => part.cells),
    covered: sum((part) => part.covered),
    raised: sum((part) => part.raised),
    riseMm: sum((part) => part.riseMm),
    tops: addHistograms(parts.map((part) => part.tops)),
    edgeTops: addHistograms(parts.map((part) => part.edgeTops)),
  }
}

/**
 * Height of the eaves, metres: the lower quartile of the cells' tops at the outline. Gables, and
 * roofs that rise within a cell, are higher. Middle of a bin of 0.1 m; NaN without points.
 */
export const eavesOf = ({ edgeTops }: CellSums): number => percentile(edgeTops, 1, 4)

/**
 * Height of the ridge, likewise: the 99th percentile of all tops, which excludes chimneys and
 * aerials.
 */
export const ridgeOf = ({ tops }: CellSums): number => percentile(tops, 99, 100)

/** Highest point of each cell, mm; `noHeight` without points. */
export const cellTops = (z: Int32Array, originZ: number, cells: Int32Array, size: number): Int32Array => {
  const tops = new Int32Array(size).fill(noHeight)
  for (let i = 0; i < cells.length; i++) {
    const at = cells[i]
    if (at >= 0 && (tops[at] === noHeight || originZ + z[i] > tops[at])) tops[at] = originZ + z[i]
  }
  return tops
}

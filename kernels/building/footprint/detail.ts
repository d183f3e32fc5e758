/**
 * Sums for the columns of a building beyond its height (days of acquisition, eaves, ridge, volume),
 * additive over tiles.
 */
import { gpsDay } from "../../../engine/core/gps-day.js"
import { noHeight } from "../../grid/sample-raster.js"

/** What is known of a building beyond its heights: sums over its cells and points that can be added up in any order and grouping. */
export interface BuildingDetail {
  /** Highest DTM cell, mm; `noHeight` when there is none. */
  readonly groundMaxMm: number
  /** First and last day of acquisition, from 1970-01-01; `noHeight` when the points tell none. */
  readonly firstDay: number
  readonly lastDay: number
  /** Cells; those that hold a point; those that hold one over a known ground. */
  readonly cells: number
  readonly covered: number
  readonly raised: number
  /** Height of the highest point over the ground, summed over the raised cells, mm. */
  readonly riseMm: number
  /** Heights of the highest points of cells: occupied bins of 0.1 m of altitude, ascending, as pairs bin, count; of all cells, and of those at the outline. */
  readonly tops: Int32Array
  readonly edgeTops: Int32Array
}

/** Side of a bin of altitudes, mm. */
const BIN = 100

/** Counts the cells and points of one building in one tile. */
export class DetailSums {
  private groundMaxMm = noHeight
  private firstDay = noHeight
  private lastDay = noHeight
  private cells = 0
  private covered = 0
  private raised = 0
  private riseMm = 0
  private readonly tops = new Map<number, number>()
  private readonly edgeTops = new Map<number, number>()

  /** A cell: its highest point and the ground at its middle, mm, `noHeight` where there is none. */
  addCell(topMm: number, groundMm: number, atOutline: boolean): void {
    this.cells++
    if (groundMm !== noHeight && (this.groundMaxMm === noHeight || groundMm > this.groundMaxMm))
      this.groundMaxMm = groundMm
    if (topMm === noHeight) return
    this.covered++
    count(this.tops, Math.floor(topMm / BIN))
    if (atOutline) count(this.edgeTops, Math.floor(topMm / BIN))
    if (groundMm === noHeight) return
    this.raised++
    this.riseMm += topMm - groundMm
  }

  /** First and last GPS time of its points. */
  addTimes(first: number, last: number): void {
    const [firstDay, lastDay] = [gpsDay(first), gpsDay(last)]
    if (firstDay === undefined || lastDay === undefined) return
    this.firstDay = firstDay
    this.lastDay = lastDay
  }

  detail(): BuildingDetail {
    const { groundMaxMm, firstDay, lastDay, cells, covered, raised, riseMm } = this
    return {
      ...{ groundMaxMm, firstDay, lastDay, cells, covered, raised, riseMm },
      tops: pairsOf(this.tops),
      edgeTops: pairsOf(this.edgeTops),
    }
  }
}

const count = (bins: Map<number, number>, bin: number, by = 1): void => {
  bins.set(bin, (bins.get(bin) ?? 0) + by)
}

const pairsOf = (bins: ReadonlyMap<number, number>): Int32Array =>
  Int32Array.from([...bins].sort(([a], [b]) => a - b).flat())

/** The detail of several parts of one building. */
export const addDetails = (parts: readonly BuildingDetail[]): BuildingDetail => {
  const most = (values: readonly number[]): number =>
    values.reduce(
      (all, value) => (value === noHeight ? all : all === noHeight ? value : Math.max(all, value)),
      noHeight,
    )
  const sum = (value: (part: BuildingDetail) => number): number => parts.reduce((all, part) => all + value(part), 0)
  const added = (bins: (part: BuildingDetail) => Int32Array): Int32Array => {
    const all = new Map<number, number>()
    for (const pairs of parts.map(bins)) for (let i = 0; i < pairs.length; i += 2) count(all, pairs[i], pairs[i + 1])
    return pairsOf(all)
  }
  return {
    groundMaxMm: most(parts.map((part) => part.groundMaxMm)),
    firstDay: parts.reduce((first, part) => Math.min(first, part.firstDay), noHeight),
    lastDay: most(parts.map((part) => part.lastDay)),
    cells: sum((part) => part.cells),
    covered: sum((part) => part.covered),
    raised: sum((part) => part.raised),
    riseMm: sum((part) => part.riseMm),
    tops: added((part) => part.tops),
    edgeTops: added((part) => part.edgeTops),
  }
}

/** Share of the cells' tops at the outline that lie below the eaves (the rest are gables, and roofs that rise within a cell), and of all below the ridge (the rest are chimneys and aerials). */
const [EAVES, RIDGE] = [0.25, 0.99]

/** Heights of eaves and ridge, metres: middles of bins of 0.1 m; NaN without points. */
export const eavesAndRidge = ({ tops, edgeTops }: BuildingDetail): { eaves: number; ridge: number } => ({
  eaves: shareOf(edgeTops, EAVES),
  ridge: shareOf(tops, RIDGE),
})

const shareOf = (pairs: Int32Array, share: number): number => {
  let total = 0
  for (let i = 1; i < pairs.length; i += 2) total += pairs[i]
  let sum = 0
  for (let i = 0; i < pairs.length; i += 2) {
    sum += pairs[i + 1]
    if (sum >= total * share) return (2 * pairs[i] + 1) / (2000 / BIN)
  }
  return Number.NaN
}

/** Highest point of each cell, mm; `noHeight` where there is none. */
export const cellTops = (z: Int32Array, originZ: number, cells: Int32Array, size: number): Int32Array => {
  const tops = new Int32Array(size).fill(noHeight)
  for (let i = 0; i < cells.length; i++) {
    const at = cells[i]
    if (at >= 0 && (tops[at] === noHeight || originZ + z[i] > tops[at])) tops[at] = originZ + z[i]
  }
  return tops
}

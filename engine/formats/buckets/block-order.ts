/**
 * Canonical order of the points of one 50 m block: the reference implementation of
 * `wasm/assembly/order.ts`.
 */
import { leastTime, type MmBox } from "../las/columns.js"
import { CELL_MM } from "../las/order/cell-sort.js"
import type { OrderQuery, RowBlock, SegmentColumns, SortedRow } from "./core-types.js"
import { SPOOL, type SpoolSegment } from "./format.js"
import { sortKeys } from "./sort-keys.js"

/** Rows of 1 m in a block. */
const ROWS = SPOOL.cellMm / CELL_MM
/** Width, mm, of the bins of such a row: cells of 1 m follow each other by x, so narrower bins do so too and leave little to sort. All bins of a block fit 16 bits. */
const BIN_MM = 40
const BINS = SPOOL.cellMm / BIN_MM
/** Length, mm, of the stretches of a row within which points are ordered by their keys. */
const STRETCH_MM = 2000
const STRETCHES = SPOOL.cellMm / STRETCH_MM
const STRETCH_BINS = STRETCH_MM / BIN_MM
/** In place of a bin: the point is not wanted. */
const NONE = ROWS * BINS

/**
 * A point of a stretch as one double, so that to order points is to order numbers that lie in a row, and duplicates are equal numbers.
 *
 * | bits of the double | what |
 * |---|---|
 * | 63–61 | 0, 1, 0: a positive number that is neither subnormal nor infinite |
 * | 60–50, 49–40 | x in the stretch, y in its row, mm |
 * | 39–16 | z + 2²² mm |
 * | 15–8 | class |
 * | 7–4, 3–0 | return number, number of returns |
 */
const KEY = { mark: 0x40000000, x: 18, y: 8, zBase: 2 ** 22, zEnd: 2 ** 24 } as const

/** True for points whose heights a key holds: from 4.1 km below the datum to 12.5 km above. */
export const isOrderable = ({ lowZ, highZ }: SpoolSegment): boolean =>
  lowZ >= -KEY.zBase && highZ < KEY.zEnd - KEY.zBase

/** What all blocks share: the choice, and working memory that grows with the largest of them. */
export interface BlockOrder {
  /** mm in the CRS. */
  readonly originZ: number
  /** 1 for each class that is given. */
  readonly wanted: Uint8Array
  /** Attributes that are asked for beside places and class: any, and those that the key does not hold. */
  readonly further: boolean
  readonly apart: boolean
  /** Of each point of the block: its bin, row by row. */
  bins: Uint16Array
  /** Points of the block, by bins; `words` are the low and the high half of each key. */
  keys: Float64Array
  words: Uint32Array
  /** Where `apart`: the place in the block of the point of each key, and these columns of the block. */
  places: Uint32Array
  intensity: Uint16Array
  gpsTime: Float64Array
  readonly starts: Uint32Array
}

/** Working memory for ordering blocks. */
export const blockOrderOf = ({ wanted, attributes, originZ }: OrderQuery): BlockOrder => {
  return {
    originZ,
    wanted,
    further: attributes.some((name) => name !== "classification"),
    apart: attributes.includes("intensity") || attributes.includes("gpsTime"),
    bins: new Uint16Array(0),
    keys: new Float64Array(0),
    words: new Uint32Array(0),
    places: new Uint32Array(0),
    intensity: new Uint16Array(0),
    gpsTime: new Float64Array(0),
    starts: new Uint32Array(NONE + 1),
  }
}

/** A block and its points. Boxes are mm from the origin. */
export interface BlockTask {
  readonly block: RowBlock
  readonly box: MmBox
  readonly cell: MmBox
}

/** What became of a block's points. */
export interface BlockDone {
  /** Places in the sorted columns where the rows of 1 m begin, from the south, and where the last one ends. */
  readonly ends: Uint32Array
  /** Points without noise and duplicates, of all classes. */
  readonly kept: number
  readonly duplicates: number
  readonly noise: number
  /** Of those that are kept, how many lie in the cell. */
  readonly inCell: number
}

/** Writes the points of a block in the box, in canonical order, without noise and duplicates, into `to` from `at` on. */
export const sortBlock = (order: BlockOrder, task: BlockTask, to: SortedRow, at: number): BlockDone => {
  makeRoom(order, pointsOf(task.block))
  const noise = findBins(order, task)
  deal(order, task.block.segments)
  const written = writeSorted(order, task, to, at)
  return { ...written, kept: order.starts[NONE - 1]! - written.duplicates, noise }
}

/** Points of a block, in the box or not. */
export const pointsOf = ({ segments }: RowBlock): number => segments.reduce((sum, { x }) => sum + x.length, 0)

const makeRoom = (order: BlockOrder, count: number): void => {
  if (order.bins.length >= count) return
  order.bins = new Uint16Array(count)
  order.keys = new Float64Array(count)
  order.words = new Uint32Array(order.keys.buffer)
  if (!order.apart) return
  order.places = new Uint32Array(count)
  order.intensity = new Uint16Array(count)
  order.gpsTime = new Float64Array(count)
}

/** The range of a block, mm from its corner, that a box covers: half-open. */
const within = ({ x, y }: RowBlock, box: MmBox): MmBox => ({
  minX: box.minX - x,
  minY: box.minY - y,
  maxX: box.maxX - x,
  maxY: box.maxY - y,
})

const isWhole = ({ minX, minY, maxX, maxY }: MmBox): boolean =>
  minX <= 0 && minY <= 0 && maxX >= SPOOL.cellMm && maxY >= SPOOL.cellMm

/** Bins of the points, and how many noise points are left out (classes 7 and 18). */
const findBins = ({ bins, starts }: BlockOrder, { block, box }: BlockTask): number => {
  const range = within(block, box)
  const { minX, minY, maxX, maxY } = range
  const whole = isWhole(range)
  starts.fill(0)
  let [noise, at] = [0, 0]
  for (const { x, y, classification } of block.segments) {
    for (let i = 0; i < x.length; i++) {
      const px = x[i]!
      const py = y[i]!
      const code = classification[i]!
      let bin = ((py / CELL_MM) | 0) * BINS + ((px / BIN_MM) | 0)
      if (!whole && (px < minX || px >= maxX || py < minY || py >= maxY)) bin = NONE
      else if (code === 7 || code === 18) {
        bin = NONE
        noise++
      }
      bins[at++] = bin
      starts[bin]!++
    }
  }
  return noise
}

/** Brings the points of each bin together, as keys; `starts` holds the ends of the bins afterwards. */
const deal = (order: BlockOrder, segments: readonly SegmentColumns[]): void => {
  const { bins, words, places, starts, apart } = order
  let sum = 0
  for (let bin = 0; bin <= NONE; bin++) {
    const here = starts[bin]!
    starts[bin] = sum
    sum += here
  }
  let from = 0
  for (const { x, y, z, classification, returns, intensity, gpsTime } of segments) {
    for (let i = 0; i < x.length; i++) {
      const bin = bins[from + i]!
      if (bin === NONE) continue
      const place = starts[bin]!
      starts[bin] = place + 1
      const inX = x[i]! % STRETCH_MM
      const inY = y[i]! % CELL_MM
      const height = z[i]! + KEY.zBase
      const both = returns[i]!
      words[2 * place + 1] = KEY.mark | (inX << KEY.x) | (inY << KEY.y) | (height >>> 16)
      words[2 * place] = (height << 16) | (classification[i]! << 8) | ((both & 15) << 4) | (both >> 4)
      if (apart) places[place] = from + i
    }
    if (apart) {
      order.intensity.set(intensity, from)
      order.gpsTime.set(gpsTime, from)
    }
    from += x.length
  }
}

const writeSorted = (
  order: BlockOrder,
  { block, cell }: BlockTask,
  to: SortedRow,
  at: number,
): { ends: Uint32Array; duplicates: number; inCell: number } => {
  const { starts, words, wanted, further, originZ } = order
  const range = within(block, cell)
  const { minX, minY, maxX, maxY } = range
  const whole = isWhole(range)
  const zBase = KEY.zBase + originZ
  const ends = new Uint32Array(ROWS + 1)
  ends[0] = at
  let [start, next, duplicates, inCell] = [0, at, 0, 0]
  for (let stretch = 0; stretch < ROWS * STRETCHES; stretch++) {
    const end = starts[(stretch + 1) * STRETCH_BINS - 1]!
    sortKeys(order.keys, order.apart ? order.places : undefined, start, end)
    const west = (stretch % STRETCHES) * STRETCH_MM
    const south = ((stretch / STRETCHES) | 0) * CELL_MM
    let [highBefore, lowBefore] = [0, 0]
    for (; start < end; start++) {
      const high = words[2 * start + 1]!
      const low = words[2 * start]!
      const code = (low >>> 8) & 255
      if (high === highBefore && low === lowBefore) {
        duplicates++
        if (order.apart) keepLeastOf(order, start, to, next - wanted[code]!)
        continue
      }
      highBefore = high
      lowBefore = low
      const px = west + ((high >>> KEY.x) & 2047)
      const py = south + ((high >>> KEY.y) & 1023)
      if (whole || (px >= minX && px < maxX && py >= minY && py < maxY)) inCell++
      to.x[next] = px + block.x
      to.y[next] = py + block.y
      to.z[next] = (((high & 255) << 16) | (low >>> 16)) - zBase
      to.classification[next] = code
      if (further) putFurther(order, start, low, to, next)
      // What is not wanted is written over: less than a branch that nothing foretells.
      next += wanted[code]!
    }
    if (stretch % STRETCHES === STRETCHES - 1) ends[(stretch + 1) / STRETCHES] = next
  }
  return { ends, duplicates, inCell }
}

const putFurther = (order: BlockOrder, at: number, low: number, to: SortedRow, next: number): void => {
  if (to.returnNumber !== undefined) to.returnNumber[next] = (low >>> 4) & 15
  if (to.numberOfReturns !== undefined) to.numberOfReturns[next] = low & 15
  if (to.intensity !== undefined) to.intensity[next] = order.intensity[order.places[at]!]!
  if (to.gpsTime !== undefined) to.gpsTime[next] = order.gpsTime[order.places[at]!]!
}

/** As `keepLeast`: of duplicates the least of each column. */
const keepLeastOf = (order: BlockOrder, at: number, { intensity, gpsTime }: SortedRow, kept: number): void => {
  const place = order.places[at]!
  if (intensity !== undefined && order.intensity[place]! < intensity[kept]!) intensity[kept] = order.intensity[place]!
  if (gpsTime !== undefined) gpsTime[kept] = leastTime(gpsTime[kept]!, order.gpsTime[place]!)
}

import type { AttributeName } from "../../kernel.js"
import { CELL_MM, type CellSort, cellSortOf, compareRest, placeKey, sortCell } from "./cell-sort.js"
import type { MmBox } from "./columns.js"
import { SPOOL } from "./spool-format.js"
import type { RowPoints, SpoolBlock } from "./spool-rows.js"

/** Rows of 1 m in a block. */
const ROWS = SPOOL.cellMm / CELL_MM
/** Width, mm, of the bins of such a row: cells of 1 m follow each other by x, so narrower bins do so too and leave little to sort. */
const BIN_MM = 125
const BINS = SPOOL.cellMm / BIN_MM
/** In place of a bin: the point is not wanted. */
const NONE = ROWS * BINS

/** Columns of ordered points; others than those of places and class only where they are asked for. */
export interface SortedRow {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly classification: Uint8Array
  readonly returnNumber?: Uint8Array
  readonly numberOfReturns?: Uint8Array
  readonly intensity?: Uint16Array
  readonly gpsTime?: Float64Array
}

/** What all blocks share: the choice, and working memory that grows with the largest of them. */
export interface BlockOrder {
  /** mm in the CRS. */
  readonly originZ: number
  /** 1 for each class that is given. */
  readonly wanted: Uint8Array
  /** Attributes that are asked for beside places and class. */
  readonly further: boolean
  /** Of each point of the block: its bin, row by row. */
  bins: Uint16Array
  /** Points of the block, by bins. */
  dealt: Uint32Array
  readonly starts: Uint32Array
  order: Uint32Array
  sort: CellSort
}

/** Working memory for ordering blocks. */
export const blockOrderOf = (
  classes: readonly number[] | undefined,
  attributes: readonly AttributeName[],
  origin: readonly [number, number, number],
): BlockOrder => {
  const wanted = new Uint8Array(256).fill(classes === undefined ? 1 : 0)
  for (const code of classes ?? []) wanted[code] = 1
  return {
    originZ: origin[2],
    wanted,
    further: attributes.some((name) => name !== "classification"),
    bins: new Uint16Array(0),
    dealt: new Uint32Array(0),
    starts: new Uint32Array(NONE + 1),
    order: new Uint32Array(256),
    sort: cellSortOf(256),
  }
}

/** A block: its points stand in `row` from `from` on. Boxes are mm from the origin. */
export interface BlockTask {
  readonly block: SpoolBlock
  readonly row: RowPoints
  readonly from: number
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
  /** Of those that are kept, how many lie in the cell, and the range of their times above 0. */
  readonly inCell: number
  readonly first: number
  readonly last: number
}

/** Writes the points of a block in the box, in canonical order, without noise and duplicates, into `to` from `at` on. */
export const sortBlock = (order: BlockOrder, task: BlockTask, to: SortedRow, at: number): BlockDone => {
  const { count } = task.block
  if (order.bins.length < count) {
    order.bins = new Uint16Array(count)
    order.dealt = new Uint32Array(count)
  }
  const noise = findBins(order, task)
  deal(order, task)
  const written = writeSorted(order, task, to, at)
  const [first, last] = timesOf(order, task)
  const kept = order.starts[NONE - 1]! - written.duplicates
  return { ...written, kept, noise, first, last }
}

/** The range of a block, mm from its corner, that a box covers: half-open. */
const within = ({ x, y }: SpoolBlock, box: MmBox): MmBox => ({
  minX: box.minX - x,
  minY: box.minY - y,
  maxX: box.maxX - x,
  maxY: box.maxY - y,
})

const isWhole = ({ minX, minY, maxX, maxY }: MmBox): boolean =>
  minX <= 0 && minY <= 0 && maxX >= SPOOL.cellMm && maxY >= SPOOL.cellMm

/** Bins of the points, and how many noise points are left out (classes 7 and 18). */
const findBins = ({ bins, starts }: BlockOrder, { block, row, from, box }: BlockTask): number => {
  const { x, y, classification } = row
  const { minX, minY, maxX, maxY } = within(block, box)
  const { count } = block
  starts.fill(0)
  let noise = 0
  for (let i = 0; i < count; i++) {
    const px = x[from + i]!
    const py = y[from + i]!
    const code = classification[from + i]!
    let bin = ((py / CELL_MM) | 0) * BINS + ((px / BIN_MM) | 0)
    if (px < minX || px >= maxX || py < minY || py >= maxY) bin = NONE
    else if (code === 7 || code === 18) {
      bin = NONE
      noise++
    }
    bins[i] = bin
    starts[bin]!++
  }
  return noise
}

/** Brings the points of each bin together; `starts` holds the ends of the bins afterwards. */
const deal = ({ bins, dealt, starts }: BlockOrder, { block, from }: BlockTask): void => {
  let sum = 0
  for (let bin = 0; bin <= NONE; bin++) {
    const here = starts[bin]!
    starts[bin] = sum
    sum += here
  }
  for (let i = 0; i < block.count; i++) dealt[starts[bins[i]!]!++] = from + i
}

const writeSorted = (
  order: BlockOrder,
  { block, row, cell }: BlockTask,
  to: SortedRow,
  at: number,
): { ends: Uint32Array; duplicates: number; inCell: number } => {
  const { dealt, starts, wanted, further, originZ } = order
  const { x, y, z, classification } = row
  const { minX, minY, maxX, maxY } = within(block, cell)
  const ends = new Uint32Array(ROWS + 1)
  ends[0] = at
  let [start, next, duplicates, inCell] = [0, at, 0, 0]
  for (let bin = 0; bin < NONE; bin++) {
    const end = starts[bin]!
    const n = end - start
    if (n > order.order.length) grow(order, n)
    const indices = order.order
    for (let i = 0; i < n; i++) indices[i] = dealt[start + i]!
    if (n > 1) sortBin(order, row, bin, n)
    start = end
    let before = -1
    for (let i = 0; i < n; i++) {
      const index = indices[i]!
      const px = x[index]!
      const py = y[index]!
      const pz = z[index]!
      const same = before >= 0 && x[before] === px && y[before] === py && z[before] === pz
      if (same && compareRest(row, before, index) === 0) {
        duplicates++
        continue
      }
      before = index
      if (px >= minX && px < maxX && py >= minY && py < maxY) inCell++
      const code = classification[index]!
      to.x[next] = px + block.x
      to.y[next] = py + block.y
      to.z[next] = pz - originZ
      to.classification[next] = code
      if (further) putFurther(row, index, to, next)
      // What is not wanted is written over: less than a branch that nothing foretells.
      next += wanted[code]!
    }
    if (bin % BINS === BINS - 1) ends[(bin + 1) / BINS] = next
  }
  return { ends, duplicates, inCell }
}

/** Brings the first `n` of `order`, points of one bin, into canonical order. */
const sortBin = ({ order, sort }: BlockOrder, row: RowPoints, bin: number, n: number): void => {
  const { x, y, z } = row
  const { keys } = sort
  const baseX = (bin % BINS) * BIN_MM
  const baseY = ((bin / BINS) | 0) * CELL_MM
  for (let i = 0; i < n; i++) {
    const index = order[i]!
    keys[i] = placeKey(x[index]! - baseX, y[index]! - baseY, z[index]!)
  }
  sortCell(row, order, n, sort)
}

const putFurther = (row: RowPoints, index: number, to: SortedRow, at: number): void => {
  if (to.returnNumber !== undefined) to.returnNumber[at] = row.returnNumber[index]!
  if (to.numberOfReturns !== undefined) to.numberOfReturns[at] = row.numberOfReturns[index]!
  if (to.intensity !== undefined) to.intensity[at] = row.intensity[index]!
  if (to.gpsTime !== undefined) to.gpsTime[at] = row.gpsTime[index]!
}

const grow = (order: BlockOrder, points: number): void => {
  const capacity = 2 ** Math.ceil(Math.log2(points))
  order.order = new Uint32Array(capacity)
  order.sort = cellSortOf(capacity)
}

/** First and last time above 0 (virtual points have 0) of the points in the cell; duplicates have the times of those that are kept. */
const timesOf = ({ bins }: BlockOrder, { block, row, from, cell }: BlockTask): readonly [number, number] => {
  const { x, y, gpsTime } = row
  const range = within(block, cell)
  const { minX, minY, maxX, maxY } = range
  const whole = isWhole(range)
  let [first, last] = [Infinity, -Infinity]
  if (minX >= SPOOL.cellMm || minY >= SPOOL.cellMm || maxX <= 0 || maxY <= 0) return [first, last]
  for (let i = 0; i < block.count; i++) {
    if (bins[i] === NONE) continue
    const px = x[from + i]!
    const py = y[from + i]!
    if (!whole && !(px >= minX && px < maxX && py >= minY && py < maxY)) continue
    const time = gpsTime[from + i]!
    if (time > 0 && time < first) first = time
    if (time > 0 && time > last) last = time
  }
  return [first, last]
}

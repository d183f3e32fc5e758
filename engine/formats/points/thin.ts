/**
 * Thins points by a rule fixed in the CRS: a square cell of side `spacing` keeps, for each class,
 * the point nearest to its centre. Cells count from the CRS origin; ties go to the first in
 * canonical order. The choice depends only on the points of the cell, not on the tile.
 */
import { Box2 } from "../../core/geometry/box.js"
import type { Points } from "../../kernel.js"
import { CELL_MM, cellOffset } from "./canonical-order.js"

/** Rounds a spacing to whole millimetres, the unit of points. */
const sideMm = (spacing: number): number => Math.max(1, Math.round(spacing * 1000))

/**
 * Grows a box to whole cells of a spacing: the area to read to complete every cell that meets the
 * box.
 */
export const wholeCells = (box: Box2, spacing: number): Box2 => {
  const side = sideMm(spacing)
  const down = (metres: number): number => (Math.floor(Math.floor(metres * 1000 + 1e-3) / side) * side) / 1000
  const up = (metres: number): number => (Math.ceil(Math.ceil(metres * 1000 - 1e-3) / side) * side) / 1000
  return Box2.union(box, [down(box[0]), down(box[1]), up(box[2]), up(box[3])])
}

/** Points in canonical order, with their classes. */
type Classified = Pick<Points, "count" | "x" | "y" | "origin"> & { readonly classification: Uint8Array }

/**
 * Marks the points that a spacing keeps with 1. O(n) time; 5 bytes a point and one row of cells.
 *
 * @param points in canonical order, without noise and duplicates
 * @param spacing metres
 */
export const thinPoints = (points: Classified, spacing: number): Uint8Array => {
  const { count, x, y, classification, origin } = points
  const retained = new Uint8Array(count)
  if (count === 0) return retained
  const side = sideMm(spacing)
  const shiftX = cellOffset(origin[0], side)
  const shiftY = cellOffset(origin[1], side)
  const [firstColumn, columns] = numberCells(x, shiftX, side)
  // In canonical order, rows of whole metres follow each other.
  const order = side % CELL_MM === 0 ? undefined : byRow(y, shiftY, side)
  const [slots, classes] = classSlots(classification)
  const width = columns * classes
  const [best, distance, used] = [new Int32Array(width).fill(-1), new Float64Array(width), new Int32Array(width)]
  for (let begin = 0; begin < count; ) {
    const cellY = Math.floor((y[order === undefined ? begin : order[begin]!]! + shiftY) / side)
    const bottom = cellY * side - shiftY
    const top = bottom + side
    // The cell of the point before: points of one cell mostly follow each other.
    let [left, right, firstSlot] = [0, 0, 0]
    let end = begin
    let slotsUsed = 0
    for (; end < count; end++) {
      const i = order === undefined ? end : order[end]!
      const py = y[i]!
      if (py >= top) break
      const px = x[i]!
      if (px < left || px >= right) {
        const cellX = Math.floor((px + shiftX) / side)
        left = cellX * side - shiftX
        right = left + side
        firstSlot = (cellX - firstColumn) * classes
      }
      // Twice the offset from the centre: an integer, exact in doubles.
      const dx = 2 * (px - left) - side
      const dy = 2 * (py - bottom) - side
      const distanceSquared = dx * dx + dy * dy
      const slot = firstSlot + slots[classification[i]!]!
      if (best[slot]! < 0) used[slotsUsed++] = slot
      else if (distance[slot]! <= distanceSquared) continue
      best[slot] = i
      distance[slot] = distanceSquared
    }
    for (let k = 0; k < slotsUsed; k++) {
      const slot = used[k]!
      retained[best[slot]!] = 1
      best[slot] = -1
    }
    begin = end
  }
  return retained
}

/** First cell, and number of cells from it to the last. */
const numberCells = (values: Int32Array, shift: number, side: number): [first: number, cells: number] => {
  let [least, most] = [values[0]!, values[0]!]
  for (let i = 1; i < values.length; i++) {
    const value = values[i]!
    if (value < least) least = value
    else if (value > most) most = value
  }
  const first = Math.floor((least + shift) / side)
  return [first, Math.floor((most + shift) / side) - first + 1]
}

/** Point indices sorted by row of cells; stable. */
const byRow = (y: Int32Array, shift: number, side: number): Uint32Array => {
  const [first, rows] = numberCells(y, shift, side)
  const starts = new Uint32Array(rows + 1)
  for (let i = 0; i < y.length; i++) starts[Math.floor((y[i]! + shift) / side) - first + 1]!++
  for (let i = 1; i <= rows; i++) starts[i]! += starts[i - 1]!
  const order = new Uint32Array(y.length)
  for (let i = 0; i < y.length; i++) order[starts[Math.floor((y[i]! + shift) / side) - first]!++] = i
  return order
}

/** Numbers the classes that occur, from 0. */
const classSlots = (classification: Uint8Array): [slots: Uint8Array, classes: number] => {
  const occurs = new Uint8Array(256)
  for (let i = 0; i < classification.length; i++) occurs[classification[i]!] = 1
  const slots = new Uint8Array(256)
  let classes = 0
  for (let code = 0; code < 256; code++) if (occurs[code] === 1) slots[code] = classes++
  return [slots, classes]
}

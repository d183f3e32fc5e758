/** Takes unclassified points above ground as vegetation or, inside given outlines, as buildings. */

import { planRingsOf } from "../../core/feature-table.js"
import type { Box2 } from "../../core/geometry/box.js"
import { boxOfRings, isInsideHalfOpen } from "../../core/geometry/rings.js"
import { addToList } from "../../core/lists.js"
import type { Features } from "../../kernel.js"
import type { FromUnclassified } from "../../plan/chains/chain.js"
import type { TableColumns } from "./point-table.js"

/** Side of the cells of ground and buildings, mm. */
const CELL = 1000
/** Farthest ground that a point is compared with, cells. */
const REACH = 15
/** Least height above ground, mm. */
const HIGH = 2000
const NONE = 2147483647

/** 1 m cells of the CRS that cover a box; x and y relative to the points' origin, mm. */
interface Cells {
  readonly columns: number
  readonly rows: number
  column(x: number): number
  row(y: number): number
}

const makeCells = (extent: Box2, { origin }: Pick<TableColumns, "origin">): Cells => {
  const [x, y] = [Math.round(1000 * origin[0]), Math.round(1000 * origin[1])]
  const [west, south, east, north] = extent.map((value, side) =>
    side < 2 ? Math.floor((1000 * value) / CELL) : Math.ceil((1000 * value) / CELL),
  ) as [number, number, number, number]
  return {
    columns: east - west,
    rows: north - south,
    column: (px) => Math.floor((px + x) / CELL) - west,
    row: (py) => Math.floor((py + y) / CELL) - south,
  }
}

/** The cell of each point. */
const findCells = ({ count, x, y }: TableColumns, cells: Cells): Int32Array => {
  const at = new Int32Array(count)
  for (let i = 0; i < count; i++) at[i] = cells.row(y[i]!) * cells.columns + cells.column(x[i]!)
  return at
}

/**
 * Changes classes of unclassified points (0, 1) in place. A point is high if it is more than 2 m
 * above the lowest ground or water in the nearest 1 m cell that has any, at most 15 m away.
 *
 * - Inside an outline, the high last or only return of a pulse becomes building (6), also where no
 *   ground is that near. Other points there stay unclassified.
 * - Elsewhere, high points become high vegetation (5), except in the cells around points of class
 *   6: these are walls, gutters and chimneys.
 *
 * A class depends on points less than `FROM_REACH` away. Time: linear in points, and some 30
 * steps a cell. Memory: 18 bytes a cell, and 5 a point.
 */
export const classifyUnclassified = (
  points: TableColumns,
  extent: Box2,
  outlines: Features | undefined,
  { vegetation, buildings }: FromUnclassified,
): void => {
  const { count, x, y, z, classification, returnNumber, numberOfReturns } = points
  const cells = makeCells(extent, points)
  const at = findCells(points, cells)
  const ground = nearestGround(points, at, cells)
  const isInside = outlines && insideOutlines(points, outlines, cells)
  const open = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    if (classification[i]! > 1) continue
    const known = ground[at[i]!]!
    const isHigh = known !== NONE && z[i]! - known > HIGH
    if (!isInside?.(x[i]!, y[i]!, at[i]!)) open[i] = isHigh ? 1 : 0
    else if (buildings && (isHigh || known === NONE) && isLast(i)) classification[i] = 6
  }
  if (!vegetation) return
  const beside = cellsBeside(points, at, cells)
  for (let i = 0; i < count; i++) if (open[i] === 1 && beside[at[i]!] === 0) classification[i] = 5

  function isLast(i: number): boolean {
    return returnNumber === undefined || numberOfReturns === undefined || returnNumber[i]! >= numberOfReturns[i]!
  }
}

/** Height of the nearest ground of each cell, mm; {@link NONE} without any in reach. */
const nearestGround = (
  { count, z, classification }: TableColumns,
  at: Int32Array,
  { columns, rows }: Cells,
): Int32Array => {
  const lowest = new Int32Array(columns * rows).fill(NONE)
  for (let i = 0; i < count; i++) {
    if (classification[i] !== 2 && classification[i] !== 9) continue
    const cell = at[i]!
    if (z[i]! < lowest[cell]!) lowest[cell] = z[i]!
  }
  // First along rows: the distance and height of the nearest ground; the lower one of two as near.
  const steps = new Uint8Array(columns * rows).fill(255)
  const heights = lowest.slice()
  for (let row = 0; row < rows; row++) {
    for (const way of [1, -1]) {
      let last = -1
      for (let k = 0; k < columns; k++) {
        const column = way === 1 ? k : columns - 1 - k
        const cell = row * columns + column
        if (lowest[cell] !== NONE) last = column
        if (last < 0) continue
        const step = Math.abs(column - last)
        const height = lowest[row * columns + last]!
        if (step > REACH || step > steps[cell]! || (step === steps[cell] && height >= heights[cell]!)) continue
        steps[cell] = step
        heights[cell] = height
      }
    }
  }
  const nearest = new Int32Array(columns * rows).fill(NONE)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let least = REACH * REACH + 1
      let height = NONE
      for (let other = Math.max(0, row - REACH); other <= Math.min(rows - 1, row + REACH); other++) {
        const cell = other * columns + column
        if (steps[cell] === 255) continue
        const distance = steps[cell]! ** 2 + (other - row) ** 2
        if (distance > least || (distance === least && heights[cell]! >= height)) continue
        least = distance
        height = heights[cell]!
      }
      nearest[row * columns + column] = height
    }
  }
  return nearest
}

/** 1 for each cell that has a point of class 6 in itself or in one of the eight around. */
const cellsBeside = ({ count, classification }: TableColumns, at: Int32Array, { columns, rows }: Cells): Uint8Array => {
  const own = new Uint8Array(columns * rows)
  for (let i = 0; i < count; i++) if (classification[i] === 6) own[at[i]!] = 1
  const beside = new Uint8Array(columns * rows)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (own[row * columns + column] === 0) continue
      for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++)
        beside.fill(1, r * columns + Math.max(0, column - 1), r * columns + Math.min(columns, column + 2))
    }
  }
  return beside
}

type IsInside = (x: number, y: number, cell: number) => boolean

/** Makes the test whether a place in a cell is inside an outline. */
const insideOutlines = ({ origin }: TableColumns, outlines: Features, cells: Cells): IsInside => {
  const outlinesMm: Float64Array[][] = []
  const near = new Map<number, number[]>()
  const corner = [Math.round(1000 * origin[0]), Math.round(1000 * origin[1])]
  for (let f = 0; f < outlines.ids.length; f++) {
    // Whole millimetres: the same places are inside from every tile.
    const rings = planRingsOf(outlines, f).map((ring) => ring.map((at, k) => Math.round(1000 * at) - corner[k % 2]!))
    const number = outlinesMm.push(rings) - 1
    const [minX, minY, maxX, maxY] = boxOfRings(rings)
    const [left, right] = [Math.max(0, cells.column(minX)), Math.min(cells.columns - 1, cells.column(maxX))]
    const [low, top] = [Math.max(0, cells.row(minY)), Math.min(cells.rows - 1, cells.row(maxY))]
    for (let row = low; row <= top; row++)
      for (let column = left; column <= right; column++) addToList(near, row * cells.columns + column, number)
  }
  return (x, y, cell) => near.get(cell)?.some((number) => isInsideHalfOpen(outlinesMm[number]!, x, y)) ?? false
}

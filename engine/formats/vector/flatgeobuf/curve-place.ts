/**
 * Orders features in layer files by a curve fixed in the CRS, so parts can be merged in any
 * grouping.
 * See docs/decisions/14-vector-layers.md.
 */
import { hilbertIndex } from "../../../grid/hilbert.js"

/**
 * The grid has 2²⁶ cells a side, each a quarter of a CRS unit. It covers coordinates from -4.2 to
 * 12.6 million; others count in the nearest cell.
 */
const curveLevel = 26
const curveOrigin = -(2 ** 22)
const cellsPerUnit = 4

/**
 * The place of a box's centre along a Hilbert curve fixed in the CRS. It depends on no other
 * feature, so layers sorted by it can be merged in any grouping. An exact integer below 2^52.
 */
export const curvePlace = (minX: number, minY: number, maxX: number, maxY: number): number =>
  hilbertIndex(curveLevel, curveCell((minX + maxX) / 2), curveCell((minY + maxY) / 2))

const curveCell = (at: number): number =>
  Math.min(2 ** curveLevel - 1, Math.max(0, Math.floor((at - curveOrigin) * cellsPerUnit)))

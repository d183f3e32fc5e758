/**
 * The order of features in files of layers, fixed in the CRS: parts can be merged in any grouping.
 */
import { hilbertIndex } from "../../../grid/hilbert.js"

/** Cells of a quarter of a metre (of a unit of the CRS), 2²⁶ a side: coordinates from -4.2 to 12.6 million, beyond which the nearest cell counts. */
const curveLevel = 26
const curveOrigin = -(2 ** 22)
const cellsPerUnit = 4

/**
 * Where a box stands along a Hilbert curve over the plane of the CRS, which knows nothing of the other features of a layer: layers that are sorted by it can be merged in any
 * grouping. By the box's centre; exact, below 2^52.
 */
export const curvePlace = (minX: number, minY: number, maxX: number, maxY: number): number =>
  hilbertIndex(curveLevel, curveCell((minX + maxX) / 2), curveCell((minY + maxY) / 2))

const curveCell = (at: number): number =>
  Math.min(2 ** curveLevel - 1, Math.max(0, Math.floor((at - curveOrigin) * cellsPerUnit)))

/** Resamples height rasters to one grid of cells, read from the overview that fits. */
import { Box2 } from "../core/geometry/box.js"
import { readRaster } from "../formats/raster/tiff/read-raster.js"
import type { Raster } from "../kernel.js"

/** A file of a product and the cell that it covers, CRS metres. */
export interface PlacedFile {
  readonly path: string
  readonly box: Box2
}

/** Heights on a grid of square cells; row 0 northernmost, NaN is void. */
export interface HeightGrid extends Omit<Raster, "cellSize" | "data"> {
  readonly cell: number
  readonly data: Float32Array
}

/**
 * Mean heights over the cells of side `cell` that meet `box`, from all files that meet it. `cell`
 * must be at least the files' own.
 *
 * Each file is read from its coarsest overview with cells no larger than `cell`, inside the box
 * only. Each of its cells counts by the area that it shares with a cell of the grid, which keeps
 * slopes even at any ratio. Memory: 8 bytes a cell, and one file's window.
 */
export const readHeightGrid = async (files: readonly PlacedFile[], box: Box2, cell: number): Promise<HeightGrid> => {
  const first = Math.floor(box[0] / cell)
  const top = Math.ceil(box[3] / cell)
  const width = Math.ceil(box[2] / cell) - first
  const height = top - Math.floor(box[1] / cell)
  const grid = { minX: first * cell, maxY: top * cell, cell, width, height, data: new Float32Array(width * height) }
  const weights = new Float32Array(width * height)
  const whole: Box2 = [grid.minX, grid.maxY - height * cell, grid.minX + width * cell, grid.maxY]
  for (const file of files) {
    if (!Box2.overlaps(file.box, whole)) continue
    const window = Box2.intersection(file.box, whole)
    addRaster(grid, weights, await readRaster(file.path, { window, cellSize: cell }), file.box)
  }
  for (let i = 0; i < weights.length; i++) grid.data[i] = weights[i] === 0 ? Number.NaN : grid.data[i]! / weights[i]!
  return grid
}

const addRaster = (grid: HeightGrid, weights: Float32Array, raster: Raster, box: Box2): void => {
  const { data, width: sums } = grid
  const { cellSize } = raster
  const columns = computeShares(
    raster.width,
    (i) => raster.minX + i * cellSize,
    cellSize,
    [box[0], box[2]],
    grid.minX,
    grid,
  )
  const rows = computeShares(
    raster.height,
    (i) => -raster.maxY + i * cellSize,
    cellSize,
    [-box[3], -box[1]],
    -grid.maxY,
    grid,
  )
  for (let r = 0; r < raster.height; r++) {
    for (let c = 0; c < raster.width; c++) {
      const value = raster.data[r * raster.width + c]!
      if (Number.isNaN(value)) continue
      for (let k = 0; k < 4; k++) {
        const column = columns.first[c]! + (k & 1)
        const row = rows.first[r]! + (k >> 1)
        const share = ((k & 1) === 0 ? columns.own[c]! : columns.next[c]!) * (k < 2 ? rows.own[r]! : rows.next[r]!)
        if (share <= 0 || column < 0 || row < 0 || column >= sums || row >= grid.height) continue
        const at = row * sums + column
        data[at] = data[at]! + share * value
        weights[at] = weights[at]! + share
      }
    }
  }
}

/**
 * For each column (or row) of a raster: the first cell of the grid that it meets, and its shares in
 * that cell and the next.
 */
const computeShares = (
  count: number,
  startOf: (index: number) => number,
  size: number,
  [least, most]: readonly [number, number],
  origin: number,
  { cell }: HeightGrid,
) => {
  const shares = { first: new Int32Array(count), own: new Float32Array(count), next: new Float32Array(count) }
  for (let i = 0; i < count; i++) {
    // Overviews of odd size extend beyond their file.
    const begin = Math.max(startOf(i), least)
    const end = Math.min(startOf(i) + size, most)
    const first = Math.floor((begin - origin) / cell + 1e-6)
    const border = origin + (first + 1) * cell
    shares.first[i] = first
    shares.own[i] = Math.max(0, Math.min(end, border) - begin) / cell
    shares.next[i] = Math.max(0, end - border) / cell
  }
  return shares
}

/**
 * Lowest and highest height of the files within `box`, from overviews with cells of at most `cell`
 * metres; undefined without any.
 */
export const heightRange = async (
  files: readonly PlacedFile[],
  box: Box2,
  cell: number,
): Promise<readonly [min: number, max: number] | undefined> => {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const file of files) {
    if (!Box2.overlaps(file.box, box)) continue
    const { data } = await readRaster(file.path, { window: Box2.intersection(file.box, box), cellSize: cell })
    for (const value of data) {
      if (value < min) min = value
      if (value > max) max = value
    }
  }
  return min <= max ? [min, max] : undefined
}

/** Heights around a tile, with the highest of windows of cells, as rays read them. */
import type { Raster, Tile } from "../../../engine/kernel.js"
import { type CellGrid, cellMillimetres, gridAround, growGrid } from "../../grid/cell-grid.js"

/** Height of a void cell, metres: lower than any ray. */
export const VOID = -1e6
/** Sides of the windows whose highest cells are known, for short and long runs of a ray, cells. */
export const WINDOWS = [8, 32] as const

/** Heights of the cells that rays from a core can meet, row 0 in the north. */
export interface SurfaceWindow {
  readonly columns: number
  readonly rows: number
  /** Cells of the margin on each side of the core. */
  readonly margin: number
  readonly core: CellGrid
  /** Metres. */
  readonly cellSize: number
  /** Metres; {@link VOID} where there is none. */
  readonly heights: Float32Array
  /** For each side of `WINDOWS`: the highest of the window with this cell in its north-west. */
  readonly highest: readonly Float32Array[]
  /** The highest of all. */
  readonly top: number
}

/** Cells of a square of this area, with one more cell on each side; without its outer `reach`. */
export const cellsOf = (areaM2: number, cell = 0.5, reach = 0): number =>
  Math.max(1, (Math.sqrt(areaM2) - 2 * reach) / cell + 3) ** 2

/** Peak bytes while the window of an extent is made: heights, maxima of windows, one more copy. */
export const windowBytes = (areaM2: number, cell?: number): number => cellsOf(areaM2, cell) * 4 * (2 + WINDOWS.length)

/**
 * Copies the heights within `reach` metres of the tile's core. Cells that the raster does not cover
 * are void.
 */
export const surfaceWindow = (tile: Tile, raster: Raster, reach: number): SurfaceWindow => {
  const cell = cellMillimetres(raster.cellSize)
  const core = gridAround(tile.core, cell)
  const margin = marginOf(reach, raster.cellSize)
  const { column, row, columns, rows } = growGrid(core, margin)
  const heights = new Float32Array(columns * rows).fill(VOID)
  const left = Math.round((raster.minX * 1000) / cell) - column
  const top = row + rows - Math.round((raster.maxY * 1000) / cell)
  const [from, to] = [Math.max(0, -left), Math.min(raster.width, columns - left)]
  for (let y = Math.max(0, -top); y < Math.min(raster.height, rows - top); y++) {
    for (let x = from; x < to; x++) {
      const height = raster.data[y * raster.width + x]
      if (!Number.isNaN(height)) heights[(y + top) * columns + x + left] = height
    }
  }
  return withHighest({ columns, rows, margin, core, cellSize: raster.cellSize, heights })
}

/** Completes a window by the highest cells of its parts. */
export const withHighest = (window: Omit<SurfaceWindow, "highest" | "top">): SurfaceWindow => {
  const { heights, columns, rows } = window
  const highest = highestOfWindows(heights, columns, rows)
  let top = VOID
  for (let i = 0; i < heights.length; i++) if (heights[i] > top) top = heights[i]
  return { ...window, highest, top }
}

/** Cells of the margin: those that a ray reaches, and the other side of the last crossing. */
export const marginOf = (reach: number, cellSize: number): number => Math.ceil(reach / cellSize) + 1

/** Doubles the windows from one cell up; windows end at the array. */
const highestOfWindows = (heights: Float32Array, columns: number, rows: number): Float32Array[] => {
  const found: Float32Array[] = []
  const running = heights.slice()
  for (let side = 1; side <= WINDOWS[WINDOWS.length - 1]; side *= 2) {
    if (WINDOWS.includes(side as (typeof WINDOWS)[number])) found.push(running.slice())
    doubleWindows(running, columns, rows, side)
  }
  return found
}

const doubleWindows = (running: Float32Array, columns: number, rows: number, side: number): void => {
  for (let row = 0; row < rows; row++) {
    const end = (row + 1) * columns - side
    for (let i = row * columns; i < end; i++) if (running[i + side] > running[i]) running[i] = running[i + side]
  }
  const step = side * columns
  for (let i = 0; i < running.length - step; i++) if (running[i + step] > running[i]) running[i] = running[i + step]
}

/** The window of a core that is `cells` narrower on each side. */
export const withNarrowerCore = (window: SurfaceWindow, cells: number): SurfaceWindow =>
  // −0 would make all numbers of grids floating-point ones, which doubles the time of windows.
  cells === 0 ? window : { ...window, core: growGrid(window.core, -cells), margin: window.margin + cells }

/** A raster of the core; void cells of the surface become void. Overwrites the values. */
export const rasterOfCore = (window: SurfaceWindow, values: Float32Array): Raster => {
  const { core, margin, columns, cellSize, heights } = window
  for (let row = 0, target = 0; row < core.rows; row++) {
    const from = (row + margin) * columns + margin
    for (let i = from; i < from + core.columns; i++, target++) if (heights[i] === VOID) values[target] = Number.NaN
  }
  const [minX, maxY] = [(core.column * core.cell) / 1000, ((core.row + core.rows) * core.cell) / 1000]
  return { width: core.columns, height: core.rows, minX, maxY, cellSize, data: values }
}

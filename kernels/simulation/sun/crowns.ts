/** The ground under crowns: takes crowns off a surface. */
import type { Raster } from "../../../engine/kernel.js"
import { type SurfaceWindow, VOID, withHighest } from "./surface-window.js"

/** Classes of vegetation: low, medium, high. */
const [LOWEST_VEGETATION, HIGHEST_VEGETATION] = [3, 5]
const BUILDING = 6

/** A surface without its crowns. */
export interface GroundUnderCrowns {
  /** What blocks light wholly: the surface, and the ground where a crown covers it. */
  readonly solid: SurfaceWindow
  /** As the heights of `solid`; void in buildings too, which have no ground. */
  readonly receivers: Float32Array
  /** For each cell of the core: 1 where a crown covers it. */
  readonly covered: Uint8Array
}

/**
 * Takes the crowns off a surface: cells of vegetation at least `least` metres above the ground.
 * O(cells)
 */
export const groundUnderCrowns = (
  surface: SurfaceWindow,
  { class: classes, dtm }: { readonly class: Raster; readonly dtm: Raster },
  least: number,
): GroundUnderCrowns => {
  const { columns, rows, margin, core } = surface
  const classAt = cellsOfRaster(surface, classes)
  const groundAt = cellsOfRaster(surface, dtm)
  const heights = surface.heights.slice()
  const receivers = surface.heights.slice()
  const covered = new Uint8Array(core.columns * core.rows)
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      if (heights[i] === VOID) continue
      const kind = valueAt(classes, classAt, column, row)
      if (kind === BUILDING) receivers[i] = VOID
      if (!(kind >= LOWEST_VEGETATION && kind <= HIGHEST_VEGETATION)) continue
      const ground = valueAt(dtm, groundAt, column, row)
      // Also where the ground is unknown: the crown has no solid part then, and the cell no value.
      if (heights[i] - ground < least) continue
      heights[i] = Number.isNaN(ground) ? VOID : ground
      receivers[i] = heights[i]
      const [x, y] = [column - margin, row - margin]
      if (x >= 0 && y >= 0 && x < core.columns && y < core.rows) covered[y * core.columns + x] = 1
    }
  }
  return { solid: withHighest({ ...surface, heights }), receivers, covered }
}

/** Columns and rows of a raster that contain the centres of those of a window; −1 outside. */
interface CellLookup {
  readonly columns: Int32Array
  readonly rows: Int32Array
}

const cellsOfRaster = ({ columns, rows, margin, core }: SurfaceWindow, raster: Raster): CellLookup => {
  const side = Math.round(raster.cellSize * 1000)
  const [minX, maxY] = [Math.round(raster.minX * 1000), Math.round(raster.maxY * 1000)]
  const north = core.row + core.rows + margin
  const within = (index: number, count: number): number => (index >= 0 && index < count ? index : -1)
  return {
    columns: Int32Array.from({ length: columns }, (_, column) =>
      within(Math.floor(((core.column - margin + column + 0.5) * core.cell - minX) / side), raster.width),
    ),
    rows: Int32Array.from({ length: rows }, (_, row) =>
      within(Math.floor((maxY - (north - row - 0.5) * core.cell) / side), raster.height),
    ),
  }
}

const valueAt = ({ data, width }: Raster, at: CellLookup, column: number, row: number): number => {
  const [x, y] = [at.columns[column], at.rows[row]]
  return x < 0 || y < 0 ? Number.NaN : data[y * width + x]
}

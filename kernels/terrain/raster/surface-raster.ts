/** Options, halo, memory, raster and metrics that `raster.dtm` and `raster.dsm` share. */
import type { Options, Points, Presence, RasterValues, Scratch, Tile, Values } from "../../../engine/kernel.js"
import { type CellGrid, cellMillimetres, gridAround, growGrid, joinGrids } from "../../grid/cell-grid.js"
import { dataEnd } from "../../handover/extent/data-extent.js"
import { requireColumn } from "../../handover/point-set.js"
import { preparedSurfaceCore, prepareSurfaceCore, type SurfaceArrays, type SurfaceCore } from "../wasm/raster.js"
import { fillLevels, fillVoids, fillWindow } from "./fill-voids.js"
import { countSurveyed } from "./survey-extent.js"
import { thinPoints } from "./thin-points.js"
import { nearReach, tinMargin, tinRaster, tinRasterBytes } from "./tin-raster.js"

/** Options shared by the surface rasters. */
export const surfaceOptions = {
  cell: {
    type: "number",
    flag: true,
    default: 0.5,
    unit: "m",
    min: 0.1,
    max: 50,
    help: "cell size, in whole millimetres; raster.dtm and raster.dsm need the same",
  },
  reach: {
    type: "number",
    default: 50,
    unit: "m",
    min: 1,
    max: 500,
    help: "largest diameter of a triangle's circumcircle; wider gaps between points are left to `fill`",
  },
  fill: {
    type: "number",
    default: 16,
    unit: "m",
    min: 0,
    max: 512,
    help: "coarsest cell size from which gaps are filled; 0 leaves gaps empty",
  },
} as const satisfies Options

/** Values of {@link surfaceOptions}. */
export type SurfaceValues = Values<typeof surfaceOptions>

/**
 * Metres around the output within which points decide on its values. Filling reads cells up to
 * twice the coarsest away, in small triangles ({@link nearReach}). A triangle at an outermost
 * cell's centre needs the points of its circle. Three more cells allow for rounding (of the core,
 * the circle and the sample).
 */
export const surfaceHalo = ({ cell, reach, fill }: SurfaceValues): number =>
  Math.max(2 * fill + nearReach(reach), reach) + 3 * cell

/**
 * Upper estimate of bytes for {@link surfaceRaster}; `counts` are those of the extent, `halo`
 * metres wider than the output.
 */
export const surfaceMemory = (counts: { areaM2: number }, options: SurfaceValues, halo: number): number => {
  const { cell, reach, fill } = options
  const side = (Math.sqrt(counts.areaM2) - 2 * halo) / cell
  // The output may touch one cell more than its length. The filled window adds to each side whole
  // cells of the coarsest level: less than two.
  const [least, most] = [Math.max(0, Math.floor(side)), Math.max(1, Math.ceil(side) + 1)]
  const window = most + 4 * (2 ** fillLevels(fill * 1000, cell * 1000) - 1)
  const margins = [window + 2 * tinMargin(nearReach(reach), cell), most + 2 * tinMargin(reach, cell)]
  const samples = Math.max(...margins) ** 2
  const tin = tinRasterBytes(least, window, reach * 1000, cell * 1000)
  // Samples, heights, their source and class; then the triangulation, or the filling and the
  // triangulation's uncollected rest.
  const plain = 4 * samples + 6 * window ** 2 + Math.max(tin.peak, window ** 2 * 15 + tin.left)
  // In WebAssembly: 17 bytes a sample, 6 a cell of the window.
  return Math.max(plain, 17 * samples + 6 * window ** 2)
}

/**
 * What the kernels of surface rasters declare alike.
 *
 * @param least metres around the output within which a kernel asks where points are
 */
export const surfaceKernel = (least: number) => {
  const halo = (options: SurfaceValues): number => Math.max(surfaceHalo(options), least)
  return {
    options: surfaceOptions,
    halo,
    memory: (counts: { areaM2: number }, options: SurfaceValues): number =>
      surfaceMemory(counts, options, halo(options)),
    prepare: async () => void (await prepareSurfaceCore()),
  }
}

/**
 * Heights on a window of the CRS grid, from the south row. `source`: 0 void, 1 from points, 2
 * filled.
 */
export interface Surface {
  readonly values: Float32Array
  readonly source: Uint8Array
  readonly classes?: Uint8Array
  /** The window of `values`, and the part of it that is finished, which the kernel returns. */
  readonly grid: CellGrid
  readonly core: CellGrid
  /** Number of the tile's own cells by source. */
  readonly counts: readonly [void: number, interpolated: number, filled: number]
}

/** The input of a surface. */
interface SurfaceTask {
  readonly points: Points
  /** The window that filling reads, the output in it, and the window of all samples. */
  readonly grid: CellGrid
  readonly core: CellGrid
  readonly sampleGrid: CellGrid
  readonly top: boolean
  readonly reach: number
  readonly near: number
  readonly levels: number
  readonly block?: number | undefined
}

/**
 * The raster of a surface, its voids filled from a pyramid. With kind `ground` it is the TIN of the
 * point nearest to the centre of each cell, at all cell centres. With `top` it is the highest point
 * of each cell, in empty cells the TIN of those, with classes. Means are of cells that have such a
 * point or lie in a triangle with a circle of at most {@link nearReach}. Nothing is filled beyond
 * the end of the data, where the result would depend on the tiles. Each value depends only on the
 * points within {@link surfaceHalo} of its cell.
 *
 * Runs in WebAssembly if it was prepared and the numbers are small enough, else in
 * {@link surfacePlainly}, with the same result. The arrays are valid until the next call.
 */
export const surfaceRaster = (
  tile: Tile,
  points: Points,
  options: SurfaceValues,
  kind: "ground" | "top",
  scratch: Scratch,
  { block, wasm = preparedSurfaceCore() }: { readonly block?: number; readonly wasm?: SurfaceCore | null } = {},
): Surface => {
  const cell = cellMillimetres(options.cell)
  const reach = options.reach * 1000
  const levels = fillLevels(options.fill * 1000, cell)
  const core = gridAround(tile.core, cell)
  const grid = fillWindow(core, levels)
  const near = nearReach(options.reach) * 1000
  const sampleGrid = joinGrids(growGrid(grid, tinMargin(near, cell)), growGrid(core, tinMargin(reach, cell)))
  const task: SurfaceTask = { points, grid, core, sampleGrid, top: kind === "top", reach, near, levels, block }
  const made: SurfaceArrays = wasm?.make(task) ?? surfacePlainly(task, scratch)
  voidBeyond(made.values, made.source, grid, dataEnd(tile).beyond)
  const { values, source, classes } = made
  const own = gridAround(tile.cell, cell)
  const [column, row] = [own.column - grid.column, own.row - grid.row]
  const count = (which: number): number =>
    (made.countSource ?? countSource(source, grid))(which, column, row, column + own.columns, row + own.rows)
  return { values, source, ...(classes ? { classes } : {}), grid, core, counts: [count(0), count(1), count(2)] }
}

/** Heights and their source on a window, from the south row. */
type SurfaceWindow = Pick<Surface, "values" | "source" | "grid">

/** The tile's own cells of a surface. */
export const ownWindow = (tile: Tile, { values, source, grid }: SurfaceWindow): SurfaceWindow => {
  const own = gridAround(tile.cell, grid.cell)
  const size = own.columns * own.rows
  const rest = { grid: own, values: new Float32Array(size), source: new Uint8Array(size) }
  for (let row = 0; row < own.rows; row++) {
    const from = (row + own.row - grid.row) * grid.columns + own.column - grid.column
    rest.values.set(values.subarray(from, from + own.columns), row * own.columns)
    rest.source.set(source.subarray(from, from + own.columns), row * own.columns)
  }
  return rest
}

/** The reference implementation of `countSource` in WebAssembly. */
const countSource =
  (source: Uint8Array, grid: CellGrid): NonNullable<SurfaceArrays["countSource"]> =>
  (wanted, fromColumn, fromRow, toColumn, toRow) => {
    let count = 0
    for (let row = fromRow; row < toRow; row++) {
      for (let i = row * grid.columns + fromColumn; i < row * grid.columns + toColumn; i++)
        if (source[i] === wanted) count++
    }
    return count
  }

/** The reference implementation of the WebAssembly core. */
const surfacePlainly = (task: SurfaceTask, scratch: Scratch): Pick<Surface, "values" | "source" | "classes"> => {
  const { points, grid, core, sampleGrid, top, reach, near, levels, block } = task
  const index = scratch.int32(sampleGrid.columns * sampleGrid.rows)
  thinPoints(points, sampleGrid, top ? "highest" : "nearest", index)
  const values = scratch.float32(grid.columns * grid.rows).fill(Number.NaN)
  const classes = top ? scratch.uint8(values.length) : undefined
  if (classes) writeSamples(points, index, sampleGrid, grid, values, classes)
  const blocks = block === undefined ? {} : { block }
  const tin = { points, grid, sampleGrid, index, values, ...(classes ? { classes } : {}), ...blocks }
  tinRaster({ ...tin, window: grid, reach: near })
  // What the means are made of: it must not depend on where the output ends.
  const filled = scratch.float32(values.length)
  filled.set(values)
  tinRaster({ ...tin, window: core, reach })
  fillVoids(filled, grid, levels)
  const source = scratch.uint8(values.length)
  for (let i = 0; i < values.length; i++) {
    source[i] = Number.isNaN(values[i]) ? 0 : 1
    if (source[i] !== 0 || !isIn(core, grid, i)) continue
    values[i] = filled[i]
    if (!Number.isNaN(values[i])) source[i] = 2
  }
  return { values, source, ...(classes ? { classes } : {}) }
}

const isIn = (core: CellGrid, grid: CellGrid, i: number): boolean => {
  const column = (i % grid.columns) + grid.column - core.column
  const row = Math.floor(i / grid.columns) + grid.row - core.row
  return column >= 0 && column < core.columns && row >= 0 && row < core.rows
}

/** Removes filled values of cells whose centre lies inside one of the boxes, CRS millimetres. */
const voidBeyond = (
  values: Float32Array,
  source: Uint8Array,
  grid: CellGrid,
  boxes: readonly (readonly number[])[],
): void => {
  // The first cell whose centre is past a line, and the first whose centre is not before it.
  const past = (line: number, first: number): number => Math.floor(line / grid.cell - 0.5) + 1 - first
  const upTo = (line: number, first: number): number => Math.ceil(line / grid.cell - 0.5) - first
  for (const [west, south, east, north] of boxes) {
    const left = Math.max(0, past(west, grid.column))
    const right = Math.min(grid.columns, upTo(east, grid.column))
    const top = Math.min(grid.rows, upTo(north, grid.row))
    for (let row = Math.max(0, past(south, grid.row)); row < top; row++) {
      for (let at = row * grid.columns + left; at < row * grid.columns + right; at++) {
        if (source[at] !== 1) {
          values[at] = Number.NaN
          source[at] = 0
        }
      }
    }
  }
}

const writeSamples = (
  points: Points,
  index: Int32Array,
  sampleGrid: CellGrid,
  grid: CellGrid,
  values: Float32Array,
  classes: Uint8Array,
): void => {
  const offset = Math.round(points.origin[2] * 1000)
  const codes = requireColumn(points, "classification")
  for (let row = 0; row < grid.rows; row++) {
    const from = (row + grid.row - sampleGrid.row) * sampleGrid.columns + grid.column - sampleGrid.column
    for (let column = 0; column < grid.columns; column++) {
      const i = index[from + column]
      if (i < 0) continue
      values[row * grid.columns + column] = (points.z[i] + offset) / 1000
      classes[row * grid.columns + column] = codes[i]
    }
  }
}

/**
 * Metrics for the passport, per cent. Of the tile's own cells: those from points, those filled, and
 * those inside the extent of the survey. Of the latter: those without a height. See
 * {@link countSurveyed}.
 */
export const surfaceMetrics = (
  tile: Tile,
  { source, grid, counts }: Surface,
  presence: Presence,
  scratch: Scratch,
): Record<string, number> => {
  const own = gridAround(tile.cell, grid.cell)
  const cells = own.columns * own.rows
  const percent = (count: number, of: number): number => (of === 0 ? 0 : Math.round((1e4 * count) / of) / 100)
  const { inside, empty } = countSurveyed(tile, presence, { source, grid }, own, counts[0] > 0, scratch)
  return {
    voidPercent: percent(empty, inside),
    interpolatedPercent: percent(counts[1], cells),
    filledPercent: percent(counts[2], cells),
    surveyedPercent: percent(inside, cells),
  }
}

/** How a cell of the terrain got its height: the values of `dtm-source`. */
export const sourceValues: RasterValues = { 1: ["interpolated", [161, 217, 155]], 2: ["filled", [253, 174, 107]] }

/** Bounds on {@link surfaceMetrics}. */
export const surfaceThresholds = (surface: "terrain" | "surface") =>
  ({
    voidPercent: {
      meaning: `${surface} cells without a height inside the surveyed area`,
      unit: "%",
      warn: 2,
      fail: 25,
    },
    filledPercent: { meaning: `${surface} cells filled from coarser cells`, unit: "%", warn: 20, fail: 60 },
  }) as const

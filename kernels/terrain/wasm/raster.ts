/**
 * The surface rasters in WebAssembly (`assembly/raster/`): the point of each cell, their TIN, and
 * the filling of voids. Bits are the same as in `surface-raster.ts`. {@link prepareSurfaceCore}
 * compiles it once a worker.
 *
 * Its memory takes 17 bytes a cell of samples, 6 a cell of the output, and 66 a vertex of the
 * current block. The kernels declare the larger of this and what the plain implementation takes.
 * No instance of more than 16 MB outlives a raster.
 */

import { type ChunkExports, chunkColumns, copyInChunks, loadWasm, type WasmGlobal } from "../../../engine/core/wasm.js"
import type { ChunkedPoints } from "../../../engine/kernel.js"

/**
 * Exports of `assembly/raster/index.ts`. Addresses and counts are u32. Results are 1, or 0 if
 * memory is insufficient.
 */
interface Exports extends ChunkExports {
  readonly bits: WasmGlobal
  readonly classes: WasmGlobal
  readonly source: WasmGlobal
  readonly values: WasmGlobal
  readonly vertexCount: WasmGlobal
  placeGrids(cell: number, ...grids: [...Size, ...Size, left: number, bottom: number, withClasses: number]): number
  startTaking(): void
  take(count: number, shiftX: number, shiftY: number, highest: number): void
  writeSamples(offset: number): void
  hasVoid(...block: Range): number
  prepare(west: number, south: number, ...window: [...Size, half: number, distance: number]): number
  triangulate(far: number): number
  draw(...block: [...Range, widest: number, offset: number, near: number]): void
  fill(levels: number, ...block: Range): number
  countSource(source: number, ...window: Range): number
}

type Size = [columns: number, rows: number]
type Range = [fromColumn: number, fromRow: number, toColumn: number, toRow: number]

/** A window of cells, `cell` mm wide, of a grid fixed in the CRS. */
interface Grid {
  readonly cell: number
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
}

/** Columns of points, millimetres from the origin, which is in metres. */
type Columns = Pick<ChunkedPoints, "count" | "x" | "y" | "z" | "classification" | "origin" | "chunks">

/** A raster to make. */
export interface SurfacePlan {
  readonly points: Columns
  /**
   * The window whose cells fill voids, the output in it, and that of the samples. It covers `grid`
   * with what `near` needs on all sides, and `core` with what `reach` needs.
   */
  readonly grid: Grid
  readonly core: Grid
  readonly sampleGrid: Grid
  /**
   * True: the highest point of each cell, with classes, and a TIN in empty cells. False: the TIN of
   * the points nearest to the cells' centres.
   */
  readonly top: boolean
  /** Largest circumcircle diameter, mm, and that of the triangles whose cells fill voids. */
  readonly reach: number
  readonly near: number
  /** Levels of the pyramid that fills voids. */
  readonly levels: number
  /** Largest side, in cells, of blocks; no effect on the result. */
  readonly block?: number | undefined
}

/**
 * Heights, metres, from the south row; `source`: 0 void, 1 from points, 2 filled. Valid until the
 * next raster.
 */
export interface SurfaceArrays {
  readonly values: Float32Array
  readonly source: Uint8Array
  readonly classes?: Uint8Array
  /** Counts the cells that currently have a source in a half-open window of the grid. */
  readonly countSource?: (source: number, ...window: Range) => number
}

/** Makes one surface raster after another ({@link prepareSurfaceCore}). */
export interface SurfaceCore {
  /** Undefined if numbers are too large. @throws RangeError if memory is insufficient */
  make(plan: SurfacePlan): SurfaceArrays | undefined
}

/** An instance with more memory is not reused: no later kernel counts it. */
const CACHED_BYTES = 16 * 2 ** 20
/** Coordinates and their offsets below this do not overflow. */
const LIMIT = 2 ** 30
/** Orientations are exact in doubles for differences in plan below this. */
const PLAN_LIMIT = 2 ** 26
/** Cells with sides, mm, below this have keys of distances below 2^31. */
const SIDE_LIMIT = 2 ** 16
/** Cells of samples: less than 2 GB with everything else. */
const CELL_LIMIT = 5e7
/** Sides of blocks, in cells, for triangles up to {@link NEAR} across, and for all. */
const NEAR_BLOCK = 576
const FAR_BLOCK = 1088
/**
 * Samples in fewer than one in so many cells almost all lie beside empty squares of 9 × 9: one pass
 * processes all.
 */
const SCATTERED = 8
/** Largest diameter, in cells, of triangles in the first pass. */
const NEAR = 20

let prepared: SurfaceCore | null = null

/**
 * Compiles the rasters' loops for this thread. Without it the reference implementation runs, with
 * the same result to the bit.
 *
 * @throws EngineError `E_INTERNAL` if the module is missing
 */
export const prepareSurfaceCore = async (): Promise<SurfaceCore> => {
  prepared ??= createSurfaceCore(await loadWasm<Exports>("raster"))
  return prepared
}

/** The core that {@link prepareSurfaceCore} made, or null. */
export const preparedSurfaceCore = (): SurfaceCore | null => prepared

const createSurfaceCore = (instantiate: () => Exports): SurfaceCore => {
  let cached: Exports | undefined
  return {
    make: (plan) => {
      if (!isSmall(plan)) return undefined
      const wasm = cached ?? instantiate()
      // Only reused after success, and if it is not too large.
      cached = undefined
      allocate(wasm, plan)
      const fits = takePoints(wasm, plan)
      if (fits) makeRaster(wasm, plan)
      if (wasm.memory.buffer.byteLength <= CACHED_BYTES) cached = wasm
      if (!fits) return undefined
      const { buffer } = wasm.memory
      const size = plan.grid.columns * plan.grid.rows
      return {
        values: new Float32Array(buffer, wasm.values.value, size),
        source: new Uint8Array(buffer, wasm.source.value, size),
        ...(plan.top ? { classes: new Uint8Array(buffer, wasm.classes.value, size) } : {}),
        countSource: wasm.countSource,
      }
    },
  }
}

/** Offset that makes a point's coordinates relative to the corner of the sample grid. */
const shiftsOf = ({ points, sampleGrid }: SurfacePlan): [x: number, y: number] => [
  Math.round(points.origin[0] * 1000) - sampleGrid.column * sampleGrid.cell,
  Math.round(points.origin[1] * 1000) - sampleGrid.row * sampleGrid.cell,
]

const isSmall = (plan: SurfacePlan): boolean => {
  const { columns, rows, cell } = plan.sampleGrid
  return (
    columns * rows < CELL_LIMIT &&
    cell < SIDE_LIMIT &&
    Math.max(columns, rows) * cell + 4 * Math.ceil(plan.reach) < PLAN_LIMIT &&
    shiftsOf(plan).every((shift) => Math.abs(shift) < LIMIT)
  )
}

const allocate = (wasm: Exports, plan: SurfacePlan): void => {
  const { grid, sampleGrid, top } = plan
  const sizes: [...Size, ...Size] = [sampleGrid.columns, sampleGrid.rows, grid.columns, grid.rows]
  const at = [grid.column - sampleGrid.column, grid.row - sampleGrid.row] as const
  check(wasm.placeGrids(grid.cell, ...sizes, ...at, top ? 1 : 0), plan)
}

/** @throws Error if an answer reports one */
const check = (answer: number, { grid }: SurfacePlan): void => {
  if (answer === 0)
    throw new RangeError(`no memory for a surface of ${grid.columns} × ${grid.rows} cells. Use a smaller --tile-size.`)
  if (answer < 0) throw new Error("surface raster: flips without end")
}

/** Copies all points through the chunk; false if a coordinate is too large. */
const takePoints = (wasm: Exports, plan: SurfacePlan): boolean => {
  const { points, top } = plan
  const [shiftX, shiftY] = shiftsOf(plan)
  const { classification, ...places } = chunkColumns(wasm)
  const chunk = top ? { ...places, classification } : places
  wasm.startTaking()
  const take = (count: number): void => wasm.take(count, shiftX, shiftY, top ? 1 : 0)
  copyInChunks(chunk, points, take)
  return wasm.bits.value < LIMIT
}

/** Which triangles to draw, where, and from which samples. */
interface Pass {
  readonly window: Grid
  /** Largest circumcircle diameter, mm. */
  readonly widest: number
  /**
   * Samples within `distance` cells of the middle of an empty square of `2 half + 1` cells take
   * part; if 0, all do.
   */
  readonly half: number
  readonly distance: number
}

/** Draws the TIN of the core, then fills it. That takes the triangles around the core too. */
const makeRaster = (wasm: Exports, plan: SurfacePlan): void => {
  const { reach, near, top, grid, core, levels } = plan
  if (top) wasm.writeSamples(offsetOf(plan))
  drawTin(wasm, plan, core, reach)
  const own = rangeOf(plan, core)
  const isFilled = levels > 0 && wasm.hasVoid(...own) === 1
  if (isFilled) for (const window of stripsAround(core, grid)) drawTin(wasm, plan, window, near)
  check(wasm.fill(isFilled ? levels : 0, ...own), plan)
}

/**
 * Draws the triangles of a window. Those up to {@link NEAR} cells across come first: their blocks
 * need only narrow margins. Cells that are still void lie in holes, and their triangles in circles
 * without samples of more than 20 cells across.
 *
 * Inside such a circle, a vertex touches an empty disc with a radius of 7.2 cells. It contains a
 * square of 9 × 9 whole cells (√2 · 5 = 7.07), whose middle is within 7.2 + 0.71 of the vertex.
 * That is within 8 columns and rows of its cell: the other samples need not take part.
 *
 * The void cells of tops have no sample. There the same reasoning gives 3 columns and rows for all
 * triangles.
 */
const drawTin = (wasm: Exports, plan: SurfacePlan, window: Grid, widest: number): void => {
  const { top, grid, sampleGrid } = plan
  const { columns, rows } = sampleGrid
  check(wasm.prepare(0, 0, columns, rows, 0, 0), plan)
  const isScattered = wasm.vertexCount.value * SCATTERED < columns * rows
  const first = isScattered ? widest : Math.min(widest, NEAR * grid.cell)
  drawPass(wasm, plan, { window, widest: first, half: 0, distance: top ? 3 : 0 })
  if (widest > first) drawPass(wasm, plan, { window, widest, half: 4, distance: 8 })
}

/** The four strips of `grid` around `core`, from south to north. */
const stripsAround = (core: Grid, grid: Grid): readonly Grid[] => {
  const [east, north] = [core.column + core.columns, core.row + core.rows]
  const beside = { ...core, columns: core.column - grid.column, column: grid.column }
  const strips = [
    { ...grid, rows: core.row - grid.row },
    beside,
    { ...core, column: east, columns: grid.column + grid.columns - east },
    { ...grid, row: north, rows: grid.row + grid.rows - north },
  ]
  return strips.filter(({ columns, rows }) => columns > 0 && rows > 0)
}

const offsetOf = ({ points }: SurfacePlan): number => Math.round(points.origin[2] * 1000)

/** A window in cells of the sample grid. */
const rangeOf = ({ sampleGrid }: SurfacePlan, { column, row, columns, rows }: Grid): Range => {
  const [left, bottom] = [column - sampleGrid.column, row - sampleGrid.row]
  return [left, bottom, left + columns, bottom + rows]
}

const drawPass = (wasm: Exports, plan: SurfacePlan, pass: Pass): void => {
  const block = plan.block ?? (pass.widest > NEAR * plan.grid.cell ? FAR_BLOCK : NEAR_BLOCK)
  const { columns, rows } = pass.window
  const [left, bottom, right, top] = rangeOf(plan, pass.window)
  // Equal blocks: a narrow last one would need the same margins.
  const width = Math.ceil(columns / Math.ceil(columns / block))
  const height = Math.ceil(rows / Math.ceil(rows / block))
  for (let row = bottom; row < top; row += height) {
    for (let column = left; column < right; column += width)
      drawBlock(wasm, plan, pass, [column, row, Math.min(right, column + width), Math.min(top, row + height)])
  }
}

const drawBlock = (wasm: Exports, plan: SurfacePlan, { widest, half, distance }: Pass, block: Range): void => {
  if (wasm.hasVoid(...block) === 0) return
  const margin = Math.ceil(widest / plan.grid.cell) + 1
  const [west, south] = [block[0] - margin, block[1] - margin]
  const [across, up] = [block[2] + margin - west, block[3] + margin - south]
  check(wasm.prepare(west, south, across, up, half, distance), plan)
  check(wasm.triangulate(2 * Math.ceil(widest)), plan)
  wasm.draw(...block, widest, offsetOf(plan), plan.near)
}

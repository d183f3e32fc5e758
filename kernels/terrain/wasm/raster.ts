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
  draw(...block: [...Range, widest: number, offset: number]): void
  fill(levels: number): number
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
   * The window of the output, and that of the samples, which is larger on all sides by what `reach`
   * needs.
   */
  readonly grid: Grid
  readonly sampleGrid: Grid
  /**
   * True: the highest point of each cell, with classes, and a TIN in empty cells. False: the TIN of
   * the points nearest to the cells' centres.
   */
  readonly top: boolean
  /** Largest circumcircle diameter, mm. */
  readonly reach: number
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

/** Which triangles to draw, and from which samples. */
interface Pass {
  /** Largest circumcircle diameter, mm. */
  readonly widest: number
  readonly block: number
  /**
   * Samples within `distance` cells of the middle of an empty square of `2 half + 1` cells take
   * part; if 0, all do.
   */
  readonly half: number
  readonly distance: number
}

/**
 * Draws the TIN, then fills. Triangles up to {@link NEAR} cells across come first: their blocks
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
const makeRaster = (wasm: Exports, plan: SurfacePlan): void => {
  const { reach, top, block, grid, sampleGrid } = plan
  const { columns, rows } = sampleGrid
  if (top) wasm.writeSamples(offsetOf(plan))
  check(wasm.prepare(0, 0, columns, rows, 0, 0), plan)
  const near = wasm.vertexCount.value * SCATTERED < columns * rows ? reach : Math.min(reach, NEAR * grid.cell)
  const blockOf = (widest: number): number => block ?? (widest > NEAR * grid.cell ? FAR_BLOCK : NEAR_BLOCK)
  drawPass(wasm, plan, { widest: near, half: 0, distance: top ? 3 : 0, block: blockOf(near) })
  if (reach > near) drawPass(wasm, plan, { widest: reach, half: 4, distance: 8, block: blockOf(reach) })
  check(wasm.fill(plan.levels), plan)
}

const offsetOf = ({ points }: SurfacePlan): number => Math.round(points.origin[2] * 1000)

const drawPass = (wasm: Exports, plan: SurfacePlan, pass: Pass): void => {
  const { grid, sampleGrid } = plan
  // Equal blocks: a narrow last one would need the same margins.
  const width = Math.ceil(grid.columns / Math.ceil(grid.columns / pass.block))
  const height = Math.ceil(grid.rows / Math.ceil(grid.rows / pass.block))
  const [left, bottom] = [grid.column - sampleGrid.column, grid.row - sampleGrid.row]
  for (let row = 0; row < grid.rows; row += height) {
    for (let column = 0; column < grid.columns; column += width) {
      const [right, top] = [Math.min(grid.columns, column + width), Math.min(grid.rows, row + height)]
      drawBlock(wasm, plan, pass, [left + column, bottom + row, left + right, bottom + top])
    }
  }
}

const drawBlock = (wasm: Exports, plan: SurfacePlan, { widest, half, distance }: Pass, block: Range): void => {
  if (wasm.hasVoid(...block) === 0) return
  const margin = Math.ceil(widest / plan.grid.cell) + 1
  const [west, south] = [block[0] - margin, block[1] - margin]
  const [across, up] = [block[2] + margin - west, block[3] + margin - south]
  check(wasm.prepare(west, south, across, up, half, distance), plan)
  check(wasm.triangulate(2 * Math.ceil(widest)), plan)
  wasm.draw(...block, widest, offsetOf(plan))
}

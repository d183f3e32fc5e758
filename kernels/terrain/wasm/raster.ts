/**
 * The surface rasters in WebAssembly (`assembly/raster/`): the point of each cell, the TIN of those, and the filling of
 * voids, to the bit as `surface-raster.ts` does it. {@link prepareSurfaceCore} compiles it once a worker.
 *
 * Its memory takes 17 bytes a cell of samples, 6 a cell of the output, and 66 a vertex of the block in hand: less than
 * the reference takes, which is what the kernels declare. No instance of more than 16 MB outlives a raster.
 */
import { loadWasm, type WasmGlobal } from "../../../engine/core/wasm.js"

/** What `assembly/raster/index.ts` exports. Addresses and counts are u32; answers are 1, or 0 where the memory does not reach. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly bits: WasmGlobal
  readonly classes: WasmGlobal
  readonly source: WasmGlobal
  readonly values: WasmGlobal
  readonly vertexCount: WasmGlobal
  readonly work: WasmGlobal
  layOut(cell: number, ...grids: [...Size, ...Size, left: number, bottom: number, withClasses: number]): number
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

/** A window of cells, `cell` mm wide, of a grid that is fixed in the CRS. */
interface Grid {
  readonly cell: number
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
}

/** Columns of points, millimetres from the origin, metres. */
interface Columns {
  readonly count: number
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly classification?: Uint8Array | undefined
  readonly origin: readonly [number, number, number]
}

/** A raster that is asked for. */
export interface SurfacePlan {
  readonly points: Columns
  /** The window of the output, and that of the samples: the same, grown by what `reach` needs on all sides. */
  readonly grid: Grid
  readonly sampleGrid: Grid
  /** True: the highest point of each cell, with classes, and a TIN in the others; false: the TIN of the points nearest to the cells' centres. */
  readonly top: boolean
  /** Largest circumcircle, across, mm. */
  readonly reach: number
  /** Levels of the pyramid that voids are filled from. */
  readonly levels: number
  /** Largest side, in cells, of blocks; no effect on the result. */
  readonly block?: number | undefined
}

/** Heights, metres, from the south row; `source`: 0 void, 1 from points, 2 filled. Good until the next raster is made. */
export interface SurfaceArrays {
  readonly values: Float32Array
  readonly source: Uint8Array
  readonly classes?: Uint8Array
  /** Cells of a source, as it is told now, in a window of the grid: its first column and row, and those behind its last. */
  readonly countSource?: (source: number, ...window: Range) => number
}

/** Makes surface rasters, one after the other, see {@link prepareSurfaceCore}. */
export interface SurfaceCore {
  /** Undefined where numbers are too large for it. @throws RangeError when there is no memory */
  make(plan: SurfacePlan): SurfaceArrays | undefined
}

/** An instance of more memory is not kept: no kernel after it counts it. */
const KEPT_BYTES = 16 * 2 ** 20
/** Points copied at a time: they stay in the processor's cache. */
const CHUNK = 8192
/** Coordinates, and what is added to them, below this do not overflow. */
const LIMIT = 2 ** 30
/** Differences in plan below this give orientations that are exact in doubles. */
const PLAN_LIMIT = 2 ** 26
/** Sides of cells, mm, below this have keys of distances below 2^31. */
const SIDE_LIMIT = 2 ** 16
/** Cells of samples: less than 2 GB with all that comes with them. */
const CELL_LIMIT = 5e7
/** Sides of blocks, in cells, of triangles up to {@link NEAR} across, and of all. */
const NEAR_BLOCK = 576
const FAR_BLOCK = 1088
/** Of samples in fewer than one in so many cells nearly all lie beside empty squares of 9 × 9: they are worked at once. */
const SCATTERED = 8
/** Cells across which the first triangles are at most. */
const NEAR = 20

let prepared: SurfaceCore | null = null

/**
 * Compiles the rasters' loops for this thread; without it their twins in TypeScript run, with the same result to the bit.
 *
 * @throws EngineError `E_INTERNAL` when the module is not there
 */
export const prepareSurfaceCore = async (): Promise<SurfaceCore> => {
  prepared ??= createSurfaceCore(await loadWasm<Exports>("raster"))
  return prepared
}

/** What {@link prepareSurfaceCore} made; null before. */
export const preparedSurfaceCore = (): SurfaceCore | null => prepared

const createSurfaceCore = (instantiate: () => Exports): SurfaceCore => {
  let kept: Exports | undefined
  return {
    make: (plan) => {
      if (!isSmall(plan)) return undefined
      const wasm = kept ?? instantiate()
      // Whatever happens below, a broken or a large one is not used again.
      kept = undefined
      layOut(wasm, plan)
      const fits = takePoints(wasm, plan)
      if (fits) makeRaster(wasm, plan)
      if (wasm.memory.buffer.byteLength <= KEPT_BYTES) kept = wasm
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

/** Added to a point's coordinate: from the corner of the sample grid to its origin. */
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

const layOut = (wasm: Exports, plan: SurfacePlan): void => {
  const { grid, sampleGrid, top } = plan
  const sizes: [...Size, ...Size] = [sampleGrid.columns, sampleGrid.rows, grid.columns, grid.rows]
  const at = [grid.column - sampleGrid.column, grid.row - sampleGrid.row] as const
  check(wasm.layOut(grid.cell, ...sizes, ...at, top ? 1 : 0), plan)
}

/** @throws Error for a wrong answer */
const check = (answer: number, { grid }: SurfacePlan): void => {
  if (answer === 0)
    throw new RangeError(`no memory for a surface of ${grid.columns} × ${grid.rows} cells; make the tiles smaller`)
  if (answer < 0) throw new Error("surface raster: flips without end")
}

/** Copies all points through the chunk; false where a coordinate is too large. */
const takePoints = (wasm: Exports, plan: SurfacePlan): boolean => {
  const { x, y, z, count, classification } = plan.points
  const [shiftX, shiftY] = shiftsOf(plan)
  const { buffer } = wasm.memory
  const at = wasm.work.value
  const toX = new Int32Array(buffer, at, CHUNK)
  const toY = new Int32Array(buffer, at + 4 * CHUNK, CHUNK)
  const toZ = new Int32Array(buffer, at + 8 * CHUNK, CHUNK)
  const toClass = new Uint8Array(buffer, at + 12 * CHUNK, CHUNK)
  wasm.startTaking()
  for (let from = 0; from < count; from += CHUNK) {
    const end = Math.min(count, from + CHUNK)
    toX.set(x.subarray(from, end))
    toY.set(y.subarray(from, end))
    toZ.set(z.subarray(from, end))
    if (plan.top) toClass.set(classification!.subarray(from, end))
    wasm.take(end - from, shiftX, shiftY, plan.top ? 1 : 0)
  }
  return wasm.bits.value < LIMIT
}

/** Which triangles are drawn, and of which samples. */
interface Pass {
  /** Largest circumcircle, across, mm. */
  readonly widest: number
  readonly block: number
  /** Samples within `distance` cells of the middle of an empty square of `2 half + 1` cells take part; all of them where it is 0. */
  readonly half: number
  readonly distance: number
}

/**
 * The TIN, then the filling. Triangles up to {@link NEAR} cells across come first: blocks then need narrow margins only. Cells that are void after that lie in holes, and their triangles in circles without samples of more than 20 cells
 * across. A vertex touches, inside such a circle, an empty disc with a radius of 7.2 cells; that holds a square of 9 × 9 whole cells (√2 · 5 = 7.07), whose middle lies within 7.2 + 0.71 of the vertex, so within
 * 8 columns and rows of its cell: the other samples need not take part. For tops, whose void cells have no sample, the same reasoning gives 3 columns and rows in all triangles, see `kernels/terrain/raster/tin-raster.ts`.
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
  // Equal blocks: a narrow last one would pay for its margins all the same.
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

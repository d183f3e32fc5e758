/**
 * `maille/kernels`: runs any kernel on plain arrays, without files. Kernels of your own are made
 * with {@link defineKernel}.
 *
 * @packageDocumentation
 */
import type { Box2 } from "../core/geometry/box.js"
import type { Kernel, Options, OptionValue, Outputs, PointAttributes, Ports, Tile } from "../kernel.js"

export { Box2 } from "../core/geometry/box.js"
export { EngineError, type ErrorCode } from "../errors.js"
export {
  defineKernel,
  type Features,
  type Image,
  type Kernel,
  type Mesh,
  type Metrics,
  type Points,
  type Raster,
  type Scratch,
  type Solids,
  type Texture,
  type Tile,
} from "../kernel.js"

/**
 * Points as plain arrays, one element a point. `x`, `y`, `z` are metres of the CRS; they are
 * rounded to whole millimetres. Points without `classification` count as the first class that their
 * port takes.
 */
export interface PointArrays extends Partial<{ readonly [Name in keyof PointAttributes]: ArrayLike<number> }> {
  readonly x: ArrayLike<number>
  readonly y: ArrayLike<number>
  readonly z: ArrayLike<number>
  /** Extra bytes by name, for kernels that ask for them. */
  readonly extra?: Readonly<Record<string, ArrayLike<number>>>
}

/**
 * A raster as a plain array, row 0 northernmost. It begins at multiples of `cellSize` (metres). No
 * data is NaN in floats and 0 in bytes. Several bands follow each other in `data`.
 */
export interface RasterArray {
  readonly data: ArrayLike<number>
  readonly width: number
  readonly height: number
  readonly minX: number
  readonly maxY: number
  readonly cellSize: number
  /** A value that means no data too, as in rasters of integers. */
  readonly noData?: number
}

/** How {@link runKernel} runs a kernel. */
export interface RunKernelRequest {
  /**
   * Area of the result, CRS metres. Default: the box of the points, in whole metres, or of the
   * rasters.
   */
  readonly box?: Box2
  /** EPSG code of the CRS, for the few kernels that ask for it. */
  readonly epsg?: number
  /** Options by name; the others have their defaults. */
  readonly options?: Readonly<Record<string, OptionValue>>
  /** True: points that are equal in place, class and returns all remain. Default: one of them. */
  readonly duplicates?: boolean
  /**
   * Further facts of the tile. `sources`: boxes of the point files, beyond which terrain and
   * surface end as in a job; `step` for a kernel of parents; `region` for a join.
   */
  readonly tile?: Partial<Pick<Tile, "key" | "step" | "sources" | "region">>
}

/**
 * Runs a kernel once, on arrays in memory, and returns its outputs by port.
 *
 * - Points: {@link PointArrays}, or the `Points` of `readPoints`. Each port takes its own classes,
 *   in the area of the result grown by the kernel's halo; noise (7, 18) is left out. `points`
 *   serves all ports that are not named. A port of any class also takes the points of the others.
 * - Rasters: {@link RasterArray}. They are cut to the same area, or extended with no data.
 * - Other ports take the types of the kernel contract. Ports with `many` take arrays.
 *
 * Rasters of the result cover the cells that meet `box`. Features and meshes are as the kernel
 * makes them; some reach beyond. Complexity is that of the kernel, and of sorting the points.
 *
 * @param kernel the id of a kernel of maille, a kernel, the path or URL of its module, or the name
 * of its package
 * @throws EngineError `E_USAGE` for an unknown kernel, port or option, a missing or unfit input;
 * `E_KERNEL` if the kernel fails
 *
 * @example
 * const dtm = { width: 3, height: 3, minX: 0, maxY: 3, cellSize: 1, data: new Float32Array(9) }
 * const { slope } = await runKernel("./slope.js", { dtm }, { options: { unit: "percent" } })
 */
export async function runKernel<Out = Readonly<Record<string, unknown>>>(
  kernel: string | URL,
  inputs: Readonly<Record<string, unknown>>,
  request?: RunKernelRequest,
): Promise<Out>
/** Runs a kernel that you have as an object: its outputs have their types. */
export async function runKernel<I extends Ports, O extends Ports, P extends Options>(
  kernel: Kernel<I, O, P>,
  inputs: Readonly<Record<string, unknown>>,
  request?: RunKernelRequest,
): Promise<Outputs<O>>
export async function runKernel(
  kernel: string | URL | Kernel,
  inputs: Readonly<Record<string, unknown>>,
  request: RunKernelRequest = {},
): Promise<unknown> {
  const { callOnArrays } = await import("./call-on-arrays.js")
  return callOnArrays(kernel, inputs, request)
}

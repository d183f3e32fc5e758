/**
 * `maille/kernels`: runs any kernel on plain arrays, without files. Kernels of your own are made
 * with {@link defineKernel}.
 *
 * @packageDocumentation
 */
import type { Kernel, Options, Outputs, Ports } from "../kernel.js"
import type { PointArrays, RasterArray, RunKernelRequest } from "./types.js"

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
export type { PointArrays, RasterArray, RunKernelRequest } from "./types.js"

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

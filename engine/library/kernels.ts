/**
 * `maille/kernels`: runs any kernel on plain arrays, without files. Kernels of your own are made
 * with {@link defineKernel}.
 *
 * @packageDocumentation
 */
import type { Kernel, Options, Outputs, Ports } from "../kernel.js"
import type { KernelCall, KernelInputs, KernelOptions, KernelsById, ModulePath } from "./kernel-types.js"
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
  Tile,
  type TileGrid,
} from "../kernel.js"
export type { KernelCall, KernelInputs, KernelOptions, KernelsById } from "./kernel-types.js"
export type { BoxNumbers, PointArrays, RasterArray, RunKernelRequest } from "./types.js"

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
 * @param kernel the id of a kernel of maille; a kernel; or the path or URL of its module
 * @throws EngineError `E_USAGE` for an unknown kernel, port or option, a missing or unfit input;
 * `E_KERNEL` if the kernel fails, or returns what it does not declare
 *
 * @example
 * const dtm = { data: [20, 21, 22, 23], width: 2, height: 2, minX: 0, maxY: 2, cellSize: 1 }
 * const { slope } = await runKernel("./slope.js", { dtm }, { options: { unit: "percent" } })
 */
export async function runKernel<Id extends keyof KernelsById>(
  kernel: Id,
  inputs: CallOf<Id>["inputs"],
  request?: RunKernelRequest<CallOf<Id>["options"]>,
): Promise<CallOf<Id>["outputs"]>
/** Runs a kernel that you have as an object: its inputs, options and outputs have their types. */
export async function runKernel<I extends Ports, O extends Ports, P extends Options>(
  kernel: Kernel<I, O, P>,
  inputs: KernelInputs<I>,
  request?: RunKernelRequest<KernelOptions<P>>,
): Promise<Outputs<O>>
/** Runs a kernel by the path or URL of its module: you state the types of its outputs. */
export async function runKernel<Out = Readonly<Record<string, unknown>>, Path extends string = string>(
  kernel: ModulePath<Path> | URL,
  inputs: Readonly<Record<string, unknown>>,
  request?: RunKernelRequest,
): Promise<Out>
export async function runKernel(
  kernel: string | URL | Kernel,
  inputs: object,
  request?: RunKernelRequest,
): Promise<unknown> {
  const { callOnArrays } = await import("./call-on-arrays.js")
  return callOnArrays(kernel, inputs as Readonly<Record<string, unknown>>, request)
}

/** A kernel's entry; without entries, as in the sources, any. */
type CallOf<Id extends keyof KernelsById> = KernelsById[Id] extends KernelCall ? KernelsById[Id] : KernelCall

/**
 * `maille/kernels`: runs any kernel on plain arrays, without files. Kernels of your own are made
 * with {@link defineKernel}.
 *
 * @packageDocumentation
 */
import type { Features, Kernel, Options, Outputs, Ports, Raster } from "../kernel.js"
import type { KernelCall, KernelInputs, KernelOptions, KernelsById, ModulePath } from "./kernel-types.js"
import type {
  BuildingsRequest,
  BuildingsResult,
  CellRequest,
  EditedPoints,
  EditFeature,
  EditRequest,
  FloodRequest,
  FloodResult,
  FlowRequest,
  FlowResult,
  ShadowRequest,
  ViewshedRequest,
} from "./recipe-types.js"
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
export type {
  AreaRequest,
  BuildingsRequest,
  BuildingsResult,
  CellRequest,
  EditedPoints,
  EditFeature,
  EditRequest,
  FloodRequest,
  FloodResult,
  FlowRequest,
  FlowResult,
  ShadowRequest,
  ViewshedRequest,
} from "./recipe-types.js"
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

/**
 * Outlines, roof planes and closed solids of buildings, from points of ground (class 2) and
 * buildings (class 6). The points of `box` count: there the data end.
 *
 * @example
 * const cells = Array.from({ length: 40_000 }, (_, k) => [k % 200, Math.floor(k / 200)])
 * const places = cells.map(([i = 0, j = 0]) => [1000 + i / 4, 2000 + j / 4])
 * const isRoof = places.map(([x = 0, y = 0]) => Math.abs(x - 1025) < 8 && Math.abs(y - 2025) < 5)
 * const { building, roof } = await buildings({
 *   x: places.map(([x = 0]) => x),
 *   y: places.map(([, y = 0]) => y),
 *   z: places.map(([, y = 0], k) => (isRoof[k] ? 108 - Math.abs(y - 2025) / 2 : 100)),
 *   classification: isRoof.map((is) => (is ? 6 : 2)),
 * })
 * console.log(building.ids.length, "building,", roof.ids.length, "roof planes")
 */
export async function buildings(points: PointArrays, request?: BuildingsRequest): Promise<BuildingsResult> {
  const { runOnBox } = await import("./call-on-arrays.js")
  return runOnBox("buildings", points, request)
}

/**
 * The terrain model of points of ground (classes 2, 9 and 66): `dtm` of `raster.dtm`.
 *
 * @example
 * const points = { x: [0.5, 9.5, 0.5, 9.5], y: [0.5, 0.5, 9.5, 9.5], z: [20, 21, 22, 23] }
 * const dtm = await terrain(points, { box: [0, 0, 10, 10], cell: 1 })
 * console.log(dtm.data[55], "m in the middle")
 */
export async function terrain(points: PointArrays, request?: CellRequest): Promise<Raster> {
  const { runRecipe } = await import("./call-on-arrays.js")
  return runRecipe("terrain", points, request)
}

/**
 * The surface model of points, with roofs and crowns: `dsm` of `raster.dsm`.
 *
 * @example
 * const places = { x: [0.5, 9.5, 0.5, 9.5], y: [0.5, 0.5, 9.5, 9.5], z: [20, 21, 22, 23] }
 * const points = { ...places, classification: [2, 2, 6, 6] }
 * const dsm = await surface(points, { box: [0, 0, 10, 10], cell: 1 })
 * console.log(dsm.data[55], "m in the middle")
 */
export async function surface(points: PointArrays, request?: CellRequest): Promise<Raster> {
  const { runRecipe } = await import("./call-on-arrays.js")
  return runRecipe("surface", points, request)
}

/**
 * Drainage of a terrain model: filled heights, directions, drained area, height above drainage,
 * streams and basins. The raster is the whole world: water leaves at its edges.
 *
 * @example
 * const cells = Array.from({ length: 10_000 }, (_, k) => k)
 * const data = cells.map((k) => 20 + (k % 100) / 50 + Math.abs(50 - k / 100) / 10)
 * const dtm = { data, width: 100, height: 100, minX: 0, maxY: 100, cellSize: 1 }
 * const { stream, "flow-accumulation": drained } = await flow(dtm, { streamArea: 1000 })
 * console.log(stream.ids.length, "streams;", Math.max(...drained.data), "m²")
 */
export async function flow(dtm: RasterArray, request?: FlowRequest): Promise<FlowResult> {
  const { runRecipe } = await import("./call-on-arrays.js")
  return runRecipe("flow", dtm, request)
}

/**
 * Depth of water that rises to a level from places or water points, or of volumes that are poured
 * at places. Connected filling, without dynamics.
 *
 * @example
 * const data = Array.from({ length: 10_000 }, (_, k) => 20 + Math.abs(50 - k / 100) / 10)
 * const dtm = { data, width: 100, height: 100, minX: 0, maxY: 100, cellSize: 1 }
 * const { "flood-depth": depth } = await flood(dtm, { level: 22, from: [[10.5, 49.5]] })
 * console.log(depth.data.filter((metres) => metres > 1).length, "m² deeper than 1 m")
 */
export async function flood(dtm: RasterArray, request: FloodRequest): Promise<FloodResult> {
  const { runRecipe } = await import("./call-on-arrays.js")
  return runRecipe("flood", dtm, request)
}

/**
 * Share of times in shadow for each cell of a surface model, 0 to 1. `time` needs `epsg`.
 *
 * @example
 * const data = Array.from({ length: 400 }, (_, k) => (k === 210 ? 30 : 20))
 * const dsm = { data, width: 20, height: 20, minX: 842000, maxY: 6520020, cellSize: 1 }
 * const shade = await shadow(dsm, { time: ["2026-12-21T10:00Z", "2026-12-21T12:00Z"], epsg: 2154 })
 * console.log(shade.data.filter((share) => share === 1).length, "m² in shadow at both times")
 */
export async function shadow(dsm: RasterArray, request?: ShadowRequest): Promise<Raster> {
  const { runRecipe } = await import("./call-on-arrays.js")
  return runRecipe("shadow", dsm, request)
}

/**
 * How many observers see each cell of a surface model, and lines of sight between them. Observers
 * are `[x, y]` or `[x, y, height above the surface]`.
 *
 * @example
 * const data = Array.from({ length: 400 }, (_, k) => (k === 210 ? 30 : 20))
 * const dsm = { data, width: 20, height: 20, minX: 0, maxY: 20, cellSize: 1 }
 * const { viewshed: seen, sightline } = await viewshed(dsm, [[2.5, 9.5], [17.5, 9.5, 2]])
 * console.log(seen.data.filter((count) => count === 2).length, "m² seen by both", sightline.ids)
 */
export async function viewshed(
  dsm: RasterArray,
  observers: string | readonly (readonly number[])[],
  request?: ViewshedRequest,
): Promise<{ readonly viewshed: Raster; readonly sightline: Features }> {
  const [{ runRecipe }, { objectArgument }] = await Promise.all([
    import("./call-on-arrays.js"),
    import("../core/arguments.js"),
  ])
  return runRecipe("viewshed", dsm, { ...objectArgument(request, "request"), observers })
}

/**
 * Points of a changed land: what is built, razed, dug, planted or flooded is in the points, so any
 * kernel sees it. New points stand every 0.25 m of the CRS. A razed place gets the TIN of the
 * ground around it; side slopes go to where they meet the ground, at most 60 m. Each edit sees the
 * land that those before left.
 *
 * @param edits features of GeoJSON, or a collection: see {@link EditFeature}
 * @throws EngineError `E_USAGE` for an edit that makes no sense in this land, with the remedy
 *
 * @example
 * const cells = Array.from({ length: 10_000 }, (_, k) => [k % 100, Math.floor(k / 100)])
 * const [x, y] = [cells.map(([i = 0]) => i), cells.map(([, j = 0]) => j)]
 * const land = { x, y, z: x.map(() => 20) }
 * const geometry = { type: "LineString", coordinates: [[20, 50], [80, 50]] }
 * const properties = { action: "dyke", width: 3, z: 26 }
 * const { edits, ...points } = await editPoints(land, [{ type: "Feature", geometry, properties }])
 * console.log(edits[0]?.fill, "m³ of earth", (await terrain(points)).width)
 */
export async function editPoints(
  points: PointArrays,
  edits: readonly EditFeature[] | { readonly features: readonly EditFeature[] },
  request?: EditRequest,
): Promise<EditedPoints> {
  const { editArrays } = await import("./edit-points.js")
  return editArrays(points, edits, request)
}

/**
 * Calls a kernel on plain arrays: finds it, checks its options, converts and completes its inputs.
 */
import { existsSync } from "node:fs"
import { pathToFileURL } from "node:url"
import { boxArgument, flagArgument, objectArgument, wholeArgument } from "../core/arguments.js"
import { Box2 } from "../core/geometry/box.js"
import { optionError } from "../core/parse-values.js"
import { cropPresence } from "../core/presence.js"
import { EngineError } from "../errors.js"
import { boxOfRaster, rasterArgument } from "../formats/raster/open/raster-array.js"
import { checkByKernel, checkOptions, unknownName } from "../job/check-options.js"
import { importKernel, tableOfKernels } from "../job/kernels/load-kernels.js"
import { locateKernel } from "../job/kernels/locate-kernel.js"
import { importFromKernels } from "../job/kernels/presets.js"
import {
  isPortRead,
  type Kernel,
  type OptionValue,
  type Port,
  type Presence,
  type Raster,
  type RasterPort,
  type Tile,
} from "../kernel.js"
import { callKernel } from "../worker/chain-run.js"
import { createArena } from "../worker/thread-use.js"
import { boxOfPoints, PointsOfPorts, pointsInside } from "./points-of-ports.js"
import { fitRaster } from "./raster-of-port.js"
import type { PointArrays, RasterArray, RunKernelRequest } from "./types.js"

type InputValues = Readonly<Record<string, unknown>>

/** Input that serves every points port without one of its own. */
const ALL_POINTS = "points"

/** Points of a port that may be left out. */
const NO_POINTS: PointArrays = { x: [], y: [], z: [] }

/** Kept between calls: blocks of it are reused. */
const arena = createArena()
const prepared = new WeakSet<Kernel>()

/** The call behind `runKernel`. */
export const callOnArrays = async (
  which: string | URL | Kernel,
  arrays: InputValues,
  stated: RunKernelRequest | undefined,
): Promise<InputValues> => {
  const kernel = typeof which === "string" || which instanceof URL ? await findKernel(which) : kernelArgument(which)
  const inputs = objectArgument(arrays, "inputs")
  const request = objectArgument(stated, "request")
  flagArgument(request.duplicates, "duplicates")
  wholeArgument(request.epsg, "epsg")
  objectArgument(request.options, "options")
  const options = optionsOf(kernel, request.options ?? {})
  const ports = matchInputs(kernel, inputs, options)
  const external = ports.flatMap(([, port, value]) =>
    "external" in port && port.external !== undefined && value !== undefined ? [port.external.name] : [],
  )
  const box = requestedArea(kernel, ports, request)
  checkByKernel(kernel, options, { epsg: request.epsg ?? 0, external, box })
  const tile = { ...makeTile(kernel, ports, { box, options }, request), ...(await onGlobe(request.epsg)) }
  const values = convertInputs(kernel, ports, { tile, options, duplicates: request.duplicates === true })
  if (!prepared.has(kernel)) await kernel.prepare?.()
  prepared.add(kernel)
  try {
    return callKernel(kernel, tile, values, options, arena)
  } finally {
    arena.reset()
  }
}

/** @throws EngineError E_USAGE for a value that is no kernel */
const kernelArgument = (kernel: Kernel): Kernel => {
  if (typeof (kernel as Partial<Kernel> | undefined)?.run === "function" && typeof kernel.inputs === "object")
    return kernel
  throw optionError("kernel", "it is no kernel. Give its id, or a kernel that defineKernel made.")
}

/** A kernel by its id, by the path or URL of its module, or by the name of its package. */
const findKernel = async (name: string | URL): Promise<Kernel> => {
  const text = String(name)
  if (name instanceof URL || text.startsWith("file:")) return importKernel(text)
  const table = await tableOfKernels()
  const url = Object.hasOwn(table, text) ? table[text]?.url : undefined
  if (url !== undefined) return importKernel(url)
  const module = await locateKernel(process.cwd(), text).catch(() => undefined)
  if (module === undefined) throw unknownName("kernel", text, Object.keys(table), "kernel")
  if (!existsSync(module)) throw new EngineError("E_USAGE", `${text}: no such file. Check the path.`, { file: text })
  return importKernel(pathToFileURL(module).href)
}

const optionsOf = ({ id, options }: Kernel, stated: InputValues): Record<string, OptionValue> => {
  const defaults = Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default]))
  return { ...defaults, ...checkOptions({ [id]: stated }, [{ id, options }])[id] }
}

/** The given inputs by port; undefined for a port that may lack one. */
type PortInput = readonly [name: string, port: Port, value: unknown]

/** @throws EngineError E_USAGE for a port that the kernel does not read, or that needs an input */
const matchInputs = (
  { id, inputs: ports }: Kernel,
  inputs: InputValues,
  options: Readonly<Record<string, OptionValue>>,
): PortInput[] => {
  const names = Object.keys(ports)
  for (const [name, value] of Object.entries(inputs))
    if (value === null) throw optionError(`inputs.${name}`, "null is no input. Give a value, or leave it out.")
  for (const name of Object.keys(inputs))
    if (!Object.hasOwn(ports, name) && name !== ALL_POINTS) throw unknownName(`input of ${id}`, name, names, "inputs")
  const named = Object.entries(ports).some(([name, { kind }]) => kind === "points" && inputs[name] !== undefined)
  return Object.entries(ports).map(([name, port]) => {
    const ofAll = port.kind === "presence" || (port.kind === "points" && port.beside === undefined)
    const value = inputs[name] ?? (ofAll ? inputs[ALL_POINTS] : undefined)
    if (!isPortRead(port, options)) {
      if (value !== undefined) throw optionError(`inputs.${name}`, `${id} reads it only${conditionText(port)}.`)
      return [name, port, undefined]
    }
    if (value !== undefined) return [name, port, value]
    if (port.kind === "points" && port.mayBeEmpty) return [name, port, NO_POINTS]
    if (port.kind === "presence" || (port.kind === "points" && port.classes === undefined && named))
      return [name, port, undefined]
    if (port.kind === "blob" && port.mayBeEmpty) return [name, port, new Uint8Array()]
    if ("many" in port || "listed" in port) {
      if ("listed" in port || ("optional" in port && port.optional)) return [name, port, []]
    } else if (mayLack(port)) return [name, port, undefined]
    throw optionError(
      `inputs.${name}`,
      `${id} needs this input${conditionText(port)}, ${describe(port)}. It has ${names.join(", ")}.`,
    )
  })
}

/** True for a raster of the area itself, not around it. */
const isMadeRaster = (port: Port): boolean => port.kind === "raster" && port.external === undefined

const mayLack = (port: Port): boolean =>
  ("optional" in port && port.optional === true) ||
  port.kind === "texture" ||
  ("external" in port && port.external !== undefined) ||
  ("beside" in port && port.beside !== undefined)

/** The option with which a port is read. */
const conditionText = (port: Port): string =>
  "when" in port && port.when !== undefined ? ` with ${port.when.option}=${port.when.is}` : ""

const describe = (port: Port): string => {
  if (port.kind === "points")
    return port.classes === undefined ? "points" : `points of the classes ${port.classes.join(", ")}`
  return "many" in port ? `an array of values of kind ${port.kind}` : `of kind ${port.kind}`
}

/** Metres: larger areas are a mistake of the caller, such as other units. */
const WIDEST = 1e6

const requireExtent = (cell: Box2): void => {
  if (Math.max(...cell.map(Math.abs)) > 1e8 || cell[2] - cell[0] > WIDEST || cell[3] - cell[1] > WIDEST)
    throw optionError("box", `[${cell.join(", ")}] is wider than ${WIDEST} m or lies beyond every CRS. Give metres.`)
}

/** The area of the result. Kernels that join parts need that of their tiles. */
const requestedArea = ({ id }: Kernel, ports: readonly PortInput[], { box, tile }: RunKernelRequest): Box2 => {
  const area = boxArgument(box) ?? objectArgument(tile, "tile").region ?? measureArea(ports)
  if (area === undefined)
    throw optionError("box", `${id} has no points or rasters that state its area. Give box: [minX, minY, maxX, maxY].`)
  requireExtent(area)
  if (!(area[2] > area[0] && area[3] > area[1] && area.every(Number.isFinite)))
    throw optionError("box", `[${area.join(", ")}] has no area. Give [minX, minY, maxX, maxY] in metres.`)
  return area
}

/** The tile around the area of the result. */
const makeTile = (
  { inputs, ...kernel }: Kernel,
  ports: readonly PortInput[],
  { box, options }: { readonly box: Box2; readonly options: Record<string, OptionValue> },
  { epsg = 0, tile }: RunKernelRequest,
): Tile => {
  const rasters = ports.filter(([, port, value]) => isMadeRaster(port) && value !== undefined)
  for (const [name, , value] of rasters) rasterArgument(value, `inputs.${name}`)
  const cells = Object.fromEntries(rasters.map(([name, , value]) => [name, (value as RasterArray).cellSize]))
  return {
    key: "0/0/0",
    cell: box,
    core: box,
    extent: Box2.grow(box, kernel.halo(options, cells)),
    origin: [Math.round(box[0] * 1000) / 1000, Math.round(box[1] * 1000) / 1000, 0],
    step: 1,
    epsg,
    ...tile,
  }
}

/** The way from the CRS to the globe. @throws EngineError for a code without metres. */
const onGlobe = async (epsg: number | undefined): Promise<Pick<Tile, "toGeographic">> => {
  if (epsg === undefined) return {}
  const { crsByEpsg } = await import("../grid/crs.js")
  const crs = crsByEpsg(epsg)
  return { toGeographic: (x, y) => crs.toGeographic(x, y) }
}

/** The box of the points and rasters; undefined without any. */
const measureArea = (ports: readonly PortInput[]): Box2 | undefined => {
  const boxes: (Box2 | undefined)[] = []
  for (const [name, port, value] of ports) {
    const { kind } = port
    if (isMadeRaster(port) && value !== undefined) boxes.push(boxOfRaster(rasterArgument(value, `inputs.${name}`)))
    if (kind === "points" && value !== undefined) boxes.push(boxOfPoints(value as PointArrays, name))
  }
  return boxes.reduce(
    (all, box) => (all === undefined ? box : box === undefined ? all : Box2.union(all, box)),
    undefined,
  )
}

interface Conversion {
  readonly tile: Tile
  readonly options: Record<string, OptionValue>
  readonly duplicates: boolean
}

/** The area of a raster port's input. */
const reachOf = ({ external, beyond }: RasterPort, { tile, options }: Conversion): Box2 =>
  external === undefined ? tile.extent : Box2.grow(tile.extent, beyond?.(options) ?? 0)

const isPresence = (value: unknown): value is Presence => (value as Partial<Presence> | undefined)?.cells !== undefined

/** Each port's value in the form of the contract. */
const convertInputs = (kernel: Kernel, ports: readonly PortInput[], how: Conversion): InputValues => {
  const points = new PointsOfPorts(kernel.id, how)
  const arrays = ports.flatMap(([name, port, value]) =>
    port.kind === "points" && value !== undefined ? [{ name, port, arrays: value as PointArrays }] : [],
  )
  return Object.fromEntries(
    ports.map(([name, port, value]) => {
      if (port.kind === "raster" && value !== undefined)
        return [name, fitRaster(value as Raster, port, reachOf(port, how), `inputs.${name}`)]
      const own = value === undefined ? arrays : [{ name, arrays: value as PointArrays }]
      if (port.kind === "presence")
        return [name, isPresence(value) ? cropPresence(value, how.tile.extent) : points.presence(own)]
      if (port.kind !== "points" || (value === undefined && mayLack(port))) return [name, value]
      return [name, points.of(name, port, own)]
    }),
  )
}

/** A chain of `kernels/recipes.ts`, which is loaded by URL as kernels are. */
type Recipe = (call: typeof callOnArrays, input: object, request: object) => Promise<unknown>

/** @throws EngineError as `runKernel` */
export const runRecipe = async <Result>(name: string, input: object, request: object | undefined): Promise<Result> => {
  const { recipes } = (await importFromKernels("recipes.js")) as { recipes: Readonly<Record<string, Recipe>> }
  const recipe = recipes[name]
  if (recipe === undefined) throw new Error(`no recipe ${name}`)
  return (await recipe(callOnArrays, input, objectArgument(request, "request"))) as Result
}

/** Buildings of the points in a box, beyond which there are no data. */
export const runOnBox = async <Result>(
  name: string,
  points: PointArrays,
  stated: { readonly box?: readonly number[] | undefined } | undefined,
): Promise<Result> => {
  const request = objectArgument(stated, "request")
  const box = boxArgument(request.box) ?? boxOfPoints(points, "points") ?? [0, 0, 1, 1]
  return runRecipe(name, pointsInside(points, box, "points"), { ...request, box })
}

/**
 * Checks what a kernel returns against the ports that it declares. Kernels may be plain JavaScript.
 */
import { EngineError } from "../errors.js"
import type {
  Column,
  Features,
  FeaturesPort,
  Kernel,
  Mesh,
  OptionValue,
  Points,
  Port,
  Raster,
  RasterPort,
  Shard,
  Solids,
  Texture,
  Tile,
} from "../kernel.js"

/** What a kernel was called with. */
export interface KernelUse {
  readonly kernel: Kernel
  readonly tile: Tile
  readonly inputs: object
  readonly options: Readonly<Record<string, OptionValue>>
}

/**
 * Checks that each declared port has a value of its form: types, lengths, indices, and the place of
 * rasters. Time: linear in indices and coordinates; cells of rasters are not read.
 *
 * @throws EngineError E_KERNEL with the kernel, the port and what was found
 */
export const checkOutputs = (use: KernelUse, returned: unknown): Record<string, unknown> => {
  const { kernel, tile } = use
  const fail = (text: string, port?: string): never => {
    const subject = port === undefined ? "it" : `its output "${port}"`
    const context = { kernel: kernel.id, tile: tile.key, ...(port === undefined ? {} : { port }) }
    throw new EngineError("E_KERNEL", `kernel ${kernel.id}: ${subject} ${text}`, context)
  }
  if (isThenable(returned)) fail("returned a promise; expected an object of outputs. run must not be async.")
  if (!isObject(returned)) return fail(`returned ${show(returned)}; expected an object of outputs by port.`)
  for (const name of Object.keys(returned))
    if (!Object.hasOwn(kernel.outputs, name)) fail(`returned a port "${name}" that it does not declare`)
  for (const [name, port] of Object.entries(kernel.outputs)) {
    const value = Object.hasOwn(returned, name) ? returned[name] : undefined
    if (value === undefined && mayLack(port)) continue
    const fault = findFault(port, value, use)
    if (fault !== undefined) fail(`${fault}.`, name)
  }
  return returned
}

const mayLack = (port: Port): boolean =>
  port.kind === "texture" ||
  ("optional" in port && port.optional === true) ||
  (port.kind === "raster" && port.finishes !== undefined)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

const isThenable = (value: unknown): boolean =>
  typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"

/** A value in messages, short. */
const show = (value: unknown): string => {
  if (typeof value === "string") return `"${value.slice(0, 40)}"`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${(value as Uint8Array).length}`
  return typeof value === "object" && value !== null ? "an object" : String(value)
}

/** The fault of a value, and the expected form; undefined for a sound one. */
const findFault = (port: Port, value: unknown, use: KernelUse): string | undefined => {
  if (isThenable(value)) return "is a promise; expected data"
  if (value === undefined) return `is missing; expected data of kind ${port.kind}`
  if (port.kind === "blob") return value instanceof Uint8Array ? undefined : `is ${show(value)}; expected a Uint8Array`
  if (port.kind === "shards") return shardsFault(value)
  if (port.kind === "classes") return classesFault(value, use)
  if (!isObject(value)) return `is ${show(value)}; expected an object of kind ${port.kind}`
  if (port.kind === "raster") return rasterFault(port, value as never, use)
  if (port.kind === "features") return featuresFault(port, value as never)
  if (port.kind === "mesh") return meshFault(value as never)
  if (port.kind === "solids") return solidsFault(value as never)
  if (port.kind === "texture") return textureFault(value as never)
  if (port.kind !== "metrics") return `is of kind ${port.kind}, which no kernel makes`
  const wrong = Object.entries(value).find(([, figure]) => typeof figure !== "number")
  return wrong && `has ${show(wrong[1])} as "${wrong[0]}"; expected a number`
}

type Typed = "Float32Array" | "Float64Array" | "Int32Array" | "Uint32Array" | "Uint8Array"

/** The fault of an array of a type and a length. */
const arrayFault = (name: string, value: unknown, type: Typed, length?: number): string | undefined => {
  const isOfType = ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === `[object ${type}]`
  if (isOfType && (length === undefined || (value as Uint8Array).length === length)) return undefined
  return `has ${show(value)} as ${name}; expected ${type}${length === undefined ? "" : ` of ${length}`}`
}

/** Shapes: the first fault of several. */
const firstOf = (...faults: readonly (string | undefined)[]): string | undefined =>
  faults.find((fault) => fault !== undefined)

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

/** Share of a cell by which a place may miss the border of cells, for sides such as 0.1. */
const SLACK = 1e-4

const rasterFault = (port: RasterPort, raster: Raster, { kernel, tile, options }: KernelUse): string | undefined => {
  const { width, height, minX, maxY, cellSize, data } = raster
  if (!isCount(width) || !isCount(height) || width === 0 || height === 0)
    return `has a width of ${show(width)} and a height of ${show(height)}; expected whole numbers above 0`
  if (!(cellSize > 0 && cellSize < 1e6)) return `has cells of ${show(cellSize)}; expected their side in metres`
  const bands = port.bands?.(options).length ?? 1
  const type = port.type ?? (data instanceof Uint8Array ? "byte" : "float")
  const fault = arrayFault("data", data, type === "byte" ? "Uint8Array" : "Float32Array", width * height * bands)
  if (fault !== undefined) return `${fault}, one value for each of ${width} × ${height} cells`
  const isOnGrid = [minX, maxY].every((side) => Math.abs(side / cellSize - Math.round(side / cellSize)) < SLACK)
  if (!isOnGrid) return `begins at ${show(minX)}, ${show(maxY)}; expected multiples of its cells of ${cellSize} m`
  // The first stage has placed what such a kernel finishes.
  if (port.finishes !== undefined) return undefined
  // Kernels of regions and jobs have no area of their own.
  if (kernel.stages?.some((stage) => stage === "region" || stage === "job")) return undefined
  const box = [minX, maxY - height * cellSize, minX + width * cellSize, maxY]
  const [west, south, east, north] = tile.cell
  // Cells may be owned by their centres: the outermost may be missing.
  const covers =
    box[0]! <= west + cellSize &&
    box[1]! <= south + cellSize &&
    box[2]! >= east - cellSize &&
    box[3]! >= north - cellSize
  return covers ? undefined : `covers [${box.join(", ")}]; expected the tile's [${tile.cell.join(", ")}]`
}

/** The fault of ends that do not rise, or whose last one is another than `total`. */
const endsFault = (name: string, ends: Uint32Array, total: number, what: string): string | undefined => {
  let before = 0
  for (let i = 0; i < ends.length; i++) {
    if (ends[i]! < before) return `has ${name} that fall at ${i}; expected rising ends`
    before = ends[i]!
  }
  return before === total ? undefined : `has ${name} that end at ${before}; expected ${total}, its number of ${what}`
}

/** The fault of indices: one is at least `count`. */
const indexFault = (name: string, indices: Uint32Array, count: number, what: string): string | undefined => {
  for (let i = 0; i < indices.length; i++)
    if (indices[i]! >= count)
      return `has ${indices[i]} in ${name}; expected indices below ${count}, its number of ${what}`
  return undefined
}

const TYPES: Readonly<Record<string, Typed>> = { number: "Float64Array", integer: "Int32Array" }

const columnsFault = (
  columns: Readonly<Record<string, Column>> | undefined,
  count: number,
  declared: FeaturesPort["columns"] = {},
): string | undefined => {
  if (!isObject(columns)) return `has ${show(columns)} as columns; expected an object`
  // Layers of several sources leave out columns that their source lacks.
  for (const [name, { type }] of Object.entries(declared))
    if (columns[name] !== undefined && columns[name].type !== type)
      return `has another type of column "${name}"; expected ${type}`
  for (const [name, column] of Object.entries(columns)) {
    const { type, values } = (column ?? {}) as Column
    const typed = TYPES[type]
    const fault =
      typed === undefined ? textsFault(name, values, count) : arrayFault(`column "${name}"`, values, typed, count)
    if (fault !== undefined) return fault
    if (typed === undefined && type !== "string") return `has ${show(type)} as type of column "${name}"`
  }
  return undefined
}

const textsFault = (name: string, texts: unknown, count: number): string | undefined =>
  Array.isArray(texts) && texts.length === count && texts.every((text) => typeof text === "string")
    ? undefined
    : `has ${show(texts)} as ${name}; expected ${count} texts`

const finiteFault = (name: string, values: Float64Array | undefined): string | undefined => {
  const at = values === undefined ? -1 : values.findIndex((value) => !Number.isFinite(value))
  return at < 0 ? undefined : `has ${values?.[at]} in ${name}; expected metres of the CRS`
}

const featuresFault = (port: FeaturesPort, features: Features): string | undefined => {
  const { geometry, dimension, coordinates, ringEnds, partEnds, ids, columns, anchors } = features
  if (geometry !== port.geometry) return `has the geometry ${show(geometry)}; expected ${port.geometry}`
  if (dimension !== 2 && dimension !== 3) return `has the dimension ${show(dimension)}; expected 2 or 3`
  const fault = firstOf(
    arrayFault("coordinates", coordinates, "Float64Array"),
    arrayFault("ringEnds", ringEnds, "Uint32Array"),
    arrayFault("partEnds", partEnds, "Uint32Array"),
  )
  if (fault !== undefined) return fault
  return firstOf(
    endsFault("ringEnds", ringEnds, coordinates.length / dimension, "vertices"),
    endsFault("partEnds", partEnds, ringEnds.length, "rings"),
    finiteFault("coordinates", coordinates),
    textsFault("ids", ids, partEnds.length),
    columnsFault(columns, partEnds.length, port.columns),
    anchors === undefined ? undefined : arrayFault("anchors", anchors, "Float64Array", 2 * partEnds.length),
    finiteFault("anchors", anchors),
  )
}

const originFault = (origin: unknown): string | undefined =>
  Array.isArray(origin) && origin.length === 3 && origin.every(Number.isFinite)
    ? undefined
    : `has ${show(origin)} as origin; expected [x, y, z] in metres`

const meshFault = ({ origin, positions, triangles, classes, maxError, owners, objects }: Mesh): string | undefined => {
  const fault = firstOf(
    originFault(origin),
    arrayFault("positions", positions, "Int32Array"),
    arrayFault("triangles", triangles, "Uint32Array"),
  )
  if (fault !== undefined) return fault
  if (positions.length % 3 > 0 || triangles.length % 3 > 0)
    return `has ${positions.length} positions and ${triangles.length} corners; expected multiples of 3`
  if (!(maxError >= 0)) return `has a maxError of ${show(maxError)}; expected metres`
  const vertices = positions.length / 3
  return firstOf(
    indexFault("triangles", triangles, vertices, "vertices"),
    arrayFault("classes", classes, "Uint8Array", vertices),
    owners === undefined ? undefined : ownersFault(owners, triangles.length / 3, objects),
  )
}

const ownersFault = (owners: Uint32Array, triangles: number, objects: Mesh["objects"]): string | undefined => {
  if (!isObject(objects)) return "has owners but no objects; expected both"
  const count = Array.isArray(objects.ids) ? objects.ids.length : 0
  return firstOf(
    textsFault("ids of objects", objects.ids, count),
    arrayFault("owners", owners, "Uint32Array", triangles),
    arrayFault("classes of objects", objects.classes, "Uint8Array", count),
    columnsFault(objects.columns, count),
    ArrayBuffer.isView(owners) ? indexFault("owners", owners, count, "objects") : undefined,
  )
}

const solidsFault = (solids: Solids): string | undefined => {
  const { origin, positions, ringVertices, ringEnds, faceEnds, faceKinds, solidEnds, ids, classes, columns } = solids
  const type = positions instanceof Float64Array ? "Float64Array" : "Int32Array"
  const fault = firstOf(
    originFault(origin),
    arrayFault("positions", positions, type),
    ...Object.entries({ ringVertices, ringEnds, faceEnds, solidEnds }).map(([name, ends]) =>
      arrayFault(name, ends, "Uint32Array"),
    ),
  )
  if (fault !== undefined) return fault
  return firstOf(
    indexFault("ringVertices", ringVertices, positions.length / 3, "vertices"),
    endsFault("ringEnds", ringEnds, ringVertices.length, "vertices of rings"),
    endsFault("faceEnds", faceEnds, ringEnds.length, "rings"),
    endsFault("solidEnds", solidEnds, faceEnds.length, "faces"),
    arrayFault("faceKinds", faceKinds, "Uint8Array", faceEnds.length),
    arrayFault("classes", classes, "Uint8Array", solidEnds.length),
    textsFault("ids", ids, solidEnds.length),
    columnsFault(columns, solidEnds.length),
  )
}

const textureFault = ({ charts, colours }: Texture): string | undefined => {
  if (!Array.isArray(charts)) return `has ${show(charts)} as charts; expected an array`
  for (const [k, chart] of (charts as Texture["charts"]).entries()) {
    const { width, height, faces, data } = isObject(chart) ? chart : ({} as Partial<typeof chart>)
    if (!isCount(width) || !isCount(height)) return `has a chart ${k} of ${show(width)} × ${show(height)} texels`
    const fault = firstOf(
      arrayFault(`faces of chart ${k}`, faces, "Uint32Array"),
      arrayFault(`data of chart ${k}`, data, "Uint8Array", 4 * (width ?? 0) * (height ?? 0)),
    )
    if (fault !== undefined) return fault
  }
  return arrayFault("colours", colours, "Uint32Array")
}

const shardsFault = (value: unknown): string | undefined => {
  if (!Array.isArray(value)) return `is ${show(value)}; expected an array of shards`
  for (const [k, shard] of (value as readonly Shard[]).entries()) {
    const { key, bytes, reads } = isObject(shard) ? (shard as unknown as Shard) : ({} as Partial<Shard>)
    if (typeof key !== "string" || !/^\d+\/-?\d+\/-?\d+$/.test(key))
      return `has ${show(key)} as key of shard ${k}; expected level/x/y`
    const fault = firstOf(
      arrayFault(`bytes of shard ${k}`, bytes, "Uint8Array"),
      textsFault(`reads of shard ${k}`, reads, Array.isArray(reads) ? reads.length : 0),
    )
    if (fault !== undefined) return fault
  }
  return undefined
}

const classesFault = (value: unknown, { kernel, inputs }: KernelUse): string | undefined => {
  const [points] = Object.entries(kernel.inputs).flatMap(([name, { kind }]) =>
    kind === "points" ? [(inputs as Readonly<Record<string, Points | undefined>>)[name]] : [],
  )
  if (value instanceof Uint8Array && value.length === points?.count) return undefined
  return `is ${show(value)}; expected Uint8Array of ${points?.count}, one class for each point`
}

import { availableParallelism } from "node:os"
import { resolve } from "node:path"
import type { Box2 } from "../core/geometry/box.js"
import { parseBox, parseBytes, parseEpsg, parseWhole, usageError } from "../core/parse-values.js"
import { defaultTextureFormat, type TextureFormat } from "../formats/raster/texture-format.js"
import { defaultMeshCompression, type MeshCompression } from "../formats/tiles3d/mesh-compression.js"
import type { SchemaName } from "../formats/vector/bdtopo-schema.js"
import type { VectorFormat } from "../formats/vector/vector-formats.js"
import { tileSizes } from "../grid/tile-key.js"
import { absoluteInput } from "../io/expand-inputs.js"
import type { OptionValue } from "../kernel.js"
import { checkOptions, type KernelOptions, unknownName } from "./check-options.js"
import { featuresInput, limitsInput } from "./given-input.js"
import { existingPath, outputFolder } from "./job-paths.js"
import { declareKernels } from "./kernels/declare-kernels.js"
import { defaultTriangles, leastTriangles, mostTriangles } from "./kernels/max-triangles.js"
import { defaultMesh, meshChoices, productNames } from "./kernels/mesh-presets.js"
import { defaultMemory } from "./memory-limit.js"
import { ircInput, orientedInput } from "./oriented-input.js"
import type { PathMap } from "./path-map.js"
import { parseTaskTimeout } from "./task-timeout.js"
import { parseColours, parseMeshCompression, parseTextureFormat, requireImagery } from "./texture-options.js"
import { parseSchema, parseVectorFormats } from "./vector-options.js"

/** A job, checked and complete. Paths are absolute; addresses stay as given. */
export interface Job {
  /** Point files, folders, globs and `http(s)` addresses. */
  readonly inputs: readonly string[]
  readonly out: string
  /** Image files and folders. */
  readonly imagery: readonly string[]
  /** Files and folders of colour-infrared orthophotos; absent: textures have no second image. */
  readonly irc?: readonly string[]
  /** Files and folders of oriented images, and of their orientations and cameras; without these they lie among the images. */
  readonly orientedImages?: readonly string[]
  readonly orientation?: readonly string[]
  readonly products: readonly string[]
  /** Layers that the product "vector" stands for; absent: all. */
  readonly layers?: readonly string[]
  /** True: features of layers tell which sources they lie in. */
  readonly sourceNames?: true
  /** Formats of the vector layers beside FlatGeobuf, which is always written. */
  readonly vectorFormats: readonly VectorFormat[]
  /** Names of the attributes in those formats. */
  readonly vectorSchema: SchemaName
  /** How the mesh is made. */
  readonly mesh: string
  /** Side of a work tile, metres. */
  readonly tileSize: number
  /** Distance between points that kernels get which state none, metres; absent: every point. */
  readonly spacing?: number
  /** Distance between points kept for looking at, metres; absent: none are kept. */
  readonly keepPoints?: number
  /** Most triangles of a content: a tile with more is written in parts. */
  readonly maxTriangles: number
  /** How the textures of contents are encoded. */
  readonly textureFormat: TextureFormat
  /** Whether contents are compressed. */
  readonly meshCompression: MeshCompression
  readonly workers: number
  /** Memory that all tasks running at one time may take. */
  readonly memoryBytes: number
  /** Processor seconds after which a task has run away, 0 for never; absent: by its estimate. */
  readonly taskTimeout?: number
  /** GeoJSON or FlatGeobuf polygons. */
  readonly aoi?: string
  /** CRS metres. */
  readonly bbox?: Box2
  /** Codes of départements: their tiles alone, and vector objects whose representative point lies in them. */
  readonly departement?: readonly string[]
  /** Polygons of départements with their codes: FlatGeobuf, GeoJSON, or what GDAL reads. */
  readonly limits?: string
  /** Polygons of buildings: FlatGeobuf, GeoJSON, or what GDAL reads. */
  readonly footprints?: string
  /** Lines along which the ground bends, with heights; in the same formats. */
  readonly breaklines?: string
  /** CRS of the points when they tell none. */
  readonly epsg?: number
  readonly heights: "orthometric" | "ellipsoidal"
  readonly geoid?: string
  /** Modules of third-party kernels. */
  readonly kernels: readonly string[]
  /** Text in the name or path of the images to be chosen first. */
  readonly prefer?: string
  /** `none`: images keep the colours that they have; absent: one solve makes them match. */
  readonly colours?: "none"
  /** Solve the colours of all images anew, as the next edition. */
  readonly newColours?: true
  /** Options by kernel id. */
  readonly options: Readonly<Record<string, Readonly<Record<string, OptionValue>>>>
  /** Attribution and licence line that every product carries; absent: from the point files (`attributionOf`). */
  readonly source?: string
  /** True: tiles are packed, few files instead of some a tile. */
  readonly pack?: true
  /** Make everything again. */
  readonly force: boolean
  /** Where paths that a plan names lie here; in no file that is written, which name paths as the plan does. */
  readonly pathMap?: PathMap
}

/**
 * What a caller or a job file gives: everything but `inputs` and `out` has a default. `memory` and `crs` are the readable forms of
 * `memoryBytes` ("2G") and `epsg` ("EPSG:2154").
 */
export interface JobInput {
  readonly inputs: readonly string[]
  readonly out: string
  readonly imagery?: readonly string[]
  readonly irc?: readonly string[]
  readonly orientedImages?: readonly string[]
  readonly orientation?: readonly string[]
  readonly products?: readonly string[]
  readonly layers?: readonly string[]
  readonly sourceNames?: boolean
  readonly vectorFormats?: readonly string[]
  readonly vectorSchema?: string
  readonly mesh?: string
  readonly tileSize?: number
  readonly spacing?: number
  readonly keepPoints?: number
  readonly maxTriangles?: number
  readonly textureFormat?: string
  readonly meshCompression?: string
  readonly workers?: number
  readonly memory?: string | number
  readonly memoryBytes?: number
  readonly taskTimeout?: number
  readonly aoi?: string
  readonly bbox?: string | readonly number[]
  readonly departement?: readonly string[]
  readonly limits?: string
  readonly footprints?: string
  readonly breaklines?: string
  readonly crs?: string | number
  readonly epsg?: number
  readonly heights?: string
  readonly geoid?: string
  readonly kernels?: readonly string[]
  readonly prefer?: string
  readonly colours?: string
  readonly newColours?: boolean
  readonly options?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly source?: string
  /** Of a resolved job: its source is the user's own, not one that follows from the point files. */
  readonly sourceStated?: boolean
  readonly pack?: boolean
  readonly force?: boolean
}

/** How {@link resolveJob} reads its input. */
export interface ResolveJobSettings {
  /** Folder that relative paths start from; default: the current one. */
  readonly folder?: string
  /** The kernels' declarations; default: maille's own and those of `input.kernels`, loaded. */
  readonly kernels?: readonly KernelOptions[]
  /** Where paths that a plan names lie here; those of the input are mapped already. */
  readonly pathMap?: PathMap
}

/** Bounds of {@link Job.spacing}, metres. */
export const [leastSpacing, mostSpacing] = [0.01, 100]

/**
 * Checks a job and fills in the defaults: workers = processors available, memory = 80 % of the machine's or of the control group's
 * limit, 1000 m tiles, all products, orthometric heights.
 *
 * Throws E_USAGE for an option (named, with what was found, what was expected and what to do), E_INPUT for a file that is missing.
 *
 * @example
 * const job = await resolveJob({ inputs: ["tiles/*.copc.laz"], out: "out", tileSize: 500, products: ["vector"] })
 */
export const resolveJob = async (input: JobInput, settings: ResolveJobSettings = {}): Promise<Job> => {
  const folder = settings.folder ?? process.cwd()
  const { inputs, out } = input
  if (!Array.isArray(inputs) || inputs.length === 0) {
    const remedy = "Give LAS, LAZ or COPC files, folders, globs or addresses."
    throw usageError("inputs", "none", "at least one point file", remedy)
  }
  if (typeof out !== "string" || out === "") throw usageError("--out", "nothing", "a folder", "Give --out DIR.")
  if (input.aoi !== undefined && input.bbox !== undefined) {
    throw usageError("--aoi", "--aoi and --bbox", "one of them", "Leave one out.")
  }
  requireImagery(input)
  const heights = heightsOf(input)
  const kernels = (input.kernels ?? []).map((file) => resolve(folder, file))
  const declared = settings.kernels ?? (await declareKernels(kernels)).map(({ kernel }) => kernel)
  const epsg = input.epsg ?? (input.crs === undefined ? undefined : parseEpsg(input.crs, "--crs"))
  return {
    inputs: await Promise.all(inputs.map((one) => absoluteInput(folder, one))),
    out: await outputFolder(resolve(folder, out)),
    imagery: await Promise.all((input.imagery ?? []).map((path) => existingPath(folder, path, "--imagery"))),
    ...(await ircInput(folder, input, productsOf(input.products))),
    ...(await orientedInput(folder, input, productsOf(input.products))),
    products: productsOf(input.products),
    ...layersOf(input),
    ...(input.sourceNames === true ? { sourceNames: true } : {}),
    ...vectorOf(input),
    mesh: meshOf(input.mesh),
    tileSize: tileSizeOf(input.tileSize ?? tileSizes[0]),
    ...(input.spacing === undefined ? {} : { spacing: spacingOf(input.spacing, "--spacing") }),
    ...(input.keepPoints === undefined ? {} : { keepPoints: spacingOf(input.keepPoints, "--keep-points") }),
    maxTriangles: parseWhole(input.maxTriangles ?? defaultTriangles, "--max-triangles", leastTriangles, mostTriangles),
    textureFormat: parseTextureFormat(input.textureFormat ?? defaultTextureFormat, "--texture-format"),
    meshCompression: parseMeshCompression(input.meshCompression ?? defaultMeshCompression, "--mesh-compression"),
    workers: parseWhole(input.workers ?? availableParallelism(), "--workers", 1, 1024),
    memoryBytes: parseBytes(input.memoryBytes ?? input.memory ?? defaultMemory(), "--memory"),
    ...(input.taskTimeout === undefined ? {} : { taskTimeout: parseTaskTimeout(input.taskTimeout) }),
    ...(input.aoi === undefined ? {} : { aoi: await existingPath(folder, input.aoi, "--aoi") }),
    ...(input.bbox === undefined ? {} : { bbox: parseBox(input.bbox, "--bbox") }),
    ...(await limitsInput(folder, input)),
    ...(await featuresInput(folder, input)),
    ...(epsg === undefined ? {} : { epsg }),
    heights,
    ...(input.geoid === undefined ? {} : { geoid: await existingPath(folder, input.geoid, "--geoid") }),
    kernels,
    ...(input.prefer === undefined ? {} : { prefer: input.prefer }),
    ...parseColours(input),
    options: checkOptions(input.options ?? {}, declared),
    ...(input.source === undefined ? {} : { source: input.source }),
    ...(input.pack === true ? { pack: true } : {}),
    force: input.force ?? false,
    ...(settings.pathMap === undefined || settings.pathMap.length === 0 ? {} : { pathMap: settings.pathMap }),
  }
}

const heightsOf = ({ heights = "orthometric", geoid }: JobInput): "orthometric" | "ellipsoidal" => {
  if (heights !== "orthometric" && heights !== "ellipsoidal") {
    const expected = "orthometric (above the geoid, as LiDAR HD) or ellipsoidal"
    throw usageError("--heights", `"${heights}"`, expected, "Say how the points' heights are given.")
  }
  if (heights === "ellipsoidal" && geoid !== undefined) {
    throw usageError("--geoid", "a grid", "none with --heights ellipsoidal", "Leave --geoid out: no geoid is needed.")
  }
  return heights
}

const productsOf = (products: readonly string[] = productNames): string[] => {
  for (const name of products) {
    if (!productNames.includes(name)) throw unknownName("product", name, productNames, "--products")
  }
  if (products.length === 0) {
    throw usageError("--products", "none", `one or more of ${productNames.join(", ")}`, "Leave it out for all.")
  }
  // In the fixed order, so that the order of the words changes no hash.
  return productNames.filter((name) => products.includes(name))
}

const layersOf = ({ layers, products }: JobInput): Pick<Job, "layers"> => {
  if (layers === undefined) return {}
  if (!productsOf(products).includes("vector"))
    throw usageError("--layers", layers.join(","), "the product vector beside it", "Add vector to --products.")
  if (layers.length === 0) throw usageError("--layers", "none", "names of layers", "Leave it out for all.")
  // In a fixed order, so that the order of the words changes no hash.
  return { layers: [...new Set(layers)].sort() }
}

const vectorOf = ({
  vectorFormats = [],
  vectorSchema = "maille",
  products,
}: JobInput): Pick<Job, "vectorFormats" | "vectorSchema"> => {
  const formats = parseVectorFormats(vectorFormats, "--vector-format")
  if (formats.length > 0 && products !== undefined && !products.includes("vector")) {
    const remedy = "Add vector to --products, or leave --vector-format out."
    throw usageError("--vector-format", formats.join(","), "the product vector beside it", remedy)
  }
  return { vectorFormats: formats, vectorSchema: parseSchema(vectorSchema, "--schema") }
}

const meshOf = (mesh: string = defaultMesh): string => {
  const choice = meshChoices.find((name) => name === mesh)
  if (choice === undefined) throw unknownName("way to make the mesh", mesh, meshChoices, "--mesh")
  return choice
}

const tileSizeOf = (size: number): number => {
  if ((tileSizes as readonly number[]).includes(size)) return size
  const remedy = "The sides divide or equal the 1 km of a delivered tile, on the grid from (0, 0)."
  throw usageError("--tile-size", String(size), `one of ${tileSizes.join(", ")}`, remedy)
}

const spacingOf = (spacing: number, flag: "--spacing" | "--keep-points"): number => {
  const mm = Math.round(spacing * 1000)
  if (mm >= leastSpacing * 1000 && mm <= mostSpacing * 1000 && Math.abs(spacing * 1000 - mm) < 1e-6) return mm / 1000
  const expected = `whole millimetres from ${leastSpacing} to ${mostSpacing} m`
  const without = flag === "--spacing" ? "every point" : "none"
  throw usageError(flag, String(spacing), expected, `Leave it out for ${without}.`)
}

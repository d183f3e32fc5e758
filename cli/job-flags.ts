import { existsSync } from "node:fs"
import { stat } from "node:fs/promises"
import { join, resolve } from "node:path"
import { type Command, InvalidArgumentError, Option } from "commander"
import { usageError } from "../engine/core/parse-values.js"
import { trustVrtVariable } from "../engine/formats/raster/load-gdal.js"
import { defaultTextureFormat, textureFormats } from "../engine/formats/raster/texture-format.js"
import { defaultMeshCompression, meshCompressions } from "../engine/formats/tiles3d/mesh-compression.js"
import { schemaNames } from "../engine/formats/vector/bdtopo-schema.js"
import { vectorFormats } from "../engine/formats/vector/vector-formats.js"
import { tileSizes } from "../engine/grid/tile-key.js"
import type { KernelOptions } from "../engine/job/check-options.js"
import { type Job, type JobInput, resolveJob } from "../engine/job/job.js"
import { declareKernels } from "../engine/job/kernels/declare-kernels.js"
import { defaultTriangles } from "../engine/job/kernels/max-triangles.js"
import { defaultMesh, meshChoices, productNames } from "../engine/job/kernels/mesh-presets.js"
import { readStoredJob } from "../engine/job/output-folder.js"
import { parsePathMap, pathMapVariable } from "../engine/job/path-map.js"
import { colourChoices } from "../engine/job/texture-options.js"
import { readJobFile } from "../engine/plan/job-file.js"
import type { FolderChange } from "../engine/run/admit-job.js"
import { addKernelOptions, readKernelOptions } from "./options.js"

const number = (text: string): number => {
  const value = Number(text)
  if (text.trim() !== "" && Number.isFinite(value)) return value
  throw new InvalidArgumentError("Expected a number without a unit.")
}
/** Names of a list with commas; the flag may be repeated. */
const list = (text: string, earlier: readonly string[] = []): string[] => [
  ...earlier,
  ...text.split(",").map((part) => part.trim()),
]

/** Collects the values of a flag that may be repeated. */
export const addTo = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value]

/** Help of `--map-path`. */
export const mapPathHelp =
  "paths of the job file and of its plan that lie in FROM lie in TO here, as in a container; may be repeated (also MAILLE_MAP_PATH=FROM=TO;…)"

/** Help of `--trust-kernels`. */
export const trustHelp = "run the kernels that the job file names: they are code (default: refuse them)"
/** Adds the flag by which VRTs may do what GDAL lets them. It holds for this process and its children, and is not kept. */
export const addTrustVrt = (command: Command): Command =>
  command
    .option(
      "--trust-vrt",
      `take VRT images that read raw bytes, compute or fetch (also ${trustVrtVariable}=1, which maille submit passes on)`,
    )
    .on("option:trust-vrt", () => {
      process.env[trustVrtVariable] = "1"
    })

/** Adds the flags that describe a job: those of `run` and `plan`. */
export const addJobFlags = (command: Command, kernels: readonly KernelOptions[]): void => {
  command
    .argument("[input...]", "LAS, LAZ and COPC files, folders, globs, http(s) addresses")
    .option("--job <file>", "job file (JSON); flags given beside it win")
    .option("--out <dir>", "output folder")
    .option("--imagery <path...>", "image files and folders")
    .option(
      "--irc <path...>",
      "colour-infrared orthophotos (near infrared, red, green) of the same ground: a second image of each texture",
    )
    .option(
      "--oriented-images <path...>",
      "images with a known camera and attitude, for kernels that ask for them: files and folders",
    )
    .option("--orientation <path...>", "their orientations and cameras (default: looked for among the images)")
    .option("--products <list>", `what to make, of ${productNames.join(",")} (default: all)`, list)
    .option("--layers <list>", "layers of vector, such as building,water (default: all; see docs/layers.md)", list)
    .option("--source-names", "features of layers tell which source files they lie in (column sources)")
    .option(
      "--vector-format <list>",
      `formats of the vector layers beside FlatGeobuf, of ${vectorFormats.join(",")} (default: none)`,
      list,
    )
    .addOption(
      new Option(
        "--schema <name>",
        "names of the attributes in those formats: maille's own, or BD TOPO's for buildings (default: maille)",
      ).choices(schemaNames),
    )
    .addOption(
      new Option(
        "--mesh <way>",
        `the mesh: model (ground, buildings, bridges, vegetation), ground alone, or one surface over everything (default: ${defaultMesh})`,
      ).choices(meshChoices),
    )
    .addOption(
      new Option("--tile-size <m>", `side of a work tile, one of ${tileSizes.join(", ")} (default: 1000)`).argParser(
        number,
      ),
    )
    .option("--spacing <m>", "thin points to one a cell of this side and class (default: every point)", number)
    .option(
      "--keep-points [m]",
      "keep points of this distance as COPC, to look at (default: none; 0.5 without a number)",
      number,
    )
    .option(
      "--max-triangles <n>",
      `most triangles of a content of the tileset; a tile with more is written in parts; a parent has at most four times as many (default: ${defaultTriangles})`,
      number,
    )
    .addOption(
      new Option("--texture-format <name>", `how textures are encoded (default: ${defaultTextureFormat})`).choices([
        ...textureFormats,
      ]),
    )
    .addOption(
      new Option(
        "--mesh-compression <name>",
        `none: contents that any glTF reader opens, but larger (default: ${defaultMeshCompression})`,
      ).choices([...meshCompressions]),
    )
    .option("--workers <n>", "worker threads (default: the processors)", number)
    .option("--memory <size>", "memory of all workers, such as 2G (default: 80 % of the machine's or the container's)")
    .option(
      "--task-timeout <seconds>",
      "processor time after which a task has run away and is ended; 0 for never (default: 50 times its estimate, an hour at least)",
      number,
    )
    .option("--aoi <file>", "GeoJSON or FlatGeobuf polygons: only tiles that meet them")
    .option("--bbox <x,y,x,y>", "box in CRS metres: only tiles that meet it")
    .option("--departement <codes>", "départements, such as 34,67: their tiles, and the vector objects in them", list)
    .option("--limits <file>", "polygons of départements with their codes (FlatGeobuf, GeoJSON, GeoPackage, Shapefile)")
    .option("--footprints <file>", "outlines of buildings (FlatGeobuf, GeoJSON, GeoPackage, Shapefile)")
    .option("--breaklines <file>", "3D lines along which the ground bends, in the same formats")
    .option("--crs <EPSG:n>", "CRS of points that tell none")
    .option("--heights <kind>", "what the points' heights are: orthometric or ellipsoidal (default: orthometric)")
    .option("--geoid <file>", "geoid grid (GeoTIFF) for the place on the globe")
    .option("--kernel <file...>", "modules of third-party kernels")
    .option("--trust-kernels", trustHelp)
    .option("--prefer <text>", "text in the name of the images to be chosen first")
    .addOption(
      new Option(
        "--colours <way>",
        "solve: one gain and bias an image make all images of the job match; none: they keep their colours (default: solve)",
      ).choices([...colourChoices]),
    )
    .option("--new-colours", "solve the colours of all images anew (default: keep those that the output folder holds)")
    .option("--source <text>", "attribution and licence line of the products (default: IGN's for LiDAR HD, else none)")
    .option("--pack", "few files: tiles are packed into 3D Tiles archives (.3tz) and ZIPs, one set a run or shard")
    .option("--force", "make everything again")
  addKernelOptions(addTrustVrt(command), kernels)
}

/** Adds the flags that tell what may become of what the output folder holds. */
export const addChangeFlags = (command: Command): Command =>
  command
    .option("--add", "make further products or layers in the output folder, and keep what it holds")
    .option("--replace", "replace the job of the output folder: what this job does not make is removed at the end")

/** What the flags allow. */
export const changeOf = ({
  add,
  replace,
}: {
  readonly add?: true
  readonly replace?: true
}): { readonly change?: FolderChange } => {
  if (add && replace) throw usageError("--add", "--replace beside it", "one of them", "Leave one out.")
  return add ? { change: "add" } : replace ? { change: "replace" } : {}
}

/** Names that flags of the command itself have among the parsed ones. */
const OWN: ReadonlySet<string> = new Set(
  "job out imagery irc orientedImages orientation products layers sourceNames vectorFormat schema mesh tileSize spacing keepPoints maxTriangles textureFormat meshCompression workers memory taskTimeout aoi bbox departement limits footprints breaklines crs heights geoid kernel trustKernels prefer colours newColours source pack force set json log dryRun grace strict verify shard shardOffset phase mapPath shards costsFrom add replace trustVrt".split(
    " ",
  ),
)

/**
 * The checked job of a command line. `out`: the output folder where neither the flags nor a job file name one.
 *
 * @throws EngineError what resolveJob and readJobFile throw
 */
export const readJob = async (
  inputs: readonly string[],
  flags: Readonly<Record<string, unknown>>,
  { out: usualOut = "" }: { readonly out?: string } = {},
): Promise<Job> => {
  const { job, kernel, trustKernels: trust, ...rest } = flags as Flags
  await checkWords(inputs, flags)
  const pathMap = parsePathMap(rest.mapPath ?? [], process.env[pathMapVariable])
  if (rest.mapPath !== undefined && job === undefined)
    throw usageError(
      "--map-path",
      "no --job",
      "--job FILE beside it",
      "Paths that are given themselves are as they are.",
    )
  const file: Partial<JobInput> =
    job === undefined ? {} : await readJobFile(job, pathMap, { trust, given: kernel, restore: rest.verify === true })
  // The folder's own are the job's too, with --add.
  const out = rest.out ?? file.out ?? usualOut
  const former = rest.add && trust ? (await readStoredJob(out, pathMap))?.kernels : undefined
  const modules = [...new Set([...(former ?? []), ...(kernel ?? file.kernels ?? []).map((path) => resolve(path))])]
  const kernels = (await declareKernels(modules)).map((loaded) => loaded.kernel)
  const values = readKernelOptions(flags, kernels, OWN)
  const options: Record<string, Record<string, unknown>> = { ...file.options }
  for (const [id, own] of Object.entries(values)) options[id] = { ...options[id], ...own }
  const { crs, memory, bbox, aoi } = rest
  // What a flag says replaces the other form of the same thing in the file.
  const { epsg, memoryBytes, ...fields } = file
  const kept = { ...(crs === undefined ? { epsg } : {}), ...(memory === undefined ? { memoryBytes } : {}) }
  const area = bbox !== undefined || aoi !== undefined ? { bbox, aoi } : {}
  const given: Record<string, unknown> = Object.fromEntries(
    Object.entries(rest).filter(([name]) => jobFields.has(name)),
  )
  // In a job file their names say what they are of.
  if (rest.vectorFormat !== undefined) given["vectorFormats"] = rest.vectorFormat
  if (rest.schema !== undefined) given["vectorSchema"] = rest.schema
  // The flag alone, without a number.
  if (given["keepPoints"] === true) given["keepPoints"] = 0.5
  const input = { ...fields, ...kept, ...given, ...area, kernels: modules, options }
  return resolveJob(
    { ...defined(input), inputs: inputs.length > 0 ? inputs : (file.inputs ?? []), out },
    { kernels, ...(job === undefined ? {} : { pathMap }) },
  )
}

/** Flags that take every word behind them. */
const variadic = ["imagery", "irc", "orientedImages", "orientation", "kernel"] as const

/** Refuses words that were meant for another flag: a box or a list of products with spaces, inputs behind images. */
const checkWords = async (inputs: readonly string[], flags: Readonly<Record<string, unknown>>): Promise<void> => {
  const { bbox, products, job } = flags as Flags & { readonly products?: readonly string[] }
  const numbers = inputs.filter((word) => word.trim() !== "" && Number.isFinite(Number(word)))
  if (bbox !== undefined && !bbox.includes(",") && numbers.length > 0) {
    const found = `"${[bbox, ...numbers].join(" ")}"`
    throw usageError("--bbox", found, "four numbers with commas", `Give --bbox ${[bbox, ...numbers].join(",")}.`)
  }
  const names = inputs.filter((word) => productNames.includes(word) && !existsSync(word))
  if (products !== undefined && names.length > 0) {
    const all = [...products, ...names]
    throw usageError("--products", `"${all.join(" ")}"`, "names with commas", `Give --products ${all.join(",")}.`)
  }
  const greedy = variadic.find((name) => flags[name] !== undefined)
  if (inputs.length === 0 && job === undefined && greedy !== undefined) {
    const flag = `--${greedy === "orientedImages" ? "oriented-images" : greedy}`
    const remedy = `${flag} takes every path behind it: put the point files before it.`
    throw usageError("inputs", "none", "at least one point file", remedy)
  }
  if (job !== undefined && (await stat(job).catch(() => undefined))?.isDirectory())
    throw usageError("--job", `the folder ${job}`, "a job file", `Give --job ${join(job, "job.json")}.`)
}

interface Flags {
  readonly job?: string
  readonly kernel?: readonly string[]
  readonly trustKernels?: true
  readonly add?: true
  readonly out?: string
  readonly vectorFormat?: readonly string[]
  readonly schema?: string
  readonly mapPath?: readonly string[]
  readonly crs?: string
  readonly memory?: string
  readonly bbox?: string
  readonly aoi?: string
  readonly verify?: true
}

const jobFields: ReadonlySet<string> = new Set(
  "imagery irc orientedImages orientation products layers sourceNames mesh tileSize spacing keepPoints maxTriangles textureFormat meshCompression workers memory taskTimeout departement limits footprints breaklines crs heights geoid prefer colours newColours source pack force".split(
    " ",
  ),
)

const defined = (input: object): object =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))

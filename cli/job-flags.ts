/**
 * The flags that describe a job, made from the table of its fields, and the job of a command line.
 */
import { existsSync } from "node:fs"
import { stat } from "node:fs/promises"
import { join } from "node:path"
import { Argument, type Command, InvalidArgumentError, Option } from "commander"
import { optionError, usageError } from "../engine/core/parse-values.js"
import { trustVrtVariable } from "../engine/formats/raster/load-gdal.js"
import { collectPorts } from "../engine/job/declared-ports.js"
import { externalInputs, ownRasterInputs } from "../engine/job/external-inputs.js"
import { fieldGroups, type JobField } from "../engine/job/field-kinds.js"
import { type FieldName, type FieldRow, fieldRows, flagOf, jobFields, listFields } from "../engine/job/fields.js"
import { type Job, type JobInput, resolveJob } from "../engine/job/job.js"
import { declareKernels } from "../engine/job/kernels/declare-kernels.js"
import { locateKernel } from "../engine/job/kernels/locate-kernel.js"
import { productNames } from "../engine/job/kernels/presets.js"
import { type FolderChange, readStoredJob } from "../engine/job/output-folder.js"
import { parsePathMap, pathMapVariable } from "../engine/job/path-map.js"
import type { Kernel, Text } from "../engine/kernel.js"
import { readJobFile } from "../engine/plan/job-file.js"
import { completeBy, describeBy } from "./help/declare.js"
import { addKernelOptions, readKernelOptions } from "./options.js"

/** Adds the flags that describe a job, for `run` and `plan`. */
export const addJobFlags = (command: Command, kernels: readonly Kernel[]): void => {
  addInputs(command, "[input...]")
  const rows = listFields(kernels)
  // By group: the help keeps the order of the declarations.
  for (const group of Object.keys(fieldGroups))
    for (const row of rows) if (row[1].flag !== undefined && row[1].group === group) addFlag(command, row)
  command.addOption(
    new Option("--job <file>", "job file (JSON); other options win over it").helpGroup(heading("inputs")),
  )
  const layers = command.options.find(({ long }) => long === flagOf("layers"))
  if (layers) completeBy(layers, [...collectPorts(kernels).layers.keys()])
  command.optionsGroup(heading("advanced")).option("--trust-kernels", trustHelp)
  addKernelOptions(addTrustVrt(command), kernels)
}

/** Options of the short help of `run` and `plan`. */
export const basicOptions = (kernels: readonly Kernel[]): string[] => [
  ...["--imagery", "--oriented-images", "--crs", "--job"],
  ...["--products", "--layers", "--mesh", "--tile-size", "--vector-format", "--mesh-compression"],
  ...["--bbox", "--aoi", "--departement", "--workers", "--memory", "--out", "--add", "--replace", "--dry-run"],
  ...["--strict", "--json"],
  ...externalInputs(kernels).flatMap(({ common, flag }) => (common ? [flag] : [])),
]

/** Adds the argument for point files. */
export const addInputs = (command: Command, form: "<input...>" | "[input...]"): Command =>
  command.addArgument(describeBy(new Argument(form), jobFields.inputs.help))

/** Heading of the flags of a group of fields. */
export const heading = (group: JobField["group"]): string => `${fieldGroups[group].en}:`

/**
 * Adds the flag of one field. `fallback`: the default to show, where it differs from that of `run`.
 */
export const addFieldFlag = (command: Command, name: FieldName, fallback?: Text): Command =>
  addFlag(command, [name, jobFields[name]], fallback)

const addFlag = (command: Command, [, field]: FieldRow, fallback?: Text): Command => {
  const { flag = "", choices, parse, names = [] } = field
  const text: Text = { en: describeField(field, "en", fallback), fr: describeField(field, "fr", fallback) }
  const option = completeBy(describeBy(new Option(flag), text), names).helpGroup(heading(field.group))
  if (choices) option.choices(choices)
  if (parse === "number") option.argParser(readNumber)
  if (parse === "list") option.argParser(readList)
  return command.addOption(option)
}

const describeField = (field: JobField, language: keyof Text, other = field.fallback): string => {
  const { help, more, names, default: usual } = field
  const value = typeof usual === "string" || typeof usual === "number" ? usual : undefined
  const without = other?.[language] ?? value
  const list = names ? `${language === "fr" ? " :" : ":"} ${names.join(", ")}` : ""
  const standard = without === undefined ? "" : ` (${language === "fr" ? "par défaut : " : "default: "}${without})`
  return `${help[language]}${list}${standard}${more ? `\n${more[language]}` : ""}`
}

const readNumber = (text: string): number => {
  const value = Number(text)
  if (text.trim() !== "" && Number.isFinite(value)) return value
  throw new InvalidArgumentError("Expected a number without a unit.")
}

/** Names of a list with commas; the flag may be repeated. */
const readList = (text: string, earlier: readonly string[] = []): string[] => [
  ...earlier,
  ...text.split(",").map((part) => part.trim()),
]

/** Collects the values of a flag that may be repeated. */
export const addTo = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value]

export const mapPathHelp =
  "replace the folder FROM in paths of the job by TO\nfor containers, which mount folders elsewhere; may be repeated (also MAILLE_MAP_PATH=FROM=TO;…)"

export const trustHelp =
  "run the kernels that the job file names\nkernels are code; without this option they are refused"
/**
 * Adds `--trust-vrt`, which allows VRTs all that GDAL does with them. It applies to this process
 * and its children and is not stored.
 */
export const addTrustVrt = (command: Command): Command =>
  command
    .option(
      "--trust-vrt",
      `accept VRT images that read raw bytes, compute or download\nalso ${trustVrtVariable}=1, which maille submit passes on`,
    )
    .on("option:trust-vrt", () => {
      process.env[trustVrtVariable] = "1"
    })

/** Adds the flags that allow changes to an existing output folder. */
export const addChangeFlags = (command: Command): Command =>
  command
    .option("--add", "add products or layers to the output folder\nwhat it holds is kept")
    .option(
      "--replace",
      "replace the job of the output folder\nproducts that this job does not make are removed at the end",
    )

/** The change that the flags allow. */
export const readChange = ({
  add,
  replace,
}: {
  readonly add?: true
  readonly replace?: true
}): { readonly change?: FolderChange } => {
  if (add && replace) throw optionError("--add", "given with --replace. Leave one of the two out.")
  return add ? { change: "add" } : replace ? { change: "replace" } : {}
}

/**
 * Reads and checks the job of a command line. `out`: the output folder where neither the flags nor
 * a job file name one.
 * @throws EngineError the errors of resolveJob and readJobFile
 */
export const readJob = async (
  inputs: readonly string[],
  flags: Readonly<Record<string, unknown>>,
  { out: usualOut = "" }: { readonly out?: string } = {},
): Promise<Job> => {
  const { job, kernel: named, trustKernels: trust, ...rest } = flags as Flags
  await checkWords(inputs, flags)
  const kernel = named && (await Promise.all(named.map((name) => locateKernel(process.cwd(), name))))
  const pathMap = parsePathMap(rest.mapPath ?? [], process.env[pathMapVariable])
  if (rest.mapPath !== undefined && job === undefined)
    throw optionError("--map-path", "it maps the paths of a job file. Give --job FILE, or leave --map-path out.")
  const file: Partial<JobInput> =
    job === undefined ? {} : await readJobFile(job, pathMap, { trust, named: kernel, restore: rest.verify === true })
  // With --add, the kernels of the folder belong to the job too.
  const out = rest.out ?? file.out ?? usualOut
  const former = rest.add && trust ? (await readStoredJob(out, pathMap))?.kernels : undefined
  const modules = [...new Set([...(former ?? []), ...(kernel ?? file.kernels ?? [])])]
  const kernels = (await declareKernels(modules)).map((loaded) => loaded.kernel)
  const values = readKernelOptions(flags, kernels)
  const options: Record<string, Record<string, unknown>> = { ...file.options }
  for (const [id, own] of Object.entries(values)) options[id] = { ...options[id], ...own }
  const stated: Record<string, unknown> = { ...file }
  // A box and an area are two forms of one field: either flag replaces both of the file.
  if (rest.bbox !== undefined || rest.aoi !== undefined) for (const name of ["bbox", "aoi"]) delete stated[name]
  for (const [name, { flag, formOf, bare }] of listFields(kernels)) {
    const value = flag === undefined ? undefined : flags[new Option(flag).attributeName()]
    if (value === undefined) continue
    stated[name] = value === true && bare !== undefined ? bare : value
    // A flag replaces the other form of the same field in the file.
    if (formOf !== undefined) delete stated[formOf]
  }
  const files = inputs.length > 0 ? inputs : (file.inputs ?? [])
  const hasRaster = ownRasterInputs(kernels).some(({ name }) => stated[name] !== undefined)
  if (files.length === 0 && job === undefined && !hasRaster) checkGreedy(flags)
  return resolveJob(
    { ...stated, inputs: files, out, kernels: modules, options },
    { kernels, ...(job === undefined ? {} : { pathMap }) },
  )
}

/**
 * Refuses words that were meant for another flag: a box or products with spaces, inputs after
 * images.
 */
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
  if (job !== undefined && (await stat(job).catch(() => undefined))?.isDirectory())
    throw optionError("--job", `${job} is a folder, not a job file. Give --job ${join(job, "job.json")}.`)
}

/** Refuses a command whose flags have taken its point files: they take every word after them. */
const checkGreedy = (flags: Readonly<Record<string, unknown>>): void => {
  const greedy = fieldRows.find(
    ([, { flag }]) => flag?.includes("...") && flags[new Option(flag).attributeName()] !== undefined,
  )
  if (greedy === undefined) return
  const remedy = `${flagOf(greedy[0])} takes all paths after it. Put the point files before it.`
  throw optionError("inputs", `no point file. ${remedy}`)
}

interface Flags {
  readonly job?: string
  readonly kernel?: readonly string[]
  readonly trustKernels?: true
  readonly add?: true
  readonly out?: string
  readonly mapPath?: readonly string[]
  readonly bbox?: string
  readonly aoi?: string
  readonly verify?: true
}

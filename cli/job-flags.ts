/**
 * The flags that describe a job, made from the table of its fields, and the job of a command line.
 */
import { existsSync } from "node:fs"
import { stat } from "node:fs/promises"
import { join, resolve } from "node:path"
import { type Command, InvalidArgumentError, Option } from "commander"
import { usageError } from "../engine/core/parse-values.js"
import { trustVrtVariable } from "../engine/formats/raster/load-gdal.js"
import type { KernelOptions } from "../engine/job/check-options.js"
import { type FieldName, fieldGroups, fieldRows, flagOf, type JobField, jobFields } from "../engine/job/fields.js"
import { type Job, type JobInput, resolveJob } from "../engine/job/job.js"
import { declareKernels } from "../engine/job/kernels/declare-kernels.js"
import { productNames } from "../engine/job/kernels/presets.js"
import { type FolderChange, readStoredJob } from "../engine/job/output-folder.js"
import { parsePathMap, pathMapVariable } from "../engine/job/path-map.js"
import { readJobFile } from "../engine/plan/job-file.js"
import { addKernelOptions, readKernelOptions } from "./options.js"

/** Adds the flags that describe a job, for `run` and `plan`. */
export const addJobFlags = (command: Command, kernels: readonly KernelOptions[]): void => {
  command
    .argument("[input...]", jobFields.inputs.help.en)
    .addOption(
      new Option("--job <file>", "job file (JSON); flags given beside it win").helpGroup(heading(jobFields.inputs)),
    )
  for (const [name, { flag }] of fieldRows) if (flag !== undefined) addFieldFlag(command, name)
  command.optionsGroup(heading(jobFields.kernels)).option("--trust-kernels", trustHelp)
  addKernelOptions(addTrustVrt(command), kernels)
}

const heading = ({ group }: Pick<JobField, "group">): string => `${fieldGroups[group].en}:`

/**
 * Adds the flag of one field. `fallback`: the default to show, where it differs from that of `run`.
 */
export const addFieldFlag = (command: Command, name: FieldName, fallback?: string): Command => {
  const field: JobField = jobFields[name]
  const { flag = "", choices, parse } = field
  const option = new Option(flag, helpOf(field, fallback)).helpGroup(heading(field))
  if (choices) option.choices(choices)
  if (parse === "number") option.argParser(readNumber)
  if (parse === "list") option.argParser(readList)
  return command.addOption(option)
}

const helpOf = ({ help, names, fallback, default: usual }: JobField, other = fallback?.en): string => {
  const value = typeof usual === "string" || typeof usual === "number" ? usual : undefined
  const without = other ?? value
  return `${help.en}${names ? `, of ${names.join(",")}` : ""}${without === undefined ? "" : ` (default: ${without})`}`
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
  "paths of the job file and of its plan that lie in FROM lie in TO here, as in a container; may be repeated (also MAILLE_MAP_PATH=FROM=TO;…)"

export const trustHelp = "run the kernels that the job file names: they are code (default: refuse them)"
/**
 * Adds `--trust-vrt`, which allows VRTs all that GDAL does with them. It applies to this process
 * and its children and is not stored.
 */
export const addTrustVrt = (command: Command): Command =>
  command
    .option(
      "--trust-vrt",
      `take VRT images that read raw bytes, compute or fetch (also ${trustVrtVariable}=1, which maille submit passes on)`,
    )
    .on("option:trust-vrt", () => {
      process.env[trustVrtVariable] = "1"
    })

/** Adds the flags that allow changes to an existing output folder. */
export const addChangeFlags = (command: Command): Command =>
  command
    .option("--add", "make further products or layers in the output folder, and keep what it holds")
    .option("--replace", "replace the job of the output folder: what this job does not make is removed at the end")

/** The change that the flags allow. */
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
  // With --add, the kernels of the folder belong to the job too.
  const out = rest.out ?? file.out ?? usualOut
  const former = rest.add && trust ? (await readStoredJob(out, pathMap))?.kernels : undefined
  const modules = [...new Set([...(former ?? []), ...(kernel ?? file.kernels ?? []).map((path) => resolve(path))])]
  const kernels = (await declareKernels(modules)).map((loaded) => loaded.kernel)
  const values = readKernelOptions(flags, kernels)
  const options: Record<string, Record<string, unknown>> = { ...file.options }
  for (const [id, own] of Object.entries(values)) options[id] = { ...options[id], ...own }
  const stated: Record<string, unknown> = { ...file }
  // A box and an area are two forms of one field: either flag replaces both of the file.
  if (rest.bbox !== undefined || rest.aoi !== undefined) for (const name of ["bbox", "aoi"]) delete stated[name]
  for (const [name, { flag, formOf, bare }] of fieldRows) {
    const value = flag === undefined ? undefined : flags[new Option(flag).attributeName()]
    if (value === undefined) continue
    stated[name] = value === true && bare !== undefined ? bare : value
    // A flag replaces the other form of the same field in the file.
    if (formOf !== undefined) delete stated[formOf]
  }
  const given = inputs.length > 0 ? inputs : (file.inputs ?? [])
  return resolveJob(
    { ...stated, inputs: given, out, kernels: modules, options },
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
  // Flags that take every word after them.
  const greedy = fieldRows.find(
    ([, { flag }]) => flag?.includes("...") && flags[new Option(flag).attributeName()] !== undefined,
  )
  if (inputs.length === 0 && job === undefined && greedy !== undefined) {
    const remedy = `${flagOf(greedy[0])} takes every path behind it: put the point files before it.`
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
  readonly mapPath?: readonly string[]
  readonly bbox?: string
  readonly aoi?: string
  readonly verify?: true
}

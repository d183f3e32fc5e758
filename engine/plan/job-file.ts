/** Reads a job file and checks it against the schema of the kernels that it names. */
import { basename, dirname, resolve } from "node:path"
import type { ErrorObject } from "ajv"
import { readWhole } from "../core/files/read-whole.js"
import { conforms, isObject } from "../core/json/json-shape.js"
import { parseJson } from "../core/json/parse-json.js"
import { EngineError, unreadable } from "../errors.js"
import { isUrl } from "../io/byte-source.js"
import { absoluteInput } from "../io/expand-inputs.js"
import { type KernelOptions, unknownName } from "../job/check-options.js"
import { readCopy } from "../job/copied-text.js"
import type { JsonSchema, PathKind } from "../job/field-kinds.js"
import type { Job, JobInput } from "../job/job.js"
import { jobSchema } from "../job/job-schema.js"
import { declareKernels } from "../job/kernels/declare-kernels.js"
import { locateKernel } from "../job/kernels/locate-kernel.js"
import { type KernelTrust, requirePlanned, requireTrust, thirdParty } from "../job/kernels/trust-kernels.js"
import { planLayout } from "../job/layout.js"
import { folderOfJobFile, jobName } from "../job/output-folder.js"
import { eachPath, mapJobPaths, mapPath, type PathMap } from "../job/path-map.js"
import { derivedSources } from "../spatial/attribution.js"
import { readShardPlan } from "./shards/read-shard-plan.js"

/**
 * Reads a job file and checks it against the schema, with the kernels that it names. Relative paths
 * start from the file's folder; all paths become absolute and mapped. The job of an output folder
 * refers to the folder that contains it, even if moved or copied. Kernels run only if `trust`
 * allows; those of a plan must have unchanged bytes.
 *
 * @param options.restore use the sealed copy instead of a damaged or edited `job.json`
 * @throws EngineError E_INPUT if the file is unreadable, or is a run's `job.json` and differs from
 * what the run wrote
 * @throws EngineError E_USAGE if it is no JSON, violates the schema (the message names the place)
 * or names kernels that may not run
 */
export const readJobFile = async (
  source: string,
  map: PathMap = [],
  { restore = false, ...trust }: KernelTrust & { readonly restore?: boolean } = {},
): Promise<JobInput> => {
  const path = mapPath(map, source)
  const folder = dirname(resolve(path))
  const value = await readJson(path, restore)
  const modules = await Promise.all(modulesOf(value).map((name) => locateKernel(folder, name)))
  const files = modules.map((file) => mapPath(map, file))
  await requireTrust(files, trust, path)
  const code = await thirdParty(modules)
  if (code.length > 0 && basename(folder) === planLayout.folder && (await folderOfJobFile(path)) !== undefined)
    await requirePlanned(new Map(code.map((file) => [file, mapPath(map, file)])), await readShardPlan(dirname(folder)))
  const kernels = (await declareKernels(files)).map(({ kernel }) => kernel)
  const job = withStatedSource(await checkJob(value, kernels, path))
  // The folder that contains the file now.
  const own = "version" in job ? await folderOfJobFile(path) : undefined
  const place = (file: string, kind: PathKind): string =>
    isUrl(file) && kind !== "output" ? file : resolve(folder, file)
  const absolute = eachPath(job, place, kernels)
  const resolved = {
    ...absolute,
    inputs: await Promise.all(job.inputs.map((input) => absoluteInput(folder, input))),
    kernels: modules,
    // A resolved job describes products; `force` and `newColours` describe one run.
    ...("version" in job ? { force: false, newColours: false } : {}),
  }
  const mapped = mapJobPaths(map, resolved, kernels)
  return own === undefined ? mapped : { ...mapped, out: own }
}

/** Returns the source line for a resolved job, and whether the user stated it. */
export const writtenSource = ({ source }: Pick<Job, "source">, line: string): object =>
  source === undefined ? { source: line } : { source: line, sourceStated: true }

/**
 * Drops the source line of a resolved job if it was derived from the point files: they may change,
 * so it is derived again.
 */
const withStatedSource = (job: JobInput): JobInput => {
  const { source, ...rest } = job
  const isDerived = "version" in job && job.sourceStated !== true && derivedSources.has(source ?? "")
  return isDerived ? rest : job
}

/** Checks the content of a job file against the schema. Throws E_USAGE for the first fault. */
export const checkJob = async (value: unknown, kernels: readonly KernelOptions[], file: string): Promise<JobInput> => {
  // Sound jobs need no Ajv, which takes a quarter of a second to load and to compile the schema.
  const named = isObject(value) && isObject(value["options"]) ? value["options"] : {}
  const isNamed = ({ id }: KernelOptions): boolean => Object.hasOwn(named, id)
  if (conforms(value, jobSchema(kernels, kernels.filter(isNamed)))) return value as JobInput
  const stages = isObject(value) ? value["pipeline"] : value
  if (Array.isArray(stages) && stages.length > 0) {
    const text = `${file}: a pipeline of PDAL, not a job of maille. Give its reader's file: maille run IN.laz --out OUT/.`
    throw new EngineError("E_USAGE", text, { file, option: "--job" })
  }
  const schema = jobSchema(kernels)
  const { Ajv } = await import("ajv")
  const ajv = new Ajv({ allowUnionTypes: true })
  if (ajv.validate<JobInput>(schema, value)) return value
  throw describeFault(ajv.errors?.[0], schema, file)
}

const SCHEMA = "To see the schema: maille kernels --schema."

const describeFault = (fault: ErrorObject | undefined, schema: JsonSchema, file: string): EngineError => {
  const place = fault?.instancePath.slice(1).replaceAll("/", ".") || "job"
  if (fault?.keyword === "additionalProperties") {
    const name = String(fault.params["additionalProperty"])
    const what =
      place === "job" ? "field" : place === "options" ? "kernel" : `option of ${place.slice("options.".length)}`
    const error = unknownName(what, name, propertiesAt(schema, fault.instancePath), name)
    return new EngineError("E_USAGE", `${file}: ${error.message}`, { file, option: name })
  }
  if (fault?.keyword === "required") {
    const name = `${place === "job" ? "" : `${place}.`}${String(fault.params["missingProperty"])}`
    return new EngineError("E_USAGE", `${file}: ${name} is missing. ${SCHEMA}`, { file, option: name })
  }
  const allowed = fault?.keyword === "enum" ? `: ${(fault.params["allowedValues"] as unknown[]).join(", ")}` : ""
  const text = `${file}: ${place} ${fault?.message ?? "is not valid"}${allowed}. ${SCHEMA}`
  return new EngineError("E_USAGE", text, { file, option: place })
}

const propertiesAt = (schema: JsonSchema, instancePath: string): string[] => {
  let at = schema
  for (const part of instancePath.split("/").slice(1)) {
    const inner = (at["properties"] as JsonSchema | undefined)?.[part]
    if (inner === undefined) return []
    at = inner as JsonSchema
  }
  return Object.keys((at["properties"] as JsonSchema | undefined) ?? {})
}

const readJson = async (path: string, restore: boolean): Promise<unknown> => {
  const context = { file: path, option: "--job" }
  const own = await folderOfJobFile(path)
  const copy = own === dirname(resolve(path)) ? await readCopy(own, jobName) : undefined
  let content: string
  try {
    content = copy !== undefined && restore ? copy : new TextDecoder().decode(await readWhole(path))
  } catch (cause) {
    throw unreadable(path, cause, "--job")
  }
  if (copy !== undefined && copy !== content) {
    const found = `--job: ${path} was edited or damaged since the last run.`
    const remedy = `To restore it: maille run --job ${path} --verify. Put a job file of your own into another folder.`
    throw new EngineError("E_INPUT", `${found} ${remedy}`, context)
  }
  try {
    return parseJson(content)
  } catch (cause) {
    // The parser quotes the text, line breaks included.
    const why = (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, " ")
    throw new EngineError("E_USAGE", `--job: ${path} is not JSON (${why}). Correct it.`, context, cause)
  }
}

const modulesOf = (value: unknown): string[] => {
  const kernels = value !== null && typeof value === "object" && "kernels" in value ? value.kernels : []
  return Array.isArray(kernels) ? kernels.filter((file): file is string => typeof file === "string") : []
}

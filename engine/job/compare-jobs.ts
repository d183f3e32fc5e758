/** Finds the differences between a job and the job of its output folder. */
import { join } from "node:path"
import { canonicalJson } from "../core/hash.js"
import { counted } from "../core/texts.js"
import { vectorFormats } from "../formats/vector/write-format.js"
import { expandInputs } from "../io/expand-inputs.js"
import { type FieldName, fieldRows, fieldValue, flagOf } from "./fields.js"
import type { Job, JobInput } from "./job.js"
import { kernelsOfJob } from "./kernels/kernels-of-job.js"
import { productNames } from "./kernels/presets.js"
import { requireTrust } from "./kernels/trust-kernels.js"
import { jobName, type StoredJob } from "./output-folder.js"

/** One difference between a job and the job of its output folder. */
export interface JobDifference {
  /** The flag, or the option of a kernel. */
  readonly name: string
  readonly from: string
  readonly to: string
  /**
   * `more`: further products, layers, formats or kernels, and none missing; `fewer`: some missing;
   * `inputs`: files added, changed or removed; `option`: anything else.
   */
  readonly kind: "more" | "fewer" | "inputs" | "option"
}

/** True for a job that makes at least one of these products. */
export const makes =
  (...names: string[]) =>
  ({ products = productNames }: JobInput): boolean =>
    names.some((name) => products.includes(name))

/** Fields that are sets; the single member "all" if everything is asked for. */
const sets: readonly { readonly name: FieldName; members(job: JobInput): readonly string[] }[] = [
  { name: "products", members: ({ products = productNames }) => products },
  { name: "layers", members: ({ layers }) => layers ?? ["all"] },
  { name: "vectorFormats", members: ({ vectorFormats = [] }) => vectorFormats },
  { name: "keepPoints", members: ({ keepPoints }) => (keepPoints === undefined ? [] : ["points"]) },
  { name: "kernels", members: ({ kernels = [] }) => kernels },
]

/**
 * Compares a job with that of its output folder as far as possible without reading inputs:
 * products, layers, formats, options. Inputs and images are compared after cataloguing.
 */
export const compareJobs = async (former: StoredJob, job: Job): Promise<JobDifference[]> => {
  const differences: JobDifference[] = []
  if (job.epsg !== undefined && former.epsg !== undefined && job.epsg !== former.epsg)
    differences.push({ name: "--crs", from: `EPSG:${former.epsg}`, to: `EPSG:${job.epsg}`, kind: "option" })
  for (const { name, members } of sets) {
    // Unless both jobs make vector, the difference of products covers it.
    if (name === "layers" && !(makes("vector")(former) && makes("vector")(job))) continue
    const kind = kindOfSets(members(former), members(job))
    if (kind === undefined) continue
    differences.push({ name: flagOf(name), from: listed(members(former)), to: listed(members(job)), kind })
  }
  for (const [name, { alters }] of fieldRows) {
    if (alters === undefined || !makes(...alters)(former)) continue
    // The schema names attributes only in formats that the folder may lack.
    if (name === "vectorSchema" && !former.vectorFormats?.length) continue
    const [from, to] = [fieldValue(former, name), fieldValue(job, name)]
    // What nobody states is found, or that of the folder.
    if ((name === "density" || name === "vertical" || name === "waterFrom") && to === undefined) continue
    // If only one of them keeps points, the sets above report it.
    if (name === "keepPoints" && (from === undefined || to === undefined)) continue
    if (canonicalJson(from ?? null) !== canonicalJson(to ?? null))
      differences.push({ name: flagOf(name), from: shown(from), to: shown(to), kind: "option" })
  }
  // Never run code that only the folder names, just to compare; the set of kernels reports it.
  const kernels = (former.kernels ?? []).filter((file) => job.kernels.includes(file))
  const [before, now] = await Promise.all([listOptions({ ...former, kernels } as unknown as Job), listOptions(job)])
  for (const [name, from] of before) {
    const to = now.get(name)
    // The difference of products covers a kernel that only one of them uses.
    if (to !== undefined && to !== from) differences.push({ name, from, to, kind: "option" })
  }
  return differences
}

/** Compares the inputs of two jobs by path, for when their catalogues cannot be compared. */
export const compareInputs = async (former: StoredJob, job: Job): Promise<JobDifference[]> => {
  const [before, now] = await Promise.all([expandInputs(former.inputs), expandInputs(job.inputs)])
  const filesOf = (paths: readonly string[]): Map<string, string> => new Map(paths.map((path) => [path, ""]))
  return filesDiffer("inputs", filesOf(before.paths), filesOf(now.paths))
}

/**
 * Compares the files of two runs by identity: the same content under another path is the same file.
 *
 * @param before identities by path
 */
export const filesDiffer = (
  name: string,
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): JobDifference[] => {
  const contents = (files: ReadonlyMap<string, string>): Set<string> =>
    new Set([...files].map(([path, identity]) => identity || path))
  const [had, has] = [contents(before), contents(now)]
  const added = [...now].filter(([path, identity]) => !had.has(identity || path)).map(([path]) => path)
  const gone = [...before].filter(([path, identity]) => !has.has(identity || path)).map(([path]) => path)
  const changed = added.filter((path) => before.has(path))
  const [fresh, lost] = [added.filter((path) => !before.has(path)), gone.filter((path) => !now.has(path))]
  const parts = [...named("changed", changed), ...named("new", fresh), ...named("missing", lost)]
  return parts.length === 0 ? [] : [{ name, from: counted(before.size, "file"), to: parts.join(", "), kind: "inputs" }]
}

const named = (what: string, paths: readonly string[]): string[] =>
  paths.length === 0 ? [] : [`${paths.length} ${what} (${paths[0]}${paths.length > 1 ? ", …" : ""})`]

const kindOfSets = (former: readonly string[], now: readonly string[]): "more" | "fewer" | undefined => {
  const holds = (all: readonly string[], other: readonly string[]): boolean =>
    all.includes("all") || other.every((one) => all.includes(one))
  if (!holds(now, former)) return "fewer"
  return holds(former, now) ? undefined : "more"
}

/** All options of the kernels that a job uses, by `kernel.option`, as texts. */
const listOptions = async (job: Job): Promise<Map<string, string>> => {
  const found = new Map<string, string>()
  // A missing third-party kernel has no options to compare; the set of kernels reports it.
  const known = await kernelsOfJob(job).catch(() => undefined)
  for (const { kernel } of known?.declared ?? []) {
    if (!known?.chosen.has(kernel.id)) continue
    for (const [name, option] of Object.entries(kernel.options))
      found.set(`${kernel.id}.${name}`, String(job.options?.[kernel.id]?.[name] ?? option.default) || "none")
  }
  return found
}

const shown = (value: unknown): string => (value === undefined ? "none" : String(value))
const listed = (members: readonly string[]): string => (members.length === 0 ? "none" : members.join(","))

/**
 * Merges the folder's job into a new one: products, layers, formats, kept points and kernels of
 * both.
 *
 * @throws EngineError E_USAGE for kernels of the folder's job that the new one does not name
 */
export const unitedJob = async (former: StoredJob, job: Job): Promise<Job> => {
  await requireTrust(former.kernels ?? [], { named: job.kernels }, join(job.out, jobName))
  const { layers: own, ...rest } = job
  const products = productNames.filter((name) => makes(name)(former) || job.products.includes(name))
  const layers = unitedLayers(former, job)
  const { chosen } = await kernelsOfJob(job)
  const options = { ...job.options }
  // Options of kernels that the new products do not use stay unchanged.
  for (const [id, values] of Object.entries(former.options ?? {}))
    if (!chosen.has(id)) options[id] = values as Job["options"][string]
  const keepPoints = job.keepPoints ?? former.keepPoints
  return {
    ...rest,
    products,
    ...(layers === undefined ? {} : { layers }),
    vectorFormats: vectorFormats.filter((one) =>
      [former, job].some(({ vectorFormats: own = [] }) => own.includes(one)),
    ),
    ...(keepPoints === undefined ? {} : { keepPoints }),
    kernels: [...new Set([...(former.kernels ?? []), ...job.kernels])],
    options,
  }
}

const unitedLayers = (former: StoredJob, job: Job): readonly string[] | undefined => {
  const all = [former, job].flatMap((one) => (makes("vector")(one) ? [one.layers] : []))
  if (all.some((layers) => layers === undefined)) return undefined
  return all.length === 0 ? undefined : [...new Set(all.flatMap((layers) => layers ?? []))].sort()
}

/**
 * Decides whether a job may run in an output folder that has an earlier one.
 * See docs/decisions/17-one-job-per-folder.md.
 */
import { canonicalJson } from "../core/hash.js"
import { EngineError } from "../errors.js"
import { compareInputs, compareJobs, filesDiffer, type JobDifference, makes, unitedJob } from "../job/compare-jobs.js"
import { externalInputs } from "../job/external-inputs.js"
import { externalPath, flagOf } from "../job/fields.js"
import type { Job } from "../job/job.js"
import { type FolderChange, readStoredJob, requireNewFolder, type StoredJob } from "../job/output-folder.js"
import type { WorkContext } from "../plan/context.js"
import type { Plan } from "../plan/plan.js"
import { readContext } from "../plan/read-context.js"

/** A job that may run in its folder. */
export interface AdmittedJob {
  /** With `add`, the union of the products and layers of both jobs. */
  readonly job: Job
  /** The job of the folder; absent for a new folder. */
  readonly former?: StoredJob
  readonly differences: readonly JobDifference[]
}

/** Which changes to a folder a run may make. */
export interface Admission {
  readonly change?: FolderChange | undefined
  /** Retries failed tasks: inputs may have been repaired. */
  readonly retry?: boolean | undefined
}

/**
 * Compares a job with that of its output folder, before reading any input. Changes nothing.
 *
 * @throws EngineError E_USAGE for a folder with other files and no job, or for a difference that
 * `change` does not permit
 */
export const admitJob = async (job: Job, { change }: Admission): Promise<AdmittedJob> => {
  const former = await readStoredJob(job.out, job.pathMap)
  if (former === undefined) {
    await requireNewFolder(job.out)
    return { job, differences: [] }
  }
  const differences = await compareJobs(former, job)
  const faults = differences.filter(({ kind }) => !isAllowed(kind, change))
  if (faults.length > 0) {
    const others = await compareInputs(former, job).catch(() => [])
    throw refusal(job, change === "add" ? faults : [...faults, ...others], change)
  }
  return { job: change === "add" ? await unitedJob(former, job) : job, former, differences }
}

/**
 * Compares a plan's inputs, images, CRS and attribution with those of the folder's runs.
 *
 * @throws EngineError E_USAGE
 */
export const admitPlan = async (plan: Plan, admitted: AdmittedJob, { change, retry }: Admission): Promise<void> => {
  const { former } = admitted
  if (former === undefined || change === "replace") return
  const context = await readContext(plan.job.out)
  const differences =
    context === undefined ? await withoutContext(former, plan) : compareContexts(former, context, plan)
  const faults = differences.filter(({ kind }) => !isAllowed(kind, change) && !(retry === true && kind === "inputs"))
  if (faults.length === 0) return
  throw refusal(plan.job, change === undefined ? [...admitted.differences, ...faults] : faults, change)
}

const isAllowed = (kind: JobDifference["kind"], change: FolderChange | undefined): boolean => {
  if (change === "replace") return true
  if (change === "update") return kind === "inputs"
  return change === "add" && (kind === "more" || kind === "fewer")
}

/** Lists of paths that the plan expands to files. */
const lists = ["imagery", "irc", "orientedImages"] as const

const compareContexts = (former: StoredJob, before: WorkContext, { job, context, kernels }: Plan): JobDifference[] => {
  const sources = ({ sources: all }: WorkContext): Map<string, string> =>
    new Map(all.map(({ path, identity }) => [path, identity]))
  const differences = filesDiffer("inputs", sources(before), sources(context))
  for (const field of lists) {
    const name = flagOf(field)
    const [had, has] = [listImages(before, field), listImages(context, field)]
    if (had.size === 0 && !makes("texture")(former)) continue
    const found = filesDiffer(name.slice(2), had, has)
    if (found.length === 0) continue
    differences.push(...(samePaths(former[field], job[field]) ? found : [pathsDiffer(name, former[field], job[field])]))
  }
  for (const { name, flag, role } of externalInputs(kernels.map(({ kernel }) => kernel))) {
    if (before.external?.[name] === context.external?.[name]) continue
    if (role === "footprints" && !makes("mesh", "texture", "vector")(former)) continue
    const [from, to] = [externalPath(former, name), externalPath(job, name)]
    if (from === to) differences.push({ name, from: from ?? "none", to: "changed", kind: "inputs" })
    else differences.push(pathsDiffer(flag, listIfAny(from), listIfAny(to)))
  }
  if (before.epsg !== context.epsg)
    differences.push({ name: "CRS", from: `EPSG:${before.epsg}`, to: `EPSG:${context.epsg}`, kind: "option" })
  if (before.source !== context.source) {
    // An attribution that nobody stated follows from the point files.
    const kind = job.source === undefined ? "inputs" : "option"
    differences.push({ name: "--source", from: `"${before.source}"`, to: `"${context.source}"`, kind })
  }
  return differences
}

const listImages = (context: WorkContext, field: (typeof lists)[number]): Map<string, string> => {
  if (field === "orientedImages")
    return new Map((context.oriented?.images ?? []).map(({ shot, header }) => [shot.name, header.identity]))
  const wanted = context.images.filter(({ infrared }) => (infrared === true) === (field === "irc"))
  return new Map(wanted.map(({ path, identity }) => [path, identity]))
}

/** Compares the paths that both jobs name. */
const withoutContext = async (former: StoredJob, { job, kernels }: Plan): Promise<JobDifference[]> => [
  ...(samePaths(former.inputs, job.inputs) ? [] : await compareInputs(former, job)),
  ...lists.flatMap((field) =>
    samePaths(former[field], job[field]) || !makes("texture")(former)
      ? []
      : [pathsDiffer(flagOf(field), former[field], job[field])],
  ),
  ...externalInputs(kernels.map(({ kernel }) => kernel)).flatMap(({ name, flag }) => {
    const [from, to] = [former, job].map((one) => listIfAny(externalPath(one, name)))
    return samePaths(from, to) ? [] : [pathsDiffer(flag, from, to)]
  }),
]

const listIfAny = (path: string | undefined): string[] => (path === undefined ? [] : [path])

const samePaths = (one: readonly string[] = [], other: readonly string[] = []): boolean =>
  canonicalJson([...one].sort()) === canonicalJson([...other].sort())

const pathsDiffer = (name: string, from: readonly string[] = [], to: readonly string[] = []): JobDifference => ({
  name,
  from: from.length === 0 ? "none" : from.join(","),
  to: to.length === 0 ? "none" : to.join(","),
  kind: "option",
})

const mostNamed = 5

/** The error that names the differences and the command to use instead. */
const refusal = (
  { out, inputs, kernels }: Job,
  differences: readonly JobDifference[],
  change: FolderChange | undefined,
): EngineError => {
  const named = differences.slice(0, mostNamed).map(({ name, from, to }) => `${name}: ${short(from)} → ${short(to)}`)
  const more = differences.length > mostNamed ? `; ${differences.length - mostNamed} more` : ""
  const kinds = new Set(differences.map(({ kind }) => kind))
  const trust = kernels.length === 0 ? "" : " --trust-kernels"
  const remedies =
    change === "add"
      ? ["--add only adds products: inputs and options must be the same. Correct them, or choose another --out."]
      : [
          ...(kinds.has("inputs")
            ? [`If the inputs changed: maille update ${out}${kinds.size > 1 ? "" : inputText(inputs)}${trust}.`]
            : []),
          ...(kinds.has("option") || kinds.has("inputs") || !(kinds.has("more") || kinds.has("fewer"))
            ? []
            : ["To keep these products and add the others: --add."]),
          ...(kinds.size === 1 && (kinds.has("inputs") || kinds.has("more"))
            ? []
            : ["To remove what this job does not make: --replace (--dry-run lists it)."]),
          "Or choose another --out.",
        ]
  const text = `--out: ${out} is the output of another job. ${named.join("; ")}${more}. ${remedies.join(" ")}`
  return new EngineError("E_USAGE", text, { file: out, option: "--out" })
}

const inputText = (inputs: readonly string[]): string =>
  inputs.length > 3 ? " INPUT…" : inputs.map((one) => ` ${one}`).join("")

const short = (text: string): string => (text.length > 160 ? `${text.slice(0, 150)}…` : text)

/** Options that all manifests share, the name of a plan, and JSON data as YAML. */
import { usageError } from "../../core/parse-values.js"
import type { PathMap } from "../../job/path-map.js"
import type { ShardPlan } from "../../plan/shards/shard-plan.js"
import { runArguments, type TaskOptions } from "../run-command.js"

/** How a plan is written for an engine other than Slurm. */
export interface ManifestOptions {
  /** Output folder, as in the plan. */
  readonly out: string
  /**
   * Where the plan's paths are on the machines that run tasks; paths outside its folders are the
   * same there.
   */
  readonly pathMap: PathMap
  readonly cpus: number
  /** Memory of a task: that of the hungriest shard, since all tasks of an array share it. */
  readonly memoryBytes: number
  readonly singleMemoryBytes: number
  /** Maximum number of tasks at one time. */
  readonly atOnce?: number
  /** How often a lost task is tried again. */
  readonly retries: number
  /** Seconds that running tiles get after a signal. */
  readonly grace: number
  /** The plan uses the user's own kernels. */
  readonly trustKernels: boolean
}

/** The user's choices among them. */
export type ManifestChoices = Partial<Omit<ManifestOptions, "out" | "trustKernels">>

/** RFC 1123: names of objects. */
export const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** Throws E_USAGE for a value that a batch engine would refuse. */
export const checkFlag = (flag: string, value: string, pattern: RegExp): void => {
  if (!pattern.test(value))
    throw usageError(flag, `"${value}"`, `text that matches ${pattern.source}`, "The batch engine would refuse it.")
}

const gibibyte = 2 ** 30

/**
 * Completes the options: one processor, and memory so that the hungriest tile fits into its share.
 */
export const manifestOptions = (out: string, plan: ShardPlan, choices: ManifestChoices): ManifestOptions => {
  const cpus = choices.cpus ?? 1
  const hungriest = plan.shards.reduce((most, { bytes }) => Math.max(most, bytes), 0)
  const memoryBytes = choices.memoryBytes ?? Math.ceil(Math.max(2 * cpus, (hungriest * 1.25) / gibibyte)) * gibibyte
  const singleMemoryBytes =
    choices.singleMemoryBytes ?? Math.max(memoryBytes, gibibyte + 6 * 1024 * (plan.tiles + plan.ring))
  const trustKernels = plan.kernels !== undefined
  return { retries: 5, grace: 60, pathMap: [], ...choices, out, cpus, memoryBytes, singleMemoryBytes, trustKernels }
}

/** The arguments of maille for one task, and its memory. */
export const manifestTask = (
  options: ManifestOptions,
  task: Pick<TaskOptions, "phase" | "shard" | "offset">,
): { readonly args: string[]; readonly memoryBytes: number } => {
  const memoryBytes = task.shard === undefined ? options.singleMemoryBytes : options.memoryBytes
  return { args: runArguments(options.out, { ...options, ...task, memoryBytes }), memoryBytes }
}

/** Short name of a plan, valid in every engine: `maille-0123456789ab`. */
export const planName = ({ hash }: ShardPlan): string => `maille-${hash.slice(0, 12)}`

/** JSON data as YAML 1.2 in block style. Every text is quoted as in JSON, which YAML accepts. */
export const toYaml = (value: unknown): string => `${block(value, "").replace(/^\n/, "")}\n`

const block = (value: unknown, indent: string): string => {
  if (Array.isArray(value)) {
    if (value.length === 0) return " []"
    if (value.every((one) => typeof one !== "object" || one === null)) return ` [${value.map(scalar).join(", ")}]`
    return value.map((one) => `\n${indent}-${block(one, `${indent}  `).replace(/^\n\s*/, " ")}`).join("")
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, one]) => one !== undefined)
    if (entries.length === 0) return " {}"
    return entries.map(([name, one]) => `\n${indent}${key(name)}:${block(one, `${indent}  `)}`).join("")
  }
  return ` ${scalar(value)}`
}

const scalar = (value: unknown): string => JSON.stringify(value)
const key = (name: string): string => (/^[A-Za-z][A-Za-z0-9_]*$/.test(name) ? name : JSON.stringify(name))

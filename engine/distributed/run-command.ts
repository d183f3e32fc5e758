/** The maille command that a batch engine runs for one task of an array. */
import { join } from "node:path"
import { usageError } from "../core/parse-values.js"
import type { Phase } from "../core/stages.js"
import { hasControls } from "../core/texts.js"
import { trustVrtVariable } from "../formats/raster/load-gdal.js"
import { planLayout } from "../job/layout.js"
import { mapPath, type PathMap } from "../job/path-map.js"
import { memoryShare } from "./phase-steps.js"

/** Parameters of one task. */
export interface TaskOptions {
  readonly phase: Phase
  /**
   * Number of the shard. "environment": the engine sets it in a variable. Absent where the phase is
   * one task.
   */
  readonly shard?: number | "environment" | undefined
  readonly offset?: number | undefined
  readonly cpus: number
  readonly memoryBytes: number
  /** Seconds that running tiles get after a signal. */
  readonly grace: number
  /** Where the plan's paths are for the task. */
  readonly pathMap?: PathMap
  /** The plan uses the user's own kernels. */
  readonly trustKernels: boolean
}

/** Arguments of maille for one task of a plan. It trusts VRTs if this process does. */
export const runArguments = (
  out: string,
  { phase, shard, offset = 0, cpus, memoryBytes, grace, pathMap = [], trustKernels }: TaskOptions,
): string[] => [
  ...["run", "--job", mapPath(pathMap, join(out, planLayout.job)), "--phase", phase],
  ...(shard === undefined ? [] : ["--shard"]),
  ...(typeof shard === "number" ? [String(shard)] : []),
  ...(offset === 0 ? [] : ["--shard-offset", String(offset)]),
  ...(trustKernels ? ["--trust-kernels"] : []),
  ...pathMap.flatMap(({ from, to }) => ["--map-path", `${from || "/"}=${to || "/"}`]),
  ...["--workers", String(cpus), "--memory", megabytes(memoryShare * memoryBytes), "--grace", String(grace)],
  ...(process.env[trustVrtVariable] === "1" ? ["--trust-vrt"] : []),
]

/** A size in the form of Slurm and maille. */
export const megabytes = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)}M`

/**
 * Throws E_USAGE for a word with a line break or another control character: its rest would become a
 * line of its own.
 */
export const checkLines = (option: string, words: readonly string[]): void => {
  const found = words.find(hasControls)
  if (found === undefined) return
  const remedy = "Rename the folder, or give a link to it."
  throw usageError(option, JSON.stringify(found), "text without line breaks and other control characters", remedy)
}

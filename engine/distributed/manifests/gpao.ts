/** Writes a plan of shards as projects of GPAO, the job queue of IGN. */

import { usageError } from "../../core/parse-values.js"
import type { Phase } from "../../core/stages.js"
import { quoteWords } from "../../core/texts.js"
import type { ShardPlan } from "../../plan/shards/shard-plan.js"
import { memoryShare, taskBytes } from "../phase-steps.js"
import { countTasks } from "../region-tasks.js"
import { checkLines } from "../run-command.js"
import { checkFlag, type ManifestOptions, manifestTask, planName } from "./options.js"

/** How a plan is written for GPAO. */
export interface GpaoOptions extends ManifestOptions {
  /** Words of the command that is `maille` on a client. */
  readonly command: readonly string[]
  /** Tag of jobs whose tiles need more than a task's memory; without it they have no tag. */
  readonly largeTag?: string
}

/** A project: jobs that may run at one time, after those of the projects in `deps`. */
export interface GpaoProject {
  readonly name: string
  readonly jobs: readonly { readonly name: string; readonly command: string; readonly tags?: readonly string[] }[]
  readonly deps?: readonly { readonly id: number }[]
}

/**
 * One project for each phase, after the previous one, and one job for each shard, the long ones
 * first: GPAO takes them in that order. The shard is an argument, since GPAO's clients set no
 * variable.
 *
 * GPAO creates a second project for an existing name (`NAME_1`): check `GET /api/projects` first.
 * Source: ign-gpao/api 1.34.
 *
 * Throws E_USAGE for a path with a `$`, which its clients would replace, or with a line break.
 */
export const gpaoDocument = (plan: ShardPlan, options: GpaoOptions) => {
  const { out, command, largeTag, pathMap } = options
  const words = [out, ...command, ...pathMap.flatMap(({ from, to }) => [from, to])]
  if (words.some((word) => word.includes("$")))
    throw usageError("--out", `"${out}"`, "paths without $", "GPAO's clients would replace $NAME. Rename the folder.")
  checkLines("--out", words)
  // Its clients run a command without a shell.
  for (const word of words) checkFlag(command.includes(word) ? "--command" : "--out", word, /^[^|&;<>]+$/)
  if (largeTag !== undefined) checkFlag("--large-tag", largeTag, /./)
  const line = (phase: Phase, shard?: number): string =>
    quoteWords([...command, ...manifestTask(options, { phase, shard }).args])
  const projects = plan.phases.map((phase, index): GpaoProject => {
    const size = countTasks(plan, phase)
    const jobs =
      size === undefined
        ? [{ name: phase, command: line(phase) }]
        : Array.from({ length: size }, (_, shard) => ({
            name: `${phase}-${shard}`,
            command: line(phase, shard),
            ...(largeTag !== undefined && taskBytes(plan, phase, shard) > memoryShare * options.memoryBytes
              ? { tags: [largeTag] }
              : {}),
          }))
    // GPAO refuses an empty `deps`.
    return { name: `${planName(plan)}-${phase}`, jobs, ...(index === 0 ? {} : { deps: [{ id: index - 1 }] }) }
  })
  return { projects }
}

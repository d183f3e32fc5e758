/** Turns the ends of tasks, and rejected inputs, into outcomes. */

import type { Stage } from "../core/stages.js"
import { quoteWords } from "../core/texts.js"
import { layout } from "../job/layout.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import { lacksInputs } from "../report/missing.js"
import type { TileOutcome } from "../report/tile-outcome.js"
import type { Dispatched } from "./dispatch.js"
import { reproduceCommand } from "./quarantine.js"

/** Path of a source, with the part's index if there are several. */
const sourceName = ({ context }: Plan, { key, sources, part }: PlannedTask): string => {
  const path = context.sources[sources[0] ?? -1]?.path ?? key
  return part === undefined || part.of === 1 ? path : `${path}#${part.index}`
}

/** Without a tile stage, models are reported as tiles. */
const stageOf = ({ context: { chains, keepPoints } }: Plan, { stage }: PlannedTask): Stage =>
  stage === "model" && chains.tile.length === 0 && keepPoints === undefined ? "tile" : stage

/** Returns the outcome of a task's end. */
export const toOutcome = (plan: Plan, { task, end, unchanged, reused }: Dispatched): TileOutcome => {
  const failed = end.outcome === "failed" || end.outcome === "quarantined"
  return {
    key: task.stage === "source" ? sourceName(plan, task) : task.key,
    stage: stageOf(plan, task),
    ...(task.neighbour ? { neighbour: true } : {}),
    outcome: unchanged ? "unchanged" : end.outcome,
    ...(reused ? { reused } : {}),
    timeMs: unchanged ? 0 : end.timeMs,
    points: end.points,
    peakBytes: end.peakBytes,
    ...(end.reason === undefined ? {} : { reason: end.reason }),
    ...(end.error === undefined ? {} : { error: end.error }),
    ...(end.metrics === undefined ? {} : { metrics: end.metrics }),
    ...(unchanged || end.steps === undefined ? {} : { steps: end.steps }),
    ...(unchanged || end.startedAt === undefined ? {} : { startedAt: end.startedAt }),
    ...(unchanged || end.worker === undefined ? {} : { worker: end.worker }),
    ...(failed ? { reproduce: reproduceCommand(plan, task) } : {}),
    outputs: task.neighbour ? [] : end.files.map((file) => file.path).filter((path) => !path.startsWith(layout.work)),
  }
}

/**
 * Returns an outcome for each input left out: such inputs belong to no tile. They are no failures
 * where the job accepts it.
 */
export const rejectedSources = (plan: Plan): TileOutcome[] =>
  plan.rejected.map(({ path, error }) => ({
    key: path,
    stage: "source",
    outcome: lacksInputs(plan) ? "quarantined" : "skipped",
    timeMs: 0,
    points: 0,
    peakBytes: 0,
    reason: error.message,
    error,
    reproduce: quoteWords(["maille", "inspect", path]),
    outputs: [],
  }))

import { quoteWords } from "../core/quote-word.js"
import { layout } from "../job/layout.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import type { TileOutcome } from "../report/outcome.js"
import type { Dispatched } from "./dispatch.js"
import { reproduceCommand } from "./quarantine.js"

/** The path of a source, with the part where there are several. */
const sourceName = ({ context }: Plan, { key, sources, part }: PlannedTask): string => {
  const path = context.sources[sources[0] ?? -1]?.path ?? key
  return part === undefined || part.of === 1 ? path : `${path}#${part.index}`
}

const outcomeScope = {
  source: "source",
  tile: "tile",
  join: "job",
  model: "model",
  parent: "parent",
  layer: "job",
} as const

const scopeOf = (
  { context: { chains, keepPoints } }: Plan,
  { scope, neighbour }: PlannedTask,
): TileOutcome["scope"] => {
  if (neighbour) return "neighbour"
  // A job without a first stage: the second one is the tile.
  if (scope === "model" && chains.tile.length === 0 && keepPoints === undefined) return "tile"
  return outcomeScope[scope]
}

/** The outcome that a task's end tells. */
export const outcomeOf = (plan: Plan, { task, end, kept }: Dispatched): TileOutcome => {
  const failed = end.outcome === "failed" || end.outcome === "quarantined"
  return {
    key: task.scope === "source" ? sourceName(plan, task) : task.key,
    scope: scopeOf(plan, task),
    outcome: kept ? "unchanged" : end.outcome,
    timeMs: kept ? 0 : end.timeMs,
    points: end.points,
    peakBytes: end.peakBytes,
    ...(end.reason === undefined ? {} : { reason: end.reason }),
    ...(end.error === undefined ? {} : { error: end.error }),
    ...(end.metrics === undefined ? {} : { metrics: end.metrics }),
    ...(kept || end.stages === undefined ? {} : { stages: end.stages }),
    ...(kept || end.startedAt === undefined ? {} : { startedAt: end.startedAt }),
    ...(kept || end.worker === undefined ? {} : { worker: end.worker }),
    ...(failed ? { reproduce: reproduceCommand(plan, task) } : {}),
    outputs: task.neighbour ? [] : end.files.map((file) => file.path).filter((path) => !path.startsWith(layout.work)),
  }
}

/** Inputs whose header could not be read belong to no tile: each is an outcome of its own. */
export const rejectedSources = (plan: Plan): TileOutcome[] =>
  plan.rejected.map(({ path, error }) => ({
    key: path,
    scope: "source",
    outcome: "quarantined",
    timeMs: 0,
    points: 0,
    peakBytes: 0,
    reason: error.message,
    error,
    reproduce: quoteWords(["maille", "inspect", path]),
    outputs: [],
  }))

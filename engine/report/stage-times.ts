/** Sums up the times of stages over the tasks of a run. */
import type { StageTotal, TileOutcome } from "./outcome.js"

export type { StageTime, StageTimes, StageTotal } from "./outcome.js"

const SCOPES: readonly TileOutcome["scope"][] = ["source", "tile", "neighbour", "model", "parent", "job"]

/** The stages of all tasks together: by scope in the order of a run, the longest first. */
export const totalStages = (outcomes: readonly TileOutcome[]): StageTotal[] => {
  const totals = new Map<string, StageTotal>()
  for (const { scope, stages = {} } of outcomes) {
    for (const [stage, { timeMs, cpuMs }] of Object.entries(stages)) {
      const id = `${scope} ${stage}`
      const before = totals.get(id)
      const cpu = cpuMs === undefined ? before?.cpuMs : (before?.cpuMs ?? 0) + cpuMs
      totals.set(id, {
        scope,
        stage,
        tasks: (before?.tasks ?? 0) + 1,
        timeMs: (before?.timeMs ?? 0) + timeMs,
        ...(cpu === undefined ? {} : { cpuMs: cpu }),
      })
    }
  }
  const rank = ({ scope }: StageTotal): number => SCOPES.indexOf(scope)
  const order = (a: StageTotal, b: StageTotal): number =>
    rank(a) - rank(b) || b.timeMs - a.timeMs || (a.stage < b.stage ? -1 : 1)
  return [...totals.values()].map(rounded).sort(order)
}

const rounded = ({ cpuMs, ...total }: StageTotal): StageTotal => ({
  ...total,
  timeMs: Math.round(total.timeMs),
  ...(cpuMs === undefined ? {} : { cpuMs: Math.round(cpuMs) }),
})

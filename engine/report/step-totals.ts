/** Sums the time of a run by stage and step. */
import { type Stage, stageNames } from "../core/stages.js"
import type { StepTime } from "../journal/journal-record.js"
import type { TileOutcome } from "./tile-outcome.js"

/**
 * A step over all tasks of one stage of a run; tiles read only for their neighbours are counted
 * apart.
 */
export interface StepTotal extends StepTime {
  readonly stage: Stage
  readonly neighbour?: true
  /**
   * `start` (load kernels), `read`, `select` (points of a port), `image`, the id of a kernel,
   * `cog`, `fgb`, `jpeg`, `glb`, `mesh-file`, `merge`, `write`, `other`.
   */
  readonly step: string
  /** Tasks with this step. */
  readonly tasks: number
}

/** Sums the steps of all tasks: by stage in the order of a run, the longest first. */
export const totalSteps = (outcomes: readonly TileOutcome[]): StepTotal[] => {
  const totals = new Map<string, StepTotal>()
  for (const { stage, neighbour, steps = {} } of outcomes) {
    for (const [step, { timeMs, cpuMs }] of Object.entries(steps)) {
      const id = `${stage} ${neighbour} ${step}`
      const before = totals.get(id)
      const cpu = cpuMs === undefined ? before?.cpuMs : (before?.cpuMs ?? 0) + cpuMs
      totals.set(id, {
        stage,
        ...(neighbour && { neighbour }),
        step,
        tasks: (before?.tasks ?? 0) + 1,
        timeMs: (before?.timeMs ?? 0) + timeMs,
        ...(cpu === undefined ? {} : { cpuMs: cpu }),
      })
    }
  }
  const rank = ({ stage, neighbour }: StepTotal): number => 2 * stageNames.indexOf(stage) + (neighbour ? 1 : 0)
  const order = (a: StepTotal, b: StepTotal): number =>
    rank(a) - rank(b) || b.timeMs - a.timeMs || (a.step < b.step ? -1 : 1)
  return [...totals.values()].map(rounded).sort(order)
}

const rounded = ({ cpuMs, ...total }: StepTotal): StepTotal => ({
  ...total,
  timeMs: Math.round(total.timeMs),
  ...(cpuMs === undefined ? {} : { cpuMs: Math.round(cpuMs) }),
})

import type { TileOutcome } from "./outcome.js"

/** Time of one stage: wall time, and processor time of the thread that ran it where the system tells (Linux; Node.js with `process.threadCpuUsage`). */
export interface StageTime {
  readonly timeMs: number
  /** Without what other threads did for it: collecting garbage, compiling, files. */
  readonly cpuMs?: number
}

/** Where the time of a task went, by stage; no moment counts twice, and all of them are the task's time. */
export type StageTimes = Readonly<Record<string, StageTime>>

/** A stage over all tasks of one scope that a run made. */
export interface StageTotal extends StageTime {
  readonly scope: TileOutcome["scope"]
  /** `start` (kernels loaded), `read`, `select` (points of a port), `image`, the id of a kernel, `cog`, `fgb`, `jpeg`, `glb`, `mesh-file`, `merge`, `write`, `other`. */
  readonly stage: string
  /** Tasks that went through it. */
  readonly tasks: number
}

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

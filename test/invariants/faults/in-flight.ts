import { processBytes } from "../../../engine/plan/admission/estimate-memory.js"
import { journalLines } from "../../journal-lines.js"

/** What ran at one time, by the order of the journal's lines, which no clock shapes. */
export interface InFlight {
  readonly tasks: number
  /** What they were admitted by together, what they share counted once. */
  readonly bytes: number
}

/** The most of a stage that ran at one time. */
export const mostInFlight = async (out: string, stage: string): Promise<InFlight> => {
  const running = new Map<string, number>()
  let most: InFlight = { tasks: 0, bytes: 0 }
  for (const line of await journalLines(out)) {
    const id = `${line.stage} ${line.key}`
    if (line.type === "start") running.set(id, line.bytes ?? Number.POSITIVE_INFINITY)
    else if (line.type === "end") running.delete(id)
    if (line.type !== "start" || line.stage !== stage) continue
    const bytes = [...running.values()].reduce((sum, own) => sum + own - processBytes, processBytes)
    most = { tasks: Math.max(most.tasks, running.size), bytes: Math.max(most.bytes, bytes) }
  }
  return most
}

/** What the tasks of a stage were admitted by, in the order of their starts. */
export const admittedAtStarts = async (out: string, stage: string): Promise<number[]> =>
  (await journalLines(out)).flatMap((line) => (line.type === "start" && line.stage === stage ? [line.bytes!] : []))

/** A task that was run: what it was admitted by last, and what it took. */
export interface Weighed {
  readonly task: string
  readonly bytes: number
  readonly peakBytes: number
}

/** The tasks that a run brought to an end in a worker. */
export const weighedTasks = async (out: string): Promise<Weighed[]> => {
  const admitted = new Map<string, number>()
  const weighed: Weighed[] = []
  for (const { type, stage, key, bytes, peakBytes } of await journalLines(out)) {
    const task = `${stage} ${key}`
    if (type === "start" && bytes !== undefined) admitted.set(task, bytes)
    if (type === "end" && admitted.has(task))
      weighed.push({ task, bytes: admitted.get(task)!, peakBytes: peakBytes ?? Number.NaN })
  }
  return weighed
}

/**
 * Reads the progress of an output folder's last run from its plan and journal (`maille status`).
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { areObjects, areTexts, isObject, type JsonObject } from "../core/json/json-shape.js"
import { type Stage, stageNames } from "../core/stages.js"
import { EngineError } from "../errors.js"
import { requireStoredJob } from "../job/output-folder.js"
import { type JournalState, readJournal } from "../journal/journal.js"
import type { PlannedTask } from "../plan/planned-task.js"

/** Number of tasks by state. */
export interface TaskCounts {
  readonly tasks: number
  readonly done: number
  /** Ended with nothing to make. */
  readonly skipped: number
  readonly failed: number
  readonly quarantined: number
  readonly left: number
}

/** State of a task. */
export type TaskKind = keyof Omit<TaskCounts, "tasks">

export const countKinds = (kinds: Iterable<TaskKind>): TaskCounts => {
  const counts = { tasks: 0, done: 0, skipped: 0, failed: 0, quarantined: 0, left: 0 }
  for (const kind of kinds) {
    counts.tasks++
    counts[kind]++
  }
  return counts
}

/** Failed or quarantined tasks, at most a hundred. */
export const faultsOf = (kinds: Iterable<readonly [id: string, kind: TaskKind]>): string[] => {
  const faults: string[] = []
  for (const [id, kind] of kinds) if (kind === "failed" || kind === "quarantined") faults.push(id)
  return faults.slice(0, mostFaults)
}

/** Progress of the last run of an output folder. */
export interface FolderStatus extends TaskCounts {
  readonly finished: boolean
  readonly stages: readonly (TaskCounts & { readonly stage: Stage })[]
  /** Failed or quarantined tasks, by `stage key`, at most a hundred. */
  readonly faults: readonly string[]
  /** Start of the last run, ISO 8601; absent without any. */
  readonly began?: string
}

const mostFaults = 100

type Task = Pick<PlannedTask, "id" | "stage" | "hash" | "wholeHash" | "dependsOn">

/**
 * Reads the progress of an output folder's last run from its plan and journal. Sources do not
 * count, since they only serve tiles.
 *
 * @throws EngineError E_INPUT where the folder is no output folder; E_FORMAT for a damaged plan or
 * journal
 */
export const readFolderStatus = async (out: string): Promise<FolderStatus> => {
  await requireStoredJob(out)
  const plan = await readPlan(out)
  const state = await readJournal(out)
  const { last } = state
  const finished = last?.finished === true && last.planHash === plan?.hash
  const tasks = (plan?.tasks ?? []).filter(({ stage }) => stage !== "source")
  const kinds = classifyTasks(tasks, state, finished)
  const count = (wanted: (task: Task) => boolean): TaskCounts =>
    countKinds(tasks.filter(wanted).map(({ id }) => kinds.get(id) ?? "left"))
  const present = new Set(tasks.map(({ stage }) => stage))
  return {
    finished,
    ...count(() => true),
    stages: stageNames.flatMap((stage) =>
      present.has(stage) ? [{ stage, ...count((task) => task.stage === stage) }] : [],
    ),
    faults: faultsOf(kinds),
    ...(last === undefined ? {} : { began: last.at }),
  }
}

/**
 * A first stage is up to date by its hash, which is known before the run. Any other task is up to
 * date where it ended after all that it reads.
 */
const classifyTasks = (tasks: readonly Task[], { ends }: JournalState, finished: boolean): Map<string, TaskKind> => {
  // Ends are in journal order.
  const places = new Map([...ends.keys()].map((id, place) => [id, place]))
  const kinds = new Map<string, TaskKind>()
  for (const { id, stage, hash, wholeHash, dependsOn } of tasks) {
    const end = ends.get(id)
    const place = places.get(id) ?? -1
    const below = dependsOn.filter((other) => !other.startsWith("source "))
    const isOwn =
      finished ||
      (stage === "tile" || below.length === 0
        ? end?.hash === hash || end?.hash === wholeHash
        : below.every((other) => kinds.get(other) !== "left" && (places.get(other) ?? Infinity) < place))
    kinds.set(id, end !== undefined && isOwn ? end.outcome : "left")
  }
  return kinds
}

const readPlan = async (
  out: string,
): Promise<{ readonly hash: string; readonly tasks: readonly Task[] } | undefined> => {
  const path = join(out, "plan.json")
  const text = await readFile(path, "utf8").catch(() => undefined)
  // The run was killed before it had a plan.
  if (text === undefined) return undefined
  try {
    const plan: unknown = JSON.parse(text)
    if (isObject(plan) && typeof plan["hash"] === "string" && areObjects(plan["tasks"], isTask))
      return plan as unknown as { hash: string; tasks: Task[] }
  } catch {
    // Reported below.
  }
  throw new EngineError("E_FORMAT", `${path}: damaged or edited. Run the job again to rewrite it.`, { file: path })
}

const isTask = ({ id, stage, hash, dependsOn }: JsonObject): boolean =>
  areTexts([id, stage, hash]) && areTexts(dependsOn)

/** Reads from plan and journal of an output folder how far its last run came (`maille status`). */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { areObjects, areTexts, isObject, type JsonObject } from "../core/json/json-shape.js"
import { type Stage, stageNames } from "../core/stages.js"
import { EngineError } from "../errors.js"
import { requireStoredJob } from "../job/output-folder.js"
import { type JournalState, readJournal } from "../journal/journal.js"
import type { PlannedTask } from "../plan/planned-task.js"

/** How tasks stand. */
export interface TaskCounts {
  readonly tasks: number
  /** Made. */
  readonly done: number
  /** Looked at, with nothing to make. */
  readonly skipped: number
  readonly failed: number
  readonly quarantined: number
  readonly left: number
}

/** How a task stands. */
export type TaskKind = keyof Omit<TaskCounts, "tasks">

/** Counts tasks by how they stand. */
export const countKinds = (kinds: Iterable<TaskKind>): TaskCounts => {
  const counts = { tasks: 0, done: 0, skipped: 0, failed: 0, quarantined: 0, left: 0 }
  for (const kind of kinds) {
    counts.tasks++
    counts[kind]++
  }
  return counts
}

/** Those tasks that failed or were quarantined, at most a hundred. */
export const faultsOf = (kinds: Iterable<readonly [id: string, kind: TaskKind]>): string[] => {
  const faults: string[] = []
  for (const [id, kind] of kinds) if (kind === "failed" || kind === "quarantined") faults.push(id)
  return faults.slice(0, mostFaults)
}

/** How far the last run of an output folder came. */
export interface FolderStatus extends TaskCounts {
  readonly finished: boolean
  readonly stages: readonly (TaskCounts & { readonly stage: Stage })[]
  /** `stage key` of what failed or was quarantined, at most a hundred. */
  readonly faults: readonly string[]
  /** When the last run began, ISO 8601; absent before the first. */
  readonly began?: string
}

const mostFaults = 100

type Task = Pick<PlannedTask, "id" | "stage" | "hash" | "wholeHash" | "dependsOn">

/**
 * Reads from the plan and the journal of an output folder how far its last run came. Sources, which only serve tiles, do not count.
 *
 * @throws EngineError E_INPUT where the folder is no output folder; E_FORMAT for a damaged plan or journal
 */
export const readFolderStatus = async (out: string): Promise<FolderStatus> => {
  await requireStoredJob(out)
  const plan = await readPlan(out)
  const state = await readJournal(out)
  const { last } = state
  const finished = last?.finished === true && last.planHash === plan?.hash
  const tasks = (plan?.tasks ?? []).filter(({ stage }) => stage !== "source")
  const kinds = kindsOf(tasks, state, finished)
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

/** A first stage stands by its hash, which is known before the run; any other task where it ended after all that it reads. */
const kindsOf = (tasks: readonly Task[], { ends }: JournalState, finished: boolean): Map<string, TaskKind> => {
  // Ends come in the order of the journal.
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
  // A run that was killed before it had a plan.
  if (text === undefined) return undefined
  try {
    const plan: unknown = JSON.parse(text)
    if (isObject(plan) && typeof plan["hash"] === "string" && areObjects(plan["tasks"], isTask))
      return plan as unknown as { hash: string; tasks: Task[] }
  } catch {
    // Told below.
  }
  throw new EngineError("E_FORMAT", `${path}: damaged or edited. Give the command of the run again: it is made anew.`, {
    file: path,
  })
}

const isTask = ({ id, stage, hash, dependsOn }: JsonObject): boolean =>
  areTexts([id, stage, hash]) && areTexts(dependsOn)

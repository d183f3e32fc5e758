/**
 * Builds the message that starts a task in a worker, and reads the inputs that only the main thread
 * can read.
 */
import { join } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { sha256 } from "../core/hash.js"
import { isJoin } from "../core/stages.js"
import { layout } from "../job/layout.js"
import { fileRead } from "../journal/read-verified.js"
import type { TaskMessage, TileList } from "../plan/context.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import { readMainLane } from "../pool/main-lane.js"
import type { WorkerInput } from "../worker/worker.js"
import type { Starting } from "./refuse.js"
import { timeBelow } from "./task-reads.js"

interface Sending {
  readonly plan: Plan
  readonly contextHash: string
  readonly contextPath?: string | undefined
}

/** Returns the message of a task and the inputs that the main thread reads for it. */
export const workerInput = async (sending: Sending, starting: Starting): Promise<WorkerInput> => {
  const { plan } = sending
  const { task, reads, ends, without } = starting
  const overall = isOverall(task)
  const time = timeBelow(task, ends)
  const children = childrenThatHand(starting)
  const childParts = listParts(children, starting)
  const message: TaskMessage = {
    context: joinInside(plan.job.out, sending.contextPath ?? layout.context),
    contextHash: sending.contextHash,
    stage: task.stage,
    key: task.key,
    sources: task.sources,
    ...(task.part === undefined ? {} : { part: task.part }),
    ...(task.neighbour ? { neighbour: true } : {}),
    images: task.images,
    ...(task.views === undefined ? {} : { views: task.views }),
    children,
    ...(childParts === undefined ? {} : { childParts }),
    ...(overall ? { tilesFile: await writeTileList(plan, starting) } : { files: reads.files.map(fileRead) }),
    ...(task.stage === "model" ? { shards: shardReads(reads.shards), reads: reads.tiles } : {}),
    ...(without.kernels.length === 0 ? {} : { without: without.kernels }),
    ...(time === undefined ? {} : { time }),
  }
  return { message, images: await readMainLane(plan, task) }
}

/** Parts of the children that are written in several parts. */
const listParts = (children: readonly string[], { task, ends }: Starting): TaskMessage["childParts"] => {
  const divided: [string, string[]][] = []
  for (const id of task.dependsOn) {
    const { key = "", content = [] } = ends.get(id) ?? {}
    if (content.length > 1 && children.includes(key)) divided.push([key, content.map(({ part }) => part)])
  }
  return divided.length === 0 ? undefined : Object.fromEntries(divided)
}

const shardReads = (shards: Starting["reads"]["shards"]): NonNullable<TaskMessage["shards"]> =>
  Object.fromEntries(
    Object.entries(shards).map(([port, parts]) => [
      port,
      parts.map(({ file, offset, size, sha256: hash }) => ({ ...fileRead(file), offset, size, sha256: hash })),
    ]),
  )

/** The children of a parent that made something for it. */
const childrenThatHand = ({ task, ends }: Starting): string[] => {
  const handing = new Set<string>()
  for (const id of task.stage === "parent" ? task.dependsOn : []) {
    const end = ends.get(id)
    if (end?.files.some(({ path }) => path.startsWith(`${layout.work}/handed/`))) handing.add(end.key)
  }
  return task.children.filter((child) => handing.has(child))
}

/** True for a task over the whole job or a region of it. */
export const isOverall = ({ stage }: PlannedTask): boolean => stage === "layer" || isJoin(stage)

/** Removed when the task ends: a country has thousands of regions. */
export const tileListPath = (plan: Plan, { stage, key }: PlannedTask): string =>
  joinInside(plan.job.out, `${layout.work}/tiles-${stage}-${key}.json`)

/** Writes the list of files that such a task reads, and of tiles outside of the job. */
const writeTileList = async (plan: Plan, { task, reads }: Starting): Promise<NonNullable<TaskMessage["tilesFile"]>> => {
  const path = tileListPath(plan, task)
  const list: TileList = { files: reads.files.map(fileRead), neighbours: task.neighbours ?? [] }
  const text = JSON.stringify(list)
  await atomicWrite(path, text, join(plan.job.out, layout.temporary))
  return { path, sha256: sha256(text) }
}

import { rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "../core/atomic-write.js"
import { Box2 } from "../core/box.js"
import { sha256 } from "../core/hash.js"
import { EngineError, type ErrorData } from "../errors.js"
import { readGdalWindow } from "../formats/raster/gdal.js"
import { TileKey } from "../grid/tile-key.js"
import type { TaskMessage } from "../job/context.js"
import { type Journal, type JournalState, taskId } from "../job/journal.js"
import type { EndRecord } from "../job/journal-record.js"
import type { PlannedTask } from "../job/lay-tasks.js"
import { layout } from "../job/layout.js"
import type { Plan } from "../job/plan.js"
import type { Tile } from "../kernel.js"
import type { Pool } from "./pool.js"
import type { TaskResult } from "./task-result.js"
import { timeBelow } from "./time-below.js"
import type { WorkerInput } from "./worker.js"

/** What the dispatcher works with. */
export interface Dispatching {
  readonly plan: Plan
  readonly pool: Pool
  readonly journal: Journal
  readonly state: JournalState
  /** Tasks whose products stand and whose hash has not changed. */
  readonly unchanged: ReadonlySet<string>
  readonly contextHash: string
  /** Tasks that this run ended before a crash of its engine process: done, not kept, and not forced again. */
  readonly ownEnds: ReadonlySet<string>
}

/** How a task came out, and whether the earlier result was simply kept. */
export interface Dispatched {
  readonly task: PlannedTask
  readonly end: EndRecord
  readonly kept: boolean
}

/** A crash of the process blamed twice on a task ends its tries. */
const maxCrashes = 2

/** Makes the function that brings one task to its end record: kept, refused, or run in the pool and journalled. */
export const createDispatch = (given: Dispatching): ((task: PlannedTask) => Promise<Dispatched>) => {
  const ends = new Map<string, EndRecord>()
  return async (task) => {
    const hash = fullHash(task, given.plan, ends)
    const earlier = given.state.ends.get(taskId(task))
    const keep = given.unchanged.has(task.id) || (await stands(given.plan, earlier, hash, given.ownEnds))
    const end = keep && earlier ? earlier : await perform(given, task, hash, ends, earlier)
    ends.set(task.id, end)
    return { task, end, kept: keep && earlier !== undefined && !given.ownEnds.has(taskId(task)) }
  }
}

/** The task's hash with the contents of the earlier outputs that it reads. */
const fullHash = (task: PlannedTask, plan: Plan, ends: ReadonlyMap<string, EndRecord>): string => {
  if (task.scope !== "parent" && task.scope !== "layer") return task.hash
  const read = task.dependsOn.flatMap((id) => (ends.get(id)?.files ?? []).filter((file) => readsFile(task, file.path)))
  const lines = read.map((file) => `${file.path} ${file.sha256}`).sort()
  const time = timeBelow(task, ends) ?? []
  return sha256(`${task.hash}\n${plan.context.version}\n${time.join(" ")}\n${lines.join("\n")}`)
}

const readsFile = (task: PlannedTask, path: string): boolean => {
  if (task.scope === "parent") return path.startsWith(`${layout.work}/mesh/`)
  return path.startsWith(`${layout.work}/features/${task.key}/`) || path.startsWith(`${layout.work}/blob/`)
}

/** True where an earlier end still holds: same hash, a good outcome, and its files in place with their sizes. */
export const stands = async (
  plan: Plan,
  end: EndRecord | undefined,
  hash: string,
  ownEnds: ReadonlySet<string>,
): Promise<boolean> => {
  if (plan.job.force && !(end && ownEnds.has(taskId(end)))) return false
  if (end?.hash !== hash || (end.outcome !== "done" && end.outcome !== "skipped")) return false
  for (const file of end.files) {
    const found = await stat(join(plan.job.out, file.path)).catch(() => undefined)
    if (found?.size !== file.sizeBytes) return false
  }
  return true
}

const perform = async (
  given: Dispatching,
  task: PlannedTask,
  hash: string,
  ends: ReadonlyMap<string, EndRecord>,
  earlier: EndRecord | undefined,
): Promise<EndRecord> => {
  const refusal = refuse(given, task, hash, ends)
  const base = { type: "end", key: task.key, scope: task.scope, hash } as const
  let end: EndRecord
  if (refusal) {
    end = {
      ...base,
      outcome: outcomeOf(refusal),
      reason: refusal.message,
      error: refusal,
      timeMs: 0,
      points: 0,
      peakBytes: 0,
      files: [],
    }
  } else {
    await given.journal.append({ type: "start", key: task.key, scope: task.scope, hash }, false)
    const result = await send(given, task, ends)
    const { timeMs, peakBytes, startedAt, worker } = result
    const ran = startedAt === undefined || worker === undefined ? {} : { startedAt, worker }
    end =
      result.outcome === "failed"
        ? {
            ...base,
            outcome: outcomeOf(result.error),
            reason: result.error.message,
            error: result.error,
            timeMs,
            points: 0,
            peakBytes,
            files: [],
            ...ran,
          }
        : { ...base, ...result }
  }
  await removeStale(given.plan, earlier, end)
  await noteQuarantine(given.plan, task, end)
  await given.journal.append(end)
  return end
}

/** Runs the task in the pool; what fails on the way there (an image that GDAL cannot read) is the task's failure too. */
const send = async (
  given: Dispatching,
  task: PlannedTask,
  ends: ReadonlyMap<string, EndRecord>,
): Promise<TaskResult> => {
  try {
    return await given.pool.run(await workerInput(given, task, ends))
  } catch (error) {
    return { outcome: "failed", error: EngineError.toData(error, { tile: task.key }), timeMs: 0, peakBytes: 0 }
  }
}

/** Bad input and kernel failures are the tile's own; the rest is the machine's or ours and worth another try. */
const outcomeOf = (error: ErrorData): "failed" | "quarantined" =>
  ["E_INPUT", "E_FORMAT", "E_KERNEL"].includes(error.code) ? "quarantined" : "failed"

const refuse = (
  given: Dispatching,
  task: PlannedTask,
  hash: string,
  ends: ReadonlyMap<string, EndRecord>,
): ErrorData | undefined => {
  if (task.scope === "tile") {
    for (const id of task.dependsOn) {
      const error = ends.get(id)?.error
      if (error) return error
    }
  }
  const crashes = given.state.crashes.get(`${taskId(task)} ${hash}`) ?? 0
  if (crashes >= maxCrashes) {
    const text = `${task.scope} ${task.key} took the engine process down ${crashes} times; try a smaller --tile-size or more --memory`
    return { code: "E_KERNEL", message: text, context: { tile: task.key } }
  }
  const { memoryBytes } = given.plan.job
  if (task.bytes > memoryBytes) {
    const text = `${task.scope} ${task.key} needs about ${mebibytes(task.bytes)} MiB, the budget is ${mebibytes(memoryBytes)} MiB; raise --memory or take a smaller --tile-size`
    return { code: "E_RESOURCE", message: text, context: { tile: task.key } }
  }
  return undefined
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20)

const workerInput = async (
  given: Dispatching,
  task: PlannedTask,
  ends: ReadonlyMap<string, EndRecord>,
): Promise<WorkerInput> => {
  const { plan } = given
  const { out } = plan.job
  let tilesFile: string | undefined
  if (task.scope === "layer") {
    tilesFile = join(out, layout.work, `tiles-${task.key}.json`)
    const keys = task.dependsOn.map((id) => ends.get(id)).filter((end) => end?.outcome === "done")
    const sorted = keys.flatMap((end) => (end ? [TileKey.parse(end.key)] : [])).sort(TileKey.compare)
    await atomicWrite(tilesFile, JSON.stringify(sorted.map(TileKey.format)), join(out, layout.temporary))
  }
  const children = task.children.filter((child) =>
    task.dependsOn.some((id) => ends.get(id)?.key === child && ends.get(id)?.content !== undefined),
  )
  const time = timeBelow(task, ends)
  const childParts = partsOf(children, task, ends)
  const message: TaskMessage = {
    context: join(out, layout.context),
    contextHash: given.contextHash,
    scope: task.scope,
    key: task.key,
    sources: task.sources,
    ...(task.part === undefined ? {} : { part: task.part }),
    images: task.images,
    children,
    ...(childParts === undefined ? {} : { childParts }),
    ...(tilesFile === undefined ? {} : { tilesFile }),
    ...(time === undefined ? {} : { time }),
  }
  return { message, given: await readMainLane(plan, task) }
}

/** Parts of the children that are written in several. */
const partsOf = (
  children: readonly string[],
  task: PlannedTask,
  ends: ReadonlyMap<string, EndRecord>,
): TaskMessage["childParts"] => {
  const divided: [string, string[]][] = []
  for (const id of task.dependsOn) {
    const { key = "", content = [] } = ends.get(id) ?? {}
    if (content.length > 1 && children.includes(key)) divided.push([key, content.map(({ part }) => part)])
  }
  return divided.length === 0 ? undefined : Object.fromEntries(divided)
}

/** Windows of the images that need GDAL, which only the main thread can load. */
const readMainLane = async (plan: Plan, task: PlannedTask): Promise<WorkerInput["given"]> => {
  const images = task.images
    .flatMap((index) => plan.context.images[index] ?? [])
    .filter((image) => image.lane === "main")
  const [first] = images
  if (!first || (task.scope !== "tile" && task.scope !== "parent")) return []
  const key = TileKey.parse(task.key)
  const cell = TileKey.box(plan.context.grid, key)
  const given: { path: string; image: Awaited<ReturnType<typeof readGdalWindow>> }[] = []
  for (const step of plan.context.chains[task.scope]) {
    const kernel = plan.kernels.find((loaded) => loaded.kernel.id === step.id)?.kernel
    const port = Object.values(kernel?.inputs ?? {}).find((candidate) => candidate.kind === "image")
    if (port?.kind !== "image") continue
    const extent = Box2.grow(cell, step.inputGrowth)
    const ratio = 2 ** (plan.context.grid.leafLevel - key.level)
    const tile: Tile = {
      key: task.key,
      cell,
      core: cell,
      extent,
      origin: [cell[0], cell[1], 0],
      step: ratio,
      epsg: plan.context.epsg,
    }
    for (const image of images)
      given.push({ path: image.path, image: await readGdalWindow(image, extent, port.resolution(tile, step.options)) })
  }
  return given
}

/** Files of the task's former result that the new one did not write again. */
const removeStale = async (plan: Plan, earlier: EndRecord | undefined, end: EndRecord): Promise<void> => {
  const written = new Set(end.files.map((file) => file.path))
  for (const file of earlier?.files ?? []) {
    if (!written.has(file.path)) await rm(join(plan.job.out, file.path), { force: true })
  }
}

const noteQuarantine = async (plan: Plan, task: PlannedTask, end: EndRecord): Promise<void> => {
  const path = join(plan.job.out, layout.quarantine(`${task.scope}-${task.key}`))
  if (end.outcome === "done" || end.outcome === "skipped") return rm(path, { force: true })
  const note = {
    scope: task.scope,
    key: task.key,
    outcome: end.outcome,
    reason: end.reason,
    error: end.error,
    reproduce: reproduceCommand(plan, task),
  }
  await atomicWrite(path, `${JSON.stringify(note, undefined, 2)}\n`, join(plan.job.out, layout.temporary))
}

/** The command that meets the same failure again: the job as it was resolved, on this task's tile alone; for a source, a look at the file. */
export const reproduceCommand = (plan: Plan, task: PlannedTask): string => {
  const quote = (text: string): string => (/^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
  const [source] = task.sources.flatMap((index) => plan.context.sources[index]?.path ?? [])
  if (task.scope === "source" && source !== undefined)
    return ["maille", "inspect", "--full", source].map(quote).join(" ")
  const box =
    task.scope === "tile" || task.scope === "parent"
      ? ["--bbox", TileKey.box(plan.context.grid, TileKey.parse(task.key)).join(",")]
      : []
  const { out } = plan.job
  return ["maille", "run", "--job", join(out, "job.json"), ...box, "--out", `${out}-again`].map(quote).join(" ")
}

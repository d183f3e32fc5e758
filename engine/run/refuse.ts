/** Explains why a task cannot run: a failed input, too many failed starts, or the memory budget. */
import { isJoin } from "../core/stages.js"
import { counted } from "../core/texts.js"
import { EngineError, type ErrorCode, type ErrorData, isTransient } from "../errors.js"
import { kernelOf } from "../job/kernels/load-kernels.js"
import { type Attempts, attemptId } from "../journal/attempts.js"
import type { EndRecord } from "../journal/journal-record.js"
import { hungriestJoin } from "../plan/admission/task-memory.js"
import { revives } from "../plan/chains/chain.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import type { Ends, TaskReads } from "./task-reads.js"
import { isFailed, type Without } from "./without-joins.js"

/** A task that is about to start. */
export interface Starting {
  /** Its `bytes` include the files that it reads. */
  readonly task: PlannedTask
  /** Bytes that it was admitted by. */
  readonly bytes: number
  readonly hash: string
  readonly reads: TaskReads
  readonly ends: Ends
  /** What the task leaves out because a join failed. */
  readonly without: Without
}

/** Returns why a task cannot run; undefined if it can. */
export const refuse = (plan: Plan, { abandoned }: Attempts, starting: Starting): ErrorData | undefined => {
  const { task, hash } = starting
  const error = failureBelow(plan, starting)
  if (error) return error
  const fatal = abandoned.get(attemptId({ ...task, hash }))
  if (fatal) return fatal
  const { memoryBytes } = plan.job
  if (task.bytes > memoryBytes) {
    const remedy = isJoin(task.stage) ? "run a smaller area" : "use a smaller --tile-size"
    const text = `needs about ${mebibytes(task.bytes)} MiB, more than the ${mebibytes(memoryBytes)} MiB allowed. Raise --memory, or ${remedy}.`
    return { code: "E_RESOURCE", message: text, context: { tile: task.key } }
  }
  return undefined
}

/**
 * Refuses a job whose tiles would all run before a join that cannot.
 *
 * @param ends of earlier runs; a join that is done fits
 * @throws EngineError E_RESOURCE
 */
export const refuseLargeJoin = (plan: Plan, ends: Ends = new Map()): void => {
  const tiles = plan.tasks.filter(({ stage }) => stage === "tile").length
  const join = hungriestJoin(plan, tiles)
  const { memoryBytes } = plan.job
  if (join === undefined || join.bytes <= memoryBytes) return
  if (plan.tasks.some(({ id, stage }) => stage === "job" && ends.get(id)?.outcome === "done")) return
  const found = `${join.id} needs at least ${mebibytes(join.bytes)} MiB for ${counted(tiles, "tile")}`
  const remedy = "Raise --memory, run a smaller area, or use a larger --cell."
  const text = `${found}, more than the ${mebibytes(memoryBytes)} MiB allowed. ${remedy}`
  throw new EngineError("E_RESOURCE", text, { kernel: join.id, option: "--memory" })
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20)

/**
 * The failure of a required task. Tiles require their sources; models also their own tile and,
 * where a kernel reads blobs of other tiles, those around; layers require the joins. Models require
 * the joins only if they make nothing without them.
 */
const failureBelow = (plan: Plan, { task, ends, reads, without }: Starting): ErrorData | undefined => {
  if (task.stage === "parent" || task.stage === "source") return undefined
  const listed = task.stage === "model" ? reads.tiles.map((key) => `tile ${key}`) : []
  for (const id of [...task.dependsOn, ...listed]) {
    const end = ends.get(id)
    if (!end || !isFailed(end) || without.failed.includes(end)) continue
    // Layers and joins use the tiles that succeeded.
    if ((task.stage === "layer" || isJoin(task.stage)) && !isJoin(end.stage)) continue
    if (task.stage === "model" && end.stage === "tile" && end.key !== task.key && !readsOthers(plan)) continue
    return describeFailure(task, end)
  }
  return undefined
}

/** True if a model kernel reads blobs of other tiles. */
const readsOthers = ({ context, kernels }: Plan): boolean =>
  context.chains.model.some(({ id }) =>
    Object.values(kernelOf(kernels, id)?.inputs ?? {}).some((port) => port.kind === "blob" && port.listed === true),
  )

const describeFailure = (task: PlannedTask, { stage, key, error, reason = "" }: EndRecord): ErrorData => {
  const code: ErrorCode = error?.code ?? "E_INTERNAL"
  const context = { ...error?.context, tile: task.key }
  if (stage === "source" && error) return error
  if (stage === "tile" && key === task.key) return { code, message: reason, context }
  return { code, message: needs({ stage, key, reason }), context }
}

const needs = ({ stage, key, reason = "" }: Pick<EndRecord, "stage" | "key" | "reason">): string =>
  `needs ${stage} ${key}, which failed: ${reason}`

/** What a task that is done left out, for its outcome. */
export const describeWithout = ({ kernels, failed }: Without): string =>
  `without ${kernels.join(", ")}: ${failed.map(needs).join("; ")}`

/**
 * Why a tile has no model, if its tile stage was skipped and no shard revives it; else undefined.
 */
export const skippedBelow = (plan: Plan, { task, ends, reads }: Starting): string | undefined => {
  const own = task.stage === "model" ? ends.get(`tile ${task.key}`) : undefined
  if (plan.context.chains.model.some(({ id }) => revives(kernelOf(plan.kernels, id), reads.shards))) return undefined
  return own?.outcome === "skipped" ? (own.reason ?? "the tile was skipped") : undefined
}

/**
 * Bad input and kernel failures are the tile's own. Other failures belong to the machine, the
 * network or the engine: a retry may help.
 */
export const outcomeOf = (error: ErrorData): "failed" | "quarantined" =>
  !isTransient(error) && ["E_INPUT", "E_FORMAT", "E_KERNEL"].includes(error.code) ? "quarantined" : "failed"

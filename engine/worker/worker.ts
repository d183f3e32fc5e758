/** The entry of a worker thread: a task in, its outcome out. */
import { threadId, workerData } from "node:worker_threads"
import { guardOnly, type LockedFolder } from "../core/files/atomic-write.js"
import { isJoin, isTileStage } from "../core/stages.js"
import { EngineError } from "../errors.js"
import { importKernel } from "../job/kernels/load-kernels.js"
import type { TaskFigures } from "../journal/journal-record.js"
import type { Image } from "../kernel.js"
import type { TaskMessage } from "../plan/context.js"
import type { MainLaneImages } from "./read-image.js"
import type { TaskResult, TaskWork } from "./task-result.js"
import { PeakMemory, releaseTask, threadNumber } from "./thread-use.js"
import { threadClock, type WorkerData, workerState } from "./worker-state.js"

/** A task with the image windows that the main thread read for it (transferred, not copied). */
export interface WorkerInput {
  readonly message: TaskMessage
  readonly images: readonly { readonly path: string; readonly image: Image }[]
  /** Shared: the thread that takes the task writes its number there. */
  readonly seat?: Int32Array
  /** Folders whose locks must exist while the task writes there. */
  readonly locked?: readonly LockedFolder[]
}

const { baseBytes, ahead } = (workerData ?? { baseBytes: [0] }) as WorkerData

// Loads code while the job is still being planned. If a module cannot load, the task that needs it
// reports that.
if (ahead !== undefined)
  await Promise.allSettled([import("./source-task.js"), ...ahead.map((url) => importKernel(url))])

/** Entry of a worker thread. Never throws: a failure is data. */
const runTask = async ({ message, images, seat, locked = [] }: WorkerInput): Promise<TaskResult> => {
  guardOnly(locked)
  if (seat !== undefined) Atomics.store(seat, 0, threadNumber())
  const started = performance.now()
  // The system's clock may jump during a run: this thread read it once.
  const startedAt = Math.round(performance.timeOrigin + started)
  threadClock.begin("start")
  const memory = new PeakMemory(baseBytes[0] ?? 0)
  const finish = <T extends object>(result: T): T & TaskFigures => {
    memory.sample()
    const steps = threadClock.end()
    const timeMs = Math.round(performance.now() - started)
    return { ...result, timeMs, peakBytes: memory.peakBytes, steps, startedAt, worker: threadId }
  }
  try {
    releaseTask()
    const state = await workerState(message.context, message.contextHash)
    const windows: MainLaneImages = new Map(images.map(({ path, image }) => [path, image]))
    return finish(await state.clock.during("other", () => dispatch(state, message, windows, memory)))
  } catch (error) {
    const context = message.stage === "source" ? {} : { tile: message.key }
    return finish({ outcome: "failed" as const, error: EngineError.toData(error, context) })
  }
}

/**
 * Runs a task by its stage. Each stage's code loads with its first task: loading all of it takes
 * half a second of processor time per worker.
 */
const dispatch = async (
  state: Awaited<ReturnType<typeof workerState>>,
  message: TaskMessage,
  images: MainLaneImages,
  memory: PeakMemory,
): Promise<TaskWork> => {
  if (message.stage === "source") return (await import("./source-task.js")).runSourceTask(state, message)
  if (isTileStage(message.stage)) return (await import("./tile-task.js")).runTileTask(state, message, images, memory)
  if (isJoin(message.stage)) return (await import("./join-task.js")).runJoinTask(state, message, memory)
  if (message.stage === "parent")
    return (await import("./parent-task.js")).runParentTask(state, message, images, memory)
  return (await import("./layer-task.js")).runLayerTask(state, message, memory)
}

export default runTask

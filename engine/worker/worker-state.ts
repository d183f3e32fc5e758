/** State that a worker keeps between tasks: context, kernels, arena and clock. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { sha256 } from "../core/hash.js"
import { EngineError } from "../errors.js"
import type { AreaIndex } from "../formats/vector/area-index.js"
import { type Crs, crsByEpsg } from "../grid/crs.js"
import { type Geoid, openGeoid } from "../grid/geoid.js"
import { importKernel } from "../job/kernels/load-kernels.js"
import { layout } from "../job/layout.js"
import type { Kernel } from "../kernel.js"
import type { WorkContext } from "../plan/context.js"
import { type Arena, createArena, StepClock } from "./thread-use.js"

/** State that a worker keeps between tasks of one job. */
export interface WorkerState {
  readonly context: WorkContext
  readonly crs: Crs
  readonly geoid: Geoid
  readonly kernels: ReadonlyMap<string, Kernel>
  /** The départements that vector objects must be in. */
  readonly limit?: AreaIndex
  readonly arena: Arena
  /** Books the time of the running task. */
  readonly clock: StepClock
}

/** The clock of this thread, which runs one task at a time. */
export const threadClock = new StepClock()

let current: { hash: string; state: WorkerState } | undefined

/**
 * The state for the job of a message. Reads the context, and imports and prepares the kernels, once
 * per worker.
 */
export const workerState = async (contextPath: string, hash: string): Promise<WorkerState> => {
  if (current?.hash === hash) return current.state
  const text = await readFile(contextPath, "utf8")
  if (sha256(text) !== hash) {
    const found = `${contextPath}: changed during the run, by another run or the disk. Run again.`
    throw new EngineError("E_RESOURCE", found, { file: contextPath })
  }
  const context = JSON.parse(text) as WorkContext
  const kernels = new Map<string, Kernel>()
  const { chains } = context
  for (const step of [...chains.tile, ...chains.region, ...chains.job, ...chains.model, ...chains.parent]) {
    if (kernels.has(step.id)) continue
    const kernel = await importKernel(step.url)
    await kernel.prepare?.()
    kernels.set(step.id, kernel)
  }
  const geoid = await openGeoid(context)
  const limit = context.limit && (await readLimit(context.out))
  const state = {
    context,
    crs: crsByEpsg(context.epsg),
    geoid,
    kernels,
    ...(limit === undefined ? {} : { limit }),
    arena: createArena(),
    clock: threadClock,
  }
  current = { hash, state }
  return state
}

const readLimit = async (out: string): Promise<AreaIndex> => {
  const { indexArea } = await import("../formats/vector/area-index.js")
  const { readPolygons } = await import("../formats/vector/polygons.js")
  return indexArea(await readPolygons(join(out, layout.limit)))
}

/** Data that {@link openPool} passes to each of its threads. */
export interface WorkerData {
  /**
   * Shared, one number: bytes of the process that belong to no thread of the pool (code, libraries,
   * the main thread's own).
   */
  readonly baseBytes: ArrayLike<number>
  /** URLs of kernels that the first task will need. */
  readonly ahead?: readonly string[]
}

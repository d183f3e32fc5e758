/** Converts point files to COPC 1.0 (`maille copc`) and skips unchanged ones. */

import { readFile, rm, stat } from "node:fs/promises"
import { availableParallelism } from "node:os"
import { dirname, join, resolve } from "node:path"
import { checkFields } from "../core/arguments.js"
import { assertLocked, atomicWrite, temporaryName } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { canonicalJson } from "../core/hash.js"
import { parseWhole } from "../core/parse-values.js"
import { EngineError, type ErrorData } from "../errors.js"
import { writeWkt } from "../formats/las/write/wkt.js"
import { openPointFile } from "../formats/points/point-file.js"
import { planReprojection } from "../formats/points/reproject-records.js"
import { type WrittenCopc, writeCopcFile } from "../formats/points/write-copc-file.js"
import { crsByEpsg } from "../grid/crs.js"
import { expandInputs, withoutStack } from "../io/expand-inputs.js"
import { layout } from "../job/layout.js"
import { lockOutput } from "../journal/lock.js"

export interface CopcRequest {
  /** LAS, LAZ and COPC files, folders, globs, `http(s)` and `s3` addresses. */
  readonly inputs: readonly string[]
  /** Folder of the results, each `<name>.copc.laz`. */
  readonly out: string
  /** Threads; default: the processors. With one, all work runs in the calling thread. */
  readonly workers?: number | undefined
  /** Also rewrites unchanged files. */
  readonly force?: boolean | undefined
  /** Reports without writing. */
  readonly dryRun?: boolean | undefined
  /** EPSG code for files that state no CRS; with `to`, it also replaces a wrong one. */
  readonly epsg?: number | undefined
  /**
   * EPSG code of a CRS in metres: points in another CRS, in degrees or in feet are reprojected to
   * it, within 1 mm of proj4. Heights in feet become metres and keep their datum.
   */
  readonly to?: number | undefined
  readonly onProgress?: ((progress: CopcProgress) => void) | undefined
  /** Called while waiting for another process that may write to the folder. */
  readonly onWait?: ((text: string) => void) | undefined
  /** Stops the work: unfinished files fail and leave nothing behind. */
  readonly signal?: AbortSignal | undefined
}

/** Progress of {@link convertToCopc}. Each point counts twice: once read, once written. */
export interface CopcProgress {
  readonly points: number
  readonly total: number
  /** A file that has just ended. */
  readonly file?: CopcFile
}

/** Outcome of one input. */
export interface CopcFile {
  readonly path: string
  readonly out: string
  /** `planned`: in a dry run. */
  readonly outcome: "done" | "unchanged" | "planned" | "failed"
  readonly points: number
  /** Nodes with points, and levels; 0 unless written in this call. */
  readonly nodes: number
  readonly levels: number
  readonly sizeBytes: number
  readonly timeMs: number
  /** Changes during conversion (point format, CRS), and properties that the file lacks. */
  readonly notes?: readonly string[]
  /** Why it failed. */
  readonly reason?: string
  readonly error?: ErrorData
}

export interface CopcSummary {
  readonly done: number
  readonly unchanged: number
  readonly failed: number
  readonly files: readonly CopcFile[]
  readonly timeMs: number
}

/** Raise when equal inputs give other bytes: earlier results are then written again. */
const WRITER_VERSION = 1
const STATE = ".work/copc"

/**
 * Writes point files as COPC 1.0, each as `<name>.copc.laz` in a folder. All attributes, VLRs and
 * EVLRs are retained; formats 0 to 3 become 6 or 7.
 *
 * The bytes depend on the points and the metadata, not on the order or the storage of the points. A
 * result of an unchanged source is skipped. An input that fails does not stop the others.
 *
 * Memory: about 200 MB, for each thread when there are several files. Temporary disk: the points
 * uncompressed.
 * @throws EngineError `E_INPUT` for an unknown target, `E_USAGE` when another process writes to the
 *   folder, `E_OUTPUT` when it
 *   cannot be made, `E_INCOMPLETE` when another process took it over
 */
export const convertToCopc = async (request: CopcRequest): Promise<CopcSummary> => {
  checkFields(request, "request", {
    ...{ inputs: "paths", out: "path", workers: "number?", force: "flag?", dryRun: "flag?", epsg: "whole?" },
    ...{ to: "whole?", onProgress: "function?", onWait: "function?", signal: "signal?" },
  })
  const started = performance.now()
  const workers = parseWhole(request.workers ?? availableParallelism(), "--workers", 1, 1024)
  // An unknown target is no fault of a file.
  if (request.to !== undefined) writeWkt(crsByEpsg(request.to).epsg)
  const { paths, rejected } = await expandInputs(request.inputs)
  const out = resolve(request.out)
  const lock = request.dryRun === true ? undefined : await lockOutput(out, request)
  const signals = [request.signal, lock?.lost].filter((one) => one !== undefined)
  // Remove leftovers of a killed run: the lock excludes other processes.
  const clean = async (): Promise<void> => {
    if (lock === undefined) return
    assertLocked(out)
    await rm(join(out, layout.copcTemporary), { recursive: true, force: true })
  }
  try {
    await clean()
    const ended: CopcFile[] = rejected.map(({ path, error }) => failure(path, "", error))
    const plan: Planned[] = []
    const taken = new Map<string, string>()
    for (const path of paths) {
      const planned = await planFile(path, out, taken, request)
      if ("outcome" in planned) ended.push(planned)
      else plan.push(planned)
    }
    await convertAll(plan, workers, { ...request, signal: AbortSignal.any(signals) }, ended)
    const files = ended.sort((a, b) => (a.path < b.path ? -1 : 1))
    const count = (outcome: CopcFile["outcome"]): number => files.filter((file) => file.outcome === outcome).length
    const timeMs = Math.round(performance.now() - started)
    return { done: count("done"), unchanged: count("unchanged"), failed: count("failed"), files, timeMs }
  } finally {
    await clean().finally(() => lock?.release())
  }
}

/** A file to convert. */
interface Planned {
  readonly path: string
  readonly out: string
  readonly temporaryFolder: string
  readonly statePath: string
  /** The inputs that determine the result. */
  readonly state: SourceState
  readonly points: number
}

/**
 * Identifies the source of a result. It is stored beside the results, because they do not record
 * how their source was stored.
 */
interface SourceState {
  readonly version: number
  readonly source: string
  readonly epsg: number | null
  readonly to?: number
}

const nothingMade = { points: 0, nodes: 0, levels: 0, sizeBytes: 0, timeMs: 0 }

const failure = (path: string, out: string, error: ErrorData): CopcFile => ({
  ...{ path, out, outcome: "failed", ...nothingMade },
  reason: error.message,
  error,
})

const planFile = async (
  path: string,
  out: string,
  taken: Map<string, string>,
  { epsg, to: target, force, dryRun }: CopcRequest,
): Promise<Planned | CopcFile> => {
  let to = ""
  try {
    const file = await openPointFile(path)
    await file.close()
    const { name, identity, count } = file.info
    const stem = name.replace(/(\.copc)?\.la[sz]$/i, "")
    to = joinInside(out, `${stem}.copc.laz`)
    if (target !== undefined) planReprojection(file.info, epsg, target)
    checkPlace(path, to, taken.get(to))
    taken.set(to, path)
    const planned: Planned = {
      path,
      out: to,
      temporaryFolder: join(out, layout.copcTemporary, temporaryName(stem)),
      statePath: joinInside(out, `${STATE}/${stem}.json`),
      state: {
        version: WRITER_VERSION,
        source: identity,
        epsg: epsg ?? null,
        ...(target === undefined ? {} : { to: target }),
      },
      points: count,
    }
    const sizeBytes = force === true ? undefined : await sizeOfSame(planned)
    const known = { ...nothingMade, points: count, sizeBytes: sizeBytes ?? 0 }
    if (sizeBytes !== undefined) return { path, out: to, outcome: "unchanged", ...known }
    return dryRun === true ? { path, out: to, outcome: "planned", ...known } : planned
  } catch (error) {
    return failure(path, to, withoutStack(EngineError.toData(error, { file: path })))
  }
}

const checkPlace = (path: string, to: string, other: string | undefined): void => {
  const found = to === resolve(path) ? "itself" : other && `the result of ${other}`
  if (found === undefined) return
  throw new EngineError("E_USAGE", `${path}: its result ${to} would overwrite ${found}. Choose another --out.`, {
    file: path,
  })
}

/** Size of an existing result, if it is complete and its source unchanged. */
const sizeOfSame = async ({ out, statePath, state, points }: Planned): Promise<number | undefined> => {
  try {
    const { bytes, ...made } = JSON.parse(await readFile(statePath, "utf8")) as SourceState & { bytes: number }
    if (canonicalJson(made) !== canonicalJson(state) || (await stat(out)).size !== bytes) return undefined
    const file = await openPointFile(out)
    await file.close()
    return file.info.count === points ? bytes : undefined
  } catch {
    // Missing or unreadable state: write the file again.
    return undefined
  }
}

const convertAll = async (
  plan: readonly Planned[],
  workers: number,
  { onProgress, epsg, to, signal }: CopcRequest,
  files: CopcFile[],
): Promise<void> => {
  const total = plan.reduce((sum, { points }) => sum + 2 * points, 0)
  let before = 0
  const tell = (points: number, file?: CopcFile): void => onProgress?.({ points, total, ...(file && { file }) })
  const goOn = (points: number): void => {
    if (signal?.aborted === true) throw stopped()
    tell(points)
  }
  for (const file of files) tell(0, file)
  // Several files: a thread each. A single one: its nodes are spread.
  const each = plan.length > 1
  const threads = each ? Math.min(workers, plan.length) : workers
  const isShared = workers > 1 && plan.length > 0
  const pool = isShared ? (await import("../pool/copc-pool.js")).openCopcPool(threads) : undefined
  // The pool ends at once; this thread stops at its next block of points.
  signal?.addEventListener("abort", () => void pool?.close(), { once: true })
  const convert = async (planned: Planned): Promise<void> => {
    const started = performance.now()
    const task = { path: planned.path, out: planned.out, temporaryFolder: planned.temporaryFolder, epsg, to }
    const spread = pool === undefined ? {} : { encode: pool.encode, lanes: 2 * threads }
    const local = { ...spread, onProgress: (read: number, written: number) => goOn(before + read + written) }
    const writing = async (): Promise<WrittenCopc> => {
      if (signal?.aborted === true) throw stopped()
      return pool !== undefined && each ? pool.write(task) : writeCopcFile(task, local)
    }
    const result = await settle(planned, writing(), signal)
    const file = { ...result, timeMs: Math.round(performance.now() - started) }
    before += 2 * planned.points
    files.push(file)
    tell(before, file)
  }
  try {
    if (pool !== undefined && each) await Promise.all(plan.map(convert))
    else for (const planned of plan) await convert(planned)
  } finally {
    await pool?.close()
  }
}

const stopped = (): EngineError => new EngineError("E_RESOURCE", "stopped before it was complete. Run again to resume.")

/** Waits for a file, then stores the state of its source. */
const settle = async (
  { path, out, statePath, state }: Planned,
  writing: Promise<WrittenCopc>,
  signal: AbortSignal | undefined,
): Promise<CopcFile> => {
  try {
    const { points, nodes, levels, bytes, notes } = await writing
    await atomicWrite(
      statePath,
      `${canonicalJson({ ...state, bytes })}\n`,
      join(dirname(statePath), "..", "copc-temporary"),
    )
    const made = { points, nodes, levels, sizeBytes: bytes, timeMs: 0 }
    return { path, out, outcome: "done", ...made, ...(notes.length === 0 ? {} : { notes }) }
  } catch (error) {
    // Write nothing to a folder that another process took over.
    assertLocked(out)
    const data = EngineError.toData(signal?.aborted === true ? stopped() : error, { file: path })
    return failure(path, out, data.code === "E_INTERNAL" ? data : withoutStack(data))
  }
}

/** Recognises an output folder and reads its job. */
import { readdir, stat } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { isThere } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { readJsonIfAny } from "../core/files/parse-file.js"
import { Box2 } from "../core/geometry/box.js"
import { isObject } from "../core/json/json-shape.js"
import { optionError } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import { readCopy } from "./copied-text.js"
import { declaredPorts } from "./declared-ports.js"
import { fieldOfWrongType } from "./fields.js"
import type { Job, JobInput } from "./job.js"
import { journalName, layout, planLayout } from "./layout.js"
import { mapJobPaths, type PathMap } from "./path-map.js"

/**
 * What a run may do in a folder of another job; absent: nothing.
 * - `add`: make further products or layers and keep all others
 * - `replace`: remove what the new job does not make
 * - `update`: follow inputs that were added, changed or removed
 */
export type FolderChange = "add" | "replace" | "update"

/** The resolved job of an output folder, read from `job.json` or `plan/job.json`. */
export interface StoredJob extends JobInput {
  /** Version of maille that wrote it. */
  readonly version: string
  readonly leafLevel?: number
}

export const jobName = "job.json"

type Facts = Readonly<Record<string, unknown>>

/**
 * Reads the job of an output folder: that of its runs, else that of its plan; undefined if it has
 * neither. Paths are mapped to this machine.
 */
export const readStoredJob = async (out: string, map: PathMap = []): Promise<StoredJob | undefined> => {
  for (const name of [jobName, planLayout.job]) {
    const job = await (name === jobName ? readOwnJob(out) : readFacts(joinInside(out, name)))
    // Only a resolved job states a version; a user's job file does not.
    if (typeof job?.["version"] === "string" && Array.isArray(job["inputs"]))
      return map.length === 0
        ? (job as unknown as StoredJob)
        : mapJobPaths(map, job as unknown as StoredJob, (await declaredPorts(job["modules"])).kernels)
  }
  return undefined
}

/**
 * Reads the job of an output folder.
 *
 * @throws EngineError E_INPUT if the folder is missing or not an output folder of maille
 */
export const requireStoredJob = async (folder: string): Promise<StoredJob> => {
  const job = await readStoredJob(folder)
  if (job !== undefined) return job
  throw await notAnOutput(folder)
}

/** A run's job as stored: the stated fields and the ones that the run determined. */
export type RunFacts = StoredJob &
  Required<Pick<Job, "epsg" | "tileSize" | "source" | "heights">> &
  Partial<Pick<Job, "vertical">>

/**
 * Reads the `job.json` of a run, for commands that read its products.
 *
 * @throws EngineError E_INPUT if no run wrote the folder
 */
export const readRunFacts = async (folder: string): Promise<RunFacts> => {
  const job = await readFacts(join(folder, jobName))
  if (typeof job?.["epsg"] !== "number" || typeof job["tileSize"] !== "number") throw await notAnOutput(folder)
  const { heights, ...facts } = { source: "", version: "", ...job } as unknown as RunFacts
  return { ...facts, heights: heights === "ellipsoidal" ? heights : "orthometric" }
}

/** Margin around the points on maps and in the viewer, as a share of their extent. */
const MARGIN = 0.04

/** The part of a box around work tiles that maps show: where the points of the job are. */
export const shownBox = ({ pointsBox: points }: Pick<RunFacts, "pointsBox">, tiles: Box2): Box2 => {
  if (points === undefined) return tiles
  const span = Math.max(points[2] - points[0], points[3] - points[1], 1)
  const shown = Box2.intersection(tiles, Box2.grow(points, MARGIN * span))
  return shown[0] < shown[2] && shown[1] < shown[3] ? shown : tiles
}

/** The error for a folder that `writer` did not write; all commands use this one wording. */
export const notAnOutput = async (folder: string, writer = "maille run --out"): Promise<EngineError> => {
  const found = await stat(folder).catch(() => undefined)
  const what =
    found === undefined
      ? "no such folder"
      : found.isDirectory()
        ? `not an output folder of maille (${(await isThere(join(folder, jobName))) ? "job.json is damaged, or not of a run" : "no job.json"})`
        : "a file, not an output folder"
  return new EngineError("E_INPUT", `${folder}: ${what}. Give the folder that "${writer}" wrote.`, { file: folder })
}

/**
 * Entries that maille writes before the job: a run or a plan killed at its start leaves no others.
 */
const beforeJob: ReadonlySet<string> = new Set([planLayout.folder, layout.colours])

/**
 * Refuses an output folder that has other files but no job of maille. Hidden files and `lost+found`
 * do not count.
 *
 * @throws EngineError E_USAGE
 */
export const requireNewFolder = async (out: string): Promise<void> => {
  const names = await readdir(out).catch((): string[] => [])
  const begun = names.includes(layout.work)
  const others = names
    .filter((name) => !name.startsWith(".") && name !== "lost+found" && !(begun && beforeJob.has(name)))
    .sort()
  if (others.length === 0) return
  const more = others.length > 3 ? ` and ${others.length - 3} more` : ""
  const found = `${out} contains ${others.slice(0, 3).join(", ")}${more} and no job of maille.`
  throw optionError("--out", `${found} Give a new or empty folder.`)
}

/**
 * Refuses a folder with files, for what a command writes as a whole. Hidden files do not count.
 *
 * @throws EngineError E_USAGE
 */
export const requireEmptyFolder = async (out: string): Promise<void> => {
  const names = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return []
    const why = error.code === "ENOTDIR" ? "is a file" : "cannot be read"
    throw optionError("--out", `${out} ${why}. Give a new or empty folder.`)
  })
  const others = names.filter((name) => !name.startsWith(".") && name !== "lost+found").sort()
  if (others.length > 0)
    throw optionError("--out", `${out} is not empty: it contains ${others[0]}. Give a new or empty folder.`)
}

/**
 * Finds the output folder of a job file: `job.json` beside a journal, or `plan/job.json` beside the
 * shards; undefined for any other file. The folder may have moved since the job was written.
 */
export const folderOfJobFile = async (path: string): Promise<string | undefined> => {
  const full = resolve(path)
  if (basename(full) !== jobName) return undefined
  const folder = dirname(full)
  if (basename(folder) === planLayout.folder && (await isThere(join(dirname(folder), planLayout.shards))))
    return dirname(folder)
  for (const name of [journalName, layout.context]) if (await isThere(joinInside(folder, name))) return folder
  return undefined
}

/** Reads the job of the folder's runs, from its sealed copy if there is one. */
const readOwnJob = async (out: string): Promise<Facts | undefined> => {
  const path = join(out, jobName)
  if (!(await isThere(path))) return undefined
  const copy = await readCopy(out, jobName)
  return (copy === undefined ? undefined : soundFacts(parsed(copy))) ?? readFacts(path)
}

/** The fields of a stored job; undefined if it is missing or damaged. */
const readFacts = async (path: string): Promise<Facts | undefined> => soundFacts(await readJsonIfAny(path))

/** A resolved job whose fields have the types of their schema: everyone may have edited it. */
const soundFacts = (job: unknown): Facts | undefined =>
  isObject(job) && fieldOfWrongType(job) === undefined ? job : undefined

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Recognises an output folder and reads the job that it holds. */
import { readdir, stat } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { isThere } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { readJsonIfAny } from "../core/files/parse-file.js"
import { usageError } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import { readCopy } from "./copied-text.js"
import type { Job, JobInput } from "./job.js"
import { journalName, layout, planLayout } from "./layout.js"
import { mapJobPaths, type PathMap } from "./path-map.js"

/**
 * What a run may do in the folder of another job. `add`: make further products or layers and keep all that is there. `replace`: remove what the
 * new job does not make. `update`: follow inputs that were added, changed or removed. Absent: nothing.
 */
export type FolderChange = "add" | "replace" | "update"

/** The resolved job of an output folder, as `job.json` or `plan/job.json` holds it. */
export interface StoredJob extends JobInput {
  /** Of maille that wrote it. */
  readonly version: string
  readonly leafLevel?: number
}

/** File of an output folder that holds its job. */
export const jobName = "job.json"

type Facts = Readonly<Record<string, unknown>>

/**
 * The job of an output folder: that of its runs, else that of its plan; undefined where there is none. Paths come as they are on this machine.
 */
export const readStoredJob = async (out: string, map: PathMap = []): Promise<StoredJob | undefined> => {
  for (const name of [jobName, planLayout.job]) {
    const job = await (name === jobName ? readOwnJob(out) : readJsonIfAny<Facts>(joinInside(out, name)))
    // A job file of the user's own states no version.
    if (typeof job?.["version"] === "string" && Array.isArray(job["inputs"]))
      return mapJobPaths(map, job as unknown as StoredJob)
  }
  return undefined
}

/**
 * The job of an output folder that must be one.
 *
 * @throws EngineError E_INPUT where the folder is not there, or no output folder of maille
 */
export const requireStoredJob = async (folder: string): Promise<StoredJob> => {
  const job = await readStoredJob(folder)
  if (job !== undefined) return job
  throw await notAnOutput(folder)
}

/** What a run keeps of its job: all that was stated, and what it found. */
export type RunFacts = StoredJob & Required<Pick<Job, "epsg" | "tileSize" | "source" | "heights">>

/**
 * What `job.json` of a run tells of its products: for commands that read them.
 *
 * @throws EngineError E_INPUT where the folder is no output folder of a run
 */
export const readRunFacts = async (folder: string): Promise<RunFacts> => {
  const job = await readJsonIfAny<Facts>(join(folder, jobName))
  if (typeof job?.["epsg"] !== "number" || typeof job["tileSize"] !== "number") throw await notAnOutput(folder)
  const { heights, ...facts } = { source: "", version: "", ...job } as unknown as RunFacts
  return { ...facts, heights: heights === "ellipsoidal" ? heights : "orthometric" }
}

/** The error for a folder that is none of maille's: one wording for all commands. */
export const notAnOutput = async (folder: string): Promise<EngineError> => {
  const found = await stat(folder).catch(() => undefined)
  const what =
    found === undefined
      ? "there is no such folder"
      : found.isDirectory()
        ? "this is no output folder of maille (no job.json)"
        : "this is a file, not an output folder of maille"
  const text = `${folder}: ${what}. Give the folder that maille run --out wrote.`
  return new EngineError("E_INPUT", text, { file: folder })
}

/** What maille writes before the folder has a job: a run or a plan that was killed at its beginning leaves no more. */
const beforeJob: ReadonlySet<string> = new Set([planLayout.folder, layout.colours])

/**
 * Refuses an output folder without a job of maille that holds other files. Hidden ones and `lost+found` do not count.
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
  const found = `${out}, which holds ${others.slice(0, 3).join(", ")}${more} and no job of maille`
  throw usageError("--out", found, "a new or empty folder", "Choose another --out.")
}

/**
 * The output folder that a job file lies in, as `job.json` beside a journal or as `plan/job.json` beside the shards; undefined for any other
 * file. It may have been moved or copied since the job was written.
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

/** The job of the folder's runs, by its copy where there is one. */
const readOwnJob = async (out: string): Promise<Facts | undefined> => {
  const path = join(out, jobName)
  if (!(await isThere(path))) return undefined
  const copy = await readCopy(out, jobName)
  return copy === undefined ? readJsonIfAny(path) : (JSON.parse(copy) as Facts)
}

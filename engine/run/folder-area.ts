/** Limits a run to its area: earlier results elsewhere in the folder stay. */
import type { Job, JobInput } from "../job/job.js"
import type { FolderChange, StoredJob } from "../job/output-folder.js"
import type { JournalState } from "../journal/journal.js"

/** Results outside of a run's area that stay in the folder. */
export interface FolderArea {
  /** Keys of the tiles made by earlier runs: they stay part of tilesets, mosaics and layers. */
  readonly made: ReadonlySet<string>
  /**
   * Départements that bound the vector objects, including those of earlier runs. Empty if this run
   * or an earlier one took objects without a limit; undefined: those of the job.
   */
  readonly codes?: readonly string[]
  /** True if nothing of earlier runs stays. */
  readonly fresh?: true
}

type Area = Pick<JobInput, "bbox" | "aoi" | "departement" | "limits">

/** True for a job without any area: it covers all its sources. */
export const isWhole = ({ bbox, aoi, limits }: Area): boolean =>
  bbox === undefined && aoi === undefined && limits === undefined

/** Returns what a job keeps of its folder; nothing if it replaces the folder's job. */
export const folderArea = (
  job: Job,
  former: StoredJob | undefined,
  { ends, replacing }: Pick<JournalState, "ends" | "replacing">,
  change: FolderChange | undefined,
): FolderArea => {
  if (former === undefined || replacing || change === "replace") return { made: new Set(), fresh: true }
  const made = new Set<string>()
  for (const { stage, key, outcome, neighbour, former: last } of ends.values())
    if ((stage === "tile" || stage === "model") && neighbour !== true && (last ?? { outcome }).outcome === "done")
      made.add(key)
  const [before, now] = [former.departement, job.departement]
  if (before === undefined && now === undefined) return { made }
  const codes = before === undefined || now === undefined ? [] : [...new Set([...before, ...now])].sort()
  return { made, codes }
}

/**
 * Returns the job to store, with the area of the folder after the run. It has no area once a run
 * covered everything, else all départements of the runs, else the last area. Tiles outside stay
 * through {@link FolderArea.made}.
 *
 * @param limitBox box around the job's départements, used if they do not bound its objects
 */
export const areaToStore = (
  job: Job,
  former: StoredJob | undefined,
  { codes, fresh }: FolderArea,
  limitBox: Job["bbox"],
): Job => {
  const { bbox: _, aoi: _aoi, departement: _codes, limits: _limits, ...rest } = job
  if (former === undefined || fresh) return job
  if (isWhole(former)) return rest
  if (codes === undefined || job.departement === undefined) return job
  if (codes.length > 0) return { ...job, departement: codes }
  return { ...rest, ...(limitBox === undefined ? {} : { bbox: limitBox }) }
}

/** Limits a run to its area, so that earlier results elsewhere in the folder stay. */
import type { Job, JobInput } from "../job/job.js"
import type { FolderChange, StoredJob } from "../job/output-folder.js"
import type { JournalState } from "../journal/journal.js"

/** What a run in an area keeps of earlier ones elsewhere in its folder. */
export interface FolderArea {
  /** Keys of the tiles that the folder holds: they stay part of tilesets, mosaics and layers. */
  readonly made: ReadonlySet<string>
  /**
   * Départements that bound the vector objects, those of earlier runs among them; none where an earlier or this run took objects beyond any
   * limit; undefined for those of the job.
   */
  readonly codes?: readonly string[]
  /** True where nothing of earlier runs stays. */
  readonly fresh?: true
}

type Area = Pick<JobInput, "bbox" | "aoi" | "departement" | "limits">

/** True for a job without any area: all that its sources cover. */
export const isWhole = ({ bbox, aoi, limits }: Area): boolean =>
  bbox === undefined && aoi === undefined && limits === undefined

/** What a job keeps of its folder; nothing where the folder's job is replaced. */
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
 * The area that the folder's job has after a run: all, once a run was over all; of départements those of all runs; else the last one. What lies
 * outside of it stays by {@link FolderArea.made}.
 *
 * @param limitBox box around the job's départements, where they do not bound its objects
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

/** Opens the point sources of a task: their bucket files, or COPC files as they are. */
import { join } from "node:path"
import type { BucketFile } from "../../formats/buckets/format.js"
import { choiceOf } from "../../formats/points/class-schemes.js"
import { openPointFile, type PointFile } from "../../formats/points/point-file.js"
import { changed } from "../../io/bytes.js"
import { layout } from "../../job/layout.js"
import type { SourceRef, WorkContext } from "../../plan/context.js"

/**
 * What a tile uses of its sources: `decoded` and the counts of points left out from a point file,
 * `parts` from a bucket file.
 */
type OpenSource = Pick<PointFile, "expected" | "read" | "verify" | "close"> &
  Partial<Pick<PointFile, "tooHigh" | "flagged" | "unlisted">> & {
    readonly decoded?: number
    readonly parts?: BucketFile["parts"]
  }

/** Opens a point source: a COPC file read by ranges, or the bucket files of another one. */
export const openSource = async (context: WorkContext, index: number): Promise<OpenSource> => {
  const source = context.sources[index]
  if (!source) throw new RangeError(`source ${index} of ${context.sources.length}`)
  const { identity, parts } = source
  if (parts === undefined) return openPlanned(context, source)
  const { openBucketFile } = await import("../../formats/buckets/bucket-file.js")
  const bucketFile = await openBucketFile(
    ...Array.from({ length: parts }, (_, part) => join(context.out, layout.bucketFile(identity, part))),
  )
  return { ...bucketFile, verify: () => Promise.resolve() }
}

/** Opens a point file in the job's CRS. Fails if it differs from the file that was planned. */
export const openPlanned = async (
  context: WorkContext,
  { path, identity, box, extent, lidarHd }: SourceRef,
): Promise<PointFile> => {
  const crs = { epsg: context.epsg, name: "", unit: "metre", from: "none" } as const
  const choice = choiceOf(context, lidarHd)
  const file = await openPointFile(path, { found: { box, crs, ...(extent && { extent }) }, choice })
  if (file.info.identity === identity) return file
  await file.close()
  throw changed(path)
}

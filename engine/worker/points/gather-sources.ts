/** Opens the point sources of a task, and gathers the points of a tile from all of them. */
import { join } from "node:path"
import type { Box2 } from "../../core/geometry/box.js"
import { makePresence, type Presence } from "../../core/presence.js"
import { areOrderable, type BucketFile } from "../../formats/buckets/format.js"
import type { BucketPoints, BucketQuery } from "../../formats/buckets/gather-buckets.js"
import { choiceOf, classFigure, droppedFigure, unlistedFigure } from "../../formats/points/class-schemes.js"
import { type GatherOptions, gatherPoints } from "../../formats/points/gather.js"
import { openPointFile, type PointFile } from "../../formats/points/point-file.js"
import { changed } from "../../io/bytes.js"
import { ReadNotes } from "../../io/noted-reads.js"
import { layout } from "../../job/layout.js"
import type { SourceRead } from "../../journal/journal-record.js"
import type { Metrics, Points } from "../../kernel.js"
import type { ChainStep } from "../../plan/chains/chain.js"
import type { SourceRef, TaskMessage, WorkContext } from "../../plan/context.js"
import type { PeakMemory } from "../thread-use.js"
import type { WorkerState } from "../worker-state.js"
import { PointTable, toIntegers } from "./point-table.js"

/** A task of a work tile whose points are read. */
export interface TileReading {
  readonly state: WorkerState
  readonly message: TaskMessage
  /** All kernels of the chain. */
  readonly steps: readonly ChainStep[]
  readonly memory: PeakMemory
}

/** Which points of its sources a tile needs. */
export interface SourcesQuery extends Pick<BucketQuery, "extent" | "origin" | "cell"> {
  /** Where the kernels ask for presence, if any does; contains the extent. CRS metres. */
  readonly present: Box2 | undefined
  /** From bucket files. */
  readonly bucketed: Pick<BucketQuery, "attributes" | "classes" | "timed" | "thinned">
  /** From other files. */
  readonly files: Pick<GatherOptions, "attributes" | "classes" | "spacing"> & { readonly extra: readonly string[] }
}

/** Points for a tile's kernels, and their counts. */
export interface GatheredSources extends Pick<BucketPoints, "inCell"> {
  /** Has the attributes asked for. Classes that no port takes may be missing. */
  readonly points: PointTable
  /** Those that spacings keep, where they were thinned on reading. `points` then lacks them. */
  readonly thinned: ReadonlyMap<number, PointTable>
  /** If it was asked for, in the box of the query. */
  readonly presence?: Presence | undefined
  /** What was read of files, not of bucket files. */
  readonly read?: readonly SourceRead[]
  readonly metrics: Metrics
}

/**
 * What a tile uses of its sources: `decoded` and the counts of points left out from a point file,
 * `parts` from a bucket file.
 */
type OpenSource = Pick<PointFile, "expected" | "read" | "verify" | "close"> &
  LeftOut &
  Partial<Pick<BucketFile, "parts">> & { readonly decoded?: number }

type LeftOut = Partial<Pick<PointFile, "tooHigh" | "flagged" | "outside" | "unlisted" | "dropped">>

/** Gathers the points of a tile from all its sources, in canonical order. */
export const gatherSources = async (
  { state: { context }, message, memory }: TileReading,
  query: SourcesQuery,
): Promise<GatheredSources> => {
  const noted: NotedSource[] = []
  const sources = await Promise.all(message.sources.map((index) => openSource(context, index, noted)))
  const watch = (): void => memory.sample()
  try {
    const bucketFiles = sources.flatMap(({ parts }) => (parts === undefined ? [] : [{ parts }]))
    const isBucketed = bucketFiles.length === sources.length && areOrderable(bucketFiles)
    const { count, duplicates, noise, byClass, ...found } =
      isBucketed && query.files.extra.length === 0
        ? await gatherBucketed(bucketFiles, { ...query, ...query.bucketed }, watch)
        : await gatherFiles(sources, query, watch)
    for (const source of sources) await source.verify()
    const metrics = {
      "points.read": count,
      "points.duplicates": duplicates,
      "points.noise": noise,
      // Decoded for this tile only; plain sources are decoded once, by their own tasks.
      "points.decoded": sources.reduce((sum, { decoded = 0 }) => sum + decoded, 0),
      ...countLeftOut(sources),
      ...countClasses(byClass),
    }
    const read = noted.map(({ identity, notes }) => ({ identity, ranges: notes.reads }))
    return { ...found, ...(read.length > 0 && { read }), metrics }
  } finally {
    await Promise.all(sources.map((source) => source.close()))
  }
}

interface NotedSource {
  readonly identity: string
  readonly notes: ReadNotes
}

/** Opens a point source: a COPC file read by ranges, or the bucket files of another one. */
const openSource = async (context: WorkContext, index: number, noted: NotedSource[]): Promise<OpenSource> => {
  const source = context.sources[index]
  if (!source) throw new RangeError(`source ${index} of ${context.sources.length}`)
  const { identity, parts } = source
  if (parts === undefined) {
    const notes = new ReadNotes()
    if (source.stamp !== undefined) noted.push({ identity, notes })
    return openPlanned(context, source, notes)
  }
  const { openBucketFile } = await import("../../formats/buckets/bucket-file.js")
  const bucketFile = await openBucketFile(
    ...Array.from({ length: parts }, (_, part) => join(context.out, layout.bucketFile(identity, part))),
  )
  return { ...bucketFile, verify: () => Promise.resolve() }
}

/**
 * Opens a point file in the job's CRS. Fails if it differs from the file that was planned.
 *
 * @param notes receives its reads
 */
export const openPlanned = async (
  context: WorkContext,
  { path, identity, structure = identity, stamp, box, extent, lidarHd }: SourceRef,
  notes?: ReadNotes,
): Promise<PointFile> => {
  const crs = { epsg: context.epsg, name: "", unit: "metre", from: "none" } as const
  const choice = choiceOf(context, lidarHd)
  const file = await openPointFile(path, { found: { box, crs, ...(extent && { extent }) }, choice, notes })
  if (file.info.identity === structure && (stamp ?? file.info.stamp) === file.info.stamp) return file
  await file.close()
  throw changed(path)
}

const gatherBucketed = async (
  bucketFiles: readonly Pick<BucketFile, "parts">[],
  query: BucketQuery & Pick<SourcesQuery, "present">,
  watch: () => void,
) => {
  const { bucketPresence } = await import("../../formats/buckets/bucket-file.js")
  const { gatherBuckets } = await import("../../formats/buckets/gather-buckets.js")
  const parts = bucketFiles.flatMap((file) => file.parts)
  const presence = query.present && (await bucketPresence(parts, query.present))
  const { points, thinned = [], classes: counts, ...rest } = await gatherBuckets(bucketFiles, query, watch)
  const spacings = query.thinned?.map(({ spacing }) => spacing) ?? []
  return {
    points: new PointTable({ ...points, counts, timed: query.timed }),
    thinned: new Map(thinned.map((one, k) => [spacings[k]!, new PointTable(one)])),
    ...(presence && { presence }),
    count: rest.count,
    duplicates: rest.duplicates,
    noise: rest.noise,
    inCell: rest.inCell,
    byClass: new Uint32Array(0),
  }
}

const gatherFiles = async (
  sources: readonly OpenSource[],
  { extent, present, origin, cell, files }: SourcesQuery,
  watch: () => void,
) => {
  const presence = present && makePresence(present)
  const options = { ...files, cell, watch, presence }
  const box = present ?? extent
  const {
    points: columns,
    duplicates,
    noise,
    others,
    byClass,
    time,
  } = await gatherPoints(sources, box, origin, options)
  const points = new PointTable(columns)
  const count = countInside(columns, cell) + others.inCell
  const inCell = { count, ...(time === undefined ? {} : { time }) }
  return {
    points,
    thinned: new Map<number, PointTable>(),
    count: columns.count + others.count,
    ...(presence && { presence }),
    duplicates,
    noise,
    inCell,
    byClass,
  }
}

/** Metrics of the points by class, without noise and classes without points. */
export const countClasses = (byClass: ArrayLike<number>): Metrics =>
  Object.fromEntries(
    Array.from(byClass, (count, code) => [`${classFigure}${code}`, count] as const).filter(
      ([, count], code) => count > 0 && code !== 7 && code !== 18,
    ),
  )

/** Counts the points in a half-open box, CRS metres. */
export const countInside = (all: Points, box: Box2): number => {
  const [minX, minY, maxX, maxY] = toIntegers(box, all)
  const { x, y } = all
  let count = 0
  for (let i = 0; i < all.count; i++) {
    const px = x[i]!
    const py = y[i]!
    if (px >= minX && px < maxX && py >= minY && py < maxY) count++
  }
  return count
}

/**
 * The numbers of points left out for impossible heights, class flags and classes, of those outside
 * their header's bounds, and of those whose class the scheme lacks; without those that are 0.
 */
export const countLeftOut = (sources: readonly LeftOut[]): Metrics => {
  const counts: Record<string, number> = {}
  const add = (name: string, count = 0): void => {
    if (count > 0) counts[name] = (counts[name] ?? 0) + count
  }
  for (const { tooHigh, flagged, outside, unlisted, dropped } of sources) {
    add("points.tooHigh", tooHigh)
    add("points.flagged", flagged)
    add("points.outside", outside)
    for (const [code, count] of unlisted ?? []) add(`${unlistedFigure}${code}`, count)
    for (const [code, count] of dropped ?? []) add(`${droppedFigure}${code}`, count)
  }
  return counts
}

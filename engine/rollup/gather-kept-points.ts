/** Merges the points that tiles keep for display (`--keep-points`) into one COPC file. */
import { dirname } from "node:path"
import { Box2 } from "../core/geometry/box.js"
import type { RecordBlock } from "../formats/las/columns.js"
import type { RecordSpec } from "../formats/las/write/record-spec.js"
import { wktVlr, writeWkt } from "../formats/las/write/wkt.js"
import { openPointFile } from "../formats/points/point-file.js"
import { TileKey } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import type { EndRecord } from "../journal/journal-record.js"
import type { NotedFiles } from "../journal/noted-files.js"
import type { Plan } from "../plan/plan.js"
import { gather } from "./gathered.js"

/** Raised when equal tiles give other bytes. */
const WRITER_VERSION = 1

/**
 * Gathers the points that the tiles kept into one COPC file; returns its path, or nothing when none
 * are wanted. The bytes depend only on the points. The file appears under its name once complete,
 * and is rewritten only when a tile's points have changed.
 *
 * Memory: about 100 MB. Temporary disk space: 30 bytes per kept point.
 */
export const gatherPoints = (plan: Plan, ends: readonly EndRecord[], notes?: NotedFiles): Promise<string[]> => {
  const { epsg, source, keepPoints } = plan.context
  const write = async (paths: readonly string[], temporary: string): Promise<boolean> => {
    const { count, box } = await measureExtent(paths)
    // The tiles have no point in their own cells: the file of a former run must go.
    if (count === 0) return false
    const copc = { spec: makeSpec(plan), records: () => readRecords(paths), count, box }
    const { writeCopc } = await import("../formats/copc/copc-writer.js")
    await writeCopc(copc, temporary, { temporaryFolder: dirname(temporary) })
    return true
  }
  const files = keepPoints === undefined ? [] : pointFiles(ends)
  const made = { version: WRITER_VERSION, epsg, source }
  const places = { product: layout.points, state: layout.pointsState }
  return gather(plan.job.out, places, { files, made, write }, notes)
}

/** The files of kept points, in the order of the tiles' keys. */
const pointFiles = (ends: readonly EndRecord[]): EndRecord["files"] =>
  ends
    .filter(({ stage, outcome }) => stage === "tile" && outcome === "done")
    .map((end) => ({ end, key: TileKey.parse(end.key) }))
    .sort((a, b) => TileKey.compare(a.key, b.key))
    .flatMap(({ end, key }) => end.files.filter(({ path }) => path === layout.retainedPoints(key)))

type Box3 = readonly [number, number, number, number, number, number]

const measureExtent = async (paths: readonly string[]): Promise<{ count: number; box: Box3 }> => {
  let count = 0
  let box: Box2 | undefined
  let [low, high] = [Infinity, -Infinity]
  for (const path of paths) {
    const file = await openPointFile(path)
    const { info } = file
    await file.close()
    if (info.count === 0) continue
    count += info.count
    box = box === undefined ? info.box : Box2.union(box, info.box)
    low = Math.min(low, info.zRange[0])
    high = Math.max(high, info.zRange[1])
  }
  const [minX, minY, maxX, maxY] = box ?? [0, 0, 0, 0]
  return { count, box: [minX, minY, low, maxX, maxY, high] }
}

async function* readRecords(paths: readonly string[]): AsyncGenerator<RecordBlock> {
  for (const path of paths) {
    const file = await openPointFile(path)
    try {
      yield* file.records()
    } finally {
      await file.close()
    }
  }
}

/** Names the licence only where the line has one. */
const titleOf = (source: string): string => (/licen[cs]e/i.test(source) ? "source and licence" : "source")

const makeSpec = ({ context }: Plan): RecordSpec => {
  const source = new TextEncoder().encode(`${context.source}\0`)
  return {
    pointFormat: 6,
    recordLength: 30,
    // As in the tiles' files.
    scale: [0.01, 0.01, 0.01],
    offset: [0, 0, 0],
    vlrs: [
      wktVlr(writeWkt(context.epsg)),
      // "Text area description" of LAS 1.4: the source of the points.
      { userId: "LASF_Spec", recordId: 3, description: titleOf(context.source), data: source },
    ],
    evlrs: [],
    globalEncoding: 17,
    generatingSoftware: `maille ${context.version}`,
  }
}

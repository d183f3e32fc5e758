/** Chooses the COPC files that a job decodes once into bucket files, like plain files. */
import { Box2 } from "../../core/geometry/box.js"
import { isTileStage } from "../../core/stages.js"
import { TileKey } from "../../grid/tile-key.js"
import { inputsOf, stageFacts } from "../chains/stage-facts.js"
import { partsOf, type SourceRef } from "../context.js"
import type { LaidTask, Laying } from "../planned-task.js"

/**
 * Maximum number of points in such files, a limit of disk space: their bucket files take 10 to 20
 * GB, and stay until the last tile is done.
 */
const mostPoints = 2 ** 30

/**
 * Lays out the tasks of a job, and decides which COPC files get parts: those with at most as many
 * points as the tasks read from them. To decode these once and sort them by cells takes less time
 * than to read them by ranges for each task. Products are the same.
 */
export const layBucketed = (
  lay: (laying: Laying) => readonly LaidTask[],
  given: Laying,
): { readonly laying: Laying; readonly laid: readonly LaidTask[] } => {
  const laid = lay(given)
  const sources = bucketCopc(given, laid)
  if (sources === undefined) return { laying: given, laid }
  const laying = { ...given, context: { ...given.context, sources } }
  return { laying, laid: lay(laying) }
}

/**
 * The sources with parts, or undefined if no COPC gets any. Where a spacing lets both stages of the
 * tiles read the coarse levels only, none does.
 */
const bucketCopc = (laying: Laying, tasks: readonly LaidTask[]): readonly SourceRef[] | undefined => {
  const { context, catalogue } = laying
  const stages = (["tile", "model"] as const).filter((stage) => readsPoints(laying, stage))
  const copc = catalogue.sources.map(({ format }) => format === "copc")
  const points = catalogue.sources.reduce((sum, { count }, i) => sum + (copc[i] ? count : 0), 0)
  if (points === 0 || points > mostPoints) return undefined
  if (stages.every((stage) => stageFacts(laying, stage).finest !== undefined)) return undefined
  const read = new Float64Array(copc.length)
  for (const { stage, key, sources } of tasks) {
    if (!isTileStage(stage) || !stages.includes(stage)) continue
    const extent = Box2.grow(TileKey.box(context.grid, TileKey.parse(key)), stageFacts(laying, stage).reach)
    for (const i of sources) read[i]! += Box2.area(Box2.intersection(extent, context.sources[i]!.box))
  }
  const isWhole = copc.map((is, i) => is && read[i]! > 0 && read[i]! >= Box2.area(context.sources[i]!.box))
  if (!isWhole.includes(true)) return undefined
  return context.sources.map((source, i) =>
    isWhole[i] ? { ...source, parts: partsOf(catalogue.sources[i]!.count) } : source,
  )
}

const readsPoints = (laying: Laying, stage: "tile" | "model"): boolean =>
  laying.context.chains[stage].some(({ id }) => inputsOf(laying, id).some(({ kind }) => kind === "points"))

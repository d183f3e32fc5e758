/** Chooses the COPC files that a job decodes once into bucket files, like plain files. */

import { Box2 } from "../../core/geometry/box.js"
import { elementAt } from "../../core/lists.js"
import { isTileStage } from "../../core/stages.js"
import { TileKey } from "../../grid/tile-key.js"
import { inputsOf, stageFacts } from "../chains/stage-facts.js"
import { partsOf, type SourceRef } from "../context.js"
import type { Planning, TaskBeforeCost } from "../planned-task.js"

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
export const buildBucketed = (
  buildTasks: (planning: Planning) => readonly TaskBeforeCost[],
  from: Planning,
): { readonly planning: Planning; readonly built: readonly TaskBeforeCost[] } => {
  const built = buildTasks(from)
  const sources = bucketCopc(from, built)
  if (sources === undefined) return { planning: from, built }
  const planning = { ...from, context: { ...from.context, sources } }
  return { planning, built: buildTasks(planning) }
}

/**
 * The sources with parts, or undefined if no COPC gets any. Where a spacing lets both stages of the
 * tiles read the coarse levels only, none does.
 */
const bucketCopc = (planning: Planning, tasks: readonly TaskBeforeCost[]): readonly SourceRef[] | undefined => {
  const { context, catalogue } = planning
  const stages = (["tile", "model"] as const).filter((stage) => readsPoints(planning, stage))
  const copc = catalogue.sources.map(({ format }) => format === "copc")
  const points = catalogue.sources.reduce((sum, { count }, i) => sum + (copc[i] ? count : 0), 0)
  if (points === 0 || points > mostPoints) return undefined
  if (stages.every((stage) => stageFacts(planning, stage).finest !== undefined)) return undefined
  const read = new Float64Array(copc.length)
  for (const { stage, key, sources } of tasks) {
    if (!isTileStage(stage) || !stages.includes(stage)) continue
    const extent = Box2.grow(TileKey.box(context.grid, TileKey.parse(key)), stageFacts(planning, stage).reach)
    for (const i of sources) read[i]! += Box2.area(Box2.intersection(extent, elementAt(context.sources, i).box))
  }
  const isWhole = copc.map((is, i) => is && read[i]! > 0 && read[i]! >= Box2.area(elementAt(context.sources, i).box))
  if (!isWhole.includes(true)) return undefined
  return context.sources.map((source, i) =>
    isWhole[i] ? { ...source, parts: partsOf(elementAt(catalogue.sources, i).count) } : source,
  )
}

const readsPoints = (planning: Planning, stage: "tile" | "model"): boolean =>
  planning.context.chains[stage].some(({ id }) => inputsOf(planning, id).some(({ kind }) => kind === "points"))

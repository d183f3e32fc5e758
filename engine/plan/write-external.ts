/**
 * Writes external features, limits and radiometric corrections into the output folder, where
 * workers read them.
 */
import { join } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { Box2 } from "../core/geometry/box.js"
import { writeCopied } from "../job/copied-text.js"
import { layout } from "../job/layout.js"
import { limitFeatures } from "../job/limits.js"
import type { NotedFiles } from "../journal/noted-files.js"
import { reachOf } from "./chains/chain.js"
import { copyExternal, externalFiles } from "./external-features.js"
import type { Plan } from "./plan.js"

/** Writes the corrections of the job's images, and copies what workers read of the user's own features and of limits into the output, each whole. The folder for temporary files must be there. */
export const writeExternal = async (plan: Plan, notes?: NotedFiles): Promise<void> => {
  const { out } = plan.job
  const { grid, epsg, external, chains } = plan.context
  await writeColours(plan, notes)
  const reach = reachOf([...chains.tile, ...chains.model])
  // Work tiles may pass the sources by less than their side.
  if (external)
    await copyExternal(out, externalFiles(plan.job), external, epsg, Box2.grow(plan.box, reach + grid.leafSide), notes)
  if (!plan.limits) return
  const { encodeFlatGeobuf } = await import("../formats/vector/flatgeobuf/flatgeobuf.js")
  const bytes = encodeFlatGeobuf(limitFeatures(plan.limits), { name: "limit", epsg, metadata: {} })
  notes?.note(layout.limit, bytes)
  await atomicWrite(join(out, layout.limit), bytes, join(out, layout.temporary))
}

/** Writes the corrections of the job's images where they are others than those that the folder holds. The folder for temporary files must be there. */
export const writeColours = async (
  { job, colours }: Pick<Plan, "job" | "colours">,
  notes?: NotedFiles,
): Promise<void> => {
  if (colours !== undefined)
    await writeCopied(job.out, layout.colours, `${JSON.stringify(colours, undefined, 1)}\n`, notes)
}

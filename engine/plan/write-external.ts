/**
 * Writes external features, limits and radiometric corrections into the output folder, for workers.
 */
import { join } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { Box2 } from "../core/geometry/box.js"
import { writeCopied } from "../job/copied-text.js"
import { kernelOf } from "../job/kernels/load-kernels.js"
import { layout } from "../job/layout.js"
import { limitFeatures } from "../job/limits.js"
import type { NotedFiles } from "../journal/noted-files.js"
import { reachOf } from "./chains/chain.js"
import { checkExternal, copyExternal, type ExternalPlace, externalFiles } from "./external-features.js"
import type { Plan } from "./plan.js"

/**
 * Writes the radiometric corrections of the job, and the copies of external features and limits for
 * workers. Each file is written atomically. The folder for temporary files must exist. Returns
 * warnings.
 */
export const writeExternal = async (plan: Plan, notes?: NotedFiles): Promise<string[]> => {
  const { out } = plan.job
  const { epsg, external } = plan.context
  await writeColours(plan, notes)
  const files = externalFiles(plan.job, plan.kernels)
  const warnings = external ? await copyExternal(out, files, external, placeRead(plan), notes) : []
  if (!plan.limits) return warnings
  const { encodeFlatGeobuf } = await import("../formats/vector/flatgeobuf/writer.js")
  const bytes = encodeFlatGeobuf(limitFeatures(plan.limits), { name: "limit", epsg, metadata: {} })
  notes?.note(layout.limit, bytes)
  await atomicWrite(join(out, layout.limit), bytes, join(out, layout.temporary))
  return warnings
}

/** Warnings of {@link writeExternal}, which a plan gives too. */
export const externalWarnings = (plan: Plan): Promise<string[]> =>
  checkExternal(externalFiles(plan.job, plan.kernels), placeRead(plan))

/** Where tiles read files of the user: they exceed the sources by less than their side. */
const placeRead = ({ box, context: { epsg, grid, chains }, kernels }: Plan): ExternalPlace => {
  const steps = [...chains.tile, ...chains.model]
  const read = Box2.grow(box, reachOf(steps) + grid.leafSide)
  /** Distance beyond their extents up to which kernels read a raster, metres. */
  const beyond = (name: string): number => {
    let most = 0
    for (const { id, options } of steps)
      for (const port of Object.values(kernelOf(kernels, id)?.inputs ?? {}))
        if (port.kind === "raster" && port.external?.name === name) most = Math.max(most, port.beyond?.(options) ?? 0)
    return most
  }
  return { epsg, boxOf: ({ name }) => Box2.grow(read, beyond(name)) }
}

/**
 * Writes the radiometric corrections of the job's images if they changed. The folder for temporary
 * files must exist.
 */
export const writeColours = async (
  { job, colours }: Pick<Plan, "job" | "colours">,
  notes?: NotedFiles,
): Promise<void> => {
  if (colours !== undefined)
    await writeCopied(job.out, layout.colours, `${JSON.stringify(colours, undefined, 1)}\n`, notes)
}

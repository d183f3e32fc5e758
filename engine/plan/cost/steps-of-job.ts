/** Lists the steps of a job's tasks, by its chains. */
import { kernelOf } from "../../job/kernels/load-kernels.js"
import { type Kernel, type Port, portNames } from "../../kernel.js"
import { isReadPort, reachOf } from "../chains/chain.js"
import type { WorkContext } from "../context.js"
import type { Planning } from "../planned-task.js"
import { hasFirstStage } from "../tasks/build-tasks.js"
import type { CostStage, StepUse } from "./cost-types.js"
import { TileWorks } from "./tile-work.js"

/** Returns the work of tiles with the job's images, before sources are added. */
export const beginWorks = ({ context }: Pick<Planning, "context">): TileWorks => {
  const { grid, chains, images } = context
  const works = new TileWorks(grid, reachOf([...chains.tile, ...chains.model]))
  // Infrared images cover the same area as the others.
  for (const image of images) if (image.infrared !== true) works.addImage(image.box)
  return works
}

/** Rated steps of the engine beside kernels; the time of others counts as "other". */
const engineSteps = ["read", "select", "image", "image-encode", "atlas", "cog", "fgb", "glb", "write", "merge"]

/** Returns the name under which a step is rated. */
export const ratedStep = (step: string): string => (engineSteps.includes(step) || step.includes(".") ? step : "other")

/** Lists the steps of a job. */
export const listSteps = ({ context, kernels }: Pick<Planning, "context" | "kernels">): StepUse[] => {
  const { chains } = context
  const uses: StepUse[] = []
  const add = (stage: CostStage, step: string, times: number, images = false, rasters = false): void => {
    const flags = { ...(images ? { images: true as const } : {}), ...(rasters ? { rasters: true as const } : {}) }
    if (times > 0) uses.push({ stage, step, times, ...flags })
  }
  for (const step of ["read", "other"]) add("source", step, 1)
  for (const stage of ["tile", "model", "parent"] as const) {
    if (stage === "tile" ? !hasFirstStage(context) : chains[stage].length === 0) continue
    const own = chains[stage].flatMap(({ id }) => kernelOf(kernels, id) ?? [])
    const inputs = own.flatMap((kernel) => Object.values(kernel.inputs))
    for (const { id, inputs: ports, outputs } of own)
      add(
        stage,
        id,
        1,
        Object.values(ports).some(isImage),
        [...Object.values(ports), ...Object.values(outputs)].some(isRaster),
      )
    for (const step of ["read", "write", "other"]) add(stage, step, 1)
    add(stage, "select", inputs.filter((port) => port.kind === "points" && isReadPort(port, context.external)).length)
    const textures = publishedOf(context, own, "texture")
    for (const step of ["image", "image-encode", "atlas"]) add(stage, step, Math.min(1, textures), true)
    add(stage, "cog", publishedOf(context, own, "raster"), false, true)
    add(stage, "fgb", publishedOf(context, own, "features"))
    add(stage, "glb", Math.min(1, publishedOf(context, own, "mesh")), true)
  }
  const joins = [...new Set([...chains.region, ...chains.job].map(({ id }) => id))]
  for (const id of joins) add("region", id, 1)
  for (const step of ["read", "write", "fgb", "other"]) add("region", step, joins.length)
  const all = [...chains.tile, ...chains.model, ...chains.region, ...chains.job].flatMap(
    ({ id }) => kernelOf(kernels, id) ?? [],
  )
  for (const step of ["merge", "fgb", "write", "other"]) add("layer", step, publishedOf(context, all, "features"))
  return uses
}

const isRaster = ({ kind }: Port): boolean => kind === "raster"
const isImage = ({ kind }: Port): boolean => kind === "image" || kind === "views"

/** Number of the kernels' ports of a kind that become products. */
const publishedOf = ({ chains }: WorkContext, kernels: readonly Kernel[], kind: Port["kind"]): number => {
  const isPublished = (name: string): boolean =>
    chains.publish.includes(name) || (name === chains.shown && chains.publish.includes("mesh"))
  return new Set(kernels.flatMap(({ outputs }) => portNames(outputs, kind)).filter(isPublished)).size
}

import type { TaskScope } from "../../journal/journal-record.js"
import type { Kernel, Port } from "../../kernel.js"
import type { WorkContext } from "../context.js"
import type { Laying } from "../planned-task.js"
import { hasFirstStage } from "../tasks/lay-tasks.js"
import type { StageUse } from "./cost-types.js"
import { TileWorks } from "./tile-work.js"

/** The work of tiles, before any source or image is added to it. */
export const worksOf = ({ context }: Pick<Laying, "context">): TileWorks => {
  const { grid, chains, images } = context
  const works = new TileWorks(grid, Math.max(0, ...[...chains.tile, ...chains.model].map((step) => step.inputGrowth)))
  // Infrared images lie where the others do.
  for (const image of images) if (image.infrared !== true) works.addImage(image.box)
  return works
}

/** Stages of the engine that are rated beside kernels; the time of any other one counts as "other". */
const engineStages = ["read", "select", "image", "image-encode", "atlas", "cog", "fgb", "glb", "write", "merge"]

/** The name under which the time of a stage is rated. */
export const ratedStage = (stage: string): string =>
  engineStages.includes(stage) || stage.includes(".") ? stage : "other"

/** The stages that a job has, by its chains. */
export const stagesOf = ({ context, kernels }: Pick<Laying, "context" | "kernels">): StageUse[] => {
  const { chains } = context
  const kernelOf = (id: string): Kernel | undefined => kernels.find(({ kernel }) => kernel.id === id)?.kernel
  const uses: StageUse[] = []
  const add = (scope: TaskScope, stage: string, times: number, images = false, rasters = false): void => {
    const flags = { ...(images ? { images: true as const } : {}), ...(rasters ? { rasters: true as const } : {}) }
    if (times > 0) uses.push({ scope, stage, times, ...flags })
  }
  for (const stage of ["read", "other"]) add("source", stage, 1)
  for (const scope of ["tile", "model", "parent"] as const) {
    if (scope === "tile" ? !hasFirstStage(context) : chains[scope].length === 0) continue
    const own = chains[scope].flatMap(({ id }) => kernelOf(id) ?? [])
    const inputs = own.flatMap((kernel) => Object.values(kernel.inputs))
    for (const { id, inputs: ports, outputs } of own)
      add(
        scope,
        id,
        1,
        Object.values(ports).some(isImage),
        [...Object.values(ports), ...Object.values(outputs)].some(isRaster),
      )
    for (const stage of ["read", "write", "other"]) add(scope, stage, 1)
    add(scope, "select", inputs.filter(({ kind }) => kind === "points").length)
    const textures = publishedOf(context, own, "texture")
    for (const stage of ["image", "image-encode", "atlas"]) add(scope, stage, Math.min(1, textures), true)
    add(scope, "cog", publishedOf(context, own, "raster"), false, true)
    add(scope, "fgb", publishedOf(context, own, "features"))
    add(scope, "glb", Math.min(1, publishedOf(context, own, "mesh")), true)
  }
  const joins = [...new Set([...chains.square, ...chains.job].map(({ id }) => id))]
  for (const id of joins) add("join", id, 1)
  for (const stage of ["read", "write", "fgb", "other"]) add("join", stage, joins.length)
  const all = [...chains.tile, ...chains.model, ...chains.square, ...chains.job].flatMap(({ id }) => kernelOf(id) ?? [])
  for (const stage of ["merge", "fgb", "write", "other"]) add("layer", stage, publishedOf(context, all, "features"))
  return uses
}

const isRaster = ({ kind }: Port): boolean => kind === "raster"
const isImage = ({ kind }: Port): boolean => kind === "image" || kind === "views"

/** How many ports of a kind that become products the kernels have. */
const publishedOf = ({ chains }: WorkContext, kernels: readonly Kernel[], kind: Port["kind"]): number => {
  const isPublished = (name: string): boolean =>
    chains.publish.includes(name) || (name === chains.shown && chains.publish.includes("mesh"))
  const names = kernels.flatMap(({ outputs }) =>
    Object.entries(outputs).flatMap(([name, port]) => (port.kind === kind && isPublished(name) ? [name] : [])),
  )
  return new Set(names).size
}

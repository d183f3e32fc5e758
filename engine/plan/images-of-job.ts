import type { Box2 } from "../core/geometry/box.js"
import { linesByReason } from "../core/lines-by-reason.js"
import { EngineError } from "../errors.js"
import type { Job } from "../job/job.js"
import type { ImageCatalogue, ImageHeader } from "../spatial/image-catalogue.js"
import type { Chains } from "./chains/chain.js"
import type { PlannedTask } from "./planned-task.js"

const none: ImageCatalogue = { images: [], ignored: [], warnings: [] }

/**
 * The images of a job that show its sources: orthophotos in their order of choice, and colour-infrared ones in theirs. None where no texture is made.
 *
 * @param box around all sources, CRS metres
 * @param copies as for {@link openImageCatalogue}
 * @throws EngineError as {@link openImageCatalogue}; E_INPUT where textures and no meshes are asked for, and no image can be used
 */
export const imagesOf = async (
  job: Job,
  { publish }: Chains,
  epsg: number,
  box: Box2,
  copies?: string,
): Promise<ImageCatalogue & { readonly infrared: readonly ImageHeader[] }> => {
  const { imagery, irc = [], prefer } = job
  if (!publish.includes("texture")) {
    const unused = ["--imagery: not used, for no product is a texture. Add texture to --products."]
    return { ...none, infrared: [], warnings: imagery.length === 0 ? [] : unused }
  }
  if (imagery.length + irc.length === 0) return { ...none, infrared: [] }
  const { openImageCatalogue } = await import("../spatial/image-catalogue.js")
  const options = { epsg, box, copies, ...(prefer === undefined ? {} : { prefer }) }
  const colour = imagery.length === 0 ? none : await openImageCatalogue(imagery, options)
  if (colour.images.length === 0) refuseTexture(job, colour.warnings)
  const infrared = irc.length === 0 ? none : await openImageCatalogue(irc, { ...options, infrared: true })
  return {
    images: colour.images,
    infrared: infrared.images,
    ignored: [...colour.ignored, ...infrared.ignored],
    warnings: [
      ...colour.warnings,
      ...infrared.warnings,
      ...(irc.length > 0 && infrared.images.length === 0
        ? ["--irc: no image shows the points; textures have no second image"]
        : []),
      ...(infrared.images.length > 0 && colour.images.length === 0
        ? ["--irc: not used, for no image of --imagery is. Infrared shares the texels of the colour images."]
        : []),
    ],
  }
}

/**
 * The images that no task reads, though they meet the box around the sources.
 *
 * @throws EngineError E_INPUT where textures and no meshes are asked for, and no image is read
 */
export const unreadImages = (
  job: Job,
  images: readonly ImageHeader[],
  tasks: readonly Pick<PlannedTask, "images">[],
): Pick<ImageCatalogue, "ignored" | "warnings"> => {
  const read = new Set(tasks.flatMap((task) => task.images))
  const reason = "outside the tiles of this job. Check its place, --bbox and --aoi"
  const unread = images.filter((_, index) => !read.has(index))
  const ignored = unread.map(({ path }) => ({ path, reason }))
  const ofKind = (isInfrared: boolean): { path: string; reason: string }[] =>
    ignored.filter((_, i) => (unread[i]?.infrared === true) === isInfrared)
  const warnings = [
    ...linesByReason("--imagery", "not used", ofKind(false), images.filter(({ infrared }) => !infrared).length),
    ...linesByReason("--irc", "not used", ofKind(true), images.filter(({ infrared }) => infrared).length),
  ]
  if (tasks.length > 0 && images.length > 0 && read.size === 0) refuseTexture(job, warnings)
  return { ignored, warnings }
}

/** A mesh without textures is made where meshes are asked for; who asks for textures alone gets nothing of what was asked. */
const refuseTexture = ({ imagery, products }: Job, reasons: readonly string[]): void => {
  if (imagery.length === 0 || !products.includes("texture") || products.includes("mesh")) return
  throw new EngineError("E_INPUT", ["--products texture: no image can be used.", ...reasons].join(" "))
}

import type { Box2 } from "../core/box.js"
import type { ImageCatalogue, ImageHeader } from "../formats/raster/image-catalogue.js"
import type { Chains } from "./chain.js"
import type { Job } from "./job.js"

const none: ImageCatalogue = { images: [], ignored: [], warnings: [] }

/**
 * The images of a job that show its sources: orthophotos in their order of choice, and colour-infrared ones in theirs. None where no texture is made.
 *
 * @param box around all sources, CRS metres
 * @throws EngineError as {@link openImageCatalogue}
 */
export const imagesOf = async (
  { imagery, irc = [], prefer }: Job,
  { publish }: Chains,
  epsg: number,
  box: Box2,
): Promise<ImageCatalogue & { readonly infrared: readonly ImageHeader[] }> => {
  if (!publish.includes("texture")) return { ...none, infrared: [] }
  if (imagery.length + irc.length === 0) return { ...none, infrared: [] }
  const { openImageCatalogue } = await import("../formats/raster/image-catalogue.js")
  const options = { epsg, box, ...(prefer === undefined ? {} : { prefer }) }
  const colour = imagery.length === 0 ? none : await openImageCatalogue(imagery, options)
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
    ],
  }
}

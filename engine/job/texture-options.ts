import { usageError } from "../core/parse-values.js"
import { type TextureFormat, textureFormats } from "../formats/raster/texture-format.js"
import { type MeshCompression, meshCompressions } from "../formats/tiles3d/mesh-compression.js"
import { unknownName } from "./check-options.js"
import type { Job, JobInput } from "./job.js"

/** The name of a format of textures. Throws E_USAGE. */
export const parseTextureFormat = (name: string, option: string): TextureFormat => {
  const found = textureFormats.find((known) => known === name)
  if (found === undefined) throw unknownName("texture format", name, textureFormats, option)
  return found
}

/** A way to compress meshes, by its name. Throws E_USAGE. */
export const parseMeshCompression = (name: string, option: string): MeshCompression => {
  const found = meshCompressions.find((known) => known === name)
  if (found === undefined) throw unknownName("mesh compression", name, meshCompressions, option)
  return found
}

/** What may be done about colours of images that differ. */
export const colourChoices = ["solve", "none"] as const

/** What a job says of colours. Throws E_USAGE. */
export const parseColours = ({
  colours = "solve",
  newColours = false,
}: Pick<JobInput, "colours" | "newColours">): Pick<Job, "colours" | "newColours"> => {
  const found = colourChoices.find((known) => known === colours)
  if (found === undefined) throw unknownName("way with colours", colours, colourChoices, "--colours")
  if (found === "solve") return newColours ? { newColours } : {}
  if (newColours) throw usageError("--new-colours", "--colours none beside it", "one of them", "Leave one out.")
  return { colours: found }
}

/** Who asks for textures by name must give images. A resolved job names all its products and is let through. Throws E_USAGE. */
export const requireImagery = (input: JobInput): void => {
  const { products, imagery = [], orientedImages = [] } = input
  if (!products?.includes("texture") || imagery.length + orientedImages.length > 0 || "version" in input) return
  const remedy = "Add --imagery DIR, or leave texture out: meshes then have the colours of their classes."
  throw usageError("--products", "texture without images", "--imagery beside it", remedy)
}

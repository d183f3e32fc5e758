import { type TextureFormat, textureFormats } from "../formats/raster/texture-format.js"
import { unknownName } from "./check-options.js"

/** The name of a format of textures. Throws E_USAGE. */
export const parseTextureFormat = (name: string, option: string): TextureFormat => {
  const found = textureFormats.find((known) => known === name)
  if (found === undefined) throw unknownName("texture format", name, textureFormats, option)
  return found
}

/** The texture formats that a job can choose from, and the default. */

/** Formats of a content's texture. */
export const textureFormats = ["jpeg", "webp", "ktx2-etc1s", "ktx2-uastc"] as const
/** Name of a format of textures. */
export type TextureFormat = (typeof textureFormats)[number]
/** The fastest one by far; see the table in the README. */
export const defaultTextureFormat: TextureFormat = "jpeg"

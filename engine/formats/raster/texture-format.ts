/** Lists the texture formats that a job can choose from, and the default. */

/** Encodings of a tile content's texture. */
export const textureFormats = ["jpeg", "webp", "ktx2-etc1s", "ktx2-uastc"] as const
/** One of {@link textureFormats}. */
export type TextureFormat = (typeof textureFormats)[number]
/** By far the fastest; see docs/guide/imagery.md. */
export const defaultTextureFormat: TextureFormat = "jpeg"

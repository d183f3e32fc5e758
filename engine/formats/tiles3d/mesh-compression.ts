/** The compressions of contents that a job may choose from. */

/** How contents are written: compressed by EXT_meshopt_compression, or without any required extension. */
export const meshCompressions = ["meshopt", "none"] as const
/** "meshopt" or "none". */
export type MeshCompression = (typeof meshCompressions)[number]
/** A tenth of the bytes, and every 3D Tiles viewer reads it. */
export const defaultMeshCompression: MeshCompression = "meshopt"

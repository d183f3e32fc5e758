/** Lists the compressions of contents that a job may choose from. */

/** Compression by EXT_meshopt_compression, or none and no required extension. */
export const meshCompressions = ["meshopt", "none"] as const
/** One of {@link meshCompressions}. */
export type MeshCompression = (typeof meshCompressions)[number]
/** A tenth of the bytes, and every 3D Tiles viewer reads it. */
export const defaultMeshCompression: MeshCompression = "meshopt"

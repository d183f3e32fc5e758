/**
 * The surface rasters in WebAssembly. `kernels/terrain/wasm/raster.ts` calls placeGrids,
 * startTaking, take (chunk by chunk) and writeSamples (of tops). Then it calls prepare, triangulate
 * and draw for each block, and fill. It then reads values, source and classes from the memory.
 */
export { draw, hasVoid } from "./draw"
export { countSource, fill } from "./fill"
export { classes, placeGrids, source, values } from "./memory"
export { CHUNK, chunkClasses, chunkX, chunkY, chunkZ } from "../../../../../engine/core/assembly/point-chunk"
export { bits, startTaking, take, writeSamples } from "./samples"
export { prepare, triangulate, vertexCount } from "./strips"

/**
 * The surface rasters in WebAssembly: `kernels/terrain/wasm/raster.ts` fills the memory, in the order layOut, startTaking, take (chunk by chunk), writeSamples (of tops), for each block prepare, triangulate and draw, at last
 * fill, and reads values, source and classes from it.
 */
export { draw, hasVoid } from "./draw"
export { countSource, fill } from "./fill"
export { classes, layOut, source, values, work } from "./memory"
export { bits, startTaking, take, writeSamples } from "./samples"
export { prepare, triangulate, vertexCount } from "./strips"

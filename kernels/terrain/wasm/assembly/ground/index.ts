/**
 * The passes over the ground points of a tile in WebAssembly: gathering, the border, the extent,
 * and the points of triangles.
 *
 * First `ground.ts` (in `kernels/terrain/wasm/`) calls placeInput, placePoints,
 * startGathering, take (chunk by chunk), settleRow (row by row) and makeBorderRoom.
 * Then it makes the border. Then follow startLookup, binPoints and endBins, and searches of
 * triangles.
 */
export { cornerA, cornerB, cornerC, cutSide, findAround, list, makeBorderRoom } from "./border"
export { nearX, nearY, nearZ, samples, selectNear, writeNear } from "./border"
export { closeCells, outside } from "./extent"
export { bits, merged, nearCount, retained, settleRow, startGathering, steps, take, taken } from "./gather"
export { addErrors, binPoints, drop, endBins, findWorst, first, startLookup } from "./lookup"
export { largest, pointCount, squaredSum } from "./lookup"
export { cells, classes, DISTANCES, histogram, placeInput, placePoints, wanted, xs, ys, zs } from "./memory"
export { CHUNK, chunkClasses, chunkX, chunkY, chunkZ } from "../../../../../engine/core/assembly/point-chunk"

/**
 * The passes over the ground points of a tile in WebAssembly: gathering, the border, the extent,
 * and the points of triangles.
 *
 * First `ground.ts` (in `kernels/terrain/wasm/`) calls layInput, countWanted (piece by piece),
 * layOut, startGathering, take (chunk by chunk), settleRow (row by row) and makeBorderRoom. Then
 * `ground-border.ts` makes the border. Then follow startLookup, binPoints and endBins, and searches
 * of triangles.
 */
export { cornerA, cornerB, cornerC, cutSide, findAround, list, makeBorderRoom, samples, selectNear, writeNear } from "./border"
export { closeCells, outside } from "./extent"
export { bits, countWanted, kept, merged, nearCount, settleRow, startGathering, steps, take } from "./gather"
export { addErrors, binPoints, drop, endBins, findWorst, first, startLookup } from "./lookup"
export { cells, chunk, classes, layInput, layOut, sums, wanted, work, xs, ys, zs } from "./memory"

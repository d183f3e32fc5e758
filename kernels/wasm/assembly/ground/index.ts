/**
 * The passes over the ground points of a tile in WebAssembly: gathering them, and finding those of a triangle. `kernels/wasm/ground-core.ts` fills the memory, in the order layOut, startGathering, take
 * (chunk by chunk), settleRow (row by row), startLookup, binPoints, endBins; then triangles are asked.
 */
export { cornerA, cornerB, cornerC, cutSide, findAround, list, makeBorderRoom, samples, selectNear } from "./border"
export { closeCells, outside } from "./extent"
export { bits, countWanted, kept, merged, nearCount, settleRow, startGathering, steps, take } from "./gather"
export { addErrors, binPoints, drop, endBins, error, findWorst, first, startLookup } from "./lookup"
export { cells, chunk, classes, layInput, layOut, near, sums, wanted, xs, ys, zs } from "./memory"

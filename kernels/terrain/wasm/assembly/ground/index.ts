/**
 * The passes over the ground points of a tile in WebAssembly: gathering them, making the border and the extent, and finding the points of a triangle. `kernels/terrain/wasm/ground.ts` fills the memory, in the order
 * layInput, countWanted (piece by piece), layOut, startGathering, take (chunk by chunk), settleRow (row by row), makeBorderRoom; then `ground-border.ts` asks for the border; then startLookup, binPoints, endBins,
 * and triangles are asked.
 */
export { cornerA, cornerB, cornerC, cutSide, findAround, list, makeBorderRoom, samples, selectNear, writeNear } from "./border"
export { closeCells, outside } from "./extent"
export { bits, countWanted, kept, merged, nearCount, settleRow, startGathering, steps, take } from "./gather"
export { addErrors, binPoints, drop, endBins, findWorst, first, startLookup } from "./lookup"
export { cells, chunk, classes, layInput, layOut, sums, wanted, work, xs, ys, zs } from "./memory"

/**
 * Passes over points of bucket files in WebAssembly, equal to their reference implementations to
 * the byte. `../core.ts` calls them. An instance runs one pass at a time, since each uses the whole
 * memory.
 *
 * - `deal.ts`: sorts points into buffers of their cells.
 * - `order.ts`: canonical order of a row of cells.
 */
export { bits, buffered, cells, clear, counts, deal, empty, first, full, nextCell, pack, startDealing, stored } from "./deal"
export { CHUNK, chunkClasses, chunkIntensities, chunkReturns, chunkTimes, chunkX, chunkY, chunkZ } from "./deal"
export { cellColumn, cellRow, highZ, lowZ, presence, quarterOthers, quarterTimes } from "./deal"
export { segment, segmentBytes, segmentPoints } from "./deal"
export { classCounts, duplicates, inCell, line, noise, placeRow, read, sortBlock, startOrder, wanted } from "./order"
export { classes, intensities, returns, times, xs, ys, zs } from "./order"
export { outClasses, outIntensities, outNumbers, outReturns, outTimes, outX, outY, outZ } from "./order"

/**
 * Passes over points of bucket files in WebAssembly, equal to their reference implementations to
 * the byte. `../core.ts` calls them. An instance runs one pass at a time, since each lays out the
 * whole memory.
 *
 * - `deal.ts`: sorts points into buffers of their cells.
 * - `order.ts`: canonical order of a row of cells.
 */
export { buffered, cells, chunk, clear, counts, deal, first, full, kept, pack, segment, spent, startDealing } from "./deal"
export { classCounts, columns, duplicates, inCell, layOut, line, lineRoom, noise, out, read, sortBlock, startOrder, wanted } from "./order"

/**
 * Passes over points of bucket files in WebAssembly, equal to their reference implementations to
 * the byte. One instance does one of them at a time: each lays out the whole memory for itself.
 * - `deal.ts`, called by `../core.ts`: sorts points into buffers of their cells.
 * - `order.ts`, called by `../core.ts`: canonical order of a row of cells.
 * - `select.ts`, called by `../core.ts`: takes out the points of a port's classes.
 */
export { buffered, cells, chunk, clear, counts, deal, first, full, kept, pack, segment, spent, startDealing } from "./deal"
export { classCounts, columns, duplicates, inCell, layOut, line, lineRoom, noise, out, read, sortBlock, startOrder, wanted } from "./order"
export { select, selected, startSelection, taken } from "./select"

/**
 * Points of spools in WebAssembly, `test/reference/buckets/plain-dealer.ts` and `block-order.ts` to the byte: dealing them out to their cells (`deal.ts`, filled by `engine/formats/buckets/wasm/dealer.ts`) and bringing those of a row of
 * cells into canonical order (`order.ts`, filled by `engine/formats/buckets/wasm/load-core.ts`); and taking those of a port's classes out (`select.ts`, filled by `engine/formats/buckets/wasm/selector.ts`). One instance does one of them at a time: each lays out the whole memory for itself.
 */
export { buffered, cells, chunk, clear, counts, deal, first, full, kept, pack, segment, spent, startDealing } from "./deal"
export { classCounts, columns, duplicates, inCell, layOut, line, lineRoom, noise, out, read, sortBlock, startOrder, wanted } from "./order"
export { select, selected, startSelection, taken } from "./select"

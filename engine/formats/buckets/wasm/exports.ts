/** Exports of the WebAssembly module "buckets", as its callers in this folder see them. */
import type { WasmGlobal } from "../../../core/wasm.js"

/** What `assembly/index.ts` exports. Addresses and counts are u32; booleans are 0 or 1. */
export interface SpoolExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly buffered: WasmGlobal
  readonly cells: WasmGlobal
  readonly chunk: WasmGlobal
  readonly classCounts: WasmGlobal
  readonly columns: WasmGlobal
  readonly counts: WasmGlobal
  readonly duplicates: WasmGlobal
  readonly first: WasmGlobal
  readonly full: WasmGlobal
  readonly inCell: WasmGlobal
  readonly kept: WasmGlobal
  readonly noise: WasmGlobal
  readonly out: WasmGlobal
  readonly read: WasmGlobal
  readonly segment: WasmGlobal
  readonly selected: WasmGlobal
  readonly taken: WasmGlobal
  readonly wanted: WasmGlobal
  startDealing(times: number, intensities: number, few: number, many: number): void
  deal(begin: number, end: number, column: number, row: number): number
  pack(cell: number): number
  spent(cell: number): void
  clear(): void
  startOrder(times: number, intensities: number, returns: number, originZ: number): void
  layOut(blocks: number, points: number, largest: number): number
  sortBlock(
    ...args: [block: number, from: number, to: number, x: number, y: number, ...RangeCorners, ...RangeCorners]
  ): void
  line(row: number): number
  lineRoom(row: number): number
  startSelection(): number
  select(count: number): number
}

/** Of a range in a block, mm. */
export type RangeCorners = [minX: number, minY: number, maxX: number, maxY: number]

/** Said so that it is taken for what it is, a buffer that could not be had. */
export const outOfMemory = (): RangeError => new RangeError("Array buffer allocation failed: points of a spool")

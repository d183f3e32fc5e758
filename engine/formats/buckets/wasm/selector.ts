/** Calls the selecting pass of the WebAssembly module, chunk by chunk. */
import type { PlaceColumns } from "../core-types.js"
import { outOfMemory, type SpoolExports } from "./exports.js"

/** Points of the chunk, as in `assembly/select.ts`: they stay in the processor's cache. */
const CHUNK = 8192

/** Copies the points of some classes through the chunk; see {@link SpoolCore.select}. */
export const selectThrough = (
  wasm: SpoolExports,
  from: Required<PlaceColumns>,
  count: number,
  wanted: Uint8Array,
  to: PlaceColumns,
): void => {
  if (wasm.startSelection() === 0) throw outOfMemory()
  const { buffer } = wasm.memory
  const at = wasm.selected.value
  new Uint8Array(buffer, wasm.taken.value, 256).set(wanted)
  const x = new Int32Array(buffer, at, CHUNK)
  const y = new Int32Array(buffer, at + 4 * CHUNK, CHUNK)
  const z = new Int32Array(buffer, at + 8 * CHUNK, CHUNK)
  const classification = new Uint8Array(buffer, at + 12 * CHUNK, CHUNK)
  for (let begin = 0, n = 0; begin < count; begin += CHUNK) {
    const end = Math.min(count, begin + CHUNK)
    x.set(from.x.subarray(begin, end))
    y.set(from.y.subarray(begin, end))
    z.set(from.z.subarray(begin, end))
    classification.set(from.classification.subarray(begin, end))
    const found = wasm.select(end - begin)
    to.x.set(x.subarray(0, found), n)
    to.y.set(y.subarray(0, found), n)
    to.z.set(z.subarray(0, found), n)
    to.classification?.set(classification.subarray(0, found), n)
    n += found
  }
}

import { readFile } from "node:fs/promises"
import { createLazPerf } from "laz-perf"
import type { Reader } from "../peer.js"
import { outputOf } from "./output.js"

/** What is used of laz-perf's module (its own types need those of Emscripten). */
interface LazPerf {
  readonly HEAPU8: Uint8Array
  readonly HEAP32: Int32Array
  _malloc(bytes: number): number
  readonly LASZip: new () => LasZip
}

interface LasZip {
  open(data: number, length: number): void
  getPoint(output: number): void
  getCount(): number
  getPointLength(): number
  delete(): void
}

/** laz-perf (LASzip's format in C++, compiled to WebAssembly): the whole file in its memory, one call a point. */
export const openLazPerf = async (path: string): Promise<Reader> => {
  const wasm = (await createLazPerf()) as unknown as LazPerf
  const bytes = await readFile(path)
  const input = wasm._malloc(bytes.length)
  wasm.HEAPU8.set(bytes, input)
  const probe = new wasm.LASZip()
  probe.open(input, bytes.length)
  const count = probe.getCount()
  const record = wasm._malloc(probe.getPointLength())
  probe.delete()
  const { x, y, z, classification, returnNumber } = outputOf(count)
  return {
    pass: () => {
      const laszip = new wasm.LASZip()
      laszip.open(input, bytes.length)
      let { HEAPU8, HEAP32 } = wasm
      const words = record >> 2
      for (let i = 0; i < count; i++) {
        laszip.getPoint(record)
        // Its memory grew: the views are new ones.
        if (HEAP32.length === 0) ({ HEAPU8, HEAP32 } = wasm)
        x[i] = HEAP32[words] ?? 0
        y[i] = HEAP32[words + 1] ?? 0
        z[i] = HEAP32[words + 2] ?? 0
        returnNumber[i] = (HEAPU8[record + 14] ?? 0) & 15
        classification[i] = HEAPU8[record + 16] ?? 0
      }
      laszip.delete()
      return count
    },
    columns: () => ({ x, y, z, classification, returnNumber }),
  }
}

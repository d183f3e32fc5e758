/**
 * Calls the passes of `assembly/ground/border.ts` and `extent.ts` over the points near a tile's
 * border.
 */
import type { WasmGlobal } from "../../../engine/core/wasm.js"

export interface BorderExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly cells: WasmGlobal
  readonly cornerA: WasmGlobal
  readonly cornerB: WasmGlobal
  readonly cornerC: WasmGlobal
  readonly list: WasmGlobal
  readonly outside: WasmGlobal
  readonly samples: WasmGlobal
  selectNear(minX: number, minY: number, maxX: number, maxY: number): number
  cutSide(count: number, horizontal: number, line: number, length: number): number
  findAround(count: number, x: number, y: number): number
  closeCells(reach: number, margin: number): number
}

/**
 * Computes a tile's border from the points gathered last. The reference implementations are in
 * `kernels/terrain/border/profile.ts` and `kernels/handover/extent/data-extent.ts`. Points are
 * indices in `near`. Lists and samples are valid until the next call.
 */
export interface BorderCore {
  /** The points near the border in a closed box, in order. */
  within(minX: number, minY: number, maxX: number, maxY: number): Int32Array
  /**
   * Samples along a side from points within the strip around it: along, height, 1 for a point on
   * the line, in order. Undefined if uncertain.
   */
  samples(indices: Int32Array, horizontal: boolean, line: number, length: number): Int32Array | undefined
  /**
   * Corners of the triangle around a place from points of the square around it; none if the place
   * is outside. Undefined if uncertain.
   */
  triangle(indices: Int32Array, x: number, y: number): readonly [] | readonly [number, number, number] | undefined
  /**
   * 1 for each node outside the extent of the marked cells; empty if no node of the tile is
   * outside. Takes as many cells as were gathered.
   */
  outside(cells: Uint8Array, reach: number): Uint8Array
}

/** @param last the instance that gathered points last */
export const borderOf = (last: () => BorderExports): BorderCore => {
  /** Writes the list to memory, unless it is there already. */
  const listed = (wasm: BorderExports, indices: Int32Array): number => {
    const { buffer } = wasm.memory
    const at = wasm.list.value
    if (indices.buffer !== buffer || indices.byteOffset !== at) new Int32Array(buffer, at).set(indices)
    return indices.length
  }
  return {
    within: (minX, minY, maxX, maxY) => {
      const wasm = last()
      return new Int32Array(wasm.memory.buffer, wasm.list.value, wasm.selectNear(minX, minY, maxX, maxY))
    },
    samples: (indices, horizontal, line, length) => {
      const wasm = last()
      const count = wasm.cutSide(listed(wasm, indices), horizontal ? 1 : 0, line, length)
      return count < 0 ? undefined : new Int32Array(wasm.memory.buffer, wasm.samples.value, 3 * count)
    },
    triangle: (indices, x, y) => {
      const wasm = last()
      const answer = wasm.findAround(listed(wasm, indices), x, y)
      if (answer < 0) return undefined
      return answer === 0 ? [] : [wasm.cornerA.value, wasm.cornerB.value, wasm.cornerC.value]
    },
    outside: (cells, reach) => {
      const wasm = last()
      const { buffer } = wasm.memory
      new Uint8Array(buffer, wasm.cells.value, cells.length).set(cells)
      if (wasm.closeCells(reach, 2 * reach) === 1) return new Uint8Array(0)
      return new Uint8Array(buffer, wasm.outside.value, (Math.sqrt(cells.length) + 1) ** 2).slice()
    },
  }
}

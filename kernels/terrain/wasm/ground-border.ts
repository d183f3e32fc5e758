/** The passes of `assembly/ground/` over the points near a tile's border: `border.ts` and `extent.ts` there. */
import type { WasmGlobal } from "../../../engine/core/wasm.js"

/** What they export. */
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
 * What a tile's border is made from, of the points that were gathered last. The reference
 * implementations are in `kernels/terrain/border/profile.ts` and
 * `kernels/handover/extent/data-extent.ts`. Points go by their places in `near`. Lists and samples
 * are good until the next call.
 */
export interface BorderCore {
  /** The points near the border in a box, its border too, in order. */
  within(minX: number, minY: number, maxX: number, maxY: number): Int32Array
  /** Samples along a side by some points within the strip around it: along, height, 1 for a point of the line, in order. Undefined where that is not sure. */
  samples(indices: Int32Array, horizontal: boolean, line: number, length: number): Int32Array | undefined
  /** Corners of the triangle around a place by some points of the square around it, none where it is outside them. Undefined where that is not sure. */
  triangle(indices: Int32Array, x: number, y: number): readonly [] | readonly [number, number, number] | undefined
  /** 1 for each node outside the extent of some marked cells, as many as were gathered; none where none of the tile is. */
  outside(cells: Uint8Array, reach: number): Uint8Array
}

/** @param last the instance that gathered points last */
export const borderOf = (last: () => BorderExports): BorderCore => {
  /** The list in memory; the same where it lies there already. */
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

/** Reference implementation of the ordering pass, and the columns of ordered points. */
import { type BlockOrder, blockOrderOf, pointsOf, sortBlock } from "./block-order.js"
import type { OrderCounts, OrderQuery, RowBlock, RowOrder, SortedRow } from "./core-types.js"

/** The order of rows of blocks in TypeScript: the twin of `engine/formats/buckets/wasm/assembly/order.ts`, which goes by it. */
export class PlainOrder implements RowOrder {
  readonly #query: OrderQuery
  readonly #order: BlockOrder
  /** Room for the points of a row of blocks. */
  #sorted: SortedRow
  #counts = { count: 0, duplicates: 0, noise: 0, inCell: 0, classes: new Uint32Array(256) }

  constructor(query: OrderQuery) {
    this.#query = query
    this.#order = blockOrderOf(query)
    this.#sorted = sortedRowOf(0, query.attributes)
  }

  get counts(): OrderCounts {
    return this.#counts
  }

  /** Orders the blocks, then puts their rows of 1 m one behind the other. */
  order(blocks: readonly RowBlock[], append: (columns: SortedRow, count: number) => void): void {
    const { box, cell, attributes } = this.#query
    const count = blocks.reduce((sum, block) => sum + pointsOf(block), 0)
    if (this.#sorted.x.length < count) this.#sorted = sortedRowOf(count, attributes)
    const counts = this.#counts
    const ends: Uint32Array[] = []
    let to = 0
    for (const block of blocks) {
      const done = sortBlock(this.#order, { block, box, cell }, this.#sorted, to)
      to = done.ends.at(-1)!
      ends.push(done.ends)
      counts.count += done.kept
      counts.duplicates += done.duplicates
      counts.noise += done.noise
      counts.inCell += done.inCell
    }
    const lines = ends[0]?.length ?? 0
    for (let line = 1; line < lines; line++) {
      for (const places of ends) {
        const [begin, end] = [places[line - 1]!, places[line]!]
        for (let i = begin; i < end; i++) counts.classes[this.#sorted.classification[i]!]!++
        if (begin < end) append(partOf(this.#sorted, begin, end), end - begin)
      }
    }
  }

  release(): void {
    this.#sorted = sortedRowOf(0, this.#query.attributes)
  }
}

/** Columns with room for so many points. */
export const sortedRowOf = (count: number, attributes: readonly string[]): SortedRow => ({
  x: new Int32Array(count),
  y: new Int32Array(count),
  z: new Int32Array(count),
  classification: new Uint8Array(count),
  ...(attributes.includes("returnNumber") ? { returnNumber: new Uint8Array(count) } : {}),
  ...(attributes.includes("numberOfReturns") ? { numberOfReturns: new Uint8Array(count) } : {}),
  ...(attributes.includes("intensity") ? { intensity: new Uint16Array(count) } : {}),
  ...(attributes.includes("gpsTime") ? { gpsTime: new Float64Array(count) } : {}),
})

/** Views of the points `[begin, end)`. */
export const partOf = (row: SortedRow, begin: number, end: number): SortedRow => {
  const { x, y, z, classification, returnNumber, numberOfReturns, intensity, gpsTime } = row
  return {
    x: x.subarray(begin, end),
    y: y.subarray(begin, end),
    z: z.subarray(begin, end),
    classification: classification.subarray(begin, end),
    ...(returnNumber ? { returnNumber: returnNumber.subarray(begin, end) } : {}),
    ...(numberOfReturns ? { numberOfReturns: numberOfReturns.subarray(begin, end) } : {}),
    ...(intensity ? { intensity: intensity.subarray(begin, end) } : {}),
    ...(gpsTime ? { gpsTime: gpsTime.subarray(begin, end) } : {}),
  }
}

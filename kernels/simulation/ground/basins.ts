/** Basins of a grid of directions, and the lowest ways between them. */
import { BEYOND, LEAVES, neighbourOffsets, PIT, VOID } from "./directions.js"

/** The cells of a tile inside a ring of one cell, which is {@link BEYOND} the tile. */
export interface FlowGrid {
  /** Cells a row, with the ring. */
  readonly width: number
  readonly height: number
  readonly dirs: Uint8Array
  /** Millimetres; {@link NO_DATA} in the ring and without data. */
  readonly heights: Int32Array
}

/** The outermost cells inside the ring. */
export const borderCells = ({ width, height }: Pick<FlowGrid, "width" | "height">): number[] => {
  const cells: number[] = []
  for (let column = 1; column < width - 1; column++) cells.push(width + column, (height - 2) * width + column)
  for (let row = 2; row < height - 2; row++) cells.push(row * width + 1, row * width + width - 2)
  return cells
}

/** The basin of what leaves the data. */
export const OUTSIDE = 0

/** The basin of each cell, and where each basin drains. */
export interface Basins {
  /** −1 without data. */
  readonly labels: Int32Array
  /** Cell without a receiver in the tile, for each basin; −1 for {@link OUTSIDE}. */
  readonly roots: Int32Array
}

/** Follows the directions of each cell to a pit, out of the tile, or out of the data. O(cells). */
export const findBasins = ({ width, dirs }: FlowGrid): Basins => {
  const offsets = neighbourOffsets(width)
  const labels = new Int32Array(dirs.length).fill(-1)
  const roots = [-1]
  for (let first = 0; first < dirs.length; first++) {
    if (labels[first] >= 0 || dirs[first] >= BEYOND) continue
    let i = first
    let label = -1
    while (label < 0) {
      const d = dirs[i]
      if (d === LEAVES) label = OUTSIDE
      else if (d === PIT || dirs[i + offsets[d]] >= BEYOND) label = roots.push(i) - 1
      else {
        i += offsets[d]
        label = labels[i]
      }
    }
    for (i = first; labels[i] < 0; i += offsets[dirs[i]]) {
      labels[i] = label
      if (dirs[i] >= PIT || dirs[i + offsets[dirs[i]]] >= BEYOND) break
    }
  }
  return { labels, roots: Int32Array.from(roots) }
}

/**
 * Saddles: pairs of neighbouring cells of two basins. The water of one spills over into the other
 * at the higher cell's height. `to` is −1 where `from` is beside a cell without data.
 */
export interface Saddles {
  readonly from: Int32Array
  readonly to: Int32Array
  readonly basinFrom: Int32Array
  readonly basinTo: Int32Array
  readonly heights: Int32Array
}

/**
 * The lowest saddle between any two basins; of equally low ones the first by row and column of
 * `from`, then of `to`; outwards last. O(cells).
 */
export const findSaddles = (grid: FlowGrid, { labels }: Basins): Saddles => {
  const { width, dirs, heights } = grid
  const offsets = neighbourOffsets(width)
  const table = new PairTable()
  for (let i = width; i < dirs.length - width; i++) {
    const label = labels[i]
    if (label < 0) continue
    const z = heights[i]
    let atVoid = false
    for (let d = 0; d < 8; d++) {
      const j = i + offsets[d]
      const other = labels[j]
      if (other < 0) atVoid ||= dirs[j] === VOID
      else if (other !== label && j > i) table.offer(label, other, i, j, Math.max(z, heights[j]))
    }
    if (atVoid && label !== OUTSIDE) table.offer(label, OUTSIDE, i, -1, z)
  }
  return table.saddles(labels)
}

/** The lowest saddle by pair of basins: open addressing in flat arrays. */
class PairTable {
  #count = 0
  #slots = new Int32Array(1 << 6).fill(-1)
  /** Lower basin, higher basin, from, to, height; five numbers a saddle. */
  #rows = new Int32Array(5 << 5)

  offer(a: number, b: number, from: number, to: number, z: number): void {
    const [low, high] = a < b ? [a, b] : [b, a]
    const slot = this.#slot(low, high)
    let at = 5 * this.#slots[slot]!
    if (at >= 0 && !this.#isBefore(at, from, to, z)) return
    if (at < 0) {
      at = 5 * this.#count
      this.#slots[slot] = this.#count++
      this.#rows[at] = low
      this.#rows[at + 1] = high
    }
    this.#rows[at + 2] = from
    this.#rows[at + 3] = to
    this.#rows[at + 4] = z
    if (2 * this.#count === this.#slots.length) this.#grow()
  }

  #isBefore(at: number, from: number, to: number, z: number): boolean {
    const rows = this.#rows
    // Saddles are offered by row and column of `from`; outwards after others.
    return z < rows[at + 4]! || (z === rows[at + 4] && from === rows[at + 2] && to >= 0 && to < rows[at + 3]!)
  }

  saddles(labels: Int32Array): Saddles {
    const column = (c: number): Int32Array => {
      const values = new Int32Array(this.#count)
      for (let k = 0; k < values.length; k++) values[k] = this.#rows[5 * k + c]!
      return values
    }
    const [from, to, heights] = [column(2), column(3), column(4)]
    return {
      ...{ from, to, heights },
      basinFrom: from.map((cell) => labels[cell]!),
      basinTo: to.map((cell) => (cell < 0 ? OUTSIDE : labels[cell]!)),
    }
  }

  #slot(low: number, high: number): number {
    const mask = this.#slots.length - 1
    let slot = (Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b)) >>> 0
    slot = (slot ^ (slot >>> 15)) & mask
    for (;;) {
      const at = 5 * this.#slots[slot]!
      if (at < 0 || (this.#rows[at] === low && this.#rows[at + 1] === high)) return slot
      slot = (slot + 1) & mask
    }
  }

  #grow(): void {
    const rows = new Int32Array(2 * this.#rows.length)
    rows.set(this.#rows)
    this.#rows = rows
    this.#slots = new Int32Array(2 * this.#slots.length).fill(-1)
    for (let k = 0; k < this.#count; k++) this.#slots[this.#slot(rows[5 * k]!, rows[5 * k + 1]!)] = k
  }
}

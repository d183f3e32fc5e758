/** A tile's cells by the node of its network that they drain to. */
import { neighbourOffsets, PIT } from "./directions.js"

/**
 * Cells of a tile by what they drain to, as runs row by row from the north. Part 2k drains to node
 * k on no way, part 2k + 1 to the way that leads from it; −1: out of the data on neither.
 */
export interface Catchments {
  /** End of each run, as an index of the tile's cells. Runs end with their rows. */
  readonly ends: Uint32Array
  readonly parts: Int32Array
}

/** The nodes of a tile while its network is made. */
interface NodeCells {
  /** Cells inside a ring. */
  readonly width: number
  readonly dirs: Uint8Array
  /** Cells, each after those that drain to it. */
  readonly order: Int32Array
  /** Of each node cell its node, of a cell on a way the node that the way leads from; else −1. */
  readonly numbers: Int32Array
  readonly isNode: (cell: number) => boolean
  /** The node below each. */
  readonly next: Int32Array
}

/**
 * Lists which cells drain to what. All that drains to one node without another below ends in the
 * same place, however the join turns ways. So it is one part, that of the last node, unless one of
 * `outlets` is in it. O(cells)
 */
export const catchmentsOf = (
  { width, dirs, order, numbers, isNode, next }: NodeCells,
  outlets: readonly number[],
): Catchments => {
  const last = lastNodes(next)
  const isDivided = new Uint8Array(next.length)
  for (const node of outlets) isDivided[last[node]!] = 1
  const offsets = neighbourOffsets(width)
  const parts = new Int32Array(dirs.length).fill(-1)
  for (let k = order.length - 1; k >= 0; k--) {
    const cell = order[k]!
    const node = numbers[cell]!
    if (node >= 0) {
      const end = last[node]!
      parts[cell] = isDivided[end] === 0 ? 2 * end : 2 * node + (isNode(cell) ? 0 : 1)
    } else if (dirs[cell]! < PIT) parts[cell] = parts[cell + offsets[dirs[cell]!]!]!
  }
  const [ends, values]: [number[], number[]] = [[], []]
  const columns = width - 2
  for (let row = 1; row < dirs.length / width - 1; row++) {
    for (let column = 1; column <= columns; column++) {
      const part = parts[row * width + column]!
      if (column === columns || parts[row * width + column + 1] !== part) {
        ends.push((row - 1) * columns + column)
        values.push(part)
      }
    }
  }
  return { ends: Uint32Array.from(ends), parts: Int32Array.from(values) }
}

const lastNodes = (next: Int32Array): Int32Array => {
  const last = new Int32Array(next.length).fill(-1)
  for (let first = 0; first < next.length; first++) {
    let node = first
    while (last[node]! < 0 && next[node]! >= 0) node = next[node]!
    const end = last[node]! < 0 ? node : last[node]!
    for (node = first; last[node]! < 0; node = next[node]!) {
      last[node] = end
      if (next[node]! < 0) break
    }
  }
  return last
}

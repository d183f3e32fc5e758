/** A tile's cells by the node of its network that they drain to. */
import { innerCells, neighbourOffsets, PIT } from "../ground/directions.js"

/**
 * Cells of a tile by what they drain to, as runs row by row from the north. Part 2k drains to node
 * k on no way, part 2k + 1 to the way that leads from it; −1: out of the data on neither; −2: a
 * cell without data.
 *
 * Each run is a number of 7 bits a byte, the last byte below 128: twice its length, plus 1 where
 * its part differs from that of the cell above its first one. Then the part plus 2 follows.
 */
export type Catchments = Uint8Array

/** Parts of cells that drain to no node, and of those without data. */
const OUT = -1
export const NO_CELL = -2

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
export const findCatchments = (
  { width, dirs, order, numbers, isNode, next }: NodeCells,
  outlets: readonly number[],
): Catchments => {
  const last = lastNodes(next)
  const isDivided = new Uint8Array(next.length)
  for (const node of outlets) isDivided[last[node]!] = 1
  const offsets = neighbourOffsets(width)
  const parts = new Int32Array(dirs.length).fill(NO_CELL)
  for (let k = order.length - 1; k >= 0; k--) {
    const cell = order[k]!
    const node = numbers[cell]!
    if (node >= 0) {
      const end = last[node]!
      parts[cell] = isDivided[end] === 0 ? 2 * end : 2 * node + (isNode(cell) ? 0 : 1)
    } else parts[cell] = dirs[cell]! < PIT ? Math.max(OUT, parts[cell + offsets[dirs[cell]!]!]!) : OUT
  }
  return encodeRuns(innerCells(parts, width, 1), width - 2)
}

const encodeRuns = (parts: Int32Array, columns: number): Catchments => {
  const bytes: number[] = []
  const put = (value: number): void => {
    let rest = value
    for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
    bytes.push(rest)
  }
  for (let from = 0; from < parts.length; ) {
    const part = parts[from]!
    const rowEnd = from - (from % columns) + columns
    let end = from + 1
    while (end < rowEnd && parts[end] === part) end++
    const isNew = from < columns || parts[from - columns] !== part
    put(2 * (end - from) + (isNew ? 1 : 0))
    if (isNew) put(part - NO_CELL)
    from = end
  }
  return Uint8Array.from(bytes)
}

/** Calls `use` for each run, in order. O(cells) */
export const eachRun = (
  bytes: Catchments,
  columns: number,
  use: (row: number, start: number, end: number, part: number) => void,
): void => {
  const above = new Int32Array(columns)
  let [at, row, start] = [0, 0, 0]
  const take = (): number => {
    let [value, shift] = [0, 0]
    for (; bytes[at]! > 127; shift += 7) value |= (bytes[at++]! & 127) << shift
    return value | (bytes[at++]! << shift)
  }
  while (at < bytes.length) {
    const head = take()
    const end = start + (head >> 1)
    const part = (head & 1) === 1 ? take() + NO_CELL : above[start]!
    above.fill(part, start, end)
    use(row, start, end, part)
    start = end === columns ? 0 : end
    if (start === 0) row++
  }
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

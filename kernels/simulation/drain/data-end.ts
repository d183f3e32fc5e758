/** Ground to which more may drain than the data show: below cells at the end of the data. */
import { BEYOND, neighbourOffsets, PIT, VOID } from "../ground/directions.js"

/** Directions of cells inside a ring. */
interface DirectionGrid {
  readonly width: number
  readonly dirs: Uint8Array
}

/** Marks of cells: all ground that drains there is in the data; some of it is at their end. */
export const [WHOLE, TRUNCATED] = [1, 2]

/** Bits for each node of a network: cells at the end of the data drain to it, or to its way. */
export const [OWN_END, WAY_END] = [1, 2]

/**
 * Marks nodes that cells at the end of the data drain to on no way, and those to whose way such
 * cells drain. Only the tile's own cells without data count. O(cells)
 *
 * @param isOff whether a cell is on no way and no node
 * @param numbers node of each node cell, of a cell on a way that which the way leads from
 */
export const nodesBelowEnds = (
  grid: DirectionGrid,
  {
    numbers,
    isNode,
    isOff,
    count,
  }: {
    readonly numbers: Int32Array
    readonly isNode: (cell: number) => boolean
    readonly isOff: (cell: number) => boolean
    readonly count: number
  },
): Uint8Array => {
  const found = new Uint8Array(count)
  markBelowEnds(grid, [], (cell) => {
    if (isOff(cell)) return true
    found[numbers[cell]] |= isNode(cell) ? OWN_END : WAY_END
    return false
  })
  return found
}

/**
 * Marks cells with data as {@link WHOLE}, or as {@link TRUNCATED} where they are below a cell
 * beside one without data; those without data are 0. O(cells)
 *
 * @param others further cells to start from
 */
export const cellsBelowEnds = (grid: DirectionGrid, others: readonly number[]): Uint8Array =>
  markBelowEnds(grid, others, () => true)

/** Follows the directions from each start to the first cell that is marked, or does not go on. */
const markBelowEnds = (
  { width, dirs }: DirectionGrid,
  others: readonly number[],
  goesOn: (cell: number) => boolean,
): Uint8Array => {
  const offsets = neighbourOffsets(width)
  const marks = new Uint8Array(dirs.length).fill(WHOLE)
  const follow = (start: number): void => {
    for (let cell = start; dirs[cell] < BEYOND && marks[cell] === WHOLE; cell += offsets[dirs[cell]]) {
      marks[cell] = TRUNCATED
      if (!goesOn(cell) || dirs[cell] >= PIT) break
    }
  }
  for (let i = dirs.indexOf(VOID); i >= 0; i = dirs.indexOf(VOID, i + 1)) {
    marks[i] = 0
    for (let d = 0; d < 8; d++) follow(i + offsets[d])
  }
  for (const cell of others) follow(cell)
  return marks
}

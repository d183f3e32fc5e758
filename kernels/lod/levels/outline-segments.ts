/** Finds outline segments that are near each other or cross, for the merging of outlines. */

import { squareToSegment } from "../../../engine/core/geometry/segments.js"
import { addToList } from "../../../engine/core/lists.js"
import { orientation } from "../../geometry/triangulation.js"

/** The part of an outline used here: its rings, x, y pairs, not closed. */
interface Ringed {
  readonly rings: readonly Int32Array[]
}

/** Segments of all rings as flat arrays, indexed by squares. */
interface SegmentGrid {
  readonly count: number
  readonly ax: Float64Array
  readonly ay: Float64Array
  readonly bx: Float64Array
  readonly by: Float64Array
  /** `outline`: its outline; `after`: the next segment in the ring. */
  readonly outline: Int32Array
  readonly after: Int32Array
  /**
   * Calls back for pairs of segments (i < j) whose boxes, grown by `reach`, share a square. Pairs
   * may repeat.
   */
  forPairs(call: (i: number, j: number) => void): void
}

/**
 * Flags, per ring of each outline, the segments within `reach` (mm) of another outline's segment.
 * Expected O(n) for scattered segments.
 */
export const nearSegments = (outlines: readonly Ringed[], reach: number): Uint8Array[][] => {
  const grid = segmentGrid(outlines, reach)
  const flags = new Uint8Array(grid.count)
  grid.forPairs((i, j) => {
    if (grid.outline[i] === grid.outline[j] || (flags[i] === 1 && flags[j] === 1)) return
    if (segmentDistance(grid, i, j) > reach) return
    flags[i] = 1
    flags[j] = 1
  })
  let at = 0
  return outlines.map(({ rings }) =>
    rings.map((ring) => {
      at += ring.length / 2
      return flags.slice(at - ring.length / 2, at)
    }),
  )
}

/**
 * 1 for each outline with a segment that meets another one, of any outline, apart from the vertex
 * between neighbours.
 */
export const conflicts = (rings: readonly (readonly Int32Array[])[], involved: readonly boolean[]): Uint8Array => {
  const chosen = rings.map((own, k) => ({ rings: involved[k] === true ? own : [] }))
  const grid = segmentGrid(chosen, 1)
  const broken = new Uint8Array(rings.length)
  grid.forPairs((i, j) => {
    if (grid.after[i] === j || grid.after[j] === i) {
      // Neighbours share a vertex; they only meet elsewhere when one folds back on the other.
      if (!foldsBack(grid, grid.after[i] === j ? i : j)) return
    } else if (!meets(grid, i, j)) return
    broken[grid.outline[i]] = 1
    broken[grid.outline[j]] = 1
  })
  return broken
}

const segmentGrid = (outlines: readonly Ringed[], reach: number): SegmentGrid => {
  const count = outlines.reduce((sum, { rings }) => sum + rings.reduce((n, ring) => n + ring.length / 2, 0), 0)
  const [ax, ay, bx, by] = [0, 1, 2, 3].map(() => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const outline = new Int32Array(count)
  const after = new Int32Array(count)
  let at = 0
  outlines.forEach(({ rings }, k) => {
    for (const ring of rings) {
      const size = ring.length / 2
      for (let i = 0; i < size; i++) {
        const j = (i + 1) % size
        ax[at + i] = ring[2 * i]
        ay[at + i] = ring[2 * i + 1]
        bx[at + i] = ring[2 * j]
        by[at + i] = ring[2 * j + 1]
        outline[at + i] = k
        after[at + i] = at + j
      }
      at += size
    }
  })
  const side = Math.max(4000, 2 * reach)
  const cells = new Map<number, number[]>()
  for (let i = 0; i < count; i++) {
    const [left, right] = [Math.min(ax[i], bx[i]) - reach, Math.max(ax[i], bx[i]) + reach]
    const [low, high] = [Math.min(ay[i], by[i]) - reach, Math.max(ay[i], by[i]) + reach]
    for (let row = Math.floor(low / side); row <= Math.floor(high / side); row++) {
      for (let column = Math.floor(left / side); column <= Math.floor(right / side); column++)
        addToList(cells, row * 2 ** 24 + column, i)
    }
  }
  const forPairs = (call: (i: number, j: number) => void): void => {
    for (const cell of cells.values())
      for (let a = 0; a < cell.length; a++) for (let b = a + 1; b < cell.length; b++) call(cell[a]!, cell[b]!)
  }
  return { count, ax, ay, bx, by, outline, after, forPairs }
}

/** Distance between two segments in the plane; 0 where they cross. */
const segmentDistance = (grid: SegmentGrid, i: number, j: number): number => {
  if (meets(grid, i, j)) return 0
  const { ax, ay, bx, by } = grid
  return Math.min(
    pointDistance(ax[i], ay[i], grid, j),
    pointDistance(bx[i], by[i], grid, j),
    pointDistance(ax[j], ay[j], grid, i),
    pointDistance(bx[j], by[j], grid, i),
  )
}

const pointDistance = (x: number, y: number, { ax, ay, bx, by }: SegmentGrid, i: number): number =>
  Math.sqrt(squareToSegment(x, y, ax[i], ay[i], bx[i], by[i]))

/** True where two segments have a place in common. Exact for integers. */
const meets = ({ ax, ay, bx, by }: SegmentGrid, i: number, j: number): boolean => {
  if (Math.max(ax[i], bx[i]) < Math.min(ax[j], bx[j]) || Math.max(ax[j], bx[j]) < Math.min(ax[i], bx[i])) return false
  if (Math.max(ay[i], by[i]) < Math.min(ay[j], by[j]) || Math.max(ay[j], by[j]) < Math.min(ay[i], by[i])) return false
  const a = Math.sign(orientation(ax[i], ay[i], bx[i], by[i], ax[j], ay[j]))
  const b = Math.sign(orientation(ax[i], ay[i], bx[i], by[i], bx[j], by[j]))
  const c = Math.sign(orientation(ax[j], ay[j], bx[j], by[j], ax[i], ay[i]))
  const d = Math.sign(orientation(ax[j], ay[j], bx[j], by[j], bx[i], by[i]))
  // Collinear segments meet because their boxes do.
  return a * b <= 0 && c * d <= 0
}

const foldsBack = ({ ax, ay, bx, by, after }: SegmentGrid, i: number): boolean => {
  const j = after[i]
  return (
    orientation(ax[i], ay[i], bx[i], by[i], bx[j], by[j]) === 0 &&
    (bx[i] - ax[i]) * (bx[j] - ax[j]) + (by[i] - ay[i]) * (by[j] - ay[j]) <= 0
  )
}

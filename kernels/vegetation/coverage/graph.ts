/** The boundaries between areas as a planar graph, so that both sides share each vertex. */
import type { LabelledRuns } from "./class-runs.js"

/**
 * The boundaries of a window's patches as a planar graph: a vertex wherever a boundary turns or
 * boundaries meet, an edge along each straight piece.
 *
 * Vertices are numbered by grid line from the south, then by column: those of line y (0 … rows) are
 * `lineEnds[y − 1] … lineEnds[y]`. Along an edge, the vertex to the east is the next one, and to
 * the west the previous one. The arrays `up` and `down` give those north and south. Places count
 * from the window's south-western corner.
 */
export interface CoverageGraph {
  /** Grid column and row of the window's south-western cell. */
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
  readonly lineEnds: Uint32Array
  readonly x: Int32Array
  readonly y: Int32Array
  readonly up: Int32Array
  readonly down: Int32Array
  /**
   * Bits 0–3: edges to the east, north, west, south. Bits 4 and 5, where four boundaries meet: the
   * cells SW and NE (4), or NW and SE (5), belong to one patch.
   */
  readonly kinds: Uint8Array
}

/** Directions along the grid: 0 east, 1 north, 2 west, 3 south. */
const EAST = 1
const NORTH = 2
const WEST = 4
const SOUTH = 8

/**
 * Next direction of a walk with the patch on its left: `turns[4 · kind + direction of arrival]`.
 * Turns left as far as possible. Turns right where two cells of the patch meet only at a corner, so
 * that rings touch there and none passes a vertex twice.
 */
export const turns: Uint8Array = Uint8Array.from({ length: 256 }, (_, i) => {
  const [kind, direction] = [i >> 2, i & 3]
  const pinched = (kind & 15) === 15 && ((kind >> (direction % 2 === 1 ? 4 : 5)) & 1) === 1
  const order = pinched ? [3] : [1, 0, 3]
  return order.map((turn) => (direction + turn) & 3).find((next) => (kind >> next) & 1) ?? 0
})

/** Number of boundaries that meet, from the bits of the four directions. */
export const degreeOf = (kind: number): number => (kind & 1) + ((kind >> 1) & 1) + ((kind >> 2) & 1) + ((kind >> 3) & 1)

/**
 * Makes the graph of labelled runs by one sweep over the grid's lines. Merges the runs below and
 * above a line by column. A column gets a vertex unless no boundary or only one straight vertical
 * boundary passes there.
 *
 * O(runs). Memory: 17 bytes a vertex; at most two vertices a run, usually less than one.
 */
export const coverageGraph = (runs: LabelledRuns): CoverageGraph => {
  const { column, row, columns, rows } = runs
  const lineEnds = new Uint32Array(rows + 1)
  const count = sweepLines(runs, lineEnds)
  const graph = {
    column,
    row,
    columns,
    rows,
    lineEnds,
    x: new Int32Array(count),
    y: new Int32Array(count),
    up: new Int32Array(count),
    down: new Int32Array(count),
    kinds: new Uint8Array(count),
  }
  sweepLines(runs, lineEnds, graph)
  return graph
}

/**
 * Sweeps the lines: counts the vertices up to each, and writes them if there is a graph. Returns
 * their number.
 */
const sweepLines = (runs: LabelledRuns, lineEnds: Uint32Array, graph?: CoverageGraph): number => {
  const { columns, rows, rowEnds, starts, labels } = runs
  const beyond = columns + 1
  // Start vertex of each boundary in the row below and above the line, by index among the row's
  // runs.
  let lower = new Int32Array(columns + 2)
  let upper = new Int32Array(columns + 2)
  let v = 0
  for (let line = 0; line <= rows; line++) {
    const lowerStart = line > 1 ? rowEnds[line - 2] : 0
    const lowerEnd = line > 0 ? rowEnds[line - 1] : 0
    const upperEnd = line < rows ? rowEnds[line] : lowerEnd
    let l = lowerStart
    let u = lowerEnd
    let se = -1
    let ne = -1
    let xl = l < lowerEnd ? starts[l] : beyond
    let xu = u < upperEnd ? starts[u] : beyond
    while (xl < beyond || xu < beyond) {
      const sw = se
      const nw = ne
      const at = Math.min(xl, xu)
      if (xl === at) {
        se = labels[l++]
        xl = l < lowerEnd ? starts[l] : beyond
      }
      if (xu === at) {
        ne = labels[u++]
        xu = u < upperEnd ? starts[u] : beyond
      }
      if (ne === se && nw === sw) {
        if (sw !== se) upper[u - 1 - lowerEnd] = lower[l - 1 - lowerStart]
        continue
      }
      if (graph !== undefined) {
        let kind = (ne !== se ? EAST : 0) | (nw !== ne ? NORTH : 0) | (nw !== sw ? WEST : 0) | (sw !== se ? SOUTH : 0)
        if (kind === 15) kind |= (sw === ne ? 16 : 0) | (nw === se ? 32 : 0)
        graph.x[v] = at
        graph.y[v] = line
        graph.kinds[v] = kind
        if ((kind & SOUTH) !== 0) {
          const below = lower[l - 1 - lowerStart]
          graph.down[v] = below
          graph.up[below] = v
        }
        if ((kind & NORTH) !== 0) upper[u - 1 - lowerEnd] = v
      }
      v++
    }
    lineEnds[line] = v
    const swap = lower
    lower = upper
    upper = swap
  }
  return v
}

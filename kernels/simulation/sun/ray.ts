/** Rays over a surface: where they cross the lines between cells, and what they meet. */
import { type SurfaceWindow, VOID, WINDOWS } from "./surface-window.js"

/**
 * The crossings of a ray with the lines that join the centres of neighbouring cells, in order from
 * the cell where it starts. The height there is linear between the two cells of the line. All cells
 * share one table, so results do not depend on where a tile starts.
 *
 * The surface is thus the TIN of the centres, each square of four split along its lower diagonal:
 * it is highest where the ray crosses the sides of the squares.
 *
 * Runs group the crossings: `spans` has a list for each side of `WINDOWS`, the long runs as ranges
 * of short ones. All cells of a run are in the window at offset `corner`.
 */
export interface Ray {
  /** Offsets of the two cells of each crossing in the heights of the window. */
  readonly first: Int32Array
  readonly second: Int32Array
  /** Share of the second cell. */
  readonly share: Float64Array
  /** Metres from the start, and 1 / metres. */
  readonly distance: Float64Array
  readonly inverse: Float64Array
  readonly short: Runs
  readonly long: Runs
}

/** Runs of crossings, or of shorter runs: `from[r]` to `from[r + 1]`. */
interface Runs {
  readonly from: Int32Array
  readonly corner: Int32Array
  /** Metres to its first crossing. */
  readonly nearest: Float64Array
}

interface Crossing {
  readonly column: number
  readonly row: number
  /** The second cell is the next one along this axis. */
  readonly along: "column" | "row"
  readonly share: number
  /** Cells. */
  readonly distance: number
}

/** Coordinates closer to a cell's centre, cells, are on it. */
const ON_CENTRE = 1e-9
/** Metres: heights between cells are rounded, so a window's highest cell may be lower by less. */
const SLACK = 1e-3

/**
 * The ray towards an azimuth.
 *
 * @param azimuth degrees clockwise from grid north
 * @param reach metres; farther crossings are left out
 */
export const traceRay = (
  { columns, cellSize }: Pick<SurfaceWindow, "columns" | "cellSize">,
  azimuth: number,
  reach: number,
): Ray => {
  const crossings = listCrossings(azimuth, reach / cellSize)
  const offset = ({ column, row }: Crossing): number => row * columns + column
  const short = group(crossings.map(boxOf), WINDOWS[0])
  const boxes = short.map(({ from, to }) => crossings.slice(from, to).map(boxOf).reduce(join))
  const long = group(boxes, WINDOWS[1])
  const runs = (groups: readonly Group[], startOf: (index: number) => number, end: number): Runs => ({
    from: Int32Array.from([...groups.map(({ from }) => from), end]),
    corner: Int32Array.from(groups, ({ box }) => box[1] * columns + box[0]),
    nearest: Float64Array.from(groups, ({ from }) => crossings[startOf(from)].distance * cellSize),
  })
  return {
    first: Int32Array.from(crossings, offset),
    second: Int32Array.from(crossings, (at) =>
      at.share === 0 ? offset(at) : offset(at) + (at.along === "row" ? columns : 1),
    ),
    share: Float64Array.from(crossings, ({ share }) => share),
    distance: Float64Array.from(crossings, ({ distance }) => distance * cellSize),
    inverse: Float64Array.from(crossings, ({ distance }) => 1 / (distance * cellSize)),
    short: runs(short, (index) => index, crossings.length),
    long: runs(long, (index) => short[index].from, short.length),
  }
}

const listCrossings = (azimuth: number, reach: number): Crossing[] => {
  const east = unitPart(Math.sin((azimuth * Math.PI) / 180))
  const south = -unitPart(Math.cos((azimuth * Math.PI) / 180))
  const found: Crossing[] = []
  for (let k = 1; east !== 0 && k <= reach * Math.abs(east); k++) {
    const distance = k / Math.abs(east)
    const [row, share] = split(south * distance)
    found.push({ column: k * Math.sign(east), row, along: "row", share, distance })
  }
  for (let k = 1; south !== 0 && k <= reach * Math.abs(south); k++) {
    const distance = k / Math.abs(south)
    const [column, share] = split(east * distance)
    // A crossing at a centre is on the other line too.
    if (share > 0 || east === 0) found.push({ column, row: k * Math.sign(south), along: "column", share, distance })
  }
  return found.sort((a, b) => a.distance - b.distance)
}

const unitPart = (value: number): number => (Math.abs(value) < 1e-12 ? 0 : value)

const split = (at: number): [whole: number, share: number] => {
  const whole = Math.floor(at + ON_CENTRE)
  return [whole, at - whole < ON_CENTRE ? 0 : at - whole]
}

type CellBox = readonly [minColumn: number, minRow: number, maxColumn: number, maxRow: number]

const boxOf = ({ column, row, along, share }: Crossing): CellBox => {
  const next = share === 0 ? 0 : 1
  return [column, row, column + (along === "column" ? next : 0), row + (along === "row" ? next : 0)]
}

const join = (a: CellBox, b: CellBox): CellBox => [
  Math.min(a[0], b[0]),
  Math.min(a[1], b[1]),
  Math.max(a[2], b[2]),
  Math.max(a[3], b[3]),
]

interface Group {
  readonly from: number
  readonly to: number
  readonly box: CellBox
}

/** Groups successive boxes as long as a square window of `side` cells holds them. */
const group = (boxes: readonly CellBox[], side: number): Group[] => {
  const groups: Group[] = []
  for (const [index, box] of boxes.entries()) {
    const last = groups.at(-1)
    const joined = last === undefined ? box : join(last.box, box)
    const fits = last !== undefined && joined[2] - joined[0] < side && joined[3] - joined[1] < side
    if (fits) groups[groups.length - 1] = { from: last.from, to: index + 1, box: joined }
    else groups.push({ from: index, to: index + 1, box })
  }
  return groups
}

/**
 * Tangents of the elevation of the horizon along a ray, at least 0, seen from the surface of each
 * cell of the core, from the north-west row by row.
 *
 * Void cells and, with `only`, those that are 0 there have 0.
 *
 * Runs of crossings below the horizon found so far are skipped, and the search starts where the
 * last cell's horizon was. Neither changes a result. Time: cells · crossings at most.
 */
export const horizonTangents = (window: SurfaceWindow, ray: Ray, tangents: Float64Array, only?: Uint8Array): void => {
  const { heights, columns, margin, core, top, highest } = window
  const [shortTops, longTops] = highest
  const { first, second, share, inverse, short, long } = ray
  let last = 0
  for (let row = 0, target = 0; row < core.rows; row++) {
    const from = (row + margin) * columns + margin
    for (let i = from; i < from + core.columns; i++, target++) {
      const z = heights[i]
      if (z === VOID || (only !== undefined && only[target] === 0)) {
        tangents[target] = 0
        continue
      }
      const near = heights[i + first[last]]
      let tangent = Math.max(0, (near + (heights[i + second[last]] - near) * share[last] - z) * inverse[last])
      for (let l = 0; l < long.corner.length; l++) {
        const bound = z + tangent * long.nearest[l] - SLACK
        if (top <= bound) break
        if (longTops[i + long.corner[l]] <= bound) continue
        for (let s = long.from[l]; s < long.from[l + 1]; s++) {
          if (shortTops[i + short.corner[s]] <= z + tangent * short.nearest[s] - SLACK) continue
          for (let k = short.from[s]; k < short.from[s + 1]; k++) {
            const a = heights[i + first[k]]
            // The greatest quotient is the same in any order.
            const slope = (a + (heights[i + second[k]] - a) * share[k] - z) * inverse[k]
            if (slope > tangent) {
              tangent = slope
              last = k
            }
          }
        }
      }
      tangents[target] = tangent
    }
  }
}

/** Cells of the core, counted from its west side and from its north side; half-open. */
export interface CellRange {
  readonly columns: readonly [from: number, to: number]
  readonly rows: readonly [from: number, to: number]
}

/**
 * Sets `shaded` to 1 for each cell of a range of the core from which something rises above the line
 * of this slope along the ray. The search starts where the last cell's obstacle was.
 *
 * @param receivers heights where lines start, as those of the window
 */
export const addShadows = (
  window: SurfaceWindow,
  ray: Ray,
  slope: number,
  range: CellRange,
  shaded: Uint8Array,
  receivers = window.heights,
): void => {
  const { heights, columns, margin, core } = window
  const { first, second, share, distance } = ray
  let last = 0
  for (let row = range.rows[0]; row < range.rows[1]; row++) {
    const from = (row + margin) * columns + margin
    for (let column = range.columns[0]; column < range.columns[1]; column++) {
      const i = from + column
      const z = receivers[i]
      const near = heights[i + first[last]]
      if (near + (heights[i + second[last]] - near) * share[last] - slope * distance[last] <= z) {
        const found = findObstacle(window, ray, slope, i, z)
        if (found < 0) continue
        last = found
      }
      shaded[row * core.columns + column] = 1
    }
  }
}

/** The first crossing where something rises above the line from height `z` in cell `i`, or −1. */
const findObstacle = (window: SurfaceWindow, ray: Ray, slope: number, i: number, z: number): number => {
  const { heights, top } = window
  const [shortTops, longTops] = window.highest
  const { first, second, share, distance, short, long } = ray
  for (let l = 0; l < long.corner.length; l++) {
    const bound = z + slope * long.nearest[l] - SLACK
    if (top <= bound) return -1
    if (longTops[i + long.corner[l]] <= bound) continue
    for (let s = long.from[l]; s < long.from[l + 1]; s++) {
      if (shortTops[i + short.corner[s]] <= z + slope * short.nearest[s] - SLACK) continue
      for (let k = short.from[s]; k < short.from[s + 1]; k++) {
        const a = heights[i + first[k]]
        if (a + (heights[i + second[k]] - a) * share[k] - slope * distance[k] > z) return k
      }
    }
  }
  return -1
}

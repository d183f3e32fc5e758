/** Finds the voids of a tile, the ground around them, and the extent of the data in the tile. */
import { elementAt } from "../../../engine/core/lists.js"
import { type Points, type Presence, PresenceBit, type Tile } from "../../../engine/kernel.js"
import { type CellGrid, gridAround, growGrid } from "../../grid/cell-grid.js"
import { type CellRuns, runsOfMask, sortRuns } from "../../grid/cell-runs.js"
import { maskPresence } from "../../grid/presence-mask.js"
import { type DataEnd, dataEnd, markBeyond, markOutside, meetsEnd } from "../../handover/extent/data-extent.js"
import { ownCells, patchesOf, patchesOfRuns } from "../../handover/patch/cells.js"
import { type ConnectedParts, connectParts } from "../../handover/patch/join.js"
import { noRuns, type RegionMm, runsMeetLines } from "../../handover/patch/part.js"
import { closedCells, surveyCell } from "../raster/survey-extent.js"
import {
  eachCell,
  type Gaps,
  nodeSquares,
  nodeStep,
  openReach,
  type VoidKind,
  type VoidPart,
  type VoidParts,
  voidKinds,
} from "./void-part.js"

/** Side of a cell, mm. A node and the cell north-east of it share a number. */
const CELL = 1000
/**
 * Places farther than this from the points are void, metres. `bare`: as the terrain model has it
 * with its default reach of 50 m, less a metre for rounding.
 */
const REACH: Readonly<Record<VoidKind, number>> = { open: openReach, bare: 24 }
/** Metres around a void within which ground points give its heights. */
const RIM = 16

/** Metres around a tile on which its voids and gaps depend. */
export const voidHalo = 60

/**
 * Metres around a tile whose ground points can give heights to its voids: the nodes on its east and
 * north side are its own too.
 */
export const rimHalo = RIM + 1 + 2 * nodeStep

/**
 * The voids of a tile's cells. `open` ones have no return of any class; `bare` ones no ground. Each
 * comes with the ground points around it, the nearest to the centre of each cell of 5 m. A cell
 * depends only on the points within {@link voidHalo}. O(cells); only a void takes a pass over the
 * ground points.
 *
 * @param ground points within {@link rimHalo}
 */
export const findVoids = (tile: Tile, presence: Presence, ground: Points): VoidParts => {
  const own = ownCells(tile.cell, CELL)
  const n = own.columns + 2 * voidHalo + 1
  const grid = { cell: CELL, column: own.column - voidHalo, row: own.row - voidHalo, columns: n, rows: n }
  const cells = {
    open: maskPresence(presence, PresenceBit.surface, grid, new Uint8Array(n * n)),
    bare: maskPresence(presence, PresenceBit.ground, grid, new Uint8Array(n * n)),
  }
  const parts: Record<VoidKind, readonly VoidPart[]> = { open: [], bare: [] }
  let outside = noRuns
  const end = dataEnd(tile)
  // A gap is wider than any void.
  const gaps = hasGap(cells.open, n, REACH.open) ? findGaps(tile, presence) : noGaps(tile)
  const zone = zoneAround([gaps.outside])
  let nearest: GroundCells | undefined
  for (const kind of voidKinds) {
    if (!hasGap(cells[kind], n, REACH[kind])) continue
    const mask = markOutside(cells[kind], n, REACH[kind])
    if (kind === "open") outside = splitBeyond(mask, grid, own, end)
    const patches = patchesOf(mask, grid, own)
    const splitSeen = kind === "open" && patches.length > 0 ? seenBy(presence, grid) : allUnseen
    parts[kind] = patches.map((runs) => {
      const atEnd = meetsEnd(end, runs, CELL)
      const part = { runs, ...splitSeen(runs), atEnd }
      const inside = atEnd ? sortRuns([leaveOut(part.unseen, zone), part.seen]).runs : runs
      if (inside.rows.length === 0) return { ...part, rim: new Float64Array(0) }
      nearest ??= groundCells(ground, grid)
      return { ...part, rim: findRim(inside, nearest) }
    })
  }
  const window = [own.column, own.row, own.column + own.columns, own.row + own.rows] as const
  return { key: tile.key, window, ...parts, gaps, outside }
}

type SeenCells = Pick<VoidPart, "seen" | "unseen">

const allUnseen = (runs: CellRuns): SeenCells => ({ seen: noRuns, unseen: runs })

/** Splits the cells of a void by whether a return of any class is near. */
const seenBy = (presence: Presence, grid: CellGrid): ((runs: CellRuns) => SeenCells) => {
  const n = grid.columns
  const far = markOutside(maskPresence(presence, PresenceBit.point, grid, new Uint8Array(n * n)), n, openReach)
  const isFar = (column: number, row: number): boolean => far[(row - grid.row) * n + column - grid.column] === 1
  return ({ rows, starts, ends }) => {
    const lists = [0, 1].map(() => ({ rows: [] as number[], starts: [] as number[], ends: [] as number[] }))
    for (let k = 0; k < rows.length; k++) {
      for (let from = starts[k]!, to = from; from < ends[k]!; from = to) {
        const which = isFar(from, rows[k]!)
        while (to < ends[k]! && isFar(to, rows[k]!) === which) to++
        const list = elementAt(lists, which ? 1 : 0)
        list.rows.push(rows[k]!)
        list.starts.push(from)
        list.ends.push(to)
      }
    }
    const [seen, unseen] = lists.map(toRuns) as [CellRuns, CellRuns]
    return { seen, unseen }
  }
}

const toRuns = (list: { rows: number[]; starts: number[]; ends: number[] }): CellRuns => ({
  rows: Int32Array.from(list.rows),
  starts: Int32Array.from(list.starts),
  ends: Int32Array.from(list.ends),
})

/**
 * Unmarks the nodes beyond the end, which are never filled. Returns these and the marked ones in
 * the tile and on its east and north side.
 */
const splitBeyond = (mask: Uint8Array, grid: CellGrid, own: CellGrid, end: DataEnd): CellRuns => {
  const around = { column: voidHalo, row: voidHalo, columns: own.columns + 1, rows: own.rows + 1 }
  const beyond = new Uint8Array(mask.length)
  if (!markBeyond(beyond, grid.columns, [grid.column, grid.row], end))
    return runsOfMask(mask, grid.columns, around, own)
  const all = mask.map((one, at) => one | beyond[at])
  for (let at = 0; at < mask.length; at++) if (beyond[at] === 1) mask[at] = 0
  return runsOfMask(all, grid.columns, around, own)
}

/**
 * False if no place can be void: on a grid of squares, none is empty with its four neighbours. The
 * disc around a void place contains the square with its centre, and those beside it.
 */
export const hasGap = (cells: Uint8Array, n: number, reach: number): boolean => {
  const side = Math.floor(0.43 * reach)
  const squares = Math.ceil(n / side)
  // A frame of empty squares around them.
  const width = squares + 2
  const full = new Uint8Array(width * width)
  for (let row = 0; row < n; row++) {
    const to = (Math.floor(row / side) + 1) * width + 1
    for (let k = 0; k < squares; k++) {
      const end = row * n + Math.min(n, (k + 1) * side)
      for (let at = row * n + k * side; at < end && full[to + k] === 0; at++) full[to + k] = cells[at]
    }
  }
  for (let row = 1; row <= squares; row++) {
    for (let at = row * width + 1; at <= row * width + squares; at++)
      if (full[at] + full[at - 1] + full[at + 1] + full[at - width] + full[at + width] === 0) return true
  }
  return false
}

/** The ground point nearest to the centre of each cell of 5 m; −1 for none. */
interface GroundCells {
  readonly points: Points
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
  readonly nearest: Int32Array
}

const groundCells = (points: Points, grid: CellGrid): GroundCells => {
  const { x, y, count, origin } = points
  const side = nodeStep * CELL
  const [column, row] = [Math.floor(grid.column / nodeStep), Math.floor(grid.row / nodeStep)]
  const columns = Math.floor((grid.column + grid.columns) / nodeStep) - column + 1
  const rows = Math.floor((grid.row + grid.rows) / nodeStep) - row + 1
  const nearest = new Int32Array(columns * rows).fill(-1)
  const squares = new Float64Array(columns * rows)
  const left = Math.round(origin[0] * 1000) - column * side
  const bottom = Math.round(origin[1] * 1000) - row * side
  for (let i = 0; i < count; i++) {
    const [px, py] = [x[i] + left, y[i] + bottom]
    const [c, r] = [Math.floor(px / side), Math.floor(py / side)]
    if (c < 0 || r < 0 || c >= columns || r >= rows) continue
    const square = (px - (c + 0.5) * side) ** 2 + (py - (r + 0.5) * side) ** 2
    const at = r * columns + c
    // Points are in canonical order, so the first of equals is the same in every tile.
    if (nearest[at] >= 0 && square >= squares[at]) continue
    nearest[at] = i
    squares[at] = square
  }
  return { points, column, row, columns, rows, nearest }
}

/** The points of a rim that are within {@link RIM} of some of its patch's cells. */
export const rimNear = (rim: Float64Array, { rows, starts, ends }: CellRuns): Float64Array => {
  const cellOf = (metres: number): number => Math.floor(metres / nodeStep)
  const near = new Set<number>()
  const key = (column: number, row: number): number => row * 2 ** 25 + column
  for (let k = 0; k < rows.length; k++) {
    for (let row = cellOf(rows[k] - RIM); row <= cellOf(rows[k] + RIM); row++) {
      for (let c = cellOf(starts[k] - RIM); c <= cellOf(ends[k] + RIM); c++) near.add(key(c, row))
    }
  }
  const chosen: number[] = []
  for (let i = 0; i < rim.length; i += 3) {
    if (near.has(key(cellOf(rim[i] / 1000), cellOf(rim[i + 1] / 1000)))) chosen.push(rim[i], rim[i + 1], rim[i + 2])
  }
  return Float64Array.from(chosen)
}

/** Ground points within {@link RIM} of a patch: x, y, z in whole millimetres of the CRS each. */
const findRim = ({ rows, starts, ends }: CellRuns, ground: GroundCells): Float64Array => {
  const { points, nearest, columns } = ground
  const near = new Uint8Array(nearest.length)
  const cellOf = (metres: number): number => Math.floor(metres / nodeStep)
  for (let k = 0; k < rows.length; k++) {
    const from = cellOf(starts[k] - RIM) - ground.column
    const to = cellOf(ends[k] + RIM) - ground.column
    const top = cellOf(rows[k] + RIM) - ground.row
    for (let row = cellOf(rows[k] - RIM) - ground.row; row <= top; row++)
      near.fill(1, row * columns + from, row * columns + to + 1)
  }
  const [originX, originY, originZ] = points.origin.map((value) => Math.round(value * 1000))
  const rim: number[] = []
  for (let at = 0; at < near.length; at++) {
    const i = near[at] === 1 ? nearest[at] : -1
    if (i >= 0) rim.push(originX + points.x[i], originY + points.y[i], originZ + points.z[i])
  }
  return Float64Array.from(rim)
}

/** Metres of a cell's side. */
const SIDE = surveyCell / 1000

/** The tile's window without a gap. */
export const noGaps = ({ cell }: Tile): Gaps => {
  const { column, row, columns, rows } = ownCells(cell, surveyCell)
  return { window: [column, row, column + columns, row + rows], parts: [], outside: noRuns }
}

/**
 * The gaps of a tile. A cell depends on the points within 60 m of the tile.
 */
export const findGaps = (tile: Tile, presence: Presence): Gaps => {
  const own = ownCells(tile.cell, surveyCell)
  const grid = gridAround(tile.extent, surveyCell)
  const size = grid.columns * grid.rows
  const gaps = closedCells(presence, grid, new Uint8Array(size), new Uint8Array(size)).map((one) => 1 - one)
  const end = dataEnd(tile)
  const parts = patchesOf(gaps, grid, own).map((runs) => ({ runs, atEnd: meetsEnd(end, runs, surveyCell) }))
  const around = patchesOf(gaps, grid, growGrid(own, 1)).filter((runs) => meetsEnd(end, runs, surveyCell))
  return { ...noGaps(tile), parts, outside: sortRuns(around).runs }
}

/** Some cells of 10 m and those around them: starts and ends of runs by row, ascending. */
export type Zone = ReadonlyMap<number, readonly number[]>

/** The cells of some runs and the eight around each. O(n log n). */
export const zoneAround = (lists: readonly CellRuns[]): Zone => {
  const { runs } = sortRuns(lists)
  const spans = new Map<number, [start: number, end: number][]>()
  for (let k = 0; k < runs.rows.length; k++) {
    for (let row = runs.rows[k]! - 1; row <= runs.rows[k]! + 1; row++) {
      const list = spans.get(row) ?? []
      spans.set(row, list)
      list.push([runs.starts[k]! - 1, runs.ends[k]! + 1])
    }
  }
  const zone = new Map<number, number[]>()
  for (const [row, list] of spans) {
    const merged: number[] = []
    for (const [start, end] of list.sort((a, b) => a[0] - b[0])) {
      const last = merged.length - 1
      if (last >= 0 && start <= merged[last]!) merged[last] = Math.max(merged[last]!, end)
      else merged.push(start, end)
    }
    zone.set(row, merged)
  }
  return zone
}

/** Runs of cells of 1 m without those in the zone. */
export const leaveOut = (runs: CellRuns, zone: Zone): CellRuns => splitAtZone(runs, zone)[0]

/** Runs of cells of 1 m: those without the zone's, and those in it. */
const splitAtZone = ({ rows, starts, ends }: CellRuns, zone: Zone): readonly [rest: CellRuns, inZone: CellRuns] => {
  const lists = [0, 1].map(() => ({ rows: [] as number[], starts: [] as number[], ends: [] as number[] }))
  const add = (which: 0 | 1, row: number, start: number, end: number): void => {
    if (start >= end) return
    const list = elementAt(lists, which)
    list.rows.push(row)
    list.starts.push(start)
    list.ends.push(end)
  }
  for (let k = 0; k < rows.length; k++) {
    const cuts = zone.get(Math.floor(rows[k]! / SIDE)) ?? []
    let from = starts[k]!
    for (let i = 0; i < cuts.length; i += 2) {
      const [west, east] = [cuts[i]! * SIDE, cuts[i + 1]! * SIDE]
      add(0, rows[k]!, from, Math.min(ends[k]!, west))
      add(1, rows[k]!, Math.max(starts[k]!, west), Math.min(ends[k]!, east))
      from = Math.max(from, east)
    }
    add(0, rows[k]!, from, ends[k]!)
  }
  const [rest, inZone] = lists.map(toRuns) as [CellRuns, CellRuns]
  return [rest, inZone]
}

/** Cells, square metres, of the smallest part of a void that may remain beside a filled part. */
const LEAST_REST = 100

/**
 * The parts of a void at the end of the data to fill: the seen cells, others outside the zone, and
 * what these leave in pieces below {@link LEAST_REST}. Such pieces would be holes of the mesh.
 */
export const filledParts = (parts: readonly SeenCells[], zone: Zone): readonly CellRuns[] => {
  const { runs: unseen } = sortRuns(parts.map((part) => part.unseen))
  const [rest, inZone] = splitAtZone(unseen, zone)
  const filled = sortRuns([rest, ...parts.map((part) => part.seen)]).runs
  if (filled.rows.length === 0) return []
  const pieces = patchesOfRuns(inZone).filter((piece) => countCells(piece) < LEAST_REST)
  return patchesOfRuns(sortRuns([filled, ...pieces]).runs)
}

/** Number of cells. */
export const countCells = ({ starts, ends }: CellRuns): number =>
  starts.reduce((sum, start, k) => sum + ends[k]! - start, 0)

/** Zones of outside gaps, and of gaps that only the job can judge. */
interface Outside {
  readonly outside: Zone
  readonly unknown: Zone
}

/**
 * Connects the gaps of tiles: one that meets the end of the data, or a side beyond which there is
 * no tile, is outside. So are cells in the ring around a tile that meet the end: no tile may have
 * them. In a region a gap that meets its `inner` lines is unknown. O(n log n).
 */
export const outsideGaps = (gaps: readonly Gaps[], inner: RegionMm | undefined): Outside => {
  const [outside, unknown]: [CellRuns[], CellRuns[]] = [gaps.map((tile) => tile.outside), []]
  const meets = ({ parts }: ConnectedParts<Gaps>): boolean => parts.some(({ cut }) => cut)
  for (const group of connectParts(gaps)) {
    if (group.parts.some(({ part }) => part.atEnd)) outside.push(group.runs)
    else if (inner !== undefined && runsMeetLines(group.runs, surveyCell, inner)) unknown.push(group.runs)
    else if (meets(group)) outside.push(group.runs)
  }
  return { outside: zoneAround(outside), unknown: zoneAround(unknown) }
}

/**
 * True where `raster.dtm` leaves the model of a tile unfinished: cells beside nodes outside the
 * extent of the returns, or void ones without ground that may be inside.
 */
export const isUnfinished = (source: Uint8Array, grid: CellGrid, voids: VoidParts): boolean => {
  const around = zoneAround([voids.gaps.outside])
  let found = false
  const visit = (runs: CellRuns, isFound: (source: number) => boolean): void => {
    if (!found) eachCell(grid, runs, (at) => (found ||= isFound(source[at]!)))
  }
  visit(nodeSquares(voids.outside), (one) => one > 0)
  for (const kind of voidKinds) {
    // The join may fill a small part of an open void.
    for (const { runs, seen, unseen, atEnd } of voids[kind]) {
      const isWhole = !atEnd || countCells(runs) < LEAST_REST
      for (const some of isWhole ? [runs] : [leaveOut(unseen, around), seen])
        visit(some, (one) => one === 0 || (one === 2 && kind === "open"))
    }
  }
  return found
}

/**
 * Where the data ends, by the boxes of the point files, the same for any tiling. An object that
 * reaches the end may continue beyond.
 * See docs/decisions/10-end-of-the-data.md.
 */
import type { Tile } from "../../../engine/kernel.js"
import type { CellRuns } from "../../grid/cell-runs.js"

/** Margin, mm, around every file: files up to twice this apart have no gap between them. */
const reach = 1000
/**
 * Bound, mm, on how far a tile's own cells extend beyond it: less than their side, at most 10 m.
 */
const room = 10_000

/** The end of the files that a tile reads. */
export interface DataEnd {
  /**
   * True where a box is within a metre of places that no file covers. Millimetres of the CRS, among
   * the tile's own cells.
   */
  meets(west: number, south: number, east: number, north: number): boolean
  /**
   * False for a place beyond the end, whose height would only be filled in. Millimetres of the CRS,
   * within the extent.
   */
  covers(x: number, y: number): boolean
  /**
   * The places that {@link DataEnd.covers} rejects: those strictly inside one of these boxes (west,
   * south, east, north; millimetres of the CRS). Boxes may overlap.
   */
  readonly beyond: readonly (readonly number[])[]
}

/**
 * Where the data ends, by the boxes of the point files. Unlike the border of the outermost tiles,
 * this is the same for every tile size. Files up to two metres apart count as one, because boxes
 * end at a file's last points. Without a list of files the data has no end.
 *
 * O(n²) memory and time in the files that a tile reads; nothing to store if they cover it.
 */
export const dataEnd = ({ extent, sources }: Pick<Tile, "extent" | "sources">): DataEnd => {
  const bare = sources === undefined ? [] : bareBoxes(extent.map(millimetres), sources)
  const isBare = (west: number, south: number, east: number, north: number, margin: number): boolean => {
    for (const [w, s, e, n] of bare)
      if (west - margin < e && east + margin > w && south - margin < n && north + margin > s) return true
    return false
  }
  return {
    meets: (west, south, east, north) => isBare(west, south, east, north, 2 * reach),
    covers: (x, y) => !isBare(x, y, x, y, reach),
    beyond: bare.map(([west, south, east, north]) => [west - reach, south - reach, east + reach, north + reach]),
  }
}

/** True where cells of a patch meet the end of the data. */
export const meetsEnd = (end: DataEnd, { rows, starts, ends }: CellRuns, cellMm: number): boolean => {
  for (let k = 0; k < rows.length; k++)
    if (end.meets(starts[k] * cellMm, rows[k] * cellMm, ends[k] * cellMm, (rows[k] + 1) * cellMm)) return true
  return false
}

type Box = readonly number[]

const millimetres = (metres: number): number => Math.round(metres * 1000)

/**
 * The parts of the extent and its surroundings that no file, grown by `reach`, covers; boxes do not
 * overlap.
 */
const bareBoxes = (extent: Box, sources: readonly Box[]): Box[] => {
  const around = reach * 2 + room
  const window = [extent[0] - around, extent[1] - around, extent[2] + around, extent[3] + around]
  const files = sources.map((box) => box.map((value, i) => millimetres(value) + (i < 2 ? -reach : reach)))
  const rows = cuts(files, window, 1)
  const bare: Box[] = []
  for (let r = 0; r + 1 < rows.length; r++) {
    const [south, north] = [rows[r], rows[r + 1]]
    const beside = files.filter((box) => box[1] <= south && box[3] >= north).sort((a, b) => a[0] - b[0])
    let covered = window[0]
    for (const [west, , east] of beside) {
      if (west > covered) bare.push([covered, south, Math.min(west, window[2]), north])
      covered = Math.max(covered, east)
      if (covered >= window[2]) break
    }
    if (covered < window[2]) bare.push([covered, south, window[2], north])
  }
  return bare.filter(([west, , east]) => west < east)
}

/**
 * Coordinates of the window's and the files' borders along an axis within the window, ascending.
 */
const cuts = (files: readonly Box[], window: Box, axis: 0 | 1): number[] => {
  const [low, high] = [window[axis], window[axis + 2]]
  const inside = files.flatMap((box) => [box[axis], box[axis + 2]]).filter((value) => value > low && value < high)
  return [...new Set([low, ...inside, high])].sort((a, b) => a - b)
}

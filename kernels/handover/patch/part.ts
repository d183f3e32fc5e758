/** Parts of patches in bytes: from a tile to the join, and from a region to the job. */
import { decodeBlob, encodeBlob, isBlob } from "../../../engine/core/blob.js"
import type { CellRuns } from "../../grid/cell-runs.js"

/** How cells form patches of a class. Every blob contains them, so that tiles and job agree. */
export interface PatchRules {
  /** Side of a cell, whole millimetres. */
  readonly cellMm: number
  /** Patches of a smaller area, m², are dropped. */
  readonly minArea: number
  /** Holes of a smaller area, m², are filled; never above `minArea`. */
  readonly minHole: number
  /** Tolerance of the outline's simplification, metres. */
  readonly tolerance: number
  /** Gaps up to twice as wide, metres, are closed. */
  readonly close: number
}

/** Sums and extremes of a patch's points; they combine in any order and grouping. */
export interface PatchSums {
  readonly points: number
  /** Lowest and highest point, mm of the vertical system; `noHeight` without points. */
  readonly lowMm: number
  readonly highMm: number
  /**
   * Counts of heights by fixed windows of the CRS: rows of window column, window row, bin, count.
   * Sorted by the first three, which are unique together.
   */
  readonly levels: Int32Array
  /**
   * Water: sums by smaller windows: rows of window column, window row, bin, count, Σx, Σy, Σz. The
   * sums count from the window's south-west corner, cm, and from the bin's lower end, mm.
   */
  readonly places?: Int32Array
}

/** A patch, or its part in one tile. */
export interface PatchPart extends PatchSums {
  readonly runs: CellRuns
  /**
   * Further cells that belong to it without its class (where a deck rests); they may be outside the
   * tile.
   */
  readonly margin: CellRuns
  /** True where it meets the end of the data, and may continue beyond. */
  readonly atEnd: boolean
  /**
   * Decks: heights of the deck and of the ground beside it, four numbers a cell (see
   * `deckHeights`).
   */
  readonly heights?: Int32Array
  readonly claim?: PatchClaim
}

/** Cells of a part that only weaker evidence claims. The join decides for the whole patch. */
export interface PatchClaim {
  /** Number of claimed cells, of those with points, and of those that show the contrary. */
  readonly cells: number
  readonly seen: number
  readonly contrary: number
  /** What remains of the part without the claimed cells. */
  readonly without: readonly PatchPart[]
  /**
   * Of voids: lowest ground of the banks by windows: rows of window column, window row, height in
   * mm. Absent for other claims.
   */
  readonly banks?: Int32Array
  /** Of voids: sides of cells along the shore, and along the end of the data. */
  readonly shore?: number
  readonly open?: number
}

/** The patches of one tile that touch the border of its cells. */
export interface PatchParts {
  readonly key: string
  readonly rules: PatchRules
  /**
   * Cells of the tile: first column, first row, end column, end row, counted from the CRS origin.
   */
  readonly window: readonly [column: number, row: number, endColumn: number, endRow: number]
  readonly parts: readonly PatchPart[]
}

export const noRuns: CellRuns = { rows: new Int32Array(0), starts: new Int32Array(0), ends: new Int32Array(0) }

const MARK = "MPR4"

export const encodePatchParts = (parts: PatchParts): Uint8Array => encodeBlob(MARK, parts)

/** Throws on other bytes. */
export const decodePatchParts = (bytes: Uint8Array): PatchParts => decodeBlob(MARK, bytes.slice(), "parts of patches")

const LEFT_MARK = "LFP2"

/** Encodes the parts that a region leaves to the job, one blob for each of its tiles. */
export const encodeLeftParts = (tiles: readonly Uint8Array[]): Uint8Array => encodeBlob(LEFT_MARK, tiles)

/**
 * Restores the blobs of single tiles: unpacks those of regions (as views), passes those of tiles
 * unchanged.
 */
export const partsOfTiles = (blobs: readonly Uint8Array[]): Uint8Array[] =>
  blobs.flatMap((bytes) =>
    isBlob(LEFT_MARK, bytes) ? decodeBlob<Uint8Array[]>(LEFT_MARK, bytes, "parts of a region") : [bytes],
  )

/** The lines that bound a region, whole millimetres of the CRS. */
export type RegionMm = readonly [west: number, south: number, east: number, north: number]

/** The region that a kernel works on; undefined in stage "job". */
export const regionOf = ({ region }: { readonly region?: readonly number[] }): RegionMm | undefined =>
  region && ([0, 1, 2, 3].map((k) => Math.round(1000 * region[k])) as unknown as RegionMm)

/** True where runs touch a line of the region or are beyond: their object may continue there. */
export const runsMeetLines = (
  { rows, starts, ends }: { readonly rows: Int32Array; readonly starts: Int32Array; readonly ends: Int32Array },
  cellMm: number,
  [west, south, east, north]: RegionMm,
): boolean => {
  for (let k = 0; k < rows.length; k++) {
    if (starts[k] * cellMm <= west || ends[k] * cellMm >= east) return true
    if (rows[k] * cellMm <= south || (rows[k] + 1) * cellMm >= north) return true
  }
  return false
}

/** True if the tile at a column and row of the finest grid, of side `sideMm`, is in the region. */
export const isInRegion = (
  column: number,
  row: number,
  sideMm: number,
  [west, south, east, north]: RegionMm,
): boolean =>
  column * sideMm >= west && (column + 1) * sideMm <= east && row * sideMm >= south && (row + 1) * sideMm <= north

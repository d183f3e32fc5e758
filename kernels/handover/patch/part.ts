/**
 * The part of a connected patch in one tile, as the tile passes it to the join: cells, sums and
 * rules, in bytes.
 */
import { decodeBlob, encodeBlob } from "../../../engine/core/blob.js"
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

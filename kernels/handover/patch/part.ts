/**
 * The part of a connected patch in one tile, as the tile hands it to the join: cells, sums and
 * rules, in bytes.
 */
import { decodeBlob, encodeBlob } from "../../../engine/core/blob.js"
import type { CellRuns } from "../../grid/cell-runs.js"

/** How patches of a class are made of cells; part of every blob, so that tiles and job agree. */
export interface PatchRules {
  /** Side of a cell, whole millimetres. */
  readonly cellMm: number
  /** Patches of a smaller area are dropped, m². */
  readonly minArea: number
  /** Holes of a smaller area are filled, m²; never above `minArea`. */
  readonly minHole: number
  /** Tolerance of the outline's simplification, metres. */
  readonly tolerance: number
  /** Gaps up to twice as wide are closed, metres. */
  readonly close: number
}

/** What is known of the points of a patch: sums and extremes that can be put together in any order and grouping. */
export interface PatchSums {
  readonly points: number
  /** Lowest and highest point, mm of the vertical system; `noHeight` without points. */
  readonly lowMm: number
  readonly highMm: number
  /** Counts of heights by fixed windows of the CRS: rows of window column, window row, bin of 10 mm, count; sorted, no two alike but for the count. */
  readonly levels: Int32Array
}

/** A patch or the part of one in a tile. */
export interface PatchPart extends PatchSums {
  readonly runs: CellRuns
  /** Further cells that belong to it without being of its class (where a deck rests); they may lie beyond the tile. */
  readonly margin: CellRuns
  /** True where it comes to the end of the data, and may go on beyond. */
  readonly atEnd: boolean
  /** Decks: heights of the deck and of the ground beside it, four numbers a cell (see `deckHeights`). */
  readonly heights?: Int32Array
}

/** The patches of one tile that touch the border of its cells. */
export interface PatchParts {
  /** Key of the tile. */
  readonly key: string
  readonly rules: PatchRules
  /** Cells of the tile: first column, first row, end column, end row, counted from the CRS origin. */
  readonly window: readonly [column: number, row: number, endColumn: number, endRow: number]
  readonly parts: readonly PatchPart[]
}

/** No cells. */
export const noRuns: CellRuns = { rows: new Int32Array(0), starts: new Int32Array(0), ends: new Int32Array(0) }

const MARK = "MPR4"

/** Bytes of a tile's parts. */
export const encodePatchParts = (parts: PatchParts): Uint8Array => encodeBlob(MARK, parts)

/** The parts again. Throws on other bytes. */
export const decodePatchParts = (bytes: Uint8Array): PatchParts => decodeBlob(MARK, bytes.slice(), "parts of patches")

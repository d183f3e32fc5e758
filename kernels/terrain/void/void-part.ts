/** Voids as tiles hand them to the join, and filled ones as the join hands them to tiles. */
import { decodeBlob, encodeBlob, splitBlobs } from "../../../engine/core/blob.js"
import type { CellGrid } from "../../grid/cell-grid.js"
import type { CellRuns } from "../../grid/cell-runs.js"

/** Metres between the places of the CRS that get a height; also the side of cells of the rim. */
export const nodeStep = 5

/** `open`: without returns; `bare`: without ground. */
export type VoidKind = "open" | "bare"
/** A place in both has the height of the first kind. */
export const voidKinds: readonly VoidKind[] = ["bare", "open"]

/** A void in one tile, or a part of it. */
export interface VoidPart {
  /** Cells of 1 m. */
  readonly runs: CellRuns
  /** True where it meets the end of the data: it is outside. */
  readonly atEnd: boolean
  /** Ground points around it: x, y, z in whole millimetres of the CRS each; above 2^31. */
  readonly rim: Float64Array
}

/** The voids of one tile. */
export interface VoidParts {
  readonly key: string
  /** Cells of the tile: first column, first row, end column, end row, from the CRS origin. */
  readonly window: readonly [column: number, row: number, endColumn: number, endRow: number]
  readonly open: readonly VoidPart[]
  readonly bare: readonly VoidPart[]
}

const PARTS = "VDP1"

export const encodeVoidParts = (parts: VoidParts): Uint8Array => encodeBlob(PARTS, parts)

/** Throws on other bytes. */
export const decodeVoidParts = (bytes: Uint8Array): VoidParts => decodeBlob(PARTS, bytes.slice(), "voids of a tile")

/** A filled void around one tile. */
export interface FilledVoid {
  readonly kind: VoidKind
  /** Its cells of 1 m in the tile. */
  readonly runs: CellRuns
  /**
   * Places in and near the tile: column, row (in steps of `nodeStep`), height in whole millimetres,
   * and 1 inside the void, 0 beside it. Sorted by row, then column.
   */
  readonly nodes: Int32Array
}

const FILLED = "VDF1"

export const encodeFilledVoids = (voids: readonly FilledVoid[]): Uint8Array => encodeBlob(FILLED, voids)

/** Filled voids of a tile's shards, in an order that does not depend on the joins. */
export const decodeFilledVoids = (bytes: Uint8Array = new Uint8Array(0)): FilledVoid[] =>
  splitBlobs(FILLED, bytes, "filled voids")
    .flatMap((list) => decodeBlob<FilledVoid[]>(FILLED, list.slice(), "filled voids"))
    .sort(
      (a, b) =>
        voidKinds.indexOf(a.kind) - voidKinds.indexOf(b.kind) || a.nodes[1]! - b.nodes[1]! || a.nodes[0]! - b.nodes[0]!,
    )

/** The terrain model of a tile with voids that may be filled, from the south row. */
export interface RestingModel {
  readonly grid: CellGrid
  /** Metres; NaN without a height. */
  readonly values: Float32Array
  /** 0 void, 1 interpolated, 2 filled. */
  readonly source: Uint8Array
  /** Per cent of the cells inside the survey, and of these without a height. */
  readonly survey: { readonly surveyedPercent: number; readonly voidPercent: number }
}

/** Mark of the blob with a {@link RestingModel}. */
export const RESTING = "DTR1"

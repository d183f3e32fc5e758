/**
 * A piece of a building as a tile passes it to the join: cells, boundary points, sums and ground,
 * in bytes.
 */
import { decodeBlob, encodeBlob } from "../../../engine/core/blob.js"
import type { CellRuns } from "../../grid/cell-runs.js"
import type { OutlineRules } from "../outline/outline.js"
import type { FootprintSums } from "./sums.js"

/**
 * A piece of a building, with all inputs of its outline and heights. Columns and rows count from
 * the CRS origin.
 */
export interface TracedPart extends FootprintSums {
  readonly runs: CellRuns
  /**
   * Set cells around the piece that belong to other objects as far as the tile knows: column, row
   * pairs.
   */
  readonly foreign: Int32Array
  /** Cells of the DTM around its border: column, row, height in mm. */
  readonly ground: Int32Array
  /** South-west corner of the tile's cells, and 0: millimetres of the CRS. */
  readonly corner: readonly [number, number, number]
  /** Boundary points in the tile's own cells, x, y from `corner`, z: whole millimetres. */
  readonly edge: Int32Array
  /** Points of its walls, in the same form. */
  readonly wall: Int32Array
}

/** A piece as a tile finds it: boundary and wall points in whole millimetres of the CRS. */
export interface FoundPart extends Omit<TracedPart, "corner" | "edge" | "wall"> {
  readonly edge: Float64Array
  readonly wall: Float64Array
}

/** The pieces of buildings in one tile: those near the border of its cells. */
export interface TracedParts<P = TracedPart> {
  /** Key of the tile, `level/x/y`. */
  readonly key: string
  readonly rules: OutlineRules
  /** Cells of the tile: first column, first row, end column, end row. */
  readonly window: readonly [column: number, row: number, endColumn: number, endRow: number]
  /** Side of the DTM's cells, mm. */
  readonly groundCellMm: number
  readonly parts: readonly P[]
}

/** Boundary or wall points of several pieces, concatenated, in millimetres of the CRS. */
export const edgePoints = (
  parts: readonly Pick<TracedPart, "edge" | "wall" | "corner">[],
  of: "edge" | "wall",
): Float64Array => {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part[of].length, 0))
  let at = 0
  for (const { [of]: places, corner } of parts)
    for (let i = 0; i < places.length; i++) all[at++] = places[i] + corner[i % 3]
  return all
}

const MARK = "MPB6"

/** Encodes the pieces that a tile found. */
export const encodeFoundParts = ({ parts, ...tile }: TracedParts<FoundPart>): Uint8Array => {
  const corner = cornerOf(tile)
  const local = (places: Float64Array): Int32Array => Int32Array.from(places, (value, i) => value - corner[i % 3])
  return encodeBlob(MARK, {
    ...tile,
    parts: parts.map(({ edge, wall, ...part }) => ({ ...part, edge: local(edge), wall: local(wall) })),
  })
}

/** Encodes pieces that were decoded. */
export const encodeTracedParts = (tile: TracedParts): Uint8Array => encodeBlob(MARK, tile)

const cornerOf = ({ window: [column, row], rules }: Pick<TracedParts, "window" | "rules">): TracedPart["corner"] => {
  const cellMm = Math.round(rules.cell * 1000)
  return [column * cellMm, row * cellMm, 0]
}

/** Decodes pieces, as views of the bytes. Throws on other bytes. */
export const decodeTracedParts = (bytes: Uint8Array): TracedParts => {
  const tile = decodeBlob<TracedParts>(MARK, bytes, "pieces of buildings")
  const corner = cornerOf(tile)
  return { ...tile, parts: tile.parts.map(({ edge, wall, ...part }) => ({ ...part, corner, edge, wall })) }
}

/** What a tile passes to the join of contours: pieces, border heights and rules, as bytes. */
import { decodeBlob, encodeBlob } from "../../../engine/core/blob.js"
import { concatenate } from "../../../engine/core/lists.js"
import type { RegionPlace } from "./cut-lines.js"
import type { ContourRules } from "./line.js"

/**
 * An edge of the grid of cell centres: column and row from the CRS origin, and a direction.
 *
 * - 0, 1: from the western or southern corner to the east or north.
 * - 2–5: within a square with void corners, from the middle of its southern, eastern, northern or
 *   western side to the centre. Column and row are those of its south-western corner.
 * - 6, 7: an end at a side of a region ({@link cutDirections}). Column and row are those of the
 *   region.
 */
export type EdgeKey = readonly [column: number, row: number, direction: number]

/** Directions of ends at which a line was cut and no piece continues: its start and its end. */
export const cutDirections = { start: 6, end: 7 } as const

/**
 * A piece of a contour with at least one end on an edge of its grid. `first` and `last` are the
 * edges of its end vertices.
 */
export interface ContourPiece {
  readonly level: number
  readonly first: EdgeKey
  readonly last: EdgeKey
  readonly xy: Float64Array
}

/**
 * Heights of the outermost corners of a tile's window, for joining it to its neighbours. NaN is
 * void.
 */
export interface ContourBorder {
  readonly cell: number
  /** First column and row of the window's corners from the CRS origin. */
  readonly column: number
  readonly row: number
  /** By row from the south. */
  readonly west: Float32Array
  readonly east: Float32Array
  /** By column from the west. */
  readonly south: Float32Array
  readonly north: Float32Array
}

/** Everything a tile hands on. */
export interface ContourPart {
  readonly rules: ContourRules
  /** The region of the tile and of all pieces. */
  readonly region: RegionPlace
  readonly border: ContourBorder
  readonly pieces: readonly ContourPiece[]
}

const MARK = "MPC4"
/** Numbers of a piece: level, vertices, first edge and last edge (column, row, direction). */
const PIECE = 8

interface Packed extends Omit<ContourPart, "pieces"> {
  readonly words: Int32Array
  readonly xy: Float64Array
}

export const encodeContourPart = ({ pieces, ...part }: ContourPart): Uint8Array => {
  const words = Int32Array.from(
    pieces.flatMap(({ level, xy, first, last }) => [level, xy.length / 2, ...first, ...last]),
  )
  const xy = concatenate(
    Float64Array,
    pieces.map((piece) => piece.xy),
  )
  const packed: Packed = { ...part, words, xy }
  return encodeBlob(MARK, packed)
}

/**
 * Decodes a part. Its pieces are views of the bytes, since those of a region take hundreds of
 * megabytes. Throws on other bytes.
 */
export const decodeContourPart = (bytes: Uint8Array): ContourPart => {
  const { words, xy, ...part } = decodeBlob<Packed>(MARK, bytes, "contours of a tile")
  let at = 0
  const pieces = Array.from({ length: words.length / PIECE }, (_, p): ContourPiece => {
    const [level, vertices, a, b, c, d, e, f] = words.subarray(PIECE * p, PIECE * (p + 1))
    at += 2 * vertices
    return { level, first: [a, b, c], last: [d, e, f], xy: xy.subarray(at - 2 * vertices, at) }
  })
  return { ...part, pieces }
}

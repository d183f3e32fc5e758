/**
 * What a tile hands to the join of contours: pieces, heights along its border and rules, in bytes.
 */
import { decodeBlob, encodeBlob } from "../../../engine/core/blob.js"
import { concatenate } from "../../../engine/core/concatenate.js"
import type { RegionPlace } from "./cut-lines.js"
import type { ContourRules } from "./line.js"

/**
 * Which edge of the grid of cell centres: column and row of its western or southern corner from the CRS origin, and 0 = runs east, 1 = north; or, within a square with void corners, of its
 * south-western corner, and 2–5 = from the middle of its southern, eastern, northern, western side to the centre; or, for ends at a line of the 10 km grid (see {@link cutDirections}), the region that the piece lies in.
 */
export type EdgeKey = readonly [column: number, row: number, direction: number]

/** Third numbers of keys of ends where no piece goes on, since lines are cut there: those that begin and those that end. */
export const cutDirections = { start: 6, end: 7 } as const

/** A piece of a contour that ends on an edge of its grid on one side at least. `first` and `last` name the edges of its end vertices. */
export interface ContourPiece {
  readonly level: number
  readonly first: EdgeKey
  readonly last: EdgeKey
  readonly xy: Float64Array
}

/** Heights of the outermost corners of a tile's window: what joining it to the tiles beside it takes. NaN is void. */
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

/** All that a tile hands on: rules, pieces and border. */
export interface ContourPart {
  readonly rules: ContourRules
  /** The region of 10 km that the tile lies in, and all pieces. */
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

/** Bytes of a tile's part. */
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

/** The part again; its pieces are views of the bytes: those of a region are hundreds of megabytes. Throws on other bytes. */
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

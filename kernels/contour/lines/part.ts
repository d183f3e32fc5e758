import type { SquarePlace } from "./cut-lines.js"
import type { ContourRules } from "./line.js"

/**
 * Which edge of the grid of cell centres: column and row of its western or southern corner from the CRS origin, and 0 = runs east, 1 = north; or, within a square with void corners, of its
 * south-western corner, and 2–5 = from the middle of its southern, eastern, northern, western side to the centre; or, for ends at a line of the 10 km grid (see {@link cutDirections}), the square that the piece lies in.
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
  /** The square of 10 km that the tile lies in, and all pieces. */
  readonly square: SquarePlace
  readonly border: ContourBorder
  readonly pieces: readonly ContourPiece[]
}

const magic = 0x3343504d
const headerBytes = 80
const pieceBytes = 32

/**
 * Bytes of a tile's part, little-endian:
 *
 * | offset | type | |
 * |---|---|---|
 * | 0 | u32 | "MPC3" |
 * | 4 | i32 | pieces n |
 * | 8 | 5 × f64 | interval, minLength, tolerance, smooth, cell |
 * | 48 | 5 × i32 | index, first column and row, columns, rows |
 * | 68 | 2 × i32 | column and row of the square of 10 km |
 * | 76 | i32 | 0 |
 * | 80 | n × 8 × i32 | level, vertices v, first edge (column, row, direction), last edge |
 * | 80 + 32 n | Σ v × 2 × f64 | x, y |
 * | after it | 2 × rows × f32, 2 × columns × f32 | heights of the border: west, east, south, north |
 */
export const encodeContourPart = ({ rules, square, border, pieces }: ContourPart): Uint8Array => {
  const sides = [border.west, border.east, border.south, border.north]
  const values = pieces.reduce((sum, piece) => sum + piece.xy.length, 0)
  const heights = sides.reduce((sum, side) => sum + side.length, 0)
  const bytes = new Uint8Array(headerBytes + pieceBytes * pieces.length + 8 * values + 4 * heights)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setInt32(4, pieces.length, true)
  const { interval, minLength, tolerance, smooth, index } = rules
  ;[interval, minLength, tolerance, smooth, border.cell].forEach((value, i) => {
    view.setFloat64(8 + 8 * i, value, true)
  })
  ;[index, border.column, border.row, border.south.length, border.west.length, ...square].forEach((value, i) => {
    view.setInt32(48 + 4 * i, value, true)
  })
  let at = headerBytes
  for (const { level, xy, first, last } of pieces) {
    for (const value of [level, xy.length / 2, ...first, ...last]) {
      view.setInt32(at, value, true)
      at += 4
    }
  }
  for (const { xy } of pieces) {
    for (let i = 0; i < xy.length; i++, at += 8) view.setFloat64(at, xy[i], true)
  }
  for (const side of sides) {
    for (let i = 0; i < side.length; i++, at += 4) view.setFloat32(at, side[i], true)
  }
  return bytes
}

/** The part again; its pieces are views of the bytes where these are aligned, as files are. Throws on bytes of another making. */
export const decodeContourPart = (bytes: Uint8Array): ContourPart => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < headerBytes || view.getUint32(0, true) !== magic) {
    throw new Error(
      `a contour part of ${bytes.length} bytes without its mark: made by another version? run with --force`,
    )
  }
  const count = view.getInt32(4, true)
  let at = headerBytes + pieceBytes * count
  const pieces = Array.from({ length: count }, (_, p): ContourPiece => {
    const word = (i: number): number => view.getInt32(headerBytes + pieceBytes * p + 4 * i, true)
    const xy = coordinatesAt(bytes, at, 2 * word(1))
    at += xy.byteLength
    return { level: word(0), first: [word(2), word(3), word(4)], last: [word(5), word(6), word(7)], xy }
  })
  const [interval, minLength, tolerance, smooth, cell] = [8, 16, 24, 32, 40].map((i) => view.getFloat64(i, true))
  const [index, column, row, columns, rows, ...square] = [48, 52, 56, 60, 64, 68, 72].map((i) => view.getInt32(i, true))
  const [west, east, south, north] = [rows, rows, columns, columns].map((length) => {
    const side = new Float32Array(length)
    for (let i = 0; i < length; i++, at += 4) side[i] = view.getFloat32(at, true)
    return side
  })
  return {
    rules: { interval, index, minLength, tolerance, smooth },
    square: square as unknown as SquarePlace,
    border: { cell, column, row, west, east, south, north },
    pieces,
  }
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** Pieces of a square are hundreds of megabytes: not copied where they need not be. */
const coordinatesAt = (bytes: Uint8Array, at: number, length: number): Float64Array => {
  const offset = bytes.byteOffset + at
  if (offset % 8 === 0 && isLittleEndian) return new Float64Array(bytes.buffer, offset, length)
  const view = new DataView(bytes.buffer, offset, 8 * length)
  return Float64Array.from({ length }, (_, i) => view.getFloat64(8 * i, true))
}

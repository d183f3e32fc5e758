import type { ContourRules } from "./contour-line.js"

/**
 * Which edge of the grid of cell centres: column and row of its western or southern corner from the CRS origin, and 0 = runs east, 1 = north; or, within a square with void corners, of its
 * south-western corner, and 2–5 = from the middle of its southern, eastern, northern, western side to the centre.
 */
export type EdgeKey = readonly [column: number, row: number, direction: number]

/** A piece of a contour that ends on the border of a tile's squares on one side at least. `first` and `last` name the edges of its end vertices. */
export interface ContourPiece {
  readonly level: number
  readonly first: EdgeKey
  readonly last: EdgeKey
  readonly xy: Float64Array
}

const magic = 0x3243504d
const headerBytes = 48
const pieceBytes = 32

/**
 * Bytes of a tile's pieces, little-endian:
 *
 * | offset | type | |
 * |---|---|---|
 * | 0 | u32 | "MPC2" |
 * | 4 | i32 | pieces n |
 * | 8 | 3 × f64 | interval, minLength, tolerance |
 * | 32 | i32 | index |
 * | 36 | i32 | 0 |
 * | 40 | f64 | smooth |
 * | 48 | n × 8 × i32 | level, vertices v, first edge (column, row, direction), last edge |
 * | 48 + 32 n | Σ v × 2 × f64 | x, y |
 */
export const encodeContourParts = (rules: ContourRules, pieces: readonly ContourPiece[]): Uint8Array => {
  const values = pieces.reduce((sum, piece) => sum + piece.xy.length, 0)
  const bytes = new Uint8Array(headerBytes + pieceBytes * pieces.length + 8 * values)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setInt32(4, pieces.length, true)
  view.setFloat64(8, rules.interval, true)
  view.setFloat64(16, rules.minLength, true)
  view.setFloat64(24, rules.tolerance, true)
  view.setInt32(32, rules.index, true)
  view.setFloat64(40, rules.smooth, true)
  let at = headerBytes
  for (const { level, xy, first, last } of pieces) {
    for (const value of [level, xy.length / 2, ...first, ...last]) {
      view.setInt32(at, value, true)
      at += 4
    }
  }
  for (const { xy } of pieces) {
    for (const value of xy) {
      view.setFloat64(at, value, true)
      at += 8
    }
  }
  return bytes
}

/** The pieces again. Throws on bytes of another making. */
export const decodeContourParts = (bytes: Uint8Array): { rules: ContourRules; pieces: ContourPiece[] } => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < headerBytes || view.getUint32(0, true) !== magic) {
    throw new Error(
      `a contour part of ${bytes.length} bytes without its mark: made by another version? run with --force`,
    )
  }
  const count = view.getInt32(4, true)
  let values = headerBytes + pieceBytes * count
  const pieces = Array.from({ length: count }, (_, p): ContourPiece => {
    const word = (i: number): number => view.getInt32(headerBytes + pieceBytes * p + 4 * i, true)
    const xy = new Float64Array(2 * word(1))
    for (let i = 0; i < xy.length; i++) xy[i] = view.getFloat64(values + 8 * i, true)
    values += 8 * xy.length
    return { level: word(0), first: [word(2), word(3), word(4)], last: [word(5), word(6), word(7)], xy }
  })
  const rules: ContourRules = {
    interval: view.getFloat64(8, true),
    minLength: view.getFloat64(16, true),
    tolerance: view.getFloat64(24, true),
    index: view.getInt32(32, true),
    smooth: view.getFloat64(40, true),
  }
  return { rules, pieces }
}

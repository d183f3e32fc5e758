import type { BuildingRules, BuildingSums } from "./building-object.js"
import type { CellRuns } from "./cell-runs.js"

/** The parts of buildings in one tile: those that touch the border of its cells. Columns and rows count from the CRS origin. */
export interface BuildingParts {
  readonly rules: BuildingRules
  /** Cells of the tile: first column, first row, end column, end row. */
  readonly window: readonly [column: number, row: number, endColumn: number, endRow: number]
  readonly parts: readonly (BuildingSums & { readonly runs: CellRuns })[]
}

const magic = 0x3142504d
const headerBytes = 56
const partWords = 5

/**
 * Bytes of a tile's parts, little-endian:
 *
 * | offset | type | |
 * |---|---|---|
 * | 0 | u32 | "MPB1" |
 * | 4 | i32 | parts |
 * | 8 | 4 × i32 | window |
 * | 24 | 4 × f64 | cell, minArea, minHole, tolerance |
 * | 56 | parts: 5 × i32 | runs r, histogram bins b, points, ground mm, roof mm |
 * | | r × 3 × i32 | row, start, end |
 * | | b × 2 × i32 | bin, count |
 */
export const encodeBuildingParts = ({ rules, window, parts }: BuildingParts): Uint8Array => {
  const words = parts.reduce((sum, part) => sum + partWords + 3 * part.runs.rows.length + part.histogram.length, 0)
  const bytes = new Uint8Array(headerBytes + 4 * words)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setInt32(4, parts.length, true)
  window.forEach((value, i) => {
    view.setInt32(8 + 4 * i, value, true)
  })
  ;[rules.cell, rules.minArea, rules.minHole, rules.tolerance].forEach((value, i) => {
    view.setFloat64(24 + 8 * i, value, true)
  })
  let at = headerBytes
  const put = (value: number): void => {
    view.setInt32(at, value, true)
    at += 4
  }
  for (const { runs, histogram, points, groundMm, roofMm } of parts) {
    for (const value of [runs.rows.length, histogram.length / 2, points, groundMm, roofMm]) put(value)
    for (let k = 0; k < runs.rows.length; k++) {
      put(runs.rows[k])
      put(runs.starts[k])
      put(runs.ends[k])
    }
    for (const value of histogram) put(value)
  }
  return bytes
}

/** The parts again. Throws on bytes of another making. */
export const decodeBuildingParts = (bytes: Uint8Array): BuildingParts => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < headerBytes || view.getUint32(0, true) !== magic) {
    throw new Error(
      `a building part of ${bytes.length} bytes without its mark: made by another version? run with --force`,
    )
  }
  const [cell, minArea, minHole, tolerance] = [24, 32, 40, 48].map((at) => view.getFloat64(at, true))
  const [column, row, endColumn, endRow] = [8, 12, 16, 20].map((at) => view.getInt32(at, true))
  let at = headerBytes
  const take = (): number => {
    at += 4
    return view.getInt32(at - 4, true)
  }
  const parts = Array.from({ length: view.getInt32(4, true) }, () => {
    const [runCount, bins, points, groundMm, roofMm] = [take(), take(), take(), take(), take()]
    const runs = { rows: new Int32Array(runCount), starts: new Int32Array(runCount), ends: new Int32Array(runCount) }
    for (let k = 0; k < runCount; k++) {
      runs.rows[k] = take()
      runs.starts[k] = take()
      runs.ends[k] = take()
    }
    const histogram = Int32Array.from({ length: 2 * bins }, take)
    return { runs, histogram, points, groundMm, roofMm }
  })
  return { rules: { cell, minArea, minHole, tolerance }, window: [column, row, endColumn, endRow], parts }
}

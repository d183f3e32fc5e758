import type { CellRuns } from "../../grid/cell-runs.js"

/** How regions of a class are made of cells; part of every blob, so that tiles and job agree. */
export interface RegionRules {
  /** Side of a cell, whole millimetres. */
  readonly cellMm: number
  /** Regions of a smaller area are dropped, m². */
  readonly minArea: number
  /** Holes of a smaller area are filled, m²; never above `minArea`. */
  readonly minHole: number
  /** Tolerance of the outline's simplification, metres. */
  readonly tolerance: number
  /** Gaps up to twice as wide are closed, metres. */
  readonly close: number
}

/** What is known of the points of a region: sums and extremes that can be put together in any order and grouping. */
export interface RegionSums {
  readonly points: number
  /** Lowest and highest point, mm of the vertical system; `noLevel` without points. */
  readonly lowMm: number
  readonly highMm: number
  /** Counts of heights by fixed windows of the CRS: rows of window column, window row, bin of 10 mm, count; sorted, no two alike but for the count. */
  readonly levels: Int32Array
}

/** A region or the part of one in a tile. */
export interface RegionPart extends RegionSums {
  readonly runs: CellRuns
  /** Further cells that belong to it without being of its class (where a deck rests); they may lie beyond the tile. */
  readonly margin: CellRuns
  /** True where it comes to the end of the data, and may go on beyond. */
  readonly atEnd: boolean
  /** Decks: heights of the deck and of the ground beside it, four numbers a cell (see `deckHeights`). */
  readonly heights?: Int32Array
}

/** The regions of one tile that touch the border of its cells. */
export interface RegionParts {
  /** Key of the tile. */
  readonly key: string
  readonly rules: RegionRules
  /** Cells of the tile: first column, first row, end column, end row, counted from the CRS origin. */
  readonly window: readonly [column: number, row: number, endColumn: number, endRow: number]
  readonly parts: readonly RegionPart[]
}

/** Stands for a height that nothing tells. */
export const noLevel = 0x7fffffff

/** No cells. */
export const noRuns: CellRuns = { rows: new Int32Array(0), starts: new Int32Array(0), ends: new Int32Array(0) }

const magic = 0x3352504d
const headerBytes = 12

type Plain = Omit<RegionParts, "parts"> & { readonly parts: readonly (readonly number[])[] }

/**
 * Bytes of a tile's parts, little-endian: u32 "MPR3", u32 size of the JSON text, u32 words; the text (key, rules, window, and for each part: points, low, high, runs,
 * margin runs, level rows, 1 at the end of the data, and of decks the rows of heights), padded with blanks to a multiple of 4; then i32 words: for each part rows, starts, ends of its runs, the same of its margin, its levels,
 * its heights.
 */
export const encodeRegionParts = ({ parts, ...rest }: RegionParts): Uint8Array => {
  const plain: Plain = {
    ...rest,
    parts: parts.map(({ points, lowMm, highMm, runs, margin, levels, atEnd, heights }) => [
      points,
      lowMm,
      highMm,
      runs.rows.length,
      margin.rows.length,
      levels.length / 4,
      atEnd ? 1 : 0,
      ...(heights === undefined ? [] : [heights.length / 4]),
    ]),
  }
  const encoded = new TextEncoder().encode(JSON.stringify(plain))
  const textBytes = Math.ceil(encoded.length / 4) * 4
  const arrays = parts.flatMap(({ runs, margin, levels, heights }) => [
    runs.rows,
    runs.starts,
    runs.ends,
    margin.rows,
    margin.starts,
    margin.ends,
    levels,
    ...(heights === undefined ? [] : [heights]),
  ])
  const words = arrays.reduce((sum, array) => sum + array.length, 0)
  const bytes = new Uint8Array(headerBytes + textBytes + 4 * words)
  const view = new DataView(bytes.buffer)
  ;[magic, textBytes, words].forEach((value, i) => {
    view.setUint32(4 * i, value, true)
  })
  bytes.fill(0x20, headerBytes, headerBytes + textBytes)
  bytes.set(encoded, headerBytes)
  const data = new Int32Array(bytes.buffer, headerBytes + textBytes, words)
  let at = 0
  for (const array of arrays) {
    data.set(array, at)
    at += array.length
  }
  return bytes
}

/** The parts again. Throws on bytes of another making. */
export const decodeRegionParts = (bytes: Uint8Array): RegionParts => {
  const copy = new Uint8Array(bytes)
  const view = new DataView(copy.buffer)
  if (copy.length < headerBytes || view.getUint32(0, true) !== magic) {
    throw new Error(
      `region parts of ${bytes.length} bytes without their mark: made by another version? run with --force`,
    )
  }
  const [textBytes, words] = [view.getUint32(4, true), view.getUint32(8, true)]
  const plain = JSON.parse(new TextDecoder().decode(copy.subarray(headerBytes, headerBytes + textBytes))) as Plain
  const data = new Int32Array(copy.buffer, headerBytes + textBytes, words)
  let at = 0
  const take = (count: number): Int32Array => {
    at += count
    return data.slice(at - count, at)
  }
  const takeRuns = (count: number): CellRuns => ({ rows: take(count), starts: take(count), ends: take(count) })
  const parts = plain.parts.map(([points, lowMm, highMm, runs, margin, levels, atEnd, heights]) => ({
    points,
    lowMm,
    highMm,
    runs: takeRuns(runs),
    margin: takeRuns(margin),
    levels: take(4 * levels),
    atEnd: atEnd === 1,
    ...(heights === undefined ? {} : { heights: take(4 * heights) }),
  }))
  return { ...plain, parts }
}

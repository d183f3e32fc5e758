import { type LabelledRuns, labelRuns } from "./class-runs.js"

/** How a coverage is made of cells; part of every blob, so that tiles, squares and job agree. */
export interface CoverPartRules {
  /** Side of a cell, whole millimetres: divides the side of the squares. */
  readonly cellMm: number
  /** Smaller regions and smaller gaps become what they touch most, m². */
  readonly minArea: number
  readonly minHole: number
  /** Tolerance of the simplification, metres. */
  readonly tolerance: number
  /** High vegetation is a wood from this area on, m²; a hedge up to this width and from this length on, metres. */
  readonly woodArea: number
  readonly hedgeWidth: number
  readonly hedgeLength: number
}

/** Sums over the cells of a region that can be put together in any order: whole numbers and extremes. */
export interface CoverSums {
  /** Cells in which vegetation was seen, the sum of its heights there, and the highest, mm above ground. */
  seen: number
  heights: number
  highest: number
  /** First and last day of acquisition, from 1970-01-01; infinite where points tell none. */
  firstDay: number
  lastDay: number
  /** 1 where it comes to the end of the data, and may go on beyond; else 0. */
  atEnd: number
}

/** Sums of no cell. */
export const noCover = (): CoverSums => ({
  seen: 0,
  heights: 0,
  highest: 0,
  firstDay: Number.POSITIVE_INFINITY,
  lastDay: Number.NEGATIVE_INFINITY,
  atEnd: 0,
})

/** Adds sums to others, in place. */
export const addCover = (to: CoverSums, from: CoverSums): void => {
  to.seen += from.seen
  to.heights += from.heights
  to.highest = Math.max(to.highest, from.highest)
  to.firstDay = Math.min(to.firstDay, from.firstDay)
  to.lastDay = Math.max(to.lastDay, from.lastDay)
  to.atEnd = Math.max(to.atEnd, from.atEnd)
}

/** The coverage of one tile. */
export interface CoverTile {
  readonly rules: CoverPartRules
  /** Regions of all codes, that of no vegetation too. */
  readonly runs: LabelledRuns
  /** By region. */
  readonly sums: readonly CoverSums[]
}

const magic = 0x3343504d
const headerBytes = 16

/**
 * Bytes of a tile's coverage, little-endian: u32 "MPC3", u32 size of the JSON text (rules, window), u32 size of the runs, u32 regions; the text; for each row, from the south, its runs from the west, as length
 * (LEB128) and code (u8); then six f64 for each region, in the order of `labelRuns`. About 3 bytes a run.
 */
export const encodeCoverTile = ({ rules, runs, sums }: CoverTile): Uint8Array => {
  const { column, row, columns, rows, rowEnds, starts, labels, classes } = runs
  const text = new TextEncoder().encode(JSON.stringify({ rules, column, row, columns, rows }))
  const packed = new Uint8Array(6 * starts.length)
  let at = 0
  for (let r = 0; r < rows; r++) {
    for (let k = r > 0 ? rowEnds[r - 1] : 0; k < rowEnds[r] - 1; k++) {
      let length = starts[k + 1] - starts[k]
      for (; length > 127; length >>= 7) packed[at++] = (length & 127) | 128
      packed[at++] = length
      packed[at++] = classes[labels[k]]
    }
  }
  const bytes = new Uint8Array(headerBytes + text.length + at + 48 * sums.length)
  const view = new DataView(bytes.buffer)
  ;[magic, text.length, at, sums.length].forEach((value, i) => {
    view.setUint32(4 * i, value, true)
  })
  bytes.set(text, headerBytes)
  bytes.set(packed.subarray(0, at), headerBytes + text.length)
  let place = headerBytes + text.length + at
  for (const { seen, heights, highest, firstDay, lastDay, atEnd } of sums) {
    for (const value of [seen, heights, highest, firstDay, lastDay, atEnd]) {
      view.setFloat64(place, value, true)
      place += 8
    }
  }
  return bytes
}

/** The tile's coverage again. Throws on bytes of another making. */
export const decodeCoverTile = (bytes: Uint8Array): CoverTile => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < headerBytes || view.getUint32(0, true) !== magic) {
    throw new Error(`coverage of ${bytes.length} bytes without its mark: made by another version? run with --force`)
  }
  const [textBytes, runBytes, count] = [4, 8, 12].map((place) => view.getUint32(place, true)) as [
    number,
    number,
    number,
  ]
  const text = new TextDecoder().decode(bytes.subarray(headerBytes, headerBytes + textBytes))
  const { rules, ...window } = JSON.parse(text) as {
    rules: CoverPartRules
    column: number
    row: number
    columns: number
    rows: number
  }
  const classes = new Uint8Array(window.columns * window.rows)
  let at = headerBytes + textBytes
  for (let cell = 0; cell < classes.length; ) {
    let length = 0
    let shift = 0
    do length |= (bytes[at] & 127) << (7 * shift++)
    while (bytes[at++] > 127)
    classes.fill(bytes[at++], cell, cell + length)
    cell += length
  }
  const sums: CoverSums[] = []
  let place = headerBytes + textBytes + runBytes
  for (let g = 0; g < count; g++, place += 48) {
    const [seen, heights, highest, firstDay, lastDay, atEnd] = [0, 8, 16, 24, 32, 40].map((by) =>
      view.getFloat64(place + by, true),
    ) as [number, number, number, number, number, number]
    sums.push({ seen, heights, highest, firstDay, lastDay, atEnd })
  }
  return { rules, runs: labelRuns({ ...window, classes }), sums }
}

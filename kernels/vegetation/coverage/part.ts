/**
 * The part of the coverage that one tile passes to its region: rules, labelled runs and sums, and
 * their encoding.
 */
import { decodeBlob, encodeBlob } from "../../../engine/core/blob.js"
import { type ClassGrid, type LabelledRuns, labelRuns } from "./class-runs.js"

/** How cells form a coverage. Every blob contains them, so that tiles, regions and job agree. */
export interface CoverPartRules {
  /** Side of a cell, whole millimetres; it divides the side of the regions. */
  readonly cellMm: number
  /** Smaller patches and smaller gaps, m², take the class that they touch most. */
  readonly minArea: number
  readonly minHole: number
  /** Tolerance of the simplification, metres. */
  readonly tolerance: number
  /** Least area of a wood, m²; largest width and least length of a hedge, metres. */
  readonly woodArea: number
  readonly hedgeWidth: number
  readonly hedgeLength: number
}

/** Sums over the cells of a patch, which add up in any order: whole numbers and extremes. */
export interface CoverSums {
  /**
   * Number of cells with vegetation, sum of its heights there, and the highest, mm above ground.
   */
  seen: number
  heights: number
  highest: number
  /** First and last day of acquisition, from 1970-01-01; infinite if unknown. */
  firstDay: number
  lastDay: number
  /** 1 if it meets the end of the data and may continue beyond; else 0. */
  atEnd: number
}

export const noCover = (): CoverSums => ({
  seen: 0,
  heights: 0,
  highest: 0,
  firstDay: Number.POSITIVE_INFINITY,
  lastDay: Number.NEGATIVE_INFINITY,
  atEnd: 0,
})

/** Adds `from` to `to` in place. */
export const addCover = (to: CoverSums, from: CoverSums): void => {
  to.seen += from.seen
  to.heights += from.heights
  to.highest = Math.max(to.highest, from.highest)
  to.firstDay = Math.min(to.firstDay, from.firstDay)
  to.lastDay = Math.max(to.lastDay, from.lastDay)
  to.atEnd = Math.max(to.atEnd, from.atEnd)
}

export interface CoverTile {
  readonly rules: CoverPartRules
  /** Patches of all codes, including no vegetation. */
  readonly runs: LabelledRuns
  /** By patch. */
  readonly sums: readonly CoverSums[]
}

const MARK = "MCT1"

interface Packed extends Omit<ClassGrid, "classes" | "nodata"> {
  readonly rules: CoverPartRules
  /**
   * For each row, from the south, its runs from the west, as length (LEB128) and code: about 3
   * bytes a run.
   */
  readonly packed: Uint8Array
  /** {@link SUMS} of each patch. */
  readonly sums: Float64Array
}

const SUMS = ["seen", "heights", "highest", "firstDay", "lastDay", "atEnd"] as const

export const encodeCoverTile = ({ rules, runs, sums }: CoverTile): Uint8Array => {
  const { column, row, columns, rows, rowEnds, starts, labels, classes } = runs
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
  const flat = Float64Array.from(sums.flatMap((patch) => SUMS.map((name) => patch[name])))
  const tile: Packed = { rules, column, row, columns, rows, packed: packed.subarray(0, at), sums: flat }
  return encodeBlob(MARK, tile)
}

/** Throws on other bytes. */
export const decodeCoverTile = (bytes: Uint8Array): CoverTile => {
  const { rules, packed, sums, ...window } = decodeBlob<Packed>(MARK, bytes, "coverage of a tile")
  const classes = new Uint8Array(window.columns * window.rows)
  let at = 0
  for (let cell = 0; cell < classes.length; ) {
    let length = 0
    let shift = 0
    do length |= (packed[at] & 127) << (7 * shift++)
    while (packed[at++] > 127)
    classes.fill(packed[at++], cell, cell + length)
    cell += length
  }
  const sumsOf = (g: number): CoverSums =>
    Object.fromEntries(SUMS.map((name, k) => [name, sums[SUMS.length * g + k]])) as unknown as CoverSums
  const patches = Array.from({ length: sums.length / SUMS.length }, (_, g) => sumsOf(g))
  return { rules, runs: labelRuns({ ...window, classes }), sums: patches }
}

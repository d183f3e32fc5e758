/** Parts of the coverage in bytes: from a tile to its region, from a region to the job. */
import { decodeBlob, encodeBlob } from "../../../engine/core/blob.js"
import { UnionFind } from "../../geometry/union-find.js"
import { type ClassGrid, type LabelledRuns, labelRuns } from "./class-runs.js"
import { type CoverRow, coverRows } from "./object.js"
import { type CoverPolygon, commonCoverRules } from "./region.js"
import { facingPairs, fillLines, knownAcross, lineEdges } from "./region-lines.js"

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

/** A region's polygons at its lines, and the windows of its tiles. */
export interface CoverCuts {
  readonly rules: CoverPartRules
  /** West, south, east, north of each tile in mm. */
  readonly windows: readonly (readonly [number, number, number, number])[]
  readonly polygons: readonly CoverPolygon[]
}

const CUTS_MARK = "MCC1"

export const encodeCoverCuts = (cuts: CoverCuts): Uint8Array => encodeBlob(CUTS_MARK, cuts)

/** Decodes a region's cuts, as views of the bytes. Throws on other bytes. */
export const decodeCoverCuts = (bytes: Uint8Array): CoverCuts => {
  const { polygons, ...rest } = decodeBlob<CoverCuts>(CUTS_MARK, bytes, "cuts of a region's coverage")
  return { ...rest, polygons: polygons.map((one) => ({ ...one, atEnd: one.open ? 1 : 0, cut: true })) }
}

/**
 * Makes objects of the polygons at the lines of the regions: those of one code that face each other
 * across a line form one object. Both sides get all vertices on a line, so their edges there are
 * equal. The order of the regions does not matter. Memory: 100 bytes a vertex. Time: O(n log n).
 */
export const joinCoverCuts = (regions: readonly CoverCuts[]): CoverRow[] => {
  const rules = commonCoverRules(regions)
  const isKnown = knownAcross(regions.flatMap(({ windows }) => windows))
  const polygons = regions.flatMap((region) => region.polygons)
  const edges = polygons.map(({ rings }) => lineEdges(rings))
  const parent = UnionFind.make(polygons.length)
  for (const [a, b] of facingPairs(edges)) if (polygons[a]!.code === polygons[b]!.code) UnionFind.unite(parent, a, b)
  const fill = fillLines(polygons.flatMap(({ rings }) => rings))
  return UnionFind.groups(parent).flatMap((members) => {
    const ends = members.some((p) => polygons[p]!.open || edges[p]!.some((edge) => !isKnown(edge)))
    const parts = members.map((p) => ({ ...polygons[p]!, rings: polygons[p]!.rings.map(fill) }))
    return coverRows(parts, rules, ends)
  })
}

/**
 * Polygons of one region: joins its tiles, absorbs small areas, simplifies and traces boundaries.
 */
import { lowerBound } from "../../../engine/core/lists.js"
import { absorbSmall, touchClass, touchNone, touchSides } from "./absorb-patches.js"
import { cover } from "./cells.js"
import { joinRuns, type LabelledRuns, type RunWindow } from "./class-runs.js"
import { coverageGraph } from "./graph.js"
import { addCover, type CoverPartRules, type CoverSums, type CoverTile, noCover } from "./part.js"
import { simplifyCoverage } from "./simplify.js"
import { type PatchRings, traceCoverage } from "./trace.js"

/** A polygon of the coverage: an object, or the part of one in a region. */
export interface CoverPolygon extends CoverSums {
  /** Of `cover`. */
  readonly code: number
  readonly cells: number
  /**
   * The longest run of its cells: length, row and column, in cells from the CRS origin. Ties: the
   * southernmost, then westernmost.
   */
  readonly run: readonly [length: number, row: number, column: number]
  /** True if it meets the end of the data, or cells outside all tiles of the job. */
  readonly open: boolean
  /** True if it meets the lines of the regions. */
  readonly cut: boolean
  /**
   * Rings in whole millimetres of the CRS, x and y, not closed: outer counter-clockwise first, then
   * holes, clockwise.
   */
  readonly rings: readonly Float64Array[]
}

/** The rules of all tiles. Throws without a tile, or if they differ. */
export const commonCoverRules = (all: readonly { readonly rules: CoverPartRules }[]): CoverPartRules => {
  const first = all[0]?.rules
  if (first === undefined) throw new Error("no tile of a coverage")
  const text = JSON.stringify(first)
  if (all.some(({ rules }) => JSON.stringify(rules) !== text))
    throw new Error("its parts have different options. Run again with --force.")
  return first
}

/**
 * The polygons of the coverage in one region, from its tiles' cells: small patches absorbed,
 * boundaries between neighbours simplified once, holes included.
 *
 * Only the cells in the region decide, never its tiles. Patches and vertices on the region's lines
 * are unchanged. Polygons share no interior, and neighbours share their vertices.
 *
 * Time: O(runs) and the simplification. Memory: about 90 bytes a run of the tiles.
 *
 * @param window cells of the region
 */
export const coverRegion = (tiles: readonly CoverTile[], rules: CoverPartRules, window: RunWindow): CoverPolygon[] => {
  const joined = joinRuns(
    tiles.map((tile) => tile.runs),
    window,
  )
  const cut = touchSides(joined)
  const outside = touchNone(joined)
  const whole = { ...joined, classes: withoutBits(joined, cut, rules) }
  const absorbed = absorbSmall(whole, smallOnes(whole, cut, outside, rules))
  const classes = absorbed.map((code) => (code === cover.none ? -1 : code))
  const runs = joinRuns([{ ...joined, classes }], window)
  const open = meetMarked(runs, joined, outside)
  const sums = addSums(tiles, runs)
  const graph = coverageGraph(runs)
  const rings = traceCoverage(runs, graph, simplifyCoverage(graph, (1000 * rules.tolerance) / rules.cellMm))
  const longest = longestRuns(runs)
  const lies = touchSides(runs)
  return sums.map((own, g) => ({
    ...own,
    code: runs.classes[g],
    cells: runs.cells[g],
    run: [longest[3 * g], longest[3 * g + 1], longest[3 * g + 2]],
    open: open[g] === 1 || own.atEnd === 1,
    cut: lies[g] === 1,
    rings: listRings(rings, g, rules.cellMm),
  }))
}

/** Marks patches and gaps below the smallest areas, except those at the region's lines. */
const smallOnes = (
  { classes, cells }: LabelledRuns,
  cut: Uint8Array,
  outside: Uint8Array,
  { cellMm, minArea, minHole }: CoverPartRules,
): Uint8Array => {
  const cellArea = (cellMm * cellMm) / 1e6
  return Uint8Array.from(classes, (code, g) => {
    if (cut[g] === 1) return 0
    // A gap that continues outside the tiles is of unknown size.
    const least = code === cover.none ? (outside[g] === 1 ? 0 : minHole) : minArea
    return cells[g] * cellArea < least ? 1 : 0
  })
}

/**
 * The classes, with short narrow bits beside wide vegetation turned wide: they are its corners and
 * rugged edges, shorter than a hedge. Bits at the region's lines stay.
 */
const withoutBits = (runs: LabelledRuns, cut: Uint8Array, { cellMm, hedgeLength }: CoverPartRules): Int32Array => {
  const { rows, rowEnds, starts, labels, classes } = runs
  const beside = touchClass(runs, cover.high)
  const boxes = new Int32Array(4 * classes.length)
  for (let r = 0; r < rows; r++) {
    for (let k = r > 0 ? rowEnds[r - 1] : 0; k < rowEnds[r] - 1; k++) {
      const b = 4 * labels[k]
      if (b < 0) continue
      // A patch's first run is its southernmost, when its box is still empty.
      const isNew = boxes[b + 3] === 0
      boxes[b] = isNew ? starts[k] : Math.min(boxes[b], starts[k])
      boxes[b + 1] = isNew ? r : boxes[b + 1]
      boxes[b + 2] = Math.max(boxes[b + 2], starts[k + 1])
      boxes[b + 3] = r + 1
    }
  }
  const longest = (1000 * hedgeLength) / cellMm
  return classes.map((code, g) => {
    const [width, height] = [boxes[4 * g + 2] - boxes[4 * g], boxes[4 * g + 3] - boxes[4 * g + 1]]
    const isBit = code === cover.narrow && beside[g] === 1 && cut[g] === 0 && Math.hypot(width, height) < longest
    return isBit ? cover.high : code
  })
}

/** Marks patches that contain cells of marked patches of other runs in the same window. */
const meetMarked = (runs: LabelledRuns, { rows, rowEnds, starts, labels }: LabelledRuns, marks: Uint8Array) => {
  const meeting = new Uint8Array(runs.classes.length)
  for (let r = 0; r < rows; r++) {
    for (let k = r > 0 ? rowEnds[r - 1] : 0; k < rowEnds[r] - 1; k++) {
      const g = labels[k] >= 0 && marks[labels[k]] === 1 ? labelAt(runs, starts[k], r) : -1
      if (g >= 0) meeting[g] = 1
    }
  }
  return meeting
}

/** Height level of a code: wide and narrow high vegetation are one. */
const levelOf = (code: number): number => Math.min(code, cover.high)

/**
 * Sums of the new patches, only over the tiles' patches of the same level. Absorbed patches
 * contribute only whether they meet the end of the data.
 */
const addSums = (tiles: readonly CoverTile[], made: LabelledRuns): CoverSums[] => {
  const sums = Array.from(made.classes, noCover)
  for (const tile of tiles) {
    const { column, row, rows, rowEnds, starts, labels } = tile.runs
    let next = 0
    for (let r = 0; r < rows; r++) {
      for (let k = r > 0 ? rowEnds[r - 1] : 0; k < rowEnds[r] - 1; k++) {
        // Patches are numbered by their first run.
        if (labels[k] !== next) continue
        const g = labelAt(made, column + starts[k] - made.column, row + r - made.row)
        if (g >= 0 && levelOf(made.classes[g]) === levelOf(tile.runs.classes[next])) addCover(sums[g], tile.sums[next])
        else if (g >= 0) sums[g].atEnd = Math.max(sums[g].atEnd, tile.sums[next].atEnd)
        next++
      }
    }
  }
  return sums
}

/** Label of a cell of the window. O(log runs of the row). */
const labelAt = ({ rowEnds, starts, labels }: LabelledRuns, column: number, row: number): number =>
  labels[lowerBound(starts, column + 1, row > 0 ? rowEnds[row - 1] : 0, rowEnds[row] - 1) - 1]

/** Length, row and column of each patch's longest run, the first of several. */
const longestRuns = ({ column, row, rows, rowEnds, starts, labels, classes }: LabelledRuns): Int32Array => {
  const longest = new Int32Array(3 * classes.length)
  for (let r = 0; r < rows; r++) {
    for (let k = r > 0 ? rowEnds[r - 1] : 0; k < rowEnds[r] - 1; k++) {
      const at = 3 * labels[k]
      const length = starts[k + 1] - starts[k]
      if (at < 0 || length <= longest[at]) continue
      longest[at] = length
      longest[at + 1] = row + r
      longest[at + 2] = column + starts[k]
    }
  }
  return longest
}

const listRings = ({ xy, ringStarts, ringEnds, patchEnds }: PatchRings, g: number, cellMm: number): Float64Array[] => {
  const rings: Float64Array[] = []
  for (let r = g > 0 ? patchEnds[g - 1] : 0; r < patchEnds[g]; r++)
    rings.push(Float64Array.from(xy.subarray(2 * ringStarts[r], 2 * ringEnds[r]), (value) => value * cellMm))
  return rings
}

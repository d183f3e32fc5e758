/**
 * The simplified outline of a whole connected patch, with its id, and the features of such
 * outlines.
 */
import { flattenMmRings } from "../../../engine/core/feature-table.js"
import { doubledArea } from "../../../engine/core/geometry/rings.js"
import { objectId } from "../../../engine/core/hash.js"
import type { Features } from "../../../engine/kernel.js"
import type { CellRuns } from "../../grid/cell-runs.js"
import { simplifyPatch } from "../../grid/simplify-patch.js"
import { tracePatch } from "../../grid/trace-patches.js"
import type { PatchRules } from "./part.js"

/**
 * Outline of a patch. Rings in whole millimetres of the CRS (x, y), not closed; outer
 * counter-clockwise first, then holes, clockwise.
 */
export interface PatchOutline {
  readonly id: string
  readonly representative: readonly [xMm: number, yMm: number]
  readonly rings: readonly Float64Array[]
  /** m², without the holes. */
  readonly area: number
  readonly unsimplified: number
}

/**
 * The simplified outline of a patch, or undefined below the smallest area. The same cells always
 * give the same bits. The id is the hash of the representative point (see {@link longestMiddle}).
 */
export const outlinePatch = (runs: CellRuns, rules: PatchRules, layer: string): PatchOutline | undefined => {
  const { cellMm } = rules
  const cellArea = (cellMm * cellMm) / 1e6
  if (countCells(runs) * cellArea < rules.minArea) return undefined
  const [x, y] = longestMiddle(runs, cellMm)
  const { rings, unsimplified } = simplifiedRings(runs, rules)
  const mm2 = rings.reduce((sum, ring) => sum + doubledArea(ring) / 2, 0)
  return {
    id: objectId(layer, x / 1000, y / 1000),
    representative: [x, y],
    rings: rings.map((ring) => Float64Array.from(ring, (value) => value * cellMm)),
    area: mm2 * cellArea,
    unsimplified,
  }
}

/** Number of cells of runs. */
export const countCells = ({ starts, ends }: CellRuns): number =>
  starts.reduce((sum, start, k) => sum + ends[k] - start, 0)

/**
 * The middle of the longest run of cells, whole millimetres of the CRS. Ties: the southernmost,
 * then westernmost.
 */
export const longestMiddle = ({ rows, starts, ends }: CellRuns, cellMm: number): [xMm: number, yMm: number] => {
  let longest = 0
  for (let k = 1; k < rows.length; k++) if (ends[k] - starts[k] > ends[longest] - starts[longest]) longest = k
  return [Math.floor(((starts[longest] + ends[longest]) / 2) * cellMm), Math.floor((rows[longest] + 0.5) * cellMm)]
}

/** Traced and simplified rings in cells, small holes filled. */
const simplifiedRings = (runs: CellRuns, rules: PatchRules): ReturnType<typeof simplifyPatch> => {
  const cellArea = (rules.cellMm * rules.cellMm) / 1e6
  const smallestHole = Math.min(rules.minHole, rules.minArea)
  const large = tracePatch(runs).filter((ring, r) => r === 0 || (-doubledArea(ring) / 2) * cellArea >= smallestHole)
  return simplifyPatch(large, (1000 * rules.tolerance) / rules.cellMm)
}

/** Outlines as polygons with their columns, anchored at their representative points. */
export const outlineFeatures = (outlines: readonly PatchOutline[], columns: Features["columns"]): Features => {
  const ids = outlines.map((outline) => outline.id)
  const anchors = Float64Array.from(outlines.flatMap(({ representative }) => representative.map((mm) => mm / 1000)))
  return { geometry: "Polygon", ...flattenMmRings(outlines.map(({ rings }) => rings)), ids, columns, anchors }
}

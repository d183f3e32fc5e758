/**
 * The two layers that `vector.artificial` and its join make of whole things: outlines, and spots
 * too small for one.
 */

import { columnsByName, flattenRings } from "../../engine/core/feature-table.js"
import { objectId } from "../../engine/core/hash.js"
import type { ColumnFacts, Features, FeaturesPort } from "../../engine/kernel.js"
import { noHeight } from "../grid/cell-grid.js"
import { truncatedColumn } from "../grid/outline-options.js"
import { histogramOfLevels, percentile } from "../handover/histogram.js"
import type { Patch } from "../handover/patch/join.js"
import { longestMiddle, outlineFeatures, outlinePatch, type PatchOutline } from "../handover/patch/outline.js"
import type { PatchRules } from "../handover/patch/part.js"

/**
 * Things too small for an outline become points if they have at least this many points; fewer are
 * noise.
 */
const LEAST_POINTS = 3

/** Size of a bin of heights above the DTM, mm; must match `percentile`. */
export const HEIGHT_BIN = 100

/** Things of one class: polygons, and points for those too small. */
export interface ArtificialRows {
  readonly polygons: readonly (ArtificialRow & { readonly outline: PatchOutline })[]
  readonly spots: readonly ArtificialRow[]
  readonly dropped: number
}

/** A thing with the inputs of its outline or place. */
export interface ArtificialRow {
  readonly classification: number
  readonly patch: Patch
  readonly id: string
  /** Whole millimetres of the CRS. */
  readonly representative: readonly [xMm: number, yMm: number]
}

/**
 * Outlines or places of whole patches of a class. The id is a hash of layer, class and
 * representative point, because things of two classes may overlap.
 */
export const artificialRows = (
  classification: number,
  patches: readonly Patch[],
  rules: PatchRules,
): ArtificialRows => {
  const layer = `artificial-${classification}`
  const polygons: ArtificialRows["polygons"][number][] = []
  const spots: ArtificialRow[] = []
  for (const patch of patches) {
    const outline = outlinePatch(patch.runs, rules, layer)
    const representative = outline?.representative ?? longestMiddle(patch.runs, rules.cellMm)
    const id = outline?.id ?? objectId(layer, representative[0] / 1000, representative[1] / 1000)
    const row = { classification, patch, id, representative }
    if (outline) polygons.push({ ...row, outline })
    else if (patch.points >= LEAST_POINTS) spots.push(row)
  }
  return { polygons, spots, dropped: patches.length - polygons.length - spots.length }
}

const common = {
  class: {
    type: "integer",
    help: "LiDAR class: 64 lasting above-ground structure (pylon, cable, wind turbine), 67 other built structure",
  },
  height: {
    type: "number",
    unit: "m",
    help: "90th percentile of the points' heights above the DTM; middle of a 0.1 m bin; empty without DTM",
  },
  clearance: {
    type: "number",
    unit: "m",
    help: "height of the lowest point above the DTM, such as the clearance below a cable; middle of a 0.1 m bin; empty without DTM",
  },
  height_min: { type: "number", unit: "m", help: "altitude of the lowest point" },
  height_max: { type: "number", unit: "m", help: "altitude of the highest point" },
} as const

const last = {
  points: { type: "integer", help: "number of points of the class on its cells" },
  truncated: truncatedColumn,
} as const

const artificialColumns: Readonly<Record<string, ColumnFacts>> = {
  ...common,
  area: { type: "number", unit: "m²", help: "area of the outline without its holes" },
  density: { type: "number", unit: "points/m²", help: "points per m² of area" },
  ...last,
}

/** The layer of outlines. */
export const artificialLayer = {
  kind: "features",
  geometry: "Polygon",
  help: "outlines of lasting above-ground structures (class 64) and other built structures (class 67)",
  columns: artificialColumns,
  style: { colour: "#d400ff" },
} as const satisfies FeaturesPort

const artificialSpotColumns: Readonly<Record<string, ColumnFacts>> = { ...common, ...last }

/** The layer of things too small for an outline. */
export const artificialSpotLayer = {
  kind: "features",
  geometry: "Point",
  help: "structures of classes 64 and 67 that are too small for an outline",
  columns: artificialSpotColumns,
  style: { colour: "#d400ff", isLow: true, height: "height" },
} as const satisfies FeaturesPort

/** Features of {@link artificialLayer}: rings on whole millimetres, outer counter-clockwise. */
export const artificialFeatures = (rows: ArtificialRows["polygons"]): Features => {
  const values = rows.map((row) => ({
    ...describeRow(row),
    area: row.outline.area,
    density: Math.round((100 * row.patch.points) / row.outline.area) / 100,
  }))
  return outlineFeatures(
    rows.map(({ outline }) => outline),
    columnsByName(artificialColumns, values),
  )
}

/**
 * Features of {@link artificialSpotLayer}: a point in the middle of each thing's longest run of
 * cells.
 */
export const artificialSpots = (rows: readonly ArtificialRow[]): Features => ({
  geometry: "Point",
  ...flattenRings(rows.map(({ representative: [x, y] }) => [[x / 1000, y / 1000]])),
  ids: rows.map(({ id }) => id),
  columns: columnsByName(artificialSpotColumns, rows.map(describeRow)),
  anchors: Float64Array.from(rows.flatMap(({ representative }) => representative.map((mm) => mm / 1000))),
})

const describeRow = ({ classification, patch }: ArtificialRow): Record<string, number> => {
  const heights = histogramOfLevels(patch.levels)
  return {
    class: classification,
    height: percentile(heights, 9, 10),
    clearance: percentile(heights, 0, 1),
    height_min: metres(patch.lowMm),
    height_max: metres(patch.highMm),
    points: patch.points,
    truncated: patch.truncated ? 1 : 0,
  }
}

const metres = (mm: number): number => (mm === noHeight ? Number.NaN : mm / 1000)

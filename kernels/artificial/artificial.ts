/**
 * The kernel `vector.artificial`: outlines and spots of classes 64 and 67 in one tile, and the
 * parts that its border cuts.
 */
import { defineKernel, type Points, type Raster } from "../../engine/kernel.js"
import { cellMillimetres, growGrid, noHeight, sampleMm } from "../grid/cell-grid.js"
import { closeGaps, gapReach } from "../grid/disc-mask.js"
import { areaOption, cellOption, closeOption, minHoleOption, toleranceOption } from "../grid/outline-options.js"
import { dataEnd } from "../handover/extent/data-extent.js"
import { type MeasuredPatches, measurePatches, ownCells, pointCells, splitAtBorder } from "../handover/patch/cells.js"
import type { PatchPart } from "../handover/patch/part.js"
import { requireColumn } from "../handover/point-set.js"
import {
  artificialFeatures,
  artificialLayer,
  artificialRows,
  artificialSpotLayer,
  artificialSpots,
  HEIGHT_BIN,
} from "./object.js"

/**
 * Lasting things above ground (class 64: pylons, cables, wind turbines) and other built things
 * (class 67): outlines, or points if too small for one.
 *
 * For each class, cells of a grid fixed in the CRS are set if they contain a point. Gaps are
 * closed, and 4-connected cells form a thing, so a cable and its pylon are one. Things inside the
 * work tile are output whole; those that touch the border of its cells go to
 * `vector.artificial-join`. A cell's state depends only on points within the halo and sums are
 * integers, so the layers are the same for every tiling.
 *
 * Memory: 12 bytes a cell where a tile has such points, and 8 a point. Time: linear.
 */
export default defineKernel({
  id: "vector.artificial",
  version: 3,
  summary: "Pylons, cables and other structures (classes 64, 67) as outlines or points",
  inputs: {
    "artificial-points": { kind: "points", classes: [64, 67], attributes: ["classification"] },
    dtm: { kind: "raster", type: "float" },
  },
  outputs: {
    artificial: artificialLayer,
    "artificial-spot": artificialSpotLayer,
    "lasting-part": { kind: "blob" },
    "built-part": { kind: "blob" },
    "artificial-quality": { kind: "metrics" },
  },
  options: {
    cell: cellOption,
    close: closeOption(1),
    minArea: areaOption(4, "smallest area of an outline; a smaller structure becomes a point"),
    minHole: minHoleOption(4),
    tolerance: toleranceOption(0.5),
  },
  halo: ({ cell, close }) => (gapReach(close / cell) + 1) * cell,
  memory: ({ points, areaM2 }, { cell }) => 8 * points + 14 * (areaM2 / (cell * cell)) + 1e6,
  run(tile, input, options, scratch) {
    const cellMm = cellMillimetres(options.cell)
    const { minArea, minHole, tolerance, close } = options
    const rules = { cellMm, minArea, minHole, tolerance, close }
    const own = ownCells(tile.cell, cellMm)
    const radius = close / options.cell
    const grid = growGrid(own, gapReach(radius))
    const points = input["artificial-points"]
    const cells = pointCells(points, grid, scratch.int32(points.count))
    const classes = requireColumn(points, "classification")
    /** Undefined, without an allocation, if no point has the class. */
    const maskOfClass = (classification: number): Uint8Array | undefined => {
      if (!classes.includes(classification)) return undefined
      const mask = scratch.uint8(grid.columns * grid.rows)
      for (let i = 0; i < cells.length; i++) if (cells[i] >= 0 && classes[i] === classification) mask[cells[i]] = 1
      closeGaps(mask, scratch.uint8(mask.length), grid.columns, radius)
      return mask
    }
    const window = { grid, own, end: dataEnd(tile) }
    const made = [64, 67].map((classification) => {
      const mask = maskOfClass(classification)
      const parts = mask
        ? withLevels(measurePatches(mask, window, points, cells, scratch, classification), points, input.dtm)
        : []
      const { whole, bytes } = splitAtBorder(tile.key, rules, own, parts)
      return {
        rows: artificialRows(classification, whole, rules),
        bytes,
        cutParts: parts.length - whole.length,
      }
    })
    const polygons = made.flatMap(({ rows }) => rows.polygons)
    const spots = made.flatMap(({ rows }) => rows.spots)
    return {
      artificial: artificialFeatures(polygons),
      "artificial-spot": artificialSpots(spots),
      "lasting-part": made[0].bytes,
      "built-part": made[1].bytes,
      "artificial-quality": {
        artificial: polygons.length,
        artificialSpots: spots.length,
        parts: made.reduce((sum, { cutParts }) => sum + cutParts, 0),
        dropped: made.reduce((sum, { rows }) => sum + rows.dropped, 0),
        unsimplifiedRings: polygons.reduce((sum, { outline }) => sum + outline.unsimplified, 0),
      },
    }
  },
})

/** Adds counts of the points' heights above ground to the patches. */
const withLevels = ({ parts, numbers }: MeasuredPatches, points: Points, dtm: Raster): PatchPart[] => {
  const [originX, originY, originZ] = points.origin.map((value) => Math.round(value * 1000))
  const heights = parts.map(() => new Map<number, number>())
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] === 0) continue
    const ground = sampleMm(dtm, originX + points.x[i], originY + points.y[i])
    if (ground === noHeight) continue
    const bin = Math.floor((originZ + points.z[i] - ground) / HEIGHT_BIN)
    const own = heights[numbers[i] - 1]
    own.set(bin, (own.get(bin) ?? 0) + 1)
  }
  return parts.map((part, g) => ({
    ...part,
    // A single window: heights above ground describe the whole thing.
    levels: Int32Array.from([...heights[g]].sort(([a], [b]) => a - b).flatMap(([bin, n]) => [0, 0, bin, n])),
  }))
}

/**
 * Kernel `vector.vegetation`: classifies the cells of a tile as low, medium, high or narrow
 * vegetation.
 */
import { gpsDay } from "../../engine/core/gps-day.js"
import { defineKernel, type Points, regionSide } from "../../engine/kernel.js"
import { type CellGrid, cellMillimetres, growGrid } from "../grid/cell-grid.js"
import { areaOption, closeOption } from "../grid/outline-options.js"
import { type DataEnd, dataEnd } from "../handover/extent/data-extent.js"
import { ownCells, pointCells } from "../handover/patch/cells.js"
import { requireColumn } from "../handover/point-set.js"
import { type CoverCells, cover, coverCells, coverReach } from "./coverage/cells.js"
import { type LabelledRuns, labelRuns } from "./coverage/class-runs.js"
import { type CoverPartRules, type CoverSums, encodeCoverTile, noCover } from "./coverage/part.js"

/**
 * Vegetation by cells: low, medium and high, wide and narrow (`coverage/cells.ts`). Surface class
 * and height above ground decide. Each connected area of the tile's own cells has its sums.
 *
 * Makes no polygons: `vector.vegetation-region` and `vector.vegetation-join` make the layer from
 * the cells of all tiles. One point a cell and class gives the days of acquisition. Memory: 40
 * bytes a cell. Time: linear in cells times the radius of a hedge's width.
 */
export default defineKernel({
  id: "vector.vegetation",
  version: 3,
  summary: "Cells of vegetation by height and width, for vector.vegetation-region",
  inputs: {
    dhm: { kind: "raster", type: "float" },
    class: { kind: "raster", type: "byte" },
    "vegetation-points": {
      kind: "points",
      classes: [3, 4, 5],
      attributes: ["gpsTime"],
      spacing: ({ cell }) => cell as number,
    },
  },
  outputs: { "cover-tile": { kind: "blob" }, "vegetation-quality": { kind: "metrics" } },
  options: {
    cell: { type: "number", default: 1, unit: "m", min: 0.25, max: 10, help: "cell size; it must divide 10 km" },
    low: {
      type: "number",
      default: 0.2,
      unit: "m",
      min: 0,
      max: 10,
      help: "smallest height of vegetation; lower cells are not vegetation",
    },
    medium: { type: "number", default: 0.5, unit: "m", min: 0, max: 20, help: "smallest height of medium vegetation" },
    high: { type: "number", default: 1.5, unit: "m", min: 0, max: 50, help: "smallest height of high vegetation" },
    close: { ...closeOption(1), byDensity: { 1: 2, 2: 2, 4: 2 } },
    minArea: areaOption(
      40,
      "smallest area of a polygon; smaller ones join what they share the longest border with",
      1e6,
    ),
    minHole: areaOption(20, "smallest area of a gap; smaller ones are filled", 1e6),
    tolerance: {
      type: "number",
      default: 1.5,
      unit: "m",
      min: 0,
      max: 50,
      help: "simplification tolerance; 1.5 cells and more remove the steps of oblique boundaries",
    },
    woodArea: areaOption(5000, "smallest area of a wood", 1e7),
    hedgeWidth: { type: "number", default: 12, unit: "m", min: 1, max: 50, help: "largest width of a hedge" },
    hedgeLength: { type: "number", default: 25, unit: "m", min: 0, max: 1000, help: "smallest length of a hedge" },
  },
  halo: (options) => (coverReach(options, Math.round(1000 * options.cell)) + 2) * options.cell,
  memory: ({ areaM2 }, { cell }) => 40 * ((1.3 * areaM2 + 1e5) / (cell * cell)) + 1e6,
  run(tile, input, options, scratch) {
    const cellMm = cellMillimetres(options.cell)
    if ((1000 * regionSide) % cellMm !== 0)
      throw new Error(
        `cells of ${options.cell} m do not divide 10 km. Use --set vector.vegetation.cell=0.5, 1, 2 or 2.5.`,
      )
    const { minArea, minHole, tolerance, woodArea, hedgeWidth, hedgeLength } = options
    const rules: CoverPartRules = { cellMm, minArea, minHole, tolerance, woodArea, hedgeWidth, hedgeLength }
    const own = ownCells(tile.cell, cellMm)
    const margin = coverReach(options, cellMm)
    const grid = growGrid(own, margin)
    const points = input["vegetation-points"]
    const places = pointCells(points, grid, scratch.int32(points.count))
    const cells = coverCells({ dhm: input.dhm, classes: input.class, points: places }, grid, options, scratch)
    const classes = new Uint8Array(own.columns * own.rows)
    for (let r = 0; r < own.rows; r++) {
      const from = (r + margin) * grid.columns + margin
      classes.set(cells.codes.subarray(from, from + own.columns), r * own.columns)
    }
    const runs = labelRuns({ ...own, classes })
    const sums = sumHeights(runs, cells, grid, margin, dataEnd(tile))
    addDays(sums, runs, points, own, scratch.int32(points.count))
    const count = (code: number): number =>
      runs.cells.reduce((sum, n, g) => sum + (runs.classes[g] === code ? n : 0), 0)
    const area = (cellMm * cellMm) / 1e6
    return {
      "cover-tile": encodeCoverTile({ rules, runs, sums }),
      "vegetation-quality": {
        lowM2: area * count(cover.low),
        mediumM2: area * count(cover.medium),
        highM2: area * (count(cover.high) + count(cover.narrow)),
        coverRuns: runs.starts.length,
      },
    }
  },
})

/** Sums of the cells' heights by patch, and which patches meet the end of the data. */
const sumHeights = (
  runs: LabelledRuns,
  { heights }: CoverCells,
  { cell, columns }: CellGrid,
  margin: number,
  end: DataEnd,
): CoverSums[] => {
  const sums = Array.from(runs.classes, noCover)
  const { column, row, rows, rowEnds, starts, labels, classes } = runs
  for (let r = 0; r < rows; r++) {
    const base = (r + margin) * columns + margin
    const [south, north] = [(row + r) * cell, (row + r + 1) * cell]
    for (let k = r > 0 ? rowEnds[r - 1] : 0; k < rowEnds[r] - 1; k++) {
      const sum = sums[labels[k]]!
      if (sum.atEnd === 0 && end.meets((column + starts[k]) * cell, south, (column + starts[k + 1]) * cell, north))
        sum.atEnd = 1
      if (classes[labels[k]] === cover.none) continue
      for (let i = base + starts[k]; i < base + starts[k + 1]; i++) {
        if (heights[i] < 0) continue
        sum.seen++
        sum.heights += heights[i]
        if (heights[i] > sum.highest) sum.highest = heights[i]
      }
    }
  }
  return sums
}

/** Adds the first and last day of the points over each patch. */
const addDays = (
  sums: CoverSums[],
  { rows, rowEnds, starts, labels, classes }: LabelledRuns,
  points: Points,
  own: CellGrid,
  cells: Int32Array,
): void => {
  const label = new Int32Array(own.columns * own.rows)
  for (let r = 0; r < rows; r++)
    for (let k = r > 0 ? rowEnds[r - 1] : 0; k < rowEnds[r] - 1; k++)
      label.fill(labels[k], r * own.columns + starts[k], r * own.columns + starts[k + 1])
  const times = requireColumn(points, "gpsTime")
  pointCells(points, own, cells)
  for (let i = 0; i < points.count; i++) {
    if (cells[i] < 0) continue
    const patch = label[cells[i]]
    const day = classes[patch] === cover.none ? undefined : gpsDay(times[i])
    if (day === undefined) continue
    const sum = sums[patch]!
    if (day < sum.firstDay) sum.firstDay = day
    if (day > sum.lastDay) sum.lastDay = day
  }
}

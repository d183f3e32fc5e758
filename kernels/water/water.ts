/** The kernel `vector.water`: lakes and rivers of one tile, and the parts that its border cuts. */
import { defineKernel, type Points, type Scratch } from "../../engine/kernel.js"
import { type CellGrid, cellMillimetres, growGrid } from "../grid/cell-grid.js"
import { cellOption, toleranceOption } from "../grid/outline-options.js"
import { type DataEnd, dataEnd } from "../handover/extent/data-extent.js"
import { encodeFootprints } from "../handover/footprint/footprint.js"
import {
  labelPatches,
  type MeasuredPatches,
  measurePatches,
  ownCells,
  pointCells,
  splitAtBorder,
} from "../handover/patch/cells.js"
import type { PatchPart } from "../handover/patch/part.js"
import { settleWhole } from "../handover/patch/settle.js"
import { VIRTUAL_CLASS, WATER_CLASS, type WaterMask, type WaterReach, waterMask, waterReach } from "./surface/cells.js"
import { LevelCounts } from "./surface/level.js"
import { waterFeatures, waterLayer, waterRows } from "./surface/object.js"

/**
 * Lakes and rivers from class 9, and from virtual points (66) where they form an area.
 *
 * The points in and around a cell of a grid fixed in the CRS decide whether it is water
 * (`waterMask`); 4-connected cells form a body. Bodies inside the work tile are output whole: a
 * lake with one level, a river with levels that fall along it (`waterLevelOf`). Bodies that touch
 * the border of the tile's cells go to `vector.water-join`, with their counts of heights. Outlines
 * are at least `clear` less the tolerance from buildings. Outlines of two bodies have room in
 * between. The ground can therefore use all of them as edges.
 *
 * Virtual points away from class 9 make water if the cells that only they claim cover `minArea`,
 * with ground points in at most 5 % of them. This is decided for whole bodies (`claimsHold`).
 *
 * Water without points is not found: they must be at most twice `close` apart. Rough seas count as
 * rivers. Memory: 30 bytes a cell and 4 a point. Time: linear.
 */
export default defineKernel({
  id: "vector.water",
  version: 8,
  summary: "Lakes and rivers (classes 9 and 66) as polygons, with their levels",
  inputs: {
    "water-surface-points": { kind: "points", classes: [2, 6, 9, 17, 66], attributes: ["classification"] },
  },
  outputs: {
    water: waterLayer,
    "water-part": { kind: "blob" },
    "water-own": { kind: "blob" },
    "water-quality": { kind: "metrics" },
  },
  options: {
    cell: cellOption,
    close: {
      type: "number",
      default: 3,
      unit: "m",
      min: 0,
      max: 20,
      help: "closing radius: gaps without ground points are closed up to twice this width",
    },
    below: {
      type: "number",
      default: 30,
      unit: "m",
      min: 0,
      max: 100,
      help: "largest distance, below a bridge deck, to the water on either side",
    },
    clear: {
      type: "number",
      default: 1.5,
      unit: "m",
      min: 0,
      max: 20,
      help: "smallest distance between water and cells with building points",
    },
    minArea: {
      type: "number",
      default: 50,
      unit: "m²",
      min: 0,
      max: 100000,
      help: "smallest area of water; smaller ones are dropped",
    },
    minHole: {
      type: "number",
      default: 20,
      unit: "m²",
      min: 0,
      max: 100000,
      help: "smallest area of an island; smaller ones are filled",
    },
    tolerance: toleranceOption(0.4),
  },
  halo: (options) => (waterReach(reachOf(options)) + 1) * options.cell,
  memory: ({ points, areaM2 }, { cell }) => 12 * points + 30 * (areaM2 / (cell * cell)) + 1e6,
  run(tile, input, options, scratch) {
    const cellMm = cellMillimetres(options.cell)
    const { minArea, minHole, tolerance, close } = options
    const rules = { cellMm, minArea, minHole, tolerance, close }
    const reach = reachOf(options)
    const own = ownCells(tile.cell, cellMm)
    const points = input["water-surface-points"]
    const wet = holdsWater(points)
    const grid = growGrid(own, wet ? waterReach(reach) : 0)
    const cells = pointCells(points, grid, scratch.int32(points.count))
    const parts: PatchPart[] = []
    if (wet) {
      const window: WaterWindow = { grid, own, end: dataEnd(tile), cells }
      parts.push(...waterParts(waterMask(points, cells, grid, reach, scratch), window, points, scratch))
    }
    const { whole, bytes } = splitAtBorder(tile.key, rules, own, parts)
    const { rows, dropped } = waterRows(settleWhole(whole, rules), rules)
    return {
      water: waterFeatures(rows),
      "water-part": bytes,
      "water-own": encodeFootprints(rows.map((row) => row.object)),
      "water-quality": {
        waters: rows.length,
        parts: parts.length - whole.length,
        dropped,
        unsimplifiedRings: rows.reduce((sum, { outline }) => sum + outline.unsimplified, 0),
      },
    }
  },
})

const reachOf = (options: { cell: number; close: number; below: number; clear: number }): WaterReach => ({
  close: options.close / options.cell,
  deck: Math.ceil(options.below / options.cell),
  clear: Math.ceil(options.clear / options.cell),
})

const holdsWater = ({ classification }: Points): boolean =>
  classification!.includes(WATER_CLASS) || classification!.includes(VIRTUAL_CLASS)

interface WaterWindow {
  readonly grid: CellGrid
  readonly own: CellGrid
  readonly end: DataEnd
  readonly cells: Int32Array
}

/** Patches of a mask of water, with what virtual points claim of them. */
const waterParts = (
  { mask, claim }: WaterMask,
  window: WaterWindow,
  points: Points,
  scratch: Scratch,
): readonly PatchPart[] => {
  const measure = (water: Uint8Array, cells: Int32Array, code?: number): PatchPart[] =>
    withLevels(measurePatches(water, window, points, cells, scratch, code), points)
  if (claim === undefined) return measure(mask, window.cells, WATER_CLASS)
  const { classification } = points
  // Virtual points count in the cells that they claim.
  const counted = window.cells.map((cell, i) => {
    const kind = classification![i]
    return kind === WATER_CLASS || (kind === VIRTUAL_CLASS && claim.sure[cell] === 0) ? cell : -1
  })
  const parts = measure(mask, counted)
  const { grid } = window
  const label = scratch.int32(mask.length)
  labelPatches(
    parts.map(({ runs }) => runs),
    grid,
    label,
  )
  const claims = parts.map(() => ({ cells: 0, seen: 0, contrary: 0, without: [] as PatchPart[] }))
  for (let i = 0; i < mask.length; i++) {
    if (label[i] === 0 || claim.sure[i] === 1) continue
    const one = claims[label[i] - 1]
    one.cells++
    if (claim.seen[i] > 0) one.seen++
    if (claim.seen[i] === 2) one.contrary++
  }
  // What is sure is part of the mask, so its first cell shows the part that it belongs to.
  for (const part of measure(claim.sure, window.cells, WATER_CLASS)) {
    const { rows, starts } = part.runs
    claims[label[(rows[0] - grid.row) * grid.columns + starts[0] - grid.column] - 1].without.push(part)
  }
  return parts.map((part, p) => ({ ...part, claim: claims[p] }))
}

/** Adds counts of the points' heights to the patches. */
const withLevels = ({ parts, numbers }: MeasuredPatches, points: Points): PatchPart[] => {
  const [originX, originY, originZ] = points.origin.map((value) => Math.round(value * 1000))
  const levels = parts.map(() => new LevelCounts())
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] === 0) continue
    levels[numbers[i] - 1].add(originX + points.x[i], originY + points.y[i], originZ + points.z[i])
  }
  return parts.map((part, g) => ({ ...part, ...levels[g].sums() }))
}

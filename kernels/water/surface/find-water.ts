/** What the kernels of water share: options, outputs, and the bodies of a tile. */
import { elementAt } from "../../../engine/core/lists.js"
import type { Points, Scratch, Tile, Values } from "../../../engine/kernel.js"
import { type CellGrid, cellMillimetres, growGrid } from "../../grid/cell-grid.js"
import { areaOption, cellOption, closeOption, toleranceOption } from "../../grid/outline-options.js"
import { type DataEnd, dataEnd } from "../../handover/extent/data-extent.js"
import { encodeFootprints } from "../../handover/footprint/footprint.js"
import {
  growCells,
  labelPatches,
  type MeasuredPatches,
  measurePatches,
  ownCells,
  pointCells,
  splitAtBorder,
} from "../../handover/patch/cells.js"
import type { PatchPart } from "../../handover/patch/part.js"
import { BANK_WINDOW, settleWhole } from "../../handover/patch/settle.js"
import { requireColumn } from "../../handover/point-set.js"
import {
  VIRTUAL_CLASS,
  WATER_CLASS,
  type WaterClaim,
  type WaterMask,
  type WaterReach,
  waterMask,
  waterReach,
} from "./cells.js"
import { LevelCounts } from "./level.js"
import { waterFeatures, waterLayer, waterRows } from "./object.js"

export const waterOutputs = {
  water: waterLayer,
  "water-part": { kind: "blob" },
  "water-own": { kind: "blob" },
  "water-quality": { kind: "metrics" },
} as const

export const waterOptions = {
  cell: cellOption,
  close: { ...closeOption(3), help: "closing radius: gaps without ground points are closed up to twice this width" },
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
  minArea: areaOption(50, "smallest area of water; smaller ones are dropped", 100000),
  minHole: areaOption(20, "smallest area of an island; smaller ones are filled", 100000),
  tolerance: toleranceOption(0.4),
} as const

export const voidOptions = {
  ...waterOptions,
  // With the tolerance, 2 m: walls hide the ground beside them, which is no water.
  clear: { ...waterOptions.clear, default: 2.5 },
  empty: {
    type: "number",
    default: 2,
    byDensity: { 1: 6, 2: 3 },
    unit: "m",
    min: 1,
    max: 20,
    help: "radius of the disc without returns that a void contains: the narrowest are twice as wide",
  },
} as const

/** `empty` is absent where voids are no water. */
export type WaterOptions = Values<typeof waterOptions> & { readonly empty?: number }

export const waterHalo = (options: WaterOptions): number => (waterReach(measureReach(options)) + 1) * options.cell

/**
 * The bodies of water of a tile, and the parts that its border cuts.
 *
 * @param points of all classes where voids may be water
 */
export const findWater = (tile: Tile, points: Points, options: WaterOptions, scratch: Scratch) => {
  const cellMm = cellMillimetres(options.cell)
  const { minArea, minHole, tolerance, close } = options
  const rules = { cellMm, minArea, minHole, tolerance, close }
  const reach = measureReach(options)
  const own = ownCells(tile.cell, cellMm)
  const wet = options.empty !== undefined || holdsWater(points)
  const grid = growGrid(own, wet ? waterReach(reach) : 0)
  const cells = pointCells(points, grid, scratch.int32(points.count))
  const parts: PatchPart[] = []
  if (wet) {
    const window: WaterWindow = { grid, own, end: dataEnd(tile), cells }
    const covers = (x: number, y: number): boolean => window.end.covers(x, y)
    parts.push(...waterParts(waterMask(points, cells, { grid, covers }, reach, scratch), window, points, scratch))
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
}

const measureReach = (options: WaterOptions): WaterReach => ({
  close: options.close / options.cell,
  deck: Math.ceil(options.below / options.cell),
  clear: Math.ceil(options.clear / options.cell),
  empty: Math.round((options.empty ?? 0) / options.cell),
})

const holdsWater = (points: Points): boolean =>
  requireColumn(points, "classification").includes(WATER_CLASS) ||
  requireColumn(points, "classification").includes(VIRTUAL_CLASS)

interface WaterWindow {
  readonly grid: CellGrid
  readonly own: CellGrid
  readonly end: DataEnd
  readonly cells: Int32Array
}

/** Patches of a mask of water, with what virtual points and voids claim of them. */
const waterParts = (
  { mask, claim, flooded }: WaterMask,
  window: WaterWindow,
  points: Points,
  scratch: Scratch,
): readonly PatchPart[] => {
  const { cells } = window
  const counted = claim === undefined ? cells : claimedCells(points, cells, claim)
  const code = claim === undefined ? WATER_CLASS : undefined
  const dry = dryParts({ mask, ...(claim && { claim }) }, counted, window, points, scratch)
  if (flooded === undefined) return dry
  const parts = withLevels(measurePatches(flooded, window, points, counted, scratch, code), points)
  const { label, owner } = owners(parts, window.grid, flooded.length, scratch)
  const claims = parts.map(() => ({ cells: 0, seen: 0, contrary: 0, without: [] as PatchPart[] }))
  for (let i = 0; i < label.length; i++) if (label[i] > 0 && mask[i] === 0) claims[label[i] - 1].cells++
  for (const part of dry) claims[owner(part)].without.push(part)
  const banks = bankLows(parts.length, label, window, points)
  const outlines = outlineSides(parts.length, label, flooded, window)
  return parts.flatMap((part, p): PatchPart[] =>
    claims[p].cells === 0
      ? claims[p].without
      : [{ ...part, claim: { ...claims[p], banks: banks[p], ...elementAt(outlines, p) } }],
  )
}

/** Numbers of sides of cells of each part along the shore, and along the end of the data. */
const outlineSides = (count: number, label: Int32Array, flooded: Uint8Array, { grid, end }: WaterWindow) => {
  const sides = Array.from({ length: count }, () => ({ shore: 0, open: 0 }))
  const { cell, column, row, columns } = grid
  for (let i = 0; i < label.length; i++) {
    if (label[i] === 0) continue
    const side = elementAt(sides, label[i]! - 1)
    for (const step of [-1, 1, -columns, columns]) {
      if (flooded[i + step] === 1) continue
      const [west, south] = [(column + (i % columns)) * cell, (row + Math.floor(i / columns)) * cell]
      if (end.meets(west, south, west + cell, south + cell)) side.open++
      else side.shore++
    }
  }
  return sides
}

/** Distance from the shore of a void, in cells, within which ground is its bank. */
const BANK = 4

/** Rows of window column, window row and lowest ground of the banks of each part. */
const bankLows = (count: number, label: Int32Array, { grid, cells }: WaterWindow, points: Points): Int32Array[] => {
  const lows = Array.from({ length: count }, () => new Map<string, [column: number, row: number, low: number]>())
  const wet = Uint8Array.from(label, (part) => (part > 0 ? 1 : 0))
  const near = growCells(wet, grid, BANK)
  const codes = requireColumn(points, "classification")
  const [originX, originY, originZ] = points.origin.map((value) => Math.round(value * 1000))
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]
    if (cell < 0 || near[cell] === 0 || wet[cell] === 1 || codes[i] !== 2) continue
    const column = Math.floor((originX + points.x[i]) / BANK_WINDOW)
    const row = Math.floor((originY + points.y[i]) / BANK_WINDOW)
    for (const part of partsNear(label, cell, grid)) {
      const known = lows[part - 1].get(`${column} ${row}`)
      if (known) known[2] = Math.min(known[2], originZ + points.z[i])
      else lows[part - 1].set(`${column} ${row}`, [column, row, originZ + points.z[i]])
    }
  }
  return lows.map((rows) => Int32Array.from([...rows.values()].flat()))
}

const partsNear = (label: Int32Array, cell: number, { columns, rows }: CellGrid): Set<number> => {
  const found = new Set<number>()
  const [column, row] = [cell % columns, Math.floor(cell / columns)]
  for (let r = Math.max(0, row - BANK); r <= Math.min(rows - 1, row + BANK); r++)
    for (let c = Math.max(0, column - BANK); c <= Math.min(columns - 1, column + BANK); c++)
      if (label[r * columns + c] > 0) found.add(label[r * columns + c])
  return found
}

/** Labels the parts' cells, and finds the part that has the first cell of another one. */
const owners = (parts: readonly PatchPart[], grid: CellGrid, size: number, scratch: Scratch) => {
  const label = scratch.int32(size)
  labelPatches(
    parts.map(({ runs }) => runs),
    grid,
    label,
  )
  const owner = ({ runs: { rows, starts } }: PatchPart): number =>
    label[(rows[0] - grid.row) * grid.columns + starts[0] - grid.column] - 1
  return { label, owner }
}

/** Cells of class 9, and of virtual points in the cells that they claim; −1 for other points. */
const claimedCells = (points: Points, cells: Int32Array, { sure }: WaterClaim): Int32Array => {
  const classification = requireColumn(points, "classification")
  const claimed = new Int32Array(cells.length).fill(-1)
  for (let i = 0; i < cells.length; i++) {
    const kind = classification[i]
    if (kind === WATER_CLASS || (kind === VIRTUAL_CLASS && sure[cells[i]] === 0)) claimed[i] = cells[i]
  }
  return claimed
}

/** Patches of water by points. */
const dryParts = (
  { mask, claim }: WaterMask,
  counted: Int32Array,
  window: WaterWindow,
  points: Points,
  scratch: Scratch,
): readonly PatchPart[] => {
  const measure = (water: Uint8Array, cells: Int32Array, code?: number): PatchPart[] =>
    withLevels(measurePatches(water, window, points, cells, scratch, code), points)
  if (claim === undefined) return measure(mask, window.cells, WATER_CLASS)
  const parts = measure(mask, counted)
  const { label, owner } = owners(parts, window.grid, mask.length, scratch)
  const claims = parts.map(() => ({ cells: 0, seen: 0, contrary: 0, without: [] as PatchPart[] }))
  for (let i = 0; i < mask.length; i++) {
    if (label[i] === 0 || claim.sure[i] === 1) continue
    const one = claims[label[i] - 1]
    one.cells++
    if (claim.seen[i] > 0) one.seen++
    if (claim.seen[i] === 2) one.contrary++
  }
  // Parts with claims that are sure.
  const rest = scratch.uint8(mask.length)
  let hasRest = false
  for (let i = 0; i < mask.length; i++) {
    if (label[i] === 0 || claim.sure[i] === 0 || claims[label[i] - 1].cells === 0) continue
    rest[i] = 1
    hasRest = true
  }
  // It is part of the mask, so its first cell shows the part that it belongs to.
  if (hasRest) for (const part of measure(rest, window.cells, WATER_CLASS)) claims[owner(part)].without.push(part)
  return parts.map((part, p) => (claims[p].cells === 0 ? part : { ...part, claim: claims[p] }))
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

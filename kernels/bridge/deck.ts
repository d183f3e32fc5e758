/**
 * The kernel `vector.bridge`: bridge decks of one tile, the ground that they meet, and the parts
 * that its border cuts.
 */
import { defineKernel, type Points, type PointsPort, type Scratch } from "../../engine/kernel.js"
import { type CellGrid, cellMillimetres, growGrid, noHeight } from "../grid/cell-grid.js"
import { closeGaps, gapReach } from "../grid/disc-mask.js"
import { areaOption, cellOption, closeOption, minHoleOption, toleranceOption } from "../grid/outline-options.js"
import { AXIS_REACH, type DeckCells, deckHeights, deckRests } from "../handover/deck/heights.js"
import { dataEnd } from "../handover/extent/data-extent.js"
import { encodeFootprints } from "../handover/footprint/footprint.js"
import { measurePatches, ownCells, pointCells, splitAtBorder } from "../handover/patch/cells.js"
import { encodePointSet, takePoints } from "../handover/point-set.js"
import { type DeckRules, deckFeatures, deckLayer, deckRows } from "./object.js"

const haloOf = ({ cell, close, rest }: Readonly<Record<"cell" | "close" | "rest", number>>): number =>
  (gapReach(close / cell) + around(rest, cell) + 1) * cell

/** Ground and water matter where a deck may rest. */
const nearDecks: PointsPort["near"] = {
  classes: [17],
  reach: (options) => haloOf(options as Parameters<typeof haloOf>[0]),
}

/**
 * Bridge decks from class 17.
 *
 * Cells of a grid fixed in the CRS are set if they contain a point. Gaps are closed (in metres, so
 * one point a m² still makes one deck), and 4-connected cells form a deck. A deck rests where
 * ground at its height is close by. The output `deck-own` has an outline that extends to there, and
 * the ground's abutments and places below the deck (`deckGround`). Decks inside the work tile are
 * output whole. Decks that touch the border of its cells go to `vector.bridge-join` as cells, and
 * to `mesh.bridge` as points.
 *
 * Decks above one another form one object. Memory: 18 bytes a cell and 12 a point. Time: linear.
 */
export default defineKernel({
  id: "vector.bridge",
  version: 5,
  summary: "Outlines of bridge decks (class 17), with area and heights",
  inputs: {
    "deck-surface-points": { kind: "points", classes: [17] },
    "deck-ground-points": { kind: "points", classes: [2], near: nearDecks },
    "deck-water-points": { kind: "points", classes: [9, 66], near: nearDecks },
  },
  outputs: {
    bridge: deckLayer,
    "deck-part": { kind: "blob" },
    "deck-own": { kind: "blob" },
    "deck-points": { kind: "blob" },
    "bridge-quality": { kind: "metrics" },
  },
  options: {
    cell: cellOption,
    close: closeOption(3),
    minArea: areaOption(10, "smallest area of a deck; smaller ones are dropped"),
    minHole: minHoleOption(10),
    tolerance: toleranceOption(0.7),
    rest: {
      type: "number",
      default: 2,
      unit: "m",
      min: 0,
      max: 10,
      help: "how far a deck continues onto ground at its height",
    },
    step: {
      type: "number",
      default: 0.5,
      unit: "m",
      min: 0,
      max: 5,
      help: "largest height difference between deck and ground there",
    },
  },
  halo: haloOf,
  memory: ({ points, areaM2 }, { cell }) => 12 * points + 24 * (areaM2 / (cell * cell)) + 1e6,
  run(tile, input, options, scratch) {
    const cellMm = cellMillimetres(options.cell)
    const { minArea, minHole, tolerance, close } = options
    const rules: DeckRules = { cellMm, minArea, minHole, tolerance, close, step: Math.round(options.step * 1000) }
    const own = ownCells(tile.cell, cellMm)
    const radius = options.close / options.cell
    const reach = Math.ceil(options.rest / options.cell)
    const grid = growGrid(own, gapReach(radius) + around(options.rest, options.cell))
    const points = input["deck-surface-points"]
    const cells = pointCells(points, grid, scratch.int32(points.count))
    const deck = deckCells(input, cells, grid, radius, scratch)
    const found = measurePatches(deck.mask, { grid, own, end: dataEnd(tile) }, points, cells, scratch)
    const parts = found.parts.map(({ margin: _, atEnd, ...part }) => ({
      ...part,
      atEnd,
      margin: deckRests(part.runs, deck, reach, rules.step),
      heights: deckHeights(part.runs, deck, rules.step),
    }))
    const { whole, cut, bytes } = splitAtBorder(tile.key, rules, own, parts)
    const { rows, dropped } = deckRows(whole, rules)
    return {
      bridge: deckFeatures(rows),
      "deck-part": bytes,
      "deck-own": encodeFootprints(rows.map((row) => row.object)),
      "deck-points": pointsOfParts(points, found.numbers, cut),
      "bridge-quality": {
        bridges: rows.length,
        parts: parts.length - whole.length,
        dropped,
        unsimplifiedRings: rows.reduce((sum, { outline }) => sum + outline.unsimplified, 0),
      },
    }
  },
})

/** Radius in cells within which deck and ground decide where a cell rests. */
const around = (rest: number, cell: number): number => Math.ceil(Math.max(rest, AXIS_REACH) / cell)

const deckCells = (
  input: {
    readonly "deck-surface-points": Points
    readonly "deck-ground-points": Points
    readonly "deck-water-points": Points
  },
  cells: Int32Array,
  grid: CellGrid,
  radius: number,
  scratch: Scratch,
): DeckCells => {
  const count = grid.columns * grid.rows
  const mask = scratch.uint8(count)
  const [deckMm, groundMm, waterMm] = [scratch.int32(count), scratch.int32(count), scratch.int32(count)]
  for (const heights of [deckMm, groundMm, waterMm]) heights.fill(noHeight)
  const points = input["deck-surface-points"]
  const zero = Math.round(points.origin[2] * 1000)
  for (let i = 0; i < points.count; i++) {
    const cell = cells[i]
    if (cell < 0) continue
    mask[cell] = 1
    if (zero + points.z[i] < deckMm[cell]) deckMm[cell] = zero + points.z[i]
  }
  // Skips the ground of the many tiles without a bridge.
  if (points.count > 0) {
    closeGaps(mask, scratch.uint8(count), grid.columns, radius)
    const [counts, sums] = [scratch.int32(count), scratch.float64(count)]
    for (const [ground, meanMm] of [
      [input["deck-ground-points"], groundMm],
      [input["deck-water-points"], waterMm],
    ] as const) {
      counts.fill(0)
      sums.fill(0)
      meanHeights(ground, pointCells(ground, grid, scratch.int32(ground.count)), meanMm, { counts, sums })
    }
  }
  return { grid, mask, deckMm, groundMm, waterMm }
}

const meanHeights = (
  ground: Points,
  cells: Int32Array,
  meanMm: Int32Array,
  { counts, sums }: { readonly counts: Int32Array; readonly sums: Float64Array },
): void => {
  const zero = Math.round(ground.origin[2] * 1000)
  for (let i = 0; i < ground.count; i++) {
    if (cells[i] < 0) continue
    counts[cells[i]]++
    sums[cells[i]] += zero + ground.z[i]
  }
  for (let i = 0; i < counts.length; i++) if (counts[i] > 0) meanMm[i] = Math.floor(sums[i] / counts[i])
}

/** The points of the tile's own cells on decks that its border cuts. */
const pointsOfParts = (points: Points, numbers: Int32Array, cut: readonly boolean[]): Uint8Array => {
  const chosen: number[] = []
  for (let i = 0; i < points.count; i++) if (cut[numbers[i] - 1] === true) chosen.push(i)
  return encodePointSet(takePoints(points, chosen))
}

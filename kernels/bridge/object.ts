/**
 * The layer that `vector.bridge` and its join make of whole decks, and the object that later
 * kernels read.
 */

import { columnsByName } from "../../engine/core/feature-table.js"
import { elementAt } from "../../engine/core/lists.js"
import type { ColumnFacts, Features, FeaturesPort } from "../../engine/kernel.js"
import { noHeight } from "../grid/cell-grid.js"
import type { CellRuns } from "../grid/cell-runs.js"
import { closeGaps, DiscMask, gapReach } from "../grid/disc-mask.js"
import { truncatedColumn } from "../grid/outline-options.js"
import { deckGround } from "../handover/deck/ground.js"
import { type Footprint, liftRing } from "../handover/footprint/footprint.js"
import { maskOfRuns, patchesOf, setRuns } from "../handover/patch/cells.js"
import type { Patch } from "../handover/patch/join.js"
import { outlineFeatures, outlinePatch, type PatchOutline } from "../handover/patch/outline.js"
import type { PatchRules } from "../handover/patch/part.js"

/** Rules of patches, and the largest step between a deck and the ground where they meet, mm. */
export interface DeckRules extends PatchRules {
  readonly step: number
}

/** A deck with its outline and the object for the tiles that it meets. */
export interface DeckRow {
  readonly patch: Patch
  readonly outline: PatchOutline
  readonly object: Footprint
}

/**
 * Outlines of whole bridge decks. An object's rings are those of the class 17 cells, with the
 * deck's lowest height as z. They mask ground points but do not cut the ground, which has its own
 * lines there (`under`). Its one member is the outline of the deck's body, which extends into the
 * ground where the deck rests.
 */
export const deckRows = (patches: readonly Patch[], rules: DeckRules): { rows: DeckRow[]; dropped: number } => {
  const rows: DeckRow[] = []
  for (const patch of patches) {
    const outline = outlinePatch(patch.runs, rules, "bridge")
    if (outline) rows.push({ patch, outline, object: deckObject(patch, outline, rules) })
  }
  return { rows, dropped: patches.length - rows.length }
}

const deckObject = (patch: Patch, outline: PatchOutline, rules: DeckRules): Footprint => {
  const levelMm = patch.lowMm === noHeight ? 0 : patch.lowMm
  const attributes = describeDeck(patch, outline)
  // The body contains all cells of the deck, so it is large enough if the deck is.
  const body = outlinePatch(bodyRuns(patch, rules), rules, "bridge")?.rings ?? outline.rings
  return {
    kind: 17,
    id: outline.id,
    representative: outline.representative,
    rings: outline.rings.map((ring) => ({
      xyz: liftRing(ring, () => levelMm),
      corner: new Uint8Array(ring.length / 2).fill(1),
    })),
    levelMm,
    truncated: patch.truncated,
    under: deckGround(outline.rings, patch.heights ?? new Int32Array(0), rules.cellMm, rules.step),
    members: [{ id: outline.id, rings: body, attributes }],
    attributes,
  }
}

/** Half the least width of a rest, metres. */
const NARROW = 0.75

/**
 * Cells of the body: those of the deck and of its rests, closed like the deck, without thin fingers
 * of rests. One more cell wherever two would meet only at a corner, so that the side walls are
 * manifold.
 */
const bodyRuns = ({ runs, margin }: Patch, { cellMm, close }: PatchRules): CellRuns => {
  if (margin.rows.length === 0) return withoutPinches(runs)
  const radius = (close * 1000) / cellMm
  const { mask, grid } = maskOfRuns([runs, margin], gapReach(radius) + 2)
  const spare = new Uint8Array(mask.length)
  closeGaps(mask, spare, grid.columns, radius)
  DiscMask.open(mask, spare, grid.columns, (NARROW * 1000) / cellMm)
  setRuns(mask, grid, runs)
  return withoutPinches(patchWith(patchesOf(mask, grid, grid), runs))
}

/** The patch that contains the first cell of the deck. */
const patchWith = (patches: readonly CellRuns[], deck: CellRuns): CellRuns => {
  const isOwn = ({ rows, starts, ends }: CellRuns): boolean =>
    rows.some((row, k) => row === deck.rows[0] && starts[k] <= deck.starts[0] && ends[k] > deck.starts[0])
  return elementAt(patches, patches.findIndex(isOwn))
}

const withoutPinches = (runs: CellRuns): CellRuns => {
  const { mask, grid } = maskOfRuns([runs], 2)
  fillPinches(mask, grid.columns, grid.rows)
  return patchesOf(mask, grid, grid)[0]
}

/**
 * Sets a cell beside each pair of cells that meet only at a corner, until there is none. It ends
 * because it only adds cells.
 */
const fillPinches = (mask: Uint8Array, columns: number, rows: number): void => {
  for (let changed = true; changed; ) {
    changed = false
    for (let r = 0; r + 1 < rows; r++) {
      for (let i = r * columns; i + 1 < (r + 1) * columns; i++) {
        const [a, b, c, d] = [mask[i], mask[i + 1], mask[i + columns], mask[i + columns + 1]]
        if (a !== d || b !== c || a === b) continue
        mask[a === 1 ? i + 1 : i] = 1
        changed = true
      }
    }
  }
}

const describeDeck = (patch: Patch, outline: PatchOutline): Record<string, number> => ({
  area: outline.area,
  height_min: metres(patch.lowMm),
  height_max: metres(patch.highMm),
  points: patch.points,
  truncated: patch.truncated ? 1 : 0,
})

const metres = (mm: number): number => (mm === noHeight ? 0 : mm / 1000)

const deckColumns: Readonly<Record<string, ColumnFacts>> = {
  area: { type: "number", unit: "m²", help: "area of the outline without its holes" },
  height_min: { type: "number", unit: "m", help: "altitude of the lowest class 17 point" },
  height_max: {
    type: "number",
    unit: "m",
    help: "altitude of the highest class 17 point, including railings and cars",
  },
  points: { type: "integer", help: "number of class 17 points on its cells" },
  truncated: truncatedColumn,
}

/** The layer of bridges. */
export const deckLayer = {
  kind: "features",
  geometry: "Polygon",
  help: "bridge decks",
  columns: deckColumns,
  role: "decks",
  style: { colour: "#ff5c00" },
} as const satisfies FeaturesPort

/** Features of {@link deckLayer}. */
export const deckFeatures = (rows: readonly DeckRow[]): Features =>
  outlineFeatures(
    rows.map(({ outline }) => outline),
    columnsByName(
      deckColumns,
      rows.map(({ object }) => object.attributes),
    ),
  )

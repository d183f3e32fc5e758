/**
 * The layer that `vector.water` and its join make of whole bodies of water, and the object that
 * later kernels read.
 */

import { columnsByName } from "../../../engine/core/feature-table.js"
import { doubledArea } from "../../../engine/core/geometry/rings.js"
import { objectId } from "../../../engine/core/hash.js"
import type { ColumnFacts, Features, FeaturesPort } from "../../../engine/kernel.js"
import { truncatedColumn } from "../../grid/outline-options.js"
import {
  type Footprint,
  type FootprintRing,
  followsBorder,
  liftRing,
  sameRings,
} from "../../handover/footprint/footprint.js"
import type { OpenSide, Patch } from "../../handover/patch/join.js"
import { outlineFeatures, outlinePatch, type PatchOutline } from "../../handover/patch/outline.js"
import type { PatchRules } from "../../handover/patch/part.js"
import { findBanks } from "../../handover/patch/settle.js"
import { crossLines } from "../../handover/patch/tile-lines.js"
import { cutAtRegions, middlePlace } from "./cut-regions.js"
import { bankLevel, findWaterLevel, LEVEL_WINDOW, type WaterLevel, waterHeight } from "./level.js"

/** A body of water with its outline, its surface, and the object for the tiles that it meets. */
export interface WaterRow {
  readonly patch: Patch
  readonly outline: PatchOutline
  readonly level: WaterLevel
  readonly object: Footprint
}

/**
 * Whole bodies of water. A level body's rings have one height. Those of a river that falls follow
 * its levels, with a vertex at each crossing with a line of the level windows.
 *
 * @param sideMm side of the finest tiles, at whose lines the rings get vertices; undefined for
 *   bodies inside one tile
 */
export const waterRows = (
  patches: readonly Patch[],
  rules: PatchRules,
  sideMm?: number,
): { rows: WaterRow[]; dropped: number } => {
  const rows: WaterRow[] = []
  for (const patch of patches) {
    const banks = patch.points > 0 ? [] : findBanks(patch)
    const outline = patch.points > 0 || banks.length > 0 ? outlinePatch(patch.runs, rules, "water") : undefined
    if (!outline) continue
    const level = banks.length > 0 ? bankLevel(banks) : findWaterLevel(patch, rules.cellMm)
    rows.push({ patch, outline, level, object: waterObject(patch, outline, level, rules.cellMm, sideMm) })
  }
  return { rows, dropped: patches.length - rows.length }
}

const waterObject = (
  patch: Patch,
  outline: PatchOutline,
  level: WaterLevel,
  cellMm: number,
  sideMm?: number,
): Footprint => {
  const windows = level.planes.size > 0 ? [LEVEL_WINDOW] : []
  const ringsAt = (sides: readonly number[]): FootprintRing[] =>
    outline.rings.map((ring): FootprintRing => {
      const { xy, corner } = crossLines(ring, sides)
      return { xyz: liftRing(xy, (x, y) => waterHeight(level, x, y)), corner }
    })
  const plain = ringsAt(windows)
  const free = plain.map((ring) => markOpen(ring, patch.openSides ?? [], cellMm))
  const rings = sideMm === undefined ? plain : ringsAt([sideMm, ...windows])
  return {
    kind: 9,
    id: outline.id,
    representative: outline.representative,
    rings,
    ...(sameRings(rings, free) ? {} : { free }),
    levelMm: level.levelMm,
    truncated: patch.truncated,
    members: [],
    attributes: {
      level: level.levelMm / 1000,
      area: outline.area,
      kind: level.kind,
      points: patch.points,
      truncated: patch.truncated ? 1 : 0,
    },
  }
}

/**
 * Marks the vertices after which the ring follows an open side. The tolerance is one cell, because
 * simplification cuts corners.
 */
const markOpen = ({ xyz, corner }: FootprintRing, sides: readonly OpenSide[], cellMm: number): FootprintRing => {
  const lies = (v: number, { axis, at, from, to }: OpenSide): boolean => {
    const along = xyz[3 * v + 1 - axis]
    const off = Math.abs(xyz[3 * v + axis] - at * cellMm)
    return off <= cellMm && along >= from * cellMm && along <= to * cellMm
  }
  const marked = corner.map((flag, v) => {
    const next = (v + 1) % corner.length
    const follows = sides.some(
      (side) => lies(v, side) && sides.some((other) => isOneLine(side, other) && lies(next, other)),
    )
    return follows ? flag | followsBorder : flag
  })
  return { xyz, corner: marked }
}

const isOneLine = (a: OpenSide, b: OpenSide): boolean => a.axis === b.axis && a.at === b.at

const waterColumns: Readonly<Record<string, ColumnFacts>> = {
  object_id: {
    type: "string",
    help: "id of the whole body, shared by the parts of a river on both sides of a line of the 10 km grid",
  },
  level: {
    type: "number",
    unit: "m",
    help: "altitude of the surface: the level of a lake, the median level of a whole river",
  },
  area: { type: "number", unit: "m²", help: "area of this polygon without its islands" },
  kind: {
    type: "string",
    help: "lake: one level, never cut; void: a lake without points, at the level of its banks; river: it falls, or is long and level and goes on beyond the data; cut at the lines of the 10 km grid",
  },
  points: { type: "integer", help: "number of points of classes 9 and 66 on the cells of the whole body" },
  truncated: truncatedColumn,
}

/** The layer of water. */
export const waterLayer = {
  kind: "features",
  geometry: "Polygon",
  help: "lakes, and rivers cut at the lines of the 10 km grid",
  columns: waterColumns,
  style: {
    colour: "#2f6bff",
    isLow: true,
    map: {
      label: "Water",
      needs: "water",
      // Below vegetation: crowns overhang the banks.
      order: -1,
      relief: { fill: "rgba(47,107,255,0.6)", line: "#1d46b0", width: 0.8 },
      image: { fill: "rgba(47,107,255,0.35)", line: "#9cc0ff", width: 1.2 },
    },
  },
} as const satisfies FeaturesPort

/** Features of {@link waterLayer}: lakes whole, rivers cut at the lines of the regions. */
export const waterFeatures = (bodies: readonly WaterRow[]): Features => {
  const rows = bodies.flatMap(listParts)
  const values = rows.map(({ body, outline }) => ({
    ...body.object.attributes,
    object_id: body.outline.id,
    area: outline.area,
  }))
  return outlineFeatures(
    rows.map(({ outline }) => outline),
    columnsByName(waterColumns, values),
  )
}

/** A body, or the part of a river in a region. */
interface WaterPart {
  readonly body: WaterRow
  /** With the representative point of the whole body, whose owner also owns the parts. */
  readonly outline: PatchOutline
}

const listParts = (body: WaterRow): WaterPart[] => {
  const { outline, level } = body
  const pieces = level.kind === "river" ? cutAtRegions(outline.rings) : []
  if (pieces.length < 2) return [{ body, outline }]
  return pieces.map((rings) => {
    const [x, y] = middlePlace(rings)
    const area = rings.reduce((sum, ring) => sum + doubledArea(ring), 0) / 2e6
    return { body, outline: { ...outline, id: objectId("water", x / 1000, y / 1000), rings, area } }
  })
}

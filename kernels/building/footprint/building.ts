/**
 * A whole building from its cells and points: outline, id and attributes, its row in the layer, and
 * the footprint that later kernels read.
 */
import { flattenMmRings, makeColumns } from "../../../engine/core/feature-table.js"
import { doubledArea } from "../../../engine/core/geometry/rings.js"
import { dayText } from "../../../engine/core/gps-day.js"
import { objectId } from "../../../engine/core/hash.js"
import type { ColumnFacts, Features, FeaturesPort } from "../../../engine/kernel.js"
import { noHeight } from "../../grid/cell-grid.js"
import type { Footprint, FootprintMember } from "../../handover/footprint/footprint.js"
import { percentile } from "../../handover/histogram.js"
import { countCells } from "../../handover/patch/outline.js"
import { type Outline, type OutlineRules, type OutlineSource, regularOutline } from "../outline/outline.js"
import { representativePlace } from "../outline/representative-place.js"
import { footRings, type GroundSampler } from "./foot-heights.js"
import { eavesOf, type FootprintSums, metres, ridgeOf } from "./sums.js"

/** A building with its outline and attributes. Areas in m², heights in m. */
export interface Building {
  readonly id: string
  /** A point inside the outline, whole millimetres of the CRS. */
  readonly representative: readonly [xMm: number, yMm: number]
  readonly outline: Outline
  readonly sums: FootprintSums
  /** External outlines: those that it unites. Else empty. */
  readonly members: readonly FootprintMember[]
  readonly area: number
  readonly height: number
  readonly ground: number
  readonly roofMax: number
}

/** Objects of a smaller mean width, mm, are walls, fences or clutter. */
const LEAST_WIDTH = 1000

/**
 * The building of a whole object of cells. Undefined if these cover less than `minArea`, or if the
 * outline is thinner than 1 m and `minArea` is not 0. The same object gives the same bits
 * everywhere.
 */
export const traceBuilding = (object: FootprintSums & OutlineSource, rules: OutlineRules): Building | undefined => {
  if (countCells(object.runs) * rules.cell * rules.cell < rules.minArea) return undefined
  const outline = regularOutline(object, rules)
  if (rules.minArea > 0 && meanWidth(outline) < LEAST_WIDTH) return undefined
  // Drops the data of the outline, so that it can be collected.
  const { runs, edge: _edge, wall: _wall, foreign: _foreign, ...sums } = object
  return describeBuilding(outline, representativePlace(outline, runs, Math.round(rules.cell * 1000)), sums)
}

/**
 * Area over half the perimeter, mm: about the width of a long, thin shape. A hole of a tenth of the
 * whole is the yard within a wall; the many openings of a large roof do not make it thin.
 */
const meanWidth = ({ rings }: Outline): number => {
  const [whole = 0] = rings.map((ring) => doubledArea(ring))
  const edges = rings.filter((ring, k) => k === 0 || 10 * Math.abs(doubledArea(ring)) >= whole)
  return rings.reduce((sum, ring) => sum + doubledArea(ring), 0) / edges.reduce((sum, ring) => sum + perimeter(ring), 0)
}

const perimeter = (ring: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
    sum += Math.hypot(ring[i]! - ring[j]!, ring[i + 1]! - ring[j + 1]!)
  return sum
}

/** Adds id and attributes to an outline. The id is a hash of the representative point. */
export const describeBuilding = (
  outline: Outline,
  representative: readonly [xMm: number, yMm: number],
  sums: FootprintSums,
  members: readonly FootprintMember[] = [],
): Building => ({
  id: objectId("building", representative[0] / 1000, representative[1] / 1000),
  representative,
  outline,
  sums,
  members,
  area: outline.rings.reduce((sum, ring) => sum + doubledArea(ring), 0) / 2e6,
  height: percentile(sums.histogram, 9, 10),
  ground: metres(sums.groundMm),
  roofMax: metres(sums.roofMm),
})

const buildingColumns: Readonly<Record<string, ColumnFacts>> = {
  area: { type: "number", unit: "m²", help: "area of the outline without its holes" },
  height: {
    type: "number",
    unit: "m",
    help: "90th percentile of the points' heights above the DTM; middle of a 0.1 m bin; empty without DTM",
  },
  ground_min: {
    type: "number",
    unit: "m",
    help: "altitude of the lowest DTM cell below the building; empty without DTM",
  },
  ground_max: {
    type: "number",
    unit: "m",
    help: "altitude of the highest DTM cell below the building; empty without DTM",
  },
  dsm_eaves: {
    type: "number",
    unit: "m",
    help: "altitude of the eaves: lower quartile of the highest points of the 0.5 m cells at the outline, to 0.1 m; empty without points",
  },
  dsm_ridge: {
    type: "number",
    unit: "m",
    help: "altitude of the ridge: 99th percentile of the highest points of cells, to 0.1 m; empty without points",
  },
  roof_max: {
    type: "number",
    unit: "m",
    help: "altitude of the highest point, including chimneys and aerials; empty without points",
  },
  dsm_volume: {
    type: "number",
    unit: "m³",
    help: "area times the mean height of the cells' highest points above the DTM; empty without DTM or points. The solids have `volume`",
  },
  points: { type: "integer", help: "number of class 6 points on its cells" },
  density: { type: "number", unit: "points/m²", help: "points per m² of area" },
  acquired_first: {
    type: "string",
    as: "date",
    help: "first day of acquisition, YYYY-MM-DD, from GPS times; empty if the points have none",
  },
  acquired_last: { type: "string", as: "date", help: "last day of acquisition, likewise" },
  confidence: {
    type: "number",
    help: "0 to 1: share of the cells with a point, reduced in proportion for buildings below 2.5 m; empty without cells",
  },
  reason: {
    type: "string",
    help: "only with --footprints: `no data` for an outline without class 6 points, which becomes no building; else empty",
  },
  truncated: {
    type: "integer",
    as: "boolean",
    help: "true: reaches the end of the data or of the job's tiles and may continue beyond",
  },
}

export const buildingLayer = {
  kind: "features",
  geometry: "Polygon",
  help: "building outlines with area, heights, volume, point density and days of acquisition",
  columns: buildingColumns,
  role: "footprints",
  style: {
    colour: "#ffd60a",
    map: {
      label: "Building",
      needs: "buildings",
      order: 1,
      relief: { fill: "#b5653f", line: "#6e3519", width: 0.8 },
      image: { line: "#ffd23c", width: 1.6, backing: "#5f7048" },
      both: { line: "#d0281c", width: 1.8, backing: "#ffffff" },
    },
  },
} as const satisfies FeaturesPort

/** Objects of at least this height, metres, are rarely anything but buildings. */
const SURE_HEIGHT = 2.5

/**
 * Features of {@link buildingLayer}. Rings in CRS metres on whole millimetres, outer
 * counter-clockwise, holes clockwise, closed; valid as `regularOutline` guarantees. Anchors are
 * the representative points, which also decide the owner in `mesh.building` and of the solids.
 *
 * @param isExternal true for the outlines of a user: with the column `reason`
 */
export const buildingFeatures = (rows: readonly Building[], isExternal = false): Features => {
  const { numbers, integers, texts } = makeColumns(rows)
  return {
    geometry: "Polygon",
    ...flattenMmRings(rows.map(({ outline }) => placeRings(outline))),
    ids: rows.map((row) => row.id),
    anchors: Float64Array.from(rows.flatMap(({ representative }) => representative.map((mm) => mm / 1000))),
    columns: {
      area: numbers((row) => row.area),
      height: numbers((row) => row.height),
      ground_min: numbers((row) => row.ground),
      ground_max: numbers((row) => metres(row.sums.detail.groundMaxMm)),
      dsm_eaves: numbers((row) => eavesOf(row.sums.detail)),
      dsm_ridge: numbers((row) => ridgeOf(row.sums.detail)),
      roof_max: numbers((row) => row.roofMax),
      dsm_volume: numbers(volumeOf),
      points: integers((row) => row.sums.points),
      density: numbers((row) => rounded(row.sums.points / row.area)),
      acquired_first: texts((row) => dayOf(row.sums.detail.firstDay)),
      acquired_last: texts((row) => dayOf(row.sums.detail.lastDay)),
      confidence: numbers(confidenceOf),
      ...(isExternal ? { reason: texts(({ sums }) => (sums.points === 0 ? "no data" : "")) } : {}),
      truncated: integers((row) => (row.sums.atEnd ? 1 : 0)),
    },
  }
}

/** The rings in whole mm of the CRS. */
const placeRings = ({ rings, origin }: Outline): Float64Array[] =>
  rings.map((ring) => Float64Array.from(ring, (mm, i) => origin[i % 2] + mm))

const rounded = (value: number): number => Math.round(100 * value) / 100

const dayOf = (day: number): string => (day === noHeight ? "" : dayText(day))

const volumeOf = ({ area, sums: { detail } }: Building): number =>
  detail.raised > 0 ? (area * detail.riseMm) / detail.raised / 1000 : Number.NaN

const confidenceOf = ({ height, sums: { detail } }: Building): number =>
  rounded((detail.covered / detail.cells) * (height < SURE_HEIGHT ? height / SURE_HEIGHT : 1))

/** Counts of rings that are not fully regular, by kind, over all buildings. */
export const countOutlines = (rows: readonly Building[]): { moved: number; unfitted: number; unsimplified: number } => {
  const sum = (count: (outline: Outline) => number): number =>
    rows.reduce((all, { outline }) => all + count(outline), 0)
  return { moved: sum((o) => o.moved), unfitted: sum((o) => o.unfitted), unsimplified: sum((o) => o.unsimplified) }
}

/**
 * The footprint of a building: its outline in whole millimetres, with ground heights
 * ({@link footRings}) at corners and stations. Rings without known ground take the lowest DTM cell
 * under the building, else its lowest point. Crossings with tile borders are added later.
 */
export const makeFootprint = (building: Building, ground: GroundSampler): Footprint => {
  const { id, representative, outline, sums, members } = building
  const known = sums.groundMm !== noHeight ? sums.groundMm : sums.lowestMm !== noHeight ? sums.lowestMm : 0
  const rings = footRings(placeRings(outline), ground, known)
  return {
    kind: 6,
    id,
    representative,
    rings,
    levelMm: rings.reduce(
      (lowest, { xyz }) => xyz.reduce((low, z, i) => (i % 3 === 2 ? Math.min(low, z) : low), lowest),
      noHeight,
    ),
    truncated: sums.atEnd,
    members,
    attributes: listAttributes(building),
  }
}

/** Columns of the layer, without unknown values. */
const listAttributes = ({ area, height, ground, roofMax, sums }: Building): Record<string, number> =>
  Object.fromEntries(
    Object.entries({ area, height, ground_min: ground, roof_max: roofMax, points: sums.points }).filter(
      ([, value]) => !Number.isNaN(value),
    ),
  )

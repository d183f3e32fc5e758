/**
 * Makes a whole building from its cells and points: outline, id and attributes, and its row in the
 * layer.
 */
import { layMmRings, makeColumns } from "../../../engine/core/feature-table.js"
import { doubledArea } from "../../../engine/core/geometry/rings.js"
import { dayText } from "../../../engine/core/gps-day.js"
import { objectId } from "../../../engine/core/hash.js"
import type { ColumnFacts, Features, FeaturesPort } from "../../../engine/kernel.js"
import { noHeight } from "../../grid/cell-grid.js"
import { percentile } from "../../handover/histogram.js"
import { type BuildingOutline, buildingOutline, type OutlineSource } from "../outline/outline.js"
import { representativePlace } from "../outline/representative-place.js"
import { eavesOf, ridgeOf } from "./detail.js"
import { type BuildingRules, type BuildingSums, metres } from "./sums.js"

/**
 * A whole building: canonical runs, sums, the data that its outline is fitted to, and whether it
 * meets the border of the job's data.
 */
export interface BuildingObject extends BuildingSums, OutlineSource {
  readonly truncated: boolean
}

/** A building with its outline and attributes. Areas in m², heights in m. */
export interface Building {
  readonly id: string
  /** A point inside the outline, whole millimetres of the CRS. */
  readonly representative: readonly [xMm: number, yMm: number]
  readonly outline: BuildingOutline
  readonly object: BuildingSums & { readonly truncated: boolean }
  readonly area: number
  readonly height: number
  readonly ground: number
  readonly roofMax: number
}

/**
 * The building of an object of cells; undefined if its cells cover less than `minArea`. The same
 * object gives the same bits everywhere. The id is a hash of its representative point.
 */
export const buildingOf = (object: BuildingObject, rules: BuildingRules): Building | undefined => {
  const { starts, ends } = object.runs
  let cells = 0
  for (let k = 0; k < starts.length; k++) cells += ends[k] - starts[k]
  if (cells * rules.cell * rules.cell < rules.minArea) return undefined
  const outline = buildingOutline(object, rules)
  // Drops the data of the outline, so that it can be collected.
  const { runs, edge: _edge, wall: _wall, foreign: _foreign, ...known } = object
  const representative = representativePlace(outline, runs, Math.round(rules.cell * 1000))
  return {
    id: objectId("building", representative[0] / 1000, representative[1] / 1000),
    representative,
    outline,
    object: known,
    area: outline.rings.reduce((sum, ring) => sum + doubledArea(ring), 0) / 2e6,
    height: percentile(object.histogram, 9, 10),
    ground: metres(object.groundMm),
    roofMax: metres(object.roofMm),
  }
}

const buildingColumns: Readonly<Record<string, ColumnFacts>> = {
  area: { type: "number", unit: "m²", help: "area of the outline without its holes" },
  height: {
    type: "number",
    unit: "m",
    help: "90th percentile of the points' heights above the DTM; middle of a 0.1 m bin; empty without DTM",
  },
  height_ground: {
    type: "number",
    unit: "m",
    help: "altitude of the lowest DTM cell below the building; empty without DTM",
  },
  ground_max: {
    type: "number",
    unit: "m",
    help: "altitude of the highest DTM cell below the building; empty without DTM",
  },
  height_eaves: {
    type: "number",
    unit: "m",
    help: "altitude of the eaves: lower quartile of the highest points of the 0.5 m cells at the outline, to 0.1 m; empty without points",
  },
  height_ridge: {
    type: "number",
    unit: "m",
    help: "altitude of the ridge: 99th percentile of the highest points of cells, to 0.1 m; empty without points",
  },
  roof_max: {
    type: "number",
    unit: "m",
    help: "altitude of the highest point, including chimneys and aerials; empty without points",
  },
  volume: {
    type: "number",
    unit: "m³",
    help: "area times the mean height of the cells' highest points above the DTM; empty without DTM or points. The solids in CityJSON have their own volume",
  },
  points: { type: "integer", help: "number of class 6 points on its cells" },
  density: { type: "number", unit: "points/m²", help: "points per m² of area" },
  acquired_first: {
    type: "string",
    help: "first day of acquisition, YYYY-MM-DD, from GPS times; empty if the points have none",
  },
  acquired_last: { type: "string", help: "last day of acquisition, likewise" },
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
    help: "1: reaches the end of the data or of the job's tiles and may continue beyond",
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
 * counter-clockwise, holes clockwise, closed; valid as `buildingOutline` guarantees. Anchors are
 * the representative points, which also decide the owner in `mesh.building` and of the solids.
 *
 * @param isExternal true for the outlines of a user: with the column `reason`
 */
export const buildingFeatures = (rows: readonly Building[], isExternal = false): Features => {
  const { numbers, integers, texts } = makeColumns(rows)
  const rings = ({ outline: { rings, origin } }: Building): Float64Array[] =>
    rings.map((ring) => Float64Array.from(ring, (mm, i) => origin[i % 2] + mm))
  return {
    geometry: "Polygon",
    ...layMmRings(rows.map(rings)),
    ids: rows.map((row) => row.id),
    anchors: Float64Array.from(rows.flatMap(({ representative }) => representative.map((mm) => mm / 1000))),
    columns: {
      area: numbers((row) => row.area),
      height: numbers((row) => row.height),
      height_ground: numbers((row) => row.ground),
      ground_max: numbers((row) => metres(row.object.detail.groundMaxMm)),
      height_eaves: numbers((row) => eavesOf(row.object.detail)),
      height_ridge: numbers((row) => ridgeOf(row.object.detail)),
      roof_max: numbers((row) => row.roofMax),
      volume: numbers(volumeOf),
      points: integers((row) => row.object.points),
      density: numbers((row) => rounded(row.object.points / row.area)),
      acquired_first: texts((row) => dayOf(row.object.detail.firstDay)),
      acquired_last: texts((row) => dayOf(row.object.detail.lastDay)),
      confidence: numbers(confidenceOf),
      ...(isExternal ? { reason: texts(({ object }) => (object.points === 0 ? "no data" : "")) } : {}),
      truncated: integers((row) => (row.object.truncated ? 1 : 0)),
    },
  }
}

const rounded = (value: number): number => Math.round(100 * value) / 100

const dayOf = (day: number): string => (day === noHeight ? "" : dayText(day))

const volumeOf = ({ area, object: { detail } }: Building): number =>
  detail.raised > 0 ? (area * detail.riseMm) / detail.raised / 1000 : Number.NaN

const confidenceOf = ({ height, object: { detail } }: Building): number =>
  rounded((detail.covered / detail.cells) * (height < SURE_HEIGHT ? height / SURE_HEIGHT : 1))

/** Counts of rings that are not fully regular, by kind, over all buildings. */
export const outlineCounts = (rows: readonly Building[]): { moved: number; unfitted: number; unsimplified: number } => {
  const sum = (count: (outline: BuildingOutline) => number): number =>
    rows.reduce((all, { outline }) => all + count(outline), 0)
  return { moved: sum((o) => o.moved), unfitted: sum((o) => o.unfitted), unsimplified: sum((o) => o.unsimplified) }
}

import { objectId } from "../../engine/core/hash.js"
import type { Features } from "../../engine/kernel.js"
import { type BuildingOutline, buildingOutline, type OutlineSource } from "./building-outline.js"
import { type BuildingRules, type BuildingSums, metres, percentile } from "./building-sums.js"
import { representativePlace } from "./representative-place.js"
import { doubledArea } from "./trace-regions.js"

/** A whole building: canonical runs, sums, what its outline is fitted to, and whether it meets the border of what the job holds. */
export interface BuildingObject extends BuildingSums, OutlineSource {
  readonly truncated: boolean
}

/** A building with its outline and the attributes of its table. */
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
 * The building that an object of cells is; undefined when its cells cover less than the rules ask for. The same object gives the same bits, wherever it is
 * made. The id is a hash of its representative point.
 */
export const buildingOf = (object: BuildingObject, rules: BuildingRules): Building | undefined => {
  const { starts, ends } = object.runs
  let cells = 0
  for (let k = 0; k < starts.length; k++) cells += ends[k] - starts[k]
  if (cells * rules.cell * rules.cell < rules.minArea) return undefined
  const outline = buildingOutline(object, rules)
  const representative = representativePlace(outline, object.runs, Math.round(rules.cell * 1000))
  return {
    id: objectId("building", representative[0] / 1000, representative[1] / 1000),
    representative,
    outline,
    object,
    area: outline.rings.reduce((sum, ring) => sum + doubledArea(ring), 0) / 2e6,
    height: percentile(object.histogram, 9, 10),
    ground: metres(object.groundMm),
    roofMax: metres(object.roofMm),
  }
}

/**
 * The layer of buildings. Rings in whole millimetres (CRS metres), outer counter-clockwise, holes clockwise, closed; valid as `buildingOutline` promises.
 *
 * | column | unit | |
 * |---|---|---|
 * | area | m² | of the outline without its holes |
 * | height | m | 90th percentile of the points' heights above the DTM, middle of a 0.1 m bin; empty without DTM |
 * | ground | m | lowest DTM cell under the building; empty without DTM |
 * | roof_max | m | highest point |
 * | points | | class 6 points on its cells |
 * | truncated | 0, 1 | 1: meets the border of the tiles that the job holds, and may go on beyond |
 */
export const buildingFeatures = (rows: readonly Building[]): Features => {
  const rings = rows.flatMap(({ outline }) => outline.rings.map((ring) => ({ ring, origin: outline.origin })))
  // A ring is closed by its first vertex once more.
  const coordinates = new Float64Array(rings.reduce((sum, { ring }) => sum + ring.length + 2, 0))
  let at = 0
  const ringEnds = Uint32Array.from(rings, ({ ring, origin }) => {
    for (let i = 0; i < ring.length + 2; i++) coordinates[at++] = (origin[i % 2] + ring[i % ring.length]) / 1000
    return at / 2
  })
  let ringCount = 0
  const partEnds = Uint32Array.from(rows, ({ outline }) => {
    ringCount += outline.rings.length
    return ringCount
  })
  const numbers = (value: (row: Building) => number) =>
    ({ type: "number", values: Float64Array.from(rows, value) }) as const
  const integers = (value: (row: Building) => number) =>
    ({ type: "integer", values: Int32Array.from(rows, value) }) as const
  return {
    geometry: "Polygon",
    dimension: 2,
    coordinates,
    ringEnds,
    partEnds,
    ids: rows.map((row) => row.id),
    anchors: Float64Array.from(rows.flatMap((row) => row.representative.map((mm) => mm / 1000))),
    columns: {
      area: numbers((row) => row.area),
      height: numbers((row) => row.height),
      ground: numbers((row) => row.ground),
      roof_max: numbers((row) => row.roofMax),
      points: integers((row) => row.object.points),
      truncated: integers((row) => (row.object.truncated ? 1 : 0)),
    },
  }
}

/** Rings that are less than regular, by how much, over all buildings. */
export const outlineCounts = (rows: readonly Building[]): { moved: number; unfitted: number; unsimplified: number } => {
  const sum = (count: (outline: BuildingOutline) => number): number =>
    rows.reduce((all, { outline }) => all + count(outline), 0)
  return { moved: sum((o) => o.moved), unfitted: sum((o) => o.unfitted), unsimplified: sum((o) => o.unsimplified) }
}

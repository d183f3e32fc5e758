import { objectId } from "../../engine/core/hash.js"
import type { Features } from "../../engine/kernel.js"
import type { CellRuns } from "./cell-runs.js"
import { simplifyRegion } from "./simplify-region.js"
import { doubledArea, type GridRing, traceRegion } from "./trace-regions.js"

/** How building objects are made of cells; part of every blob, so that tiles and job agree. */
export interface BuildingRules {
  /** Side of a cell, metres. */
  readonly cell: number
  /** Objects of a smaller area are dropped, m². */
  readonly minArea: number
  /** Holes of a smaller area are filled, m²; never above `minArea`. */
  readonly minHole: number
  /** Tolerance of the outline's simplification, metres. */
  readonly tolerance: number
}

/** Sums over the cells of a building that can be added up in any order and grouping: integers and extremes. */
export interface BuildingSums {
  readonly points: number
  /** Lowest DTM cell, mm; `noHeight` when there is none. */
  readonly groundMm: number
  /** Highest point, mm. */
  readonly roofMm: number
  /** Heights of points above the DTM: occupied bins of 0.1 m, ascending, as pairs bin, count. */
  readonly histogram: Int32Array
}

/** A whole building: canonical runs, sums, and whether it meets the border of what the job holds. */
export interface BuildingObject extends BuildingSums {
  readonly runs: CellRuns
  readonly truncated: boolean
}

/** Stands for a height that nothing tells. */
export const noHeight = 0x7fffffff
/** Bins of 0.1 m: heights above 409 m count in the last, negative ones in the first. */
export const heightBins = 4096

/** What became of the objects given to {@link buildingFeatures}. */
export interface BuildingCounts {
  readonly dropped: number
  readonly unsimplified: number
}

/**
 * Outlines and attributes of whole buildings. The same object gives the same bits, wherever it is made.
 *
 * Rings lie on corners of the cell grid (CRS metres), outer counter-clockwise, holes clockwise, closed; valid as `simplifyRegion` promises.
 *
 * | column | unit | |
 * |---|---|---|
 * | area | m² | of the outline without its holes |
 * | height | m | 90th percentile of the points' heights above the DTM, middle of a 0.1 m bin; empty without DTM |
 * | ground | m | lowest DTM cell under the building; empty without DTM |
 * | roof_max | m | highest point |
 * | points | | class 6 points on its cells |
 * | truncated | 0, 1 | 1: meets the border of the tiles that the job holds, and may go on beyond |
 *
 * The id is a hash of the middle of the longest run of cells (the southernmost, then westernmost of several).
 */
export const buildingFeatures = (
  objects: Iterable<BuildingObject>,
  rules: BuildingRules,
): { features: Features; counts: BuildingCounts } => {
  const rows: Row[] = []
  let dropped = 0
  let unsimplified = 0
  for (const object of objects) {
    const row = rowOf(object, rules)
    if (!row) {
      dropped++
      continue
    }
    unsimplified += row.unsimplified
    rows.push(row)
  }
  return { features: featuresOf(rows, rules.cell), counts: { dropped, unsimplified } }
}

interface Row {
  readonly id: string
  readonly rings: readonly GridRing[]
  readonly unsimplified: number
  readonly object: BuildingObject
}

const rowOf = (object: BuildingObject, { cell, minArea, minHole, tolerance }: BuildingRules): Row | undefined => {
  const { rows, starts, ends } = object.runs
  let cells = 0
  let longest = 0
  for (let k = 0; k < rows.length; k++) {
    cells += ends[k] - starts[k]
    if (ends[k] - starts[k] > ends[longest] - starts[longest]) longest = k
  }
  const cellArea = cell * cell
  if (cells * cellArea < minArea) return undefined
  const smallestHole = Math.min(minHole, minArea)
  const kept = traceRegion(object.runs).filter(
    (ring, r) => r === 0 || (-doubledArea(ring) / 2) * cellArea >= smallestHole,
  )
  const { rings, unsimplified } = simplifyRegion(kept, tolerance / cell)
  const id = objectId("building", ((starts[longest] + ends[longest]) / 2) * cell, (rows[longest] + 0.5) * cell)
  return { id, rings, unsimplified, object }
}

const featuresOf = (rows: readonly Row[], cell: number): Features => {
  const rings = rows.flatMap((row) => row.rings)
  // A ring is closed by its first vertex once more.
  const coordinates = new Float64Array(rings.reduce((sum, ring) => sum + ring.length + 2, 0))
  let at = 0
  const ringEnds = Uint32Array.from(rings, (ring) => {
    for (let i = 0; i < ring.length + 2; i++) coordinates[at++] = ring[i % ring.length] * cell
    return at / 2
  })
  let ringCount = 0
  const partEnds = Uint32Array.from(rows, (row) => {
    ringCount += row.rings.length
    return ringCount
  })
  const numbers = (value: (row: Row) => number) => ({ type: "number", values: Float64Array.from(rows, value) }) as const
  const integers = (value: (row: Row) => number) => ({ type: "integer", values: Int32Array.from(rows, value) }) as const
  const metres = (mm: number): number => (mm === noHeight ? Number.NaN : mm / 1000)
  return {
    geometry: "Polygon",
    dimension: 2,
    coordinates,
    ringEnds,
    partEnds,
    ids: rows.map((row) => row.id),
    columns: {
      area: numbers((row) => (row.rings.reduce((sum, ring) => sum + doubledArea(ring), 0) / 2) * cell * cell),
      height: numbers((row) => percentile(row.object.histogram, 9, 10)),
      ground: numbers((row) => metres(row.object.groundMm)),
      roof_max: numbers((row) => metres(row.object.roofMm)),
      points: integers((row) => row.object.points),
      truncated: integers((row) => (row.object.truncated ? 1 : 0)),
    },
  }
}

/** Middle, metres, of the bin that holds the share `above / of` of the counts; NaN without counts. */
const percentile = (histogram: Int32Array, above: number, of: number): number => {
  let total = 0
  for (let i = 1; i < histogram.length; i += 2) total += histogram[i]
  let sum = 0
  for (let i = 0; i < histogram.length; i += 2) {
    sum += histogram[i + 1]
    if (sum * of >= total * above) return (2 * histogram[i] + 1) / 20
  }
  return Number.NaN
}

/** The sums of several parts of one building. */
export const addSums = (parts: readonly BuildingSums[]): BuildingSums => {
  let [points, groundMm, roofMm] = [0, noHeight, noHeight]
  const bins = new Map<number, number>()
  for (const part of parts) {
    points += part.points
    groundMm = Math.min(groundMm, part.groundMm)
    if (part.roofMm !== noHeight) roofMm = roofMm === noHeight ? part.roofMm : Math.max(roofMm, part.roofMm)
    for (let i = 0; i < part.histogram.length; i += 2) {
      bins.set(part.histogram[i], (bins.get(part.histogram[i]) ?? 0) + part.histogram[i + 1])
    }
  }
  const histogram = Int32Array.from([...bins].sort(([a], [b]) => a - b).flat())
  return { points, groundMm, roofMm, histogram }
}

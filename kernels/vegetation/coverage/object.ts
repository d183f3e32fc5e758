/**
 * Makes features of coverage polygons: woods, hedges, groups, shrubs and herbs, with their measures
 * and ids.
 */
import { flattenMmRings, makeColumns } from "../../../engine/core/feature-table.js"
import { doubledArea } from "../../../engine/core/geometry/rings.js"
import { dayText } from "../../../engine/core/gps-day.js"
import { objectId } from "../../../engine/core/hash.js"
import { type ColumnFacts, type Features, type FeaturesPort, regionSide } from "../../../engine/kernel.js"
import { cover } from "./cells.js"
import { addCover, type CoverPartRules, noCover } from "./part.js"
import type { CoverPolygon } from "./region.js"

/** A feature of the layer: a polygon, and the whole object that it belongs to. */
export interface CoverRow {
  readonly polygon: CoverPolygon
  readonly id: string
  /** m². */
  readonly area: number
  readonly object: CoverObject
}

export interface CoverObject {
  readonly id: string
  /** Its representative point, whole millimetres of the CRS. */
  readonly place: readonly [xMm: number, yMm: number]
  readonly kind: "wood" | "hedge" | "group" | "shrub" | "herb"
  /** Metres: of a rectangle with its area and perimeter. */
  readonly width: number
  readonly length: number
  readonly height: number
  readonly highest: number
  readonly days: readonly [first: string, last: string]
  readonly confidence: number
  readonly truncated: boolean
}

/** Least ratio of length to width of a hedge. */
const HEDGE_RATIO = 3

const regionMm = 1000 * regionSide

/**
 * Rows of the polygons that form one object; none below the smallest area. Order and division into
 * regions affect only the areas of the parts.
 */
export const coverRows = (
  polygons: readonly CoverPolygon[],
  rules: CoverPartRules,
  truncated = polygons.some(({ open }) => open),
): CoverRow[] => {
  const sums = noCover()
  let [cells, doubled, perimeter] = [0, 0, 0]
  let best = polygons[0]!
  for (const polygon of polygons) {
    addCover(sums, polygon)
    cells += polygon.cells
    doubled += doubledOf(polygon)
    perimeter += perimeterMm(polygon)
    const by = polygon.run[0] - best.run[0] || best.run[1] - polygon.run[1] || best.run[2] - polygon.run[2]
    if (by > 0) best = polygon
  }
  if ((cells * rules.cellMm * rules.cellMm) / 1e6 < rules.minArea) return []
  const [area, band] = [doubled / 2e6, measureBand(doubled / 2, perimeter)]
  const place = placeOf(best, rules)
  const object: CoverObject = {
    id: objectId("vegetation", place[0] / 1000, place[1] / 1000),
    place,
    kind: chooseKind(best.code, area, band, rules),
    ...band,
    height: sums.seen > 0 ? Math.round(sums.heights / sums.seen / 10) / 100 : Number.NaN,
    highest: sums.seen > 0 ? sums.highest / 1000 : Number.NaN,
    days: [dayOrNone(sums.firstDay), dayOrNone(sums.lastDay)],
    confidence: Math.round((100 * sums.seen) / cells) / 100,
    truncated,
  }
  return polygons.map((polygon) => {
    const [x, y] = placeOf(polygon, rules)
    return { polygon, id: objectId("vegetation", x / 1000, y / 1000), area: doubledOf(polygon) / 2e6, object }
  })
}

const dayOrNone = (day: number): string => (Number.isFinite(day) ? dayText(day) : "")

/** The middle of the longest run, whole millimetres: unique among polygons. */
const placeOf = ({ run: [length, row, column] }: CoverPolygon, { cellMm }: CoverPartRules): [number, number] => [
  Math.floor((column + length / 2) * cellMm),
  Math.floor((row + 0.5) * cellMm),
]

/** Twice the area, mm²: whole numbers below 2⁵³ for a region of 10 km. */
const doubledOf = ({ rings }: CoverPolygon): number => rings.reduce((sum, ring) => sum + doubledArea(ring), 0)

/**
 * Length of the rings, each edge rounded to a millimetre, without edges on the lines of the
 * regions.
 */
const perimeterMm = ({ rings }: CoverPolygon): number => {
  let sum = 0
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const [dx, dy] = [ring[i] - ring[j], ring[i + 1] - ring[j + 1]]
      if ((dx === 0 && ring[i] % regionMm === 0) || (dy === 0 && ring[i + 1] % regionMm === 0)) continue
      sum += Math.round(Math.sqrt(dx * dx + dy * dy))
    }
  }
  return sum
}

/**
 * Width and length, metres to 0.1, of the rectangle with an area (mm²) and a perimeter (mm). If the
 * perimeter is too short for one, the square of that area.
 */
const measureBand = (area: number, perimeter: number): { width: number; length: number } => {
  const quarter = perimeter / 4
  const root = Math.sqrt(Math.max(0, quarter * quarter - area))
  const length = root > 0 ? quarter + root : Math.sqrt(area)
  return { width: Math.round(area / length / 100) / 10, length: Math.round(length / 100) / 10 }
}

const chooseKind = (
  code: number,
  area: number,
  { width, length }: { readonly width: number; readonly length: number },
  rules: CoverPartRules,
): CoverObject["kind"] => {
  if (code === cover.low) return "herb"
  if (code === cover.medium) return "shrub"
  if (code === cover.high) return area >= rules.woodArea ? "wood" : "group"
  const long = length >= rules.hedgeLength && length >= HEDGE_RATIO * width
  return long && width <= rules.hedgeWidth ? "hedge" : "group"
}

const coverColumns: Readonly<Record<string, ColumnFacts>> = {
  object_id: {
    type: "string",
    help: "id of the whole object, shared by its parts on both sides of a line of the 10 km grid",
  },
  class: { type: "integer", help: "LiDAR class: 3 low, 4 medium, 5 high vegetation" },
  kind: {
    type: "string",
    help: "high vegetation: wood (wide, at least 0.5 ha), hedge (long and narrow) or group (other trees); medium: shrub; low: herb",
  },
  area: { type: "number", unit: "m²", help: "area of this polygon without its holes" },
  width: { type: "number", unit: "m", help: "width of the object, as a rectangle of the same area and perimeter" },
  length: { type: "number", unit: "m", help: "length of the object, as that rectangle" },
  height: {
    type: "number",
    unit: "m",
    help: "height of the object: mean of the highest vegetation above ground over its cells",
  },
  height_max: { type: "number", unit: "m", help: "height of the object's highest vegetation above ground" },
  acquired_first: {
    type: "string",
    as: "date",
    help: "first day of acquisition of the object, YYYY-MM-DD, from GPS times of one point per cell and class; empty if the points have none",
  },
  acquired_last: { type: "string", as: "date", help: "last day of acquisition, likewise" },
  confidence: { type: "number", help: "0 to 1: share of the object's cells with vegetation of its class" },
  truncated: {
    type: "integer",
    as: "boolean",
    help: "true: the object reaches the end of the data or of the job's tiles and may continue beyond",
  },
}

/** The layer of vegetation. */
export const coverLayer = {
  kind: "features",
  geometry: "Polygon",
  help: "woods, hedges, groups of trees, shrubs and low vegetation",
  columns: coverColumns,
  style: {
    colour: "#1fa34a",
    isLow: true,
    map: {
      label: "Vegetation",
      needs: "vegetation",
      relief: { fill: "rgba(60,150,70,0.55)", line: "rgba(16,60,28,0.8)", width: 0.8 },
      kinds: {
        column: "kind",
        values: {
          wood: ["Wood", "rgba(20,92,40,0.55)"],
          hedge: ["Hedge", "rgba(120,72,160,0.6)"],
          group: ["Group of trees", "rgba(60,150,70,0.55)"],
          shrub: ["Shrubs", "rgba(150,170,40,0.5)"],
          herb: ["Low vegetation", "rgba(205,220,120,0.45)"],
        },
      },
    },
  },
} as const satisfies FeaturesPort

/** Features of {@link coverLayer}, anchored at the representative points of the whole objects. */
export const coverFeatures = (rows: readonly CoverRow[]): Features => {
  const { numbers, integers, texts } = makeColumns(rows)
  return {
    geometry: "Polygon",
    ...flattenMmRings(rows.map(({ polygon }) => polygon.rings)),
    ids: rows.map(({ id }) => id),
    columns: {
      object_id: texts(({ object }) => object.id),
      class: integers(({ polygon }) => 2 + Math.min(polygon.code, cover.high)),
      kind: texts(({ object }) => object.kind),
      area: numbers(({ area }) => area),
      width: numbers(({ object }) => object.width),
      length: numbers(({ object }) => object.length),
      height: numbers(({ object }) => object.height),
      height_max: numbers(({ object }) => object.highest),
      acquired_first: texts(({ object }) => object.days[0]),
      acquired_last: texts(({ object }) => object.days[1]),
      confidence: numbers(({ object }) => object.confidence),
      truncated: integers(({ object }) => (object.truncated ? 1 : 0)),
    },
    anchors: Float64Array.from(rows.flatMap(({ object: { place } }) => [place[0] / 1000, place[1] / 1000])),
  }
}

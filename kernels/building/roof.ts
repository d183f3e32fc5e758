/**
 * The kernel `vector.roof`: the roof planes that `mesh.building` found, as polygons with slope,
 * aspect and area.
 */
import { flattenMmRings, makeColumns } from "../../engine/core/feature-table.js"
import { doubledArea } from "../../engine/core/geometry/rings.js"
import { type ColumnFacts, defineKernel, type Features } from "../../engine/kernel.js"
import { widestMiddle } from "./outline/representative-place.js"
import { PlaceIds } from "./place-ids.js"
import { decodeRoofPlans, type EncodedPlan, type PlanFace } from "./roof/encoded-plan.js"

const columns: Readonly<Record<string, ColumnFacts>> = {
  building: { type: "string", help: "id of the building in the layer `building`, or of the external footprint" },
  slope: { type: "number", unit: "°", help: "slope of the plane, from the horizontal" },
  aspect: {
    type: "number",
    unit: "°",
    help: "downhill direction of the plane, clockwise from grid north; empty for a flat roof",
  },
  area: { type: "number", unit: "m²", help: "area measured on the plane" },
  area_plan: { type: "number", unit: "m²", help: "area in plan, without the holes" },
  height_min: { type: "number", unit: "m", help: "altitude of the lowest vertex" },
  height_max: { type: "number", unit: "m", help: "altitude of the highest vertex" },
  points: { type: "integer", help: "number of class 6 points above the polygon" },
  rmse: {
    type: "number",
    unit: "m",
    help: "root mean square distance of the points from the plane; each counts up to 2 m, points more than 1 m below are left out; empty without points",
  },
  lod: {
    type: "string",
    help: "2.2: plane found in the points; 1.2: flat top of a block, where planes gave no valid solid",
  },
  truncated: {
    type: "integer",
    as: "boolean",
    help: "true: its building reaches the end of the data or of the job's tiles",
  },
}

/**
 * Roof planes of buildings as polygons.
 *
 * The polygons are the faces of the roofs that `mesh.building` raises, in plan. Each covers an
 * edge-connected area of one plane of one building; areas that only touch in a point are separate.
 * The polygons of a building fill its outline without overlap, and neighbours share their vertices.
 * Slope, aspect and area are those of the plane that all vertices lie on, to 1 mm. The
 * tile that contains the representative point owns the whole block.
 *
 * The id is a hash of the middle of the widest stretch of the polygon. Time: O(v²) in the vertices
 * of a face.
 */
export default defineKernel({
  id: "vector.roof",
  version: 3,
  summary: "Roof planes as polygons, with slope, aspect and area",
  stages: ["model"],
  inputs: { "roof-plan": { kind: "blob" } },
  outputs: {
    roof: {
      kind: "features",
      geometry: "Polygon",
      help: "roof planes with slope, aspect, area and heights",
      columns,
      style: { colour: "#ffffff" },
    },
    "roof-quality": { kind: "metrics" },
  },
  options: {
    flat: {
      type: "number",
      default: 2,
      unit: "°",
      min: 0,
      max: 45,
      help: "largest slope of a flat roof, which has no aspect",
    },
  },
  halo: () => 0,
  memory: ({ points, bytes }) => 4 * points + 8 * bytes + 8e6,
  run(_tile, input, { flat }) {
    const ids = new PlaceIds("roof")
    const rows = decodeRoofPlans(input["roof-plan"]).flatMap((plan) =>
      plan.faces.map((face) => describeFace(plan, face, flat, ids)),
    )
    const flatRows = rows.filter(({ aspect }) => Number.isNaN(aspect))
    return {
      roof: makeFeatures(rows),
      "roof-quality": {
        roofPlanes: rows.length,
        flatRoofPlanes: flatRows.length,
        roofAreaM2: rows.reduce((sum, { areaPlan }) => sum + areaPlan, 0),
      },
    }
  },
})

interface Row {
  readonly id: string
  /** x, y in whole millimetres of the CRS, not closed. */
  readonly rings: readonly Float64Array[]
  readonly plan: EncodedPlan
  readonly face: PlanFace
  readonly slope: number
  readonly aspect: number
  readonly area: number
  readonly areaPlan: number
  readonly low: number
  readonly high: number
}

const DEGREES = 180 / Math.PI

const describeFace = (plan: EncodedPlan, face: PlanFace, flat: number, ids: PlaceIds): Row => {
  const { a, b } = face
  const rings = face.rings.map((ring) => Float64Array.from(ring.flatMap((v) => [plan.x[v], plan.y[v]])))
  const steepness = Math.sqrt(a * a + b * b)
  const slope = Math.atan(steepness) * DEGREES
  // Downhill direction, clockwise from north.
  const azimuth = Math.atan2(-a, -b) * DEGREES
  const areaPlan = rings.reduce((sum, ring) => sum + doubledArea(ring), 0) / 2e6
  const heights = face.heights.flat()
  const [x, y] = widestMiddle(rings)
  return {
    id: ids.at(x, y),
    rings,
    plan,
    face,
    slope,
    aspect: slope < flat || slope === 0 ? Number.NaN : (azimuth + 360) % 360,
    area: areaPlan * Math.sqrt(1 + steepness * steepness),
    areaPlan,
    low: heights.reduce((low, z) => Math.min(low, z)),
    high: heights.reduce((high, z) => Math.max(high, z)),
  }
}

const makeFeatures = (rows: readonly Row[]): Features => {
  const { numbers, integers, texts } = makeColumns(rows)
  return {
    geometry: "Polygon",
    ...flattenMmRings(rows.map(({ rings }) => rings)),
    ids: rows.map(({ id }) => id),
    columns: {
      building: texts(({ face }) => face.building),
      slope: numbers(({ slope }) => slope),
      aspect: numbers(({ aspect }) => aspect),
      area: numbers(({ area }) => area),
      area_plan: numbers(({ areaPlan }) => areaPlan),
      height_min: numbers(({ low }) => low / 1000),
      height_max: numbers(({ high }) => high / 1000),
      points: integers(({ face }) => face.points),
      rmse: numbers(({ face }) => (face.near > 0 ? Math.sqrt(face.squares / face.near) / 1000 : Number.NaN)),
      lod: texts(({ plan }) => plan.lod),
      truncated: integers(({ plan }) => (plan.truncated ? 1 : 0)),
    },
  }
}

/**
 * Finds the solids of buildings and bridges near a place and measures distances to them; reads
 * geometry on demand.
 */
import { Box2 } from "../core/geometry/box.js"
import { type TriangleIndex, triangleIndex } from "../core/geometry/triangle-distance.js"
import type { CityFeature, CityHeader } from "../formats/cityjson/city-types.js"
import { finestSolids, lineStarts, readCitySequence } from "../formats/cityjson/read-city.js"
import { openBytes } from "../io/bytes.js"
import { planIndex } from "./plan-index.js"
import { polygonPlane } from "./solid/polygon-plane.js"
import { triangulatePolygon } from "./solid/triangulate-polygon.js"

/** Buildings of a sequence as surfaces, in metres relative to a corner and height 0. */
export interface SolidSurfaces {
  readonly ids: readonly string[]
  /**
   * Row of the building whose outline is nearest in plan, and its distance, metres: 0 inside. Row
   * −1 without one within `bound`.
   */
  outline(x: number, y: number, bound: number): { readonly row: number; readonly distance: number }
  /** True under or on a bridge, or within `reach` metres of one in plan. */
  atBridge(x: number, y: number, reach: number): boolean
  /** Distance to the nearest face of a building, metres. */
  distance(row: number, x: number, y: number, z: number): number
}

export interface SolidIndex {
  /** Buildings, without bridges. */
  readonly buildings: number
  /** Buildings and bridges. */
  readonly features: number
  /** Those within `reach` metres of a box, relative to the box's corner. */
  within(box: Box2, reach: number): Promise<SolidSurfaces>
}

/**
 * Reads the boxes of a sequence's buildings and bridges, about 100 bytes a building. Geometry is
 * read again on demand.
 *
 * @throws EngineError of the reader
 */
export const indexSolids = async (path: string): Promise<SolidIndex> => {
  const starts = await lineStarts(path)
  const entries: { readonly box: Box2; readonly offset: number; readonly size: number }[] = []
  let header: CityHeader | undefined
  let buildings = 0
  for await (const { header: own, feature, line } of readCitySequence(path)) {
    header = own
    if (feature.CityObjects[feature.id]?.type === "Building") buildings++
    const offset = starts[line - 1]!
    entries.push({ box: measureBox(own, feature), offset, size: starts[line]! - offset })
  }
  return {
    buildings,
    features: entries.length,
    within: async (box, reach) => {
      const file = await openBytes(path)
      try {
        const features: CityFeature[] = []
        for (const entry of entries) {
          if (!Box2.meets(entry.box, Box2.grow(box, reach))) continue
          const bytes = await file.read(entry.offset, entry.offset + entry.size)
          features.push(JSON.parse(new TextDecoder().decode(bytes)) as CityFeature)
        }
        return indexSurfaces(header, features, [box[0], box[1], 0])
      } finally {
        await file.close()
      }
    },
  }
}

const measureBox = ({ transform: { scale, translate } }: CityHeader, { vertices }: CityFeature): Box2 => {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const vertex of vertices) {
    for (const k of [0, 1] as const) {
      const value = vertex[k] * scale[k] + translate[k]
      box[k] = Math.min(box[k], value)
      box[k + 2] = Math.max(box[k + 2]!, value)
    }
  }
  return box
}

const indexSurfaces = (
  header: CityHeader | undefined,
  features: readonly CityFeature[],
  origin: readonly [number, number, number],
): SolidSurfaces => {
  const surfaces: (TriangleIndex | undefined)[] = []
  const [plan, bridges] = [planSurface(), planSurface()]
  for (const [row, feature] of features.entries()) {
    if (header === undefined) break
    const { places, all, ground } = triangulateFeature(header, feature, origin)
    surfaces.push(all.length === 0 ? undefined : triangleIndex(places, Uint32Array.from(all)))
    if (feature.CityObjects[feature.id]?.type === "Bridge") addInPlan(bridges, places, all, row)
    else addInPlan(plan, places, ground, row)
  }
  const nearestBridge = nearestIn(bridges)
  return {
    ids: features.map(({ id }) => id),
    outline: nearestIn(plan),
    atBridge: (x, y, reach) => nearestBridge(x, y, reach).row >= 0,
    distance: (row, x, y, z) => surfaces[row]?.distance(x, y, z) ?? Number.POSITIVE_INFINITY,
  }
}

/** Triangles in plan, three places each, and the feature of each. */
interface PlanSurface {
  readonly places: number[]
  readonly rows: number[]
}

const planSurface = (): PlanSurface => ({ places: [], rows: [] })

const addInPlan = (to: PlanSurface, places: Float64Array, triangles: readonly number[], row: number): void => {
  for (const vertex of triangles) to.places.push(places[3 * vertex]!, places[3 * vertex + 1]!, 0)
  for (let i = 0; i < triangles.length; i += 3) to.rows.push(row)
}

const nearestIn = ({ places, rows }: PlanSurface): SolidSurfaces["outline"] => {
  const none = { row: -1, distance: Number.POSITIVE_INFINITY }
  if (rows.length === 0) return () => none
  const [all, corners] = [Float64Array.from(places), Uint32Array.from({ length: 3 * rows.length }, (_, i) => i)]
  const inside = planIndex(all, corners)
  const index = triangleIndex(all, corners)
  return (x, y, bound) => {
    const over = inside.triangle(x, y)
    if (over >= 0) return { row: rows[over]!, distance: 0 }
    // Slightly above the bound, which is inclusive.
    const distance = index.distance(x, y, 0, bound + 1e-9)
    return index.triangle < 0 ? none : { row: rows[index.triangle]!, distance }
  }
}

/** Triangles of all faces of a feature's finest solids, and those of their ground surfaces. */
const triangulateFeature = (
  { transform: { scale, translate } }: CityHeader,
  feature: CityFeature,
  origin: readonly [number, number, number],
): { places: Float64Array; all: number[]; ground: number[] } => {
  const { vertices } = feature
  const places = new Float64Array(3 * vertices.length)
  for (const [i, vertex] of vertices.entries())
    for (let k = 0; k < 3; k++) places[3 * i + k] = vertex[k]! * scale[k]! + translate[k]! - origin[k]!
  const all: number[] = []
  const ground: number[] = []
  for (const { boundaries, semantics } of finestSolids(feature)) {
    for (const [shell, faces] of boundaries.entries()) {
      for (const [face, rings] of faces.entries()) {
        const triangles = triangulatePolygon(polygonPlane(places, rings).rings, rings)
        for (const vertex of triangles) all.push(vertex)
        const type = semantics?.surfaces[semantics.values[shell]?.[face] ?? -1]?.type
        if (type === "GroundSurface") for (const vertex of triangles) ground.push(vertex)
      }
    }
  }
  return { places, all, ground }
}

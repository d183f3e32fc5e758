/** Reads the buildings of a CityJSON sequence: their solids, and their faces with planes. */
import { polygonPlane } from "../../engine/check/solid/polygon-plane.js"
import type { Face, SolidGeometry } from "../../engine/check/solid/solid-fault.js"
import { triangulatePolygon } from "../../engine/check/solid/triangulate-polygon.js"
import { finestSolids, type ReadFeature, readCitySequence } from "../../engine/formats/cityjson/read-city.js"

export type FaceKind = "roof" | "ground" | "wall"

/** A face, with the least-squares plane of its vertices. */
export interface PlaneFace {
  readonly kind: FaceKind
  readonly solid: number
  readonly rings: Face
  /** Vertex indices, three a triangle. */
  readonly triangles: Uint32Array
  readonly normal: readonly [number, number, number]
  /** m² */
  readonly area: number
  /** Largest distance of a vertex from the plane, metres. */
  readonly offPlane: number
}

export interface SolidBuilding {
  readonly id: string
  readonly lod: string
  /** x, y, z in metres from the origin; equal positions are one vertex. */
  readonly vertices: Float64Array
  readonly solids: readonly SolidGeometry[]
  readonly faces: readonly PlaneFace[]
}

/**
 * Reads the buildings of a sequence, each in its finest level of detail.
 *
 * @param origin metres of the CRS
 */
export const readBuildings = async (path: string, origin: readonly [number, number]): Promise<SolidBuilding[]> => {
  const buildings: SolidBuilding[] = []
  for await (const one of readCitySequence(path)) {
    const building = readBuilding(one, origin)
    if (building !== undefined) buildings.push(building)
  }
  return buildings
}

const readBuilding = (
  { header, feature }: ReadFeature,
  origin: readonly [number, number],
): SolidBuilding | undefined => {
  const { scale, translate } = header.transform
  const from = [...origin, 0]
  const places = new Map<string, number>()
  const metres: number[] = []
  const names = feature.vertices.map((vertex) => {
    const key = vertex.join()
    const known = places.get(key)
    if (known !== undefined) return known
    places.set(key, places.size)
    metres.push(...vertex.map((value, k) => value * scale[k]! + translate[k]! - from[k]!))
    return places.size - 1
  })
  const vertices = Float64Array.from(metres)
  const solids: SolidGeometry[] = []
  const faces: PlaneFace[] = []
  const isBuilding = Object.values(feature.CityObjects).some(({ type }) => type.startsWith("Building"))
  const finest = isBuilding ? finestSolids(feature) : []
  for (const { boundaries, semantics } of finest) {
    const shells = boundaries.map((shell) => shell.map((face) => face.map((ring) => ring.map((v) => names[v]!))))
    for (const [s, shell] of shells.entries()) {
      for (const [f, rings] of shell.entries()) {
        const place = semantics?.values[s]?.[f]
        const surface = place == null ? undefined : semantics?.surfaces[place]?.type
        faces.push(planeFace(vertices, rings, kindOf(surface), solids.length))
      }
    }
    solids.push({ vertices, shells })
  }
  const [first] = finest
  return first === undefined ? undefined : { id: feature.id, lod: first.lod, vertices, solids, faces }
}

const kindOf = (surface: string | undefined): FaceKind =>
  surface === "RoofSurface" ? "roof" : surface === "GroundSurface" ? "ground" : "wall"

export const planeFace = (vertices: Float64Array, rings: Face, kind: FaceKind, solid = 0): PlaneFace => {
  const plane = polygonPlane(vertices, rings)
  const triangles = plane.collapsed ? new Uint32Array() : triangulatePolygon(plane.rings, rings)
  let area = 0
  for (let t = 0; t < triangles.length; t += 3) area += triangleArea(vertices, triangles, t)
  return { kind, solid, rings, triangles, normal: plane.normal, area, offPlane: plane.distance }
}

const triangleArea = (p: Float64Array, triangles: Uint32Array, t: number): number => {
  const [a, b, c] = [3 * triangles[t]!, 3 * triangles[t + 1]!, 3 * triangles[t + 2]!]
  const u = [p[b]! - p[a]!, p[b + 1]! - p[a + 1]!, p[b + 2]! - p[a + 2]!] as const
  const v = [p[c]! - p[a]!, p[c + 1]! - p[a + 1]!, p[c + 2]! - p[a + 2]!] as const
  return Math.hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]) / 2
}

/**
 * Attributes of the buildings in a block: heights, areas, volume, level of detail and distance of
 * points from the model.
 */
import { doubledArea } from "../../../engine/core/geometry/rings.js"
import { triangleIndex } from "../../../engine/core/geometry/triangle-distance.js"
import { percentile70, sortIntoCells } from "../block/points.js"
import type { BuiltBlock } from "./build-block.js"
import type { BuildingRow } from "./mesh.js"
import { faceKind, volumeOf } from "./polyhedron.js"

interface Distances {
  squared: number
  count: number
}

/**
 * Attributes of a block's buildings, one row a member (one in all without members):
 *
 * | column | unit | |
 * |---|---|---|
 * | height_ground | m | lowest ground at the block's outline: the floor of the solid |
 * | height_eaves | m | lowest vertex of the roof |
 * | height_70p | m | 70th percentile of the points, without parapets: the roof of LoD1.2 |
 * | height_ridge | m | highest vertex of the roof, without bodies and parapets on it |
 * | area | m² | in plan; that of the layer where the block is one building |
 * | volume | m³ | of its solids, with the faces that are output |
 * | lod, reason | | "2.2", or "1.2" and why; also how many roofs were raised to the ground |
 * | detail | | "high" with small bodies and recesses, else "normal" |
 * | planes | | faces of the roof |
 * | rmse | m | of points to the block's nearest roof or wall, by the building of that face |
 * | roof_points | | class 6 points over its plan |
 */
export const describeMembers = (built: BuiltBlock, heights: readonly Int32Array[]): BuildingRow[] => {
  const { block } = built
  const count = Math.max(1, block.members.length)
  const { plan } = built.roof
  const faces = Array.from({ length: count }, () => ({ faces: 0, area: 0, eaves: Number.NaN, ridge: Number.NaN }))
  for (const { kind, part, rings: vertices } of built.skin.faces) {
    if (kind !== faceKind.roof) continue
    const row = faces[plan.member[part]]
    row.faces++
    const isBody = built.planes[plan.label[part]].isBody === true
    for (const v of vertices.flat()) {
      const z = built.skin.positions[3 * v + 2]
      row.eaves = Math.min(z, Number.isNaN(row.eaves) ? z : row.eaves)
      if (!isBody) row.ridge = Math.max(z, Number.isNaN(row.ridge) ? z : row.ridge)
    }
    for (const ring of vertices) row.area += planArea(built.skin.positions, ring)
  }
  const above = Array.from({ length: count }, (): Int32Array[] => [])
  const over = new Float64Array(count)
  for (const [face, own] of heights.entries()) {
    over[plan.member[face]] += own.length
    if (built.planes[plan.label[face]].parapetOf === undefined) above[plan.member[face]].push(own)
  }
  const distances = sumDistances(built, count)
  const volumes = new Float64Array(count)
  for (const { member, polyhedron } of built.solids) volumes[member] += volumeOf(polyhedron)
  const outlineArea = block.members.length === 0 ? block.footprint.attributes["area"] : undefined
  return faces.map(({ faces: planes, area, eaves, ridge }, m) => {
    const { squared, count: near } = distances[m]
    return {
      id: block.footprint.members[m]?.id ?? block.footprint.id,
      values: {
        height_ground: block.footprint.levelMm / 1000,
        height_eaves: metres(eaves),
        height_70p: percentile70(above[m]) / 1000,
        height_ridge: metres(ridge),
        area: outlineArea ?? area / 1e6,
        volume: volumes[m] / 1e9,
        lod: built.lod,
        detail: built.detail,
        reason: built.reason,
        planes,
        rmse: near > 0 ? Math.sqrt(squared / near) / 1000 : Number.NaN,
        roof_points: over[m],
      },
    }
  })
}

/**
 * Distances of all points of the block from the nearest triangle of its skin, summed for the member
 * of that triangle. Of equally near ones, as at party walls, the search takes the first that it
 * meets: the order of the points decides.
 */
const sumDistances = ({ roof, skin, triangles, points: { x, y, z } }: BuiltBlock, count: number): Distances[] => {
  const sums = Array.from({ length: count }, (): Distances => ({ squared: 0, count: 0 }))
  const corners = triangles.flat()
  if (corners.length === 0) return sums
  const owners = new Int32Array(corners.length / 3)
  let end = 0
  skin.faces.forEach(({ part }, f) => {
    const start = end
    end += triangles[f].length / 3
    owners.fill(roof.plan.member[part] ?? 0, start, end)
  })
  const index = triangleIndex(Float64Array.from(skin.positions), Uint32Array.from(corners))
  const [distance, owner] = [new Float64Array(x.length), new Int32Array(x.length)]
  // Adjacent points in sequence: each search starts from the previous triangle, which is usually
  // the nearest.
  for (const i of sortIntoCells(y, x, cellLength, stripWidth).order) {
    distance[i] = index.distance(x[i], y[i], z[i])
    owner[i] = owners[index.triangle]
  }
  for (let i = 0; i < x.length; i++) {
    const sum = sums[owner[i]]
    sum.squared += distance[i] * distance[i]
    sum.count++
  }
  return sums
}

const metres = (mm: number): number => Math.round(mm) / 1000

/** Width of the strips by which points are looked up, and length of their cells, mm. */
const [stripWidth, cellLength] = [1000, 500]

const planArea = (positions: readonly number[], ring: readonly number[]): number =>
  doubledArea(ring.flatMap((v) => [positions[3 * v], positions[3 * v + 1]])) / 2

import type { BuiltBlock } from "./build-roof.js"
import type { BuildingBlock } from "./building-block.js"
import type { BuildingRow } from "./building-mesh.js"
import { originOf } from "./planar-graph.js"
import { faceKind, volumeOf } from "./polyhedron.js"
import { fillRings, type RoofGrid } from "./roof-grid.js"

interface Sums {
  readonly heights: number[]
  squares: number
  /** Points that the squares are of. */
  count: number
}

/**
 * Attributes of a block's buildings, one row a member (one in all without members):
 *
 * | column | unit | |
 * |---|---|---|
 * | height_ground | m | lowest ground at the block's outline: the floor of the solid |
 * | height_eaves | m | lowest vertex of the roof |
 * | height_70p | m | 70th percentile of the points: the top of an LoD1 block |
 * | height_ridge | m | highest vertex of the roof |
 * | area | m² | in plan |
 * | volume | m³ | of its solids |
 * | lod, reason | | "2.2"; or "1.2" and why; also how many roofs were raised to the ground |
 * | planes | | faces of the roof |
 * | rmse | m | of the points' distances from the plane of their roof, each counted up to 2 m; points more than 1 m below it (walls, under eaves) left out |
 * | points | | class 6 points over its plan |
 */
export const rowsOf = (
  block: BuildingBlock,
  built: BuiltBlock,
  points: { readonly x: Int32Array; readonly y: Int32Array; readonly z: Int32Array },
  grid: RoofGrid,
): BuildingRow[] => {
  const count = Math.max(1, block.members.length)
  const { plan } = built.roof
  const faces = Array.from({ length: count }, () => ({ faces: 0, area: 0, eaves: Number.NaN, ridge: Number.NaN }))
  for (const { kind, part, rings: vertices } of built.skin.faces) {
    if (kind !== faceKind.roof) continue
    const row = faces[plan.member[part]]
    row.faces++
    for (const v of vertices.flat()) {
      const z = built.skin.positions[3 * v + 2]
      row.eaves = Math.min(z, Number.isNaN(row.eaves) ? z : row.eaves)
      row.ridge = Math.max(z, Number.isNaN(row.ridge) ? z : row.ridge)
    }
    for (const ring of vertices) row.area += planArea(built.skin.positions, ring)
  }
  const sums = sumsOf(built, points, grid, count)
  const volumes = new Float64Array(count)
  for (const { member, polyhedron } of built.solids) volumes[member] += volumeOf(polyhedron)
  return faces.map(({ faces: planes, area, eaves, ridge }, m) => {
    const { heights, squares, count: near } = sums[m]
    heights.sort((a, b) => a - b)
    return {
      id: block.object.members[m]?.id ?? block.object.id,
      values: {
        height_ground: block.object.levelMm / 1000,
        height_eaves: eaves / 1000,
        height_70p: heights.length > 0 ? heights[Math.floor(0.7 * (heights.length - 1))] / 1000 : Number.NaN,
        height_ridge: ridge / 1000,
        area: area / 1e6,
        volume: volumes[m] / 1e9,
        lod: built.lod,
        reason: built.reason,
        planes,
        rmse: near > 0 ? Math.sqrt(squares / near) / 1000 : Number.NaN,
        points: heights.length,
      },
    }
  })
}

const sumsOf = (
  { roof, planes }: BuiltBlock,
  { x, y, z }: { readonly x: Int32Array; readonly y: Int32Array; readonly z: Int32Array },
  grid: RoofGrid,
  count: number,
): Sums[] => {
  const { plan, rings } = roof
  const faceOf = new Int32Array(grid.inside.length).fill(-1)
  rings.forEach((cycles, face) => {
    const polygon = cycles.map((cycle) =>
      Float64Array.from(cycle.flatMap((h) => [plan.x[originOf(plan, h)], plan.y[originOf(plan, h)]])),
    )
    fillRings(grid, polygon, (cell) => {
      faceOf[cell] = face
    })
  })
  const sums: Sums[] = Array.from({ length: count }, () => ({ heights: [], squares: 0, count: 0 }))
  for (let i = 0; i < x.length; i++) {
    const face = faceOf[Math.floor(y[i] / grid.side) * grid.columns + Math.floor(x[i] / grid.side)]
    if (face < 0) continue
    const { a, b, c } = planes[plan.label[face]]
    const row = sums[plan.member[face]]
    row.heights.push(z[i])
    const above = z[i] - c - a * x[i] - b * y[i]
    if (above < -1000) continue
    const off = Math.min(2000, Math.abs(above) / Math.sqrt(1 + a * a + b * b))
    row.squares += off * off
    row.count++
  }
  return sums
}

const planArea = (positions: readonly number[], ring: readonly number[]): number => {
  let twice = 0
  ring.forEach((a, i) => {
    const b = ring[(i + 1) % ring.length]
    twice += positions[3 * a] * positions[3 * b + 1] - positions[3 * b] * positions[3 * a + 1]
  })
  return twice / 2
}

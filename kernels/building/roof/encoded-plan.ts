/**
 * The roof plan of a block without the tile grid, and its bytes for `vector.roof` and
 * `vector.breakline`.
 */
import { originOf } from "../../geometry/planar-graph.js"
import type { Footprint } from "../../handover/footprint/footprint.js"
import { type BlockPoints, type BuildingBlock, blockOf } from "../solid/block.js"
import { type BuiltBlock, buildRoof, type RoofRules } from "../solid/build-roof.js"
import { type PointIndex, pointsOfBlock } from "../solid/points.js"
import { cellAt, facesOfCells, gridOver, type RoofGrid } from "./grid.js"
import { heightKey } from "./raise.js"

/** A face of a roof: a polygon on one plane of one building. */
export interface PlanFace {
  /** Id of the building: a member, or the block if that is one building. */
  readonly building: string
  /** Slopes of the plane: rise per metre to the east (`a`) and to the north (`b`). */
  readonly a: number
  readonly b: number
  /**
   * Rings of plan vertices, not closed: the outer one first, counter-clockwise, then holes,
   * clockwise.
   */
  readonly rings: readonly (readonly number[])[]
  /** Height at each vertex of the rings, mm. */
  readonly heights: readonly (readonly number[])[]
  /**
   * Points over the face, and the sum and number of squared distances from its plane, mm², for the
   * column `rmse`.
   */
  readonly points: number
  readonly squares: number
  readonly near: number
}

/** The roofs of a block in plan, the same for every tiling. */
export interface RoofPlan {
  readonly lod: "2.2" | "1.2"
  readonly truncated: boolean
  /** Vertices, whole millimetres of the CRS. */
  readonly x: readonly number[]
  readonly y: readonly number[]
  /** Edges: vertices, and the faces on their left and right (−1 outside). */
  readonly edges: readonly (readonly [from: number, to: number, left: number, right: number])[]
  readonly faces: readonly PlanFace[]
}

/** A block with its inputs and the result of building it. */
export interface Standing {
  readonly block: BuildingBlock
  readonly grid: RoofGrid
  readonly points: BlockPoints
  readonly built: BuiltBlock | undefined
  /** Roof face over each cell, −1 outside; empty if nothing was built. */
  readonly faceOf: Int32Array
}

/** Builds the block of an object of kind 6 from its points. */
export const buildObject = (object: Footprint, index: PointIndex, rules: RoofRules): Standing => {
  const block = blockOf(object)
  const grid = gridOver(block.width, block.height, block.rings)
  const points = pointsOfBlock(index, block, grid)
  const built = buildRoof(block, grid, points, rules)
  return { block, grid, points, built, faceOf: built ? facesOfCells(built.roof, grid) : new Int32Array(0) }
}

/**
 * The plan of a block; undefined if no roof was built. If the tile grid changed the outline of a
 * block, builds it again on the free outline, even if the first build failed.
 */
export const planOf = (
  object: Footprint,
  standing: Standing,
  index: PointIndex,
  rules: RoofRules,
): RoofPlan | undefined => {
  const { free, ...rest } = object
  const own = free === undefined ? standing : buildObject({ ...rest, rings: free }, index, rules)
  const { block, built } = own
  if (!built) return undefined
  const { plan, rings, heights } = built.roof
  const sums = faceSums(built, own)
  return {
    lod: built.lod,
    truncated: object.truncated,
    x: plan.x.map((x) => x + block.origin[0]),
    y: plan.y.map((y) => y + block.origin[1]),
    edges: plan.from.map((from, e) => [from, plan.to[e], plan.left[e], plan.right[e]]),
    faces: rings.map((cycles, face) => {
      const vertices = cycles.map((cycle) => cycle.map((h) => originOf(plan, h)))
      const { a, b } = built.planes[plan.label[face]]
      return {
        building: object.members[plan.member[face]]?.id ?? object.id,
        a,
        b,
        rings: vertices,
        heights: vertices.map((ring) => ring.map((v) => heights.get(heightKey(face, v)) ?? 0)),
        ...sums[face],
      }
    }),
  }
}

/** Points farther below the plane, mm, are on walls or under eaves. */
const BELOW = 1000
/** Cap on the distance of a point, mm. */
const FAR = 2000

const faceSums = (
  { roof, planes }: BuiltBlock,
  { points, grid, faceOf }: Standing,
): Pick<PlanFace, "points" | "squares" | "near">[] => {
  const { x, y, z } = points
  const sums = roof.rings.map(() => ({ points: 0, squares: 0, near: 0 }))
  for (let i = 0; i < x.length; i++) {
    const face = faceOf[cellAt(grid, points, i)]
    if (face < 0) continue
    const { a, b, c } = planes[roof.plan.label[face]]
    const sum = sums[face]
    sum.points++
    const above = z[i] - c - a * x[i] - b * y[i]
    if (above < -BELOW) continue
    const off = Math.min(FAR, Math.abs(above) / Math.sqrt(1 + a * a + b * b))
    sum.squares += off * off
    sum.near++
  }
  return sums
}

/**
 * Encodes plans as JSON. They pass from kernel to kernel in memory and are never written to a file.
 */
export const encodeRoofPlans = (plans: readonly RoofPlan[]): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(plans))

/** No bytes give no plans. */
export const decodeRoofPlans = (bytes: Uint8Array): RoofPlan[] =>
  bytes.byteLength === 0 ? [] : (JSON.parse(new TextDecoder().decode(bytes)) as RoofPlan[])

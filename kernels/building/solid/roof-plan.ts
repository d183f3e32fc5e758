/** The roof plan of a built block, in the CRS, as the layers read it. */
import { originOf } from "../../geometry/planar-graph.js"
import type { EncodedPlan, PlanFace } from "../roof/encoded-plan.js"
import { heightKey } from "../roof/raise.js"
import type { BuiltBlock } from "./build-block.js"

/** The plan of a block. The same for every tiling if the block's outline is. */
export const makePlan = (built: BuiltBlock): EncodedPlan => {
  const { block, lod, planes } = built
  const { plan, rings, heights } = built.roof
  const { footprint, origin } = block
  const sums = sumFaces(built)
  return {
    lod,
    truncated: footprint.truncated,
    x: plan.x.map((x) => x + origin[0]),
    y: plan.y.map((y) => y + origin[1]),
    edges: plan.from.map((from, e) => [from, plan.to[e], plan.left[e], plan.right[e]]),
    faces: rings.map((cycles, face) => {
      const vertices = cycles.map((cycle) => cycle.map((h) => originOf(plan, h)))
      const { a, b } = planes[plan.label[face]]
      return {
        building: footprint.members[plan.member[face]]?.id ?? footprint.id,
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

const sumFaces = ({
  roof,
  planes,
  points: { x, y, z },
  pointFaces,
}: BuiltBlock): Pick<PlanFace, "points" | "squares" | "near">[] => {
  const sums = roof.rings.map(() => ({ points: 0, squares: 0, near: 0 }))
  for (let i = 0; i < x.length; i++) {
    const face = pointFaces[i]
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

/**
 * The kernel `mesh.building`: a closed solid and a skin for each building block that the tile owns,
 * and its roof plan.
 */
import { defineKernel, type Points, type Tile } from "../../engine/kernel.js"
import { dataEnd } from "../handover/extent/data-extent.js"
import { ownedObjects } from "../handover/footprint/footprint.js"
import { decodePointSet, ownPoints, type PointSet } from "../handover/point-set.js"
import { heightsOverFaces, indexPoints } from "./block/points.js"
import { type EncodedPlan, encodeRoofPlans } from "./roof/encoded-plan.js"
import { type BuiltBlock, buildBlock } from "./solid/build-block.js"
import { flatSolids } from "./solid/flat-roofs.js"
import { type BlockSkin, type BlockSolids, skinMesh, tableFlatSolids, tableSolids } from "./solid/mesh.js"
import { makePlan } from "./solid/roof-plan.js"
import { describeMembers } from "./solid/rows.js"

/** Buildings with fewer points are not in the quantiles of the error. */
const LEAST_POINTS = 10

/** Largest share of points on buildings in dense towns. */
const ROOF_SHARE = 0.7
/**
 * Points of the largest building of a tile: 15 ha at 27 points a square metre. A larger one needs
 * more memory than estimated; the run then corrects the estimate.
 */
const MOST_OF_A_BUILDING = 4e6

/**
 * Buildings with roofs (LoD2.2) from class 6 points and outlines: the closed solid of each
 * building, and its skin for the weld with the ground. The skin has roofs and walls down to the
 * ground line, no floor; its foot vertices are those of the outline.
 *
 * The tile whose half-open cell contains its representative point owns a whole block. Points come
 * from that cell and, for blocks over borders, from the point sets of other tiles. The block thus
 * does not depend on the tiling. Without a sound LoD2.2 a block becomes LoD1.2, with the reason in
 * its row (columns: {@link describeMembers}). `flat-solid` has LoD1.2 and LoD1.3 of the others.
 * Solids with their attributes, and roof plans for the layers of roofs and breaklines, use outlines
 * without the tile grid, so they are the same for every tiling. Only the skin has its vertices.
 *
 * Metrics beside counts: roofRmseM is the `rmse` of all buildings by their points. The median and
 * 95th percentile of `rmse` among buildings with at least ten points are rmseMedianM and rmse95M.
 *
 * Every solid is a closed, oriented 2-manifold on a lattice of 0.1 mm; its faces are within 1 mm of
 * their planes. The skin is on whole millimetres.
 *
 * Memory: about 250 bytes a class 6 point of the largest block and 40 a point. Time: O(n log n) in
 * points, O(s²) in the lines of a block.
 */
export default defineKernel({
  id: "mesh.building",
  version: 14,
  summary: "Buildings as closed solids, in LoD 2.2, 1.3 and 1.2",
  stages: ["model"],
  inputs: {
    "roof-points": { kind: "points", classes: [6] },
    "building-own": { kind: "blob" },
    "building-object": { kind: "blob", mayBeEmpty: true },
    "building-points": { kind: "blob", listed: true },
  },
  outputs: {
    skin: { kind: "mesh" },
    solid: { kind: "solids" },
    "flat-solid": { kind: "solids" },
    "roof-plan": { kind: "blob" },
    "building-model-quality": {
      kind: "metrics",
      thresholds: {
        roofRmseM: {
          meaning: "distance of building points from the nearest roof or wall, root mean square",
          unit: "m",
          warn: 0.35,
          fail: 1,
        },
        rmseMedianM: {
          meaning: "root mean square distance of a building's points from its model, median of the buildings",
          unit: "m",
          warn: 0.35,
          fail: 0.7,
        },
        rmse95M: {
          meaning: "root mean square distance of a building's points from its model, 95th percentile",
          unit: "m",
          warn: 0.7,
          fail: 1.5,
        },
        simpleShare: {
          share: { parts: ["buildingsLod22"], whole: ["buildings"], rest: true },
          meaning: "share of buildings below LoD 2.2",
          warn: 0.2,
        },
        failedShare: {
          share: { parts: ["buildingsFailed"], whole: ["buildingsFailed", "buildings"] },
          meaning: "share of buildings without a solid",
          warn: 0,
          fail: 0.05,
        },
      },
    },
  },
  options: {
    detail: {
      type: "string",
      default: "normal",
      choices: ["normal", "high"],
      help: "normal: structures on a roof from 2 m² and 1 m high, straight walls; high: also chimneys, aerials, recesses under eaves and loggias",
    },
    minPlane: {
      type: "number",
      default: 0.8,
      unit: "m²",
      min: 0.2,
      max: 1000,
      help: "smallest area of a roof plane, in plan",
    },
    simplicity: {
      type: "number",
      default: 0.06,
      unit: "m²",
      min: 0.001,
      max: 100,
      help: "how much misfit (m³) each metre of line between two roof planes must save; larger values give simpler roofs",
    },
  },
  halo: () => 0,
  memory: ({ points, bytes, classes }) => {
    const own = classes?.[6] ?? ROOF_SHARE * points
    return 30 * own + 300 * Math.min(own, MOST_OF_A_BUILDING) + 24 * bytes + 64e6
  },
  run(tile, input, options) {
    const footprints = ownedObjects([input["building-own"], input["building-object"]], tile)
    const origin = tile.origin.map((value) => Math.round(value * 1000)) as [number, number, number]
    const index = indexPoints(
      [modelPoints(input["roof-points"], tile), ...input["building-points"].map(decodePointSet)],
      origin,
    )
    const skins: BlockSkin[] = []
    const models: BlockSolids[] = []
    const plans: EncodedPlan[] = []
    for (const { free, ...footprint } of footprints) {
      const built = buildBlock(footprint, index, options)
      // Where the tile grid changed the outline, plan and solid are those of the free outline, even
      // if the first build failed.
      const own = free === undefined ? built : buildBlock({ ...footprint, rings: free }, index, options)
      if (own) plans.push(makePlan(own))
      const solid = own ?? built
      if (solid === undefined) continue
      const model = describeSolids(solid)
      models.push(model)
      if (built) {
        const { block, roof, skin, triangles } = built
        skins.push({ block, roof, skin, triangles, rows: model.rows })
      }
    }
    const skin = skinMesh(skins, tile.origin)
    const solid = tableSolids(models, tile.origin)
    return {
      skin,
      solid,
      "flat-solid": tableFlatSolids(models, tile.origin),
      "roof-plan": encodeRoofPlans(plans),
      "building-model-quality": measureQuality(
        models,
        footprints.length,
        skin.triangles.length / 3,
        solid.solidEnds.length,
      ),
    }
  },
})

/** The tile's own points, without those at the end of the data that `vector.building` drops. */
const modelPoints = (points: Points, tile: Tile): PointSet => {
  const end = dataEnd(tile)
  const [ox, oy] = points.origin.map((value) => Math.round(value * 1000))
  return ownPoints(points, tile.cell, (i) => !end.isLast(ox + points.x[i], oy + points.y[i]))
}

/** The output of a block, without its points. */
const describeSolids = (built: BuiltBlock): BlockSolids => {
  const { block, roof, solids, pointFaces, points } = built
  const heights = heightsOverFaces(roof.rings.length, pointFaces, points.z)
  return { block, solids, rows: describeMembers(built, heights), flat: flatSolids(built, heights) }
}

const measureQuality = (
  blocks: readonly BlockSolids[],
  footprints: number,
  triangles: number,
  solids: number,
): Record<string, number> => {
  const rows = blocks.flatMap((one) => one.rows)
  const number = (value: number | string | undefined): number =>
    typeof value === "number" && !Number.isNaN(value) ? value : 0
  const errors = rows
    .filter(({ values }) => number(values["roof_points"]) >= LEAST_POINTS)
    .map(({ values }) => number(values["rmse"]))
    .sort((a, b) => a - b)
  const at = (share: number): number => errors[Math.max(0, Math.ceil(share * errors.length) - 1)]!
  const points = rows.reduce((sum, { values }) => sum + number(values["roof_points"]), 0)
  const squared = rows.reduce((sum, { values }) => sum + number(values["roof_points"]) * number(values["rmse"]) ** 2, 0)
  return {
    buildings: rows.length,
    buildingsLod22: rows.filter(({ values }) => values["lod"] === "2.2").length,
    buildingsFailed: footprints - blocks.length,
    buildingSolids: solids,
    buildingTriangles: triangles,
    roofFaces: rows.reduce((sum, { values }) => sum + number(values["planes"]), 0),
    roofPoints: points,
    roofRmseM: points > 0 ? Math.sqrt(squared / points) : 0,
    ...(errors.length === 0 ? {} : { rmseMedianM: at(0.5), rmse95M: at(0.95) }),
  }
}

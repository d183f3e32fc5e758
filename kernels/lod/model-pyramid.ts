/**
 * Kernel `mesh.model-pyramid`: the model of a parent tile, with a simplification for each kind of
 * object.
 * See docs/decisions/08-parents-by-kind.md.
 */
import { defineKernel, type Mesh, type Solids } from "../../engine/kernel.js"
import { HeightLookup } from "../geometry/height-lookup.js"
import { sideBySide } from "../geometry/join-meshes.js"
import { prepareGreedyCore } from "../geometry/wasm/greedy.js"
import { coarserBuildings, coarserDecks } from "./levels/buildings.js"
import { coarserCanopy } from "./levels/canopy.js"
import { coarserCrowns } from "./levels/crowns.js"
import { coarserGround, levelOptions } from "./levels/ground.js"
import { meshOfSolids } from "./solid/faces.js"
import { BACK } from "./solid/part-lines.js"
import { withoutPartyWalls } from "./solid/party-walls.js"
import { forRings, onMillimetres } from "./solid/prism.js"
import { numberIn, type SolidLevel, triangleCount } from "./solid/writer.js"

/**
 * Column of the ground's table. Row 0 has the largest error, metres, of an object dropped on this
 * level or below it.
 */
const GONE_COLUMN = "goneErrorM"
/**
 * Shares of a parent's triangles: the ground's, unless it is the only input, and that of buildings
 * and decks in the rest; decks get half of that.
 */
const GROUND_SHARE = 0.5
const SOLID_SHARE = 0.7
/**
 * Share of a canopy at its densest. It is fitted after the ground and before all else, since its
 * spacing must not depend on other content.
 */
const CANOPY_SHARE = 0.4

/**
 * The model of a parent tile from its one to four children. Each kind is simplified by its own
 * method within half of `maxError · factor^level`.
 * - The ground is closed, also under buildings, with a border shared by neighbours
 *   ({@link coarserGround}).
 * - Buildings keep their roofs, become blocks, merge and vanish, in this order
 *   ({@link coarserBuildings}). They are closed solids in the closed ground, with floors lowered by
 *   a centimetre: nothing can crack. Where they touch, only the step remains
 *   ({@link withoutPartyWalls}).
 * - Decks are unchanged until they are near the ground ({@link coarserDecks}).
 * - Crowns become double pyramids, one for several, and vanish ({@link coarserCrowns}).
 * - A canopy gets fewer nodes, the same on a level for all tiles ({@link coarserCanopy}).
 *
 * Above `maxTriangles`, insertion into the ground stops, and the bounds of decks, buildings and
 * trees double separately until they fit. The border's bound never changes.
 *
 * `mesh.maxError` is the largest distance from the finest level over all parts. A dropped object
 * counts with its height plus the ground's error. The error never decreases from a level to the
 * next, except by the centimetre by which bodies that meet in a line draw back.
 */
export default defineKernel({
  id: "mesh.model-pyramid",
  version: 9,
  summary: "Coarser model of a parent tile, each kind of object simplified in its own way",
  stages: ["parent"],
  inputs: {
    ground: { kind: "mesh", many: true },
    solid: { kind: "solids", many: true, optional: true },
    "deck-body": { kind: "solids", many: true, optional: true },
    crown: { kind: "mesh", many: true, optional: true },
    canopy: { kind: "mesh", many: true, optional: true },
  },
  outputs: {
    mesh: { kind: "mesh" },
    ground: { kind: "mesh" },
    solid: { kind: "solids" },
    "deck-body": { kind: "solids" },
    crown: { kind: "mesh" },
    canopy: { kind: "mesh" },
    "mesh-quality": { kind: "metrics" },
  },
  options: levelOptions(0.15, "about maxError × factorⁿ"),
  halo: () => 0,
  // Children have at most 1.5 vertices a square metre, parents far fewer; about 250 bytes each with
  // two triangles while joined and walked.
  memory: (counts) => 250 * Math.min(counts.points / 2, 1.5 * counts.areaM2) + 16e6,
  prepare: async () => void (await prepareGreedyCore()),
  run(tile, input, options) {
    const side = Math.round((tile.cell[2] - tile.cell[0]) * 1000)
    const bound = 500 * options.maxError * options.factor ** Math.log2(tile.step)
    const things = [input.solid, input["deck-body"], input.crown, input.canopy]
    const isGroundAlone = things.every((thing) => thing === undefined)
    const level = coarserGround(input.ground, tile.origin, {
      bound,
      side,
      tileSide: Math.round(side / tile.step),
      maxTriangles: Math.floor((isGroundAlone ? 1 : GROUND_SHARE) * options.maxTriangles),
    })
    // Lazy: ground without objects needs no heights.
    let lookup: HeightLookup | undefined
    const heightAt = (x: number, y: number): number | undefined => {
      lookup ??= new HeightLookup(fieldOf(level.mesh))
      return lookup.heightAt(x, y)
    }
    const [minX, minY, maxX, maxY] = tile.cell.map((value) => Math.round(1000 * value)) as [
      number,
      number,
      number,
      number,
    ]
    const canopyLimits = { ...options, bound, side, step: tile.step, maxTriangles: CANOPY_SHARE * options.maxTriangles }
    const canopy = coarserCanopy(input.canopy ?? [], tile.origin, [minX, minY, maxX, maxY], canopyLimits)
    const left = options.maxTriangles - (level.mesh.triangles.length + canopy.mesh.triangles.length) / 3
    const solids = SOLID_SHARE * left
    const decks = fitSolids(bound, 0.5 * solids, (raised) =>
      coarserDecks(input["deck-body"] ?? [], tile.origin, raised, heightAt),
    )
    const finer = (input.solid ?? []).map(onMillimetres)
    const buildings = fitSolids(bound, solids - triangleCount(decks.solids), (raised) =>
      coarserBuildings(finer, tile.origin, raised),
    )
    const joint = withoutPartyWalls(withLowerFloors(buildings.solids, BACK))
    const solidMeshes = [joint.solids, decks.solids].map(meshOfSolids)
    const solidTriangles = solidMeshes.reduce((sum, mesh) => sum + mesh.triangles.length / 3, 0)
    const limits = { bound, most: left - solidTriangles }
    const crowns = coarserCrowns(input.crown ?? [], tile.origin, limits, heightAt)
    const goneBefore = Math.max(0, ...input.ground.map(goneError))
    const goneNow = Math.max(...[buildings, decks, crowns, canopy].map(({ goneHeight }) => goneHeight)) / 1000
    const gone = Math.max(goneBefore, goneNow)
    // Where only canopy exists, its error is measured from the ground too.
    const fromGround = level.mesh.maxError + Math.max(gone, canopy.error / 1000)
    const maxError = Math.max(fromGround, Math.max(buildings.error + joint.moved, decks.error, crowns.error) / 1000)
    const mesh = { ...sideBySide([level.mesh, ...solidMeshes, crowns.mesh, canopy.mesh]), maxError }
    return {
      mesh,
      ground: withGoneError(level.mesh, gone),
      solid: buildings.solids,
      "deck-body": decks.solids,
      crown: crowns.mesh,
      canopy: canopy.mesh,
      "mesh-quality": {
        triangles: mesh.triangles.length / 3,
        vertices: mesh.classes.length,
        groundTriangles: level.mesh.triangles.length / 3,
        maxErrorM: maxError,
        groundOwnErrorM: level.ownError / 1000,
        groundErrorM: level.mesh.maxError,
        solidErrorM: Math.max(buildings.error, decks.error) / 1000,
        crownErrorM: crowns.error / 1000,
        canopyErrorM: canopy.error / 1000,
        goneErrorM: gone,
        buildingsKept: buildings.retained,
        buildingBlocks: buildings.blocks,
        buildingsGone: buildings.gone,
        decks: decks.retained,
        crowns: crowns.crowns,
        canopySpacingM: (canopy.spacing ?? 0) / 1000,
      },
    }
  },
})

/** Doubles the bound until the solids fit their share of triangles. */
const fitSolids = (bound: number, share: number, coarser: (raised: number) => SolidLevel): SolidLevel => {
  for (let raised = bound; ; raised *= 2) {
    const level = coarser(raised)
    if (triangleCount(level.solids) <= share || level.retained + level.blocks === 0) return level
  }
}

/**
 * Lowers the floors by `depth`, mm: on flat ground, no edge of a floor coincides with one of the
 * ground.
 */
const withLowerFloors = (solids: Solids, depth: number): Solids => {
  const positions = solids.positions.slice()
  solids.faceKinds.forEach((kind, face) => {
    if (kind !== 0) return
    forRings(solids, face, (from, to) => {
      for (const v of solids.ringVertices.subarray(from, to)) positions[3 * v + 2] = solids.positions[3 * v + 2] - depth
    })
  })
  return { ...solids, positions }
}

const fieldOf = (mesh: Mesh): ConstructorParameters<typeof HeightLookup>[0] => {
  const count = mesh.classes.length
  const axis = (k: number): Int32Array => Int32Array.from({ length: count }, (_, v) => mesh.positions[3 * v + k])
  return { x: axis(0), y: axis(1), z: axis(2), triangles: mesh.triangles }
}

const goneError = ({ objects }: Mesh): number => numberIn(objects?.columns[GONE_COLUMN], 0, 0)

const withGoneError = (ground: Mesh, error: number): Mesh => {
  const { objects } = ground
  if (objects === undefined) return ground
  const values = new Float64Array(objects.ids.length).fill(Number.NaN)
  values[0] = error
  return {
    ...ground,
    objects: { ...objects, columns: { ...objects.columns, [GONE_COLUMN]: { type: "number", values } } },
  }
}

/** Kernel `mesh.pyramid`: the surface mesh of a parent tile from those of its children. */
import { defineKernel } from "../../engine/kernel.js"
import { joinAtBorders } from "../geometry/mesh-border.js"
import { prepareGreedyCore } from "../geometry/wasm/greedy.js"
import { innerVertices, levelOptions, levelTin, meshOfVertices, outerVertices } from "./levels/ground.js"
import { simplifyBorder } from "./levels/simplify-rings.js"

/**
 * One mesh for a parent tile from those of its one to four children: the error-bounded TIN of their
 * vertices at a coarser bound, `maxError · factor^level`.
 *
 * The outline in plan is that of the children together; a missing child leaves its square open. A
 * rule that neighbours share selects the border vertices (see {@link simplifyBorder}), always with
 * the corners of the finest tiles. The gap between parents of one level is therefore 0 mm.
 *
 * The mesh's `maxError` is the largest vertical distance from a child's vertex to the mesh, plus
 * the largest one of the children. It is measured at vertices: where edges of both cross, the
 * surfaces may differ by more.
 */
export default defineKernel({
  id: "mesh.pyramid",
  version: 2,
  summary: "Coarser mesh of a parent tile, simplified from the meshes of its children",
  stages: ["parent"],
  inputs: { mesh: { kind: "mesh", many: true } },
  outputs: { mesh: { kind: "mesh" }, "mesh-quality": { kind: "metrics" } },
  options: levelOptions(0.25, "maxError × factorⁿ"),
  halo: () => 0,
  // Children have less than 1.5 vertices a square metre, parents far fewer; about 150 bytes each
  // with two triangles while joined.
  memory: (counts) => 150 * Math.min(counts.points / 2, 1.5 * counts.areaM2) + 1e6,
  prepare: async () => void (await prepareGreedyCore()),
  run(tile, input, options) {
    const children = input.mesh
    const side = Math.round((tile.cell[2] - tile.cell[0]) * 1000)
    const maxError = options.maxError * options.factor ** Math.log2(tile.step) * 1000
    const joined = joinAtBorders(children, tile.origin)
    const border = simplifyBorder(joined, Math.round(side / tile.step), maxError)
    const start = { vertices: border.vertices, border: border.edges, candidates: innerVertices(outerVertices(joined)) }
    const level = levelTin(joined, start, { bound: maxError, side, maxTriangles: options.maxTriangles })
    const { tin } = level
    const childError = children.reduce((largest, child) => Math.max(largest, child.maxError), 0)
    const ownError = Math.max(tin.maxError, border.maxError) / 1000
    const mesh = meshOfVertices(joined, level, tile.origin, childError + ownError)
    const sums = tin.statistics()
    const quality = {
      triangles: mesh.triangles.length / 3,
      vertices: mesh.classes.length,
      candidates: sums.inside,
      maxErrorM: mesh.maxError,
      ownErrorM: ownError,
      rmsErrorM: sums.rmsError / 1000,
    }
    return { mesh, "mesh-quality": quality }
  },
})

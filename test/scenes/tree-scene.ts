import type { Kernel, Tile } from "../../engine/kernel.js"
import dhm from "../../kernels/terrain/dhm.js"
import dsm from "../../kernels/terrain/dsm.js"
import dtm from "../../kernels/terrain/dtm.js"
import tree from "../../kernels/vegetation/tree.js"
import { type PointsOf, pointInputs } from "./footprint-stages.js"
import { optionsOf, scratch } from "./kernel-run.js"

/** Runs the rasters and the trees of a tile as its chain would, with the halos that each needs. */
export const runTrees = async (
  points: PointsOf,
  tile: Tile,
  stated: Record<string, string> = {},
): Promise<Record<string, unknown>> => {
  const kernels = [dtm, dsm, dhm, tree] as unknown as Kernel[]
  const halo = tree.halo(optionsOf(tree))
  const values: Record<string, unknown> = {}
  for (const kernel of kernels) {
    const options = optionsOf(kernel, stated)
    const grown = kernel.id === "vector.tree" ? 0 : halo
    const at = (by: number): Tile["core"] => [
      tile.cell[0] - by,
      tile.cell[1] - by,
      tile.cell[2] + by,
      tile.cell[3] + by,
    ]
    const step: Tile = { ...tile, core: at(grown), extent: at(grown + kernel.halo(options)) }
    const needsPoints = Object.values(kernel.inputs).some((port) => port.kind === "points")
    const given = needsPoints ? pointInputs(kernel, await points(step), step) : {}
    const chain = Object.fromEntries(Object.keys(kernel.inputs).map((name) => [name, values[name]]))
    Object.assign(values, kernel.run(step, { ...chain, ...given } as never, options, scratch))
  }
  return values
}

import { Box2 } from "../core/box.js"
import { TileKey } from "../grid/tile-key.js"
import { finestSpacing, spacingsOf } from "./chain.js"
import { estimateMemory } from "./estimate-memory.js"
import type { Laying } from "./planned-task.js"

/** Classes that the points of one cell have, as in lay-tile-tasks. */
const classesPerCell = 3

/** Peak bytes of both stages of a tile with so many points in its cell, as if those around it were as dense. */
export const tileMemory = (laying: Laying, key: TileKey, pointsInCell: number): number => {
  const { context, kernels } = laying
  const cell = TileKey.box(context.grid, key)
  const bytesOf = (scope: "tile" | "model"): number => {
    const steps = context.chains[scope]
    const areaM2 = Box2.area(Box2.grow(cell, Math.max(0, ...steps.map((step) => step.inputGrowth))))
    const points = Math.ceil((1.2 * pointsInCell * areaM2) / Box2.area(cell))
    const finest = finestSpacing(spacingsOf(steps, (id) => kernels.find(({ kernel }) => kernel.id === id)?.kernel))
    const thinned = finest === undefined ? points : Math.min(points, Math.ceil((classesPerCell * areaM2) / finest ** 2))
    return estimateMemory(laying, scope, { points: thinned, areaM2 }, cell, points)
  }
  return Math.max(bytesOf("tile"), context.chains.model.length > 0 ? bytesOf("model") : 0)
}

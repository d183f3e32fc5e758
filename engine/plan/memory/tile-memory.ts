import { Box2 } from "../../core/geometry/box.js"
import { TileKey } from "../../grid/tile-key.js"
import type { Laying } from "../planned-task.js"
import { areSpooled, stageMemory } from "./weigh-memory.js"

/** Peak bytes of both stages of a tile with so many points in its cell, as if those around it were as dense. */
export const tileMemory = (laying: Laying, key: TileKey, pointsInCell: number): number => {
  const { context } = laying
  const cell = TileKey.box(context.grid, key)
  const spooled = areSpooled(laying, [...context.sources.keys()])
  const bytesOf = (scope: "tile" | "model"): number => {
    const reach = Math.max(0, ...context.chains[scope].map((step) => step.inputGrowth))
    const points = Math.ceil((1.2 * pointsInCell * Box2.area(Box2.grow(cell, reach))) / Box2.area(cell))
    return stageMemory(laying, scope, key, { points, spooled })
  }
  return Math.max(bytesOf("tile"), context.chains.model.length > 0 ? bytesOf("model") : 0)
}

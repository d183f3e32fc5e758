/**
 * Estimates a task's peak memory from what is known of it: planned, counted, or read of earlier
 * tasks.
 */
import { Box2 } from "../../core/geometry/box.js"
import { isJoin, isTileStage } from "../../core/stages.js"
import { RegionKey } from "../../grid/region-key.js"
import { TileKey } from "../../grid/tile-key.js"
import { kernelOf } from "../../job/kernels/load-kernels.js"
import type { Counts } from "../../kernel.js"
import { reachOf } from "../chains/chain.js"
import type { Laying, PlannedTask } from "../planned-task.js"
import { type Estimated, estimateMemory, estimateParent, type ReadCounts, type StageCounts } from "./estimate-memory.js"

/** Peak bytes of a stage of a tile, by its points. */
export const stageMemory = (laying: Estimated, stage: "tile" | "model", key: TileKey, counts: StageCounts): number =>
  estimateMemory(laying, stage, counts, TileKey.box(laying.context.grid, key))

/** Peak bytes of both stages of a tile with so many points in its cell, as if those around it were as dense. */
export const tileMemory = (laying: Laying, key: TileKey, pointsInCell: number): number => {
  const { context } = laying
  const cell = TileKey.box(context.grid, key)
  const bucketed = areBucketed(laying, [...context.sources.keys()])
  const bytesOf = (stage: "tile" | "model"): number => {
    const reach = reachOf(context.chains[stage])
    const points = Math.ceil((1.2 * pointsInCell * Box2.area(Box2.grow(cell, reach))) / Box2.area(cell))
    return stageMemory(laying, stage, key, { points, bucketed })
  }
  return Math.max(bytesOf("tile"), context.chains.model.length > 0 ? bytesOf("model") : 0)
}

/** True where each of the sources is decoded into bucket files before it is read. */
export const areBucketed = ({ context }: Pick<Estimated, "context">, sources: readonly number[]): boolean =>
  sources.every((index) => context.sources[index]?.parts !== undefined)

/**
 * The estimate of a tile by the points of each class, where they are known: what its sources hold, counted when they were decoded, for its first stage; what that one counted for the second. By the points that lie in
 * its reach where its bucket files were counted, be it more than was planned: in a plan points are spread evenly. As it was planned where nothing was counted, and by classes alone never above that.
 */
export const memoryOfCounted = (
  laying: Estimated,
  task: Pick<PlannedTask, "stage" | "key" | "points" | "bytes" | "sources">,
  classes: Counts["classes"],
  read?: ReadCounts,
): number => {
  const { stage, points } = task
  if (!isTileStage(stage) || (classes === undefined && read === undefined)) return task.bytes
  const known = { bucketed: areBucketed(laying, task.sources), ...(classes === undefined ? {} : { classes }) }
  const key = TileKey.parse(task.key)
  if (read !== undefined) return stageMemory(laying, stage, key, { ...known, ...read })
  return Math.min(task.bytes, stageMemory(laying, stage, key, { ...known, points }))
}

/** Least bytes of a vertex in the files that parents read: place and class. */
const handedVertexBytes = 13

/** The estimate of a parent by the bytes of its children's meshes, known when they have ended; never above what was planned. */
export const memoryOfHanded = (
  laying: Estimated,
  task: Pick<PlannedTask, "key" | "bytes">,
  handedBytes: number,
): number => {
  const cell = TileKey.box(laying.context.grid, TileKey.parse(task.key))
  // Kernels take it that half of the points become vertices.
  const counts = { points: 2 * Math.ceil(handedBytes / handedVertexBytes), areaM2: Box2.area(cell) }
  return Math.min(task.bytes, estimateParent(laying, counts, cell))
}

/**
 * What the bytes that a task reads of earlier tasks add to its estimate, known when those have ended: of a kernel of the job all that it needs, of a tile's second stage the most that one of its kernels
 * says more for them. The bytes themselves stand beside it; the second stage also holds what it decodes of them for all its kernels.
 */
export const memoryOfRead = (
  { context: { chains }, kernels }: Pick<Estimated, "context" | "kernels">,
  { stage, key }: Pick<PlannedTask, "stage" | "key">,
  bytes: number,
): number => {
  if (!isJoin(stage) && stage !== "model") return 0
  const steps = isJoin(stage) ? chains[stage].filter(({ id }) => id === RegionKey.parse(key).kernel) : chains.model
  let most = 0
  for (const step of steps) {
    const kernel = kernelOf(kernels, step.id)
    const needs = (read: number): number => kernel?.memory({ points: 0, areaM2: 0, bytes: read }, step.options) ?? 0
    most = Math.max(most, needs(bytes) - (stage === "model" ? needs(0) : 0))
  }
  return Math.ceil(most) + (stage === "model" ? decodedCopies + 1 : 1) * bytes
}
/** Copies of blobs and shards that the second stage of a tile holds decoded. */
const decodedCopies = 2

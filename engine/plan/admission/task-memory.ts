/**
 * Estimates a task's peak memory from planned points, counted points, or the size of its inputs.
 */
import { Box2 } from "../../core/geometry/box.js"
import { isJoin, isTileStage } from "../../core/stages.js"
import { RegionKey, TileKey } from "../../grid/tile-key.js"
import { kernelOf } from "../../job/kernels/load-kernels.js"
import { type Counts, portNames } from "../../kernel.js"
import { reachOf } from "../chains/chain.js"
import type { PlannedTask, Planning } from "../planned-task.js"
import { type Estimated, estimateMemory, estimateParent, type ReadCounts, type StageCounts } from "./estimate-memory.js"

/** Peak bytes of a stage of a tile. */
export const stageMemory = (planning: Estimated, stage: "tile" | "model", key: TileKey, counts: StageCounts): number =>
  estimateMemory(planning, stage, counts, TileKey.box(planning.context.grid, key))

/** Peak bytes of both stages of a tile, assuming its cell's density for its surroundings too. */
export const tileMemory = (planning: Planning, key: TileKey, pointsInCell: number): number => {
  const { context } = planning
  const cell = TileKey.box(context.grid, key)
  const bucketed = areBucketed(planning, [...context.sources.keys()])
  const bytesOf = (stage: "tile" | "model"): number => {
    const reach = reachOf(context.chains[stage])
    const points = Math.ceil((1.2 * pointsInCell * Box2.area(Box2.grow(cell, reach))) / Box2.area(cell))
    return stageMemory(planning, stage, key, { points, bucketed })
  }
  return Math.max(bytesOf("tile"), context.chains.model.length > 0 ? bytesOf("model") : 0)
}

/** True if each of the sources is decoded into bucket files before it is read. */
export const areBucketed = ({ context }: Pick<Estimated, "context">, sources: readonly number[]): boolean =>
  sources.every((index) => context.sources[index]?.parts !== undefined)

/**
 * Estimates a tile from counts. Classes are counted when its sources are decoded, and for the model
 * by the tile stage. Points in its reach are counted from the bucket files: this estimate may
 * exceed the plan, which assumes an even spread. With only classes, it never exceeds the plan;
 * without counts, it is the plan's.
 */
export const memoryOfCounted = (
  planning: Estimated,
  task: Pick<PlannedTask, "stage" | "key" | "points" | "bytes" | "sources">,
  classes: Counts["classes"],
  read?: ReadCounts,
): number => {
  const { stage, points } = task
  if (!isTileStage(stage) || (classes === undefined && read === undefined)) return task.bytes
  const known = { bucketed: areBucketed(planning, task.sources), ...(classes === undefined ? {} : { classes }) }
  const key = TileKey.parse(task.key)
  if (read !== undefined) return stageMemory(planning, stage, key, { ...known, ...read })
  return Math.min(task.bytes, stageMemory(planning, stage, key, { ...known, points }))
}

/** Lower bound of the bytes per vertex in the files that parents read: position and class. */
const handedVertexBytes = 13

/**
 * Estimates a parent from the bytes of its children's meshes, known after they end; never above the
 * plan.
 */
export const memoryOfHanded = (
  planning: Estimated,
  task: Pick<PlannedTask, "key" | "bytes">,
  handedBytes: number,
): number => {
  const cell = TileKey.box(planning.context.grid, TileKey.parse(task.key))
  // Kernels assume that half of the points become vertices.
  const counts = { points: 2 * Math.ceil(handedBytes / handedVertexBytes), areaM2: Box2.area(cell) }
  return Math.min(task.bytes, estimateParent(planning, counts, cell))
}

/**
 * Bytes that the outputs of earlier tasks add to a task's estimate, known after those have ended.
 * For a join: all that its kernel needs. For a model: the largest increase that one of its kernels
 * declares for the bytes of its own ports. The bytes themselves are added, for a model with decoded
 * copies for all its kernels.
 */
export const memoryOfRead = (
  { context: { chains }, kernels }: Pick<Estimated, "context" | "kernels">,
  { stage, key }: Pick<PlannedTask, "stage" | "key">,
  bytes: number,
  bytesOf: (ports: readonly string[]) => number = () => bytes,
): number => {
  if (!isJoin(stage) && stage !== "model") return 0
  const steps = isJoin(stage) ? chains[stage].filter(({ id }) => id === RegionKey.parse(key).kernel) : chains.model
  let most = 0
  for (const step of steps) {
    const kernel = kernelOf(kernels, step.id)
    const needs = (read: number): number =>
      kernel?.memory({ points: 0, areaM2: 0, bytes: read }, step.options, step.cells) ?? 0
    const own = stage === "model" ? bytesOf(portNames(kernel?.inputs ?? {}, "blob")) : bytes
    most = Math.max(most, needs(own) - (stage === "model" ? needs(0) : 0))
  }
  return Math.ceil(most) + (stage === "model" ? decodedCopies + 1 : 1) * bytes
}
/**
 * The kernel of stage "job" that needs most memory for so many tiles, as far as kernels state it by
 * area: known before the tiles have run.
 */
export const hungriestJoin = (
  { context: { chains, grid }, kernels }: Pick<Estimated, "context" | "kernels">,
  tiles: number,
): { readonly id: string; readonly bytes: number } | undefined => {
  const areaM2 = tiles * grid.leafSide ** 2
  const cells = Object.assign({}, ...chains.tile.map((step) => step.cells)) as Readonly<Record<string, number>>
  return chains.job
    .map(({ id, options }) => {
      const counts = { points: 0, areaM2, bytes: 0 }
      return { id, bytes: kernelOf(kernels, id)?.memory(counts, options, cells) ?? 0 }
    })
    .sort((a, b) => b.bytes - a.bytes)[0]
}

/** Decoded copies of blobs and shards during a model task. */
const decodedCopies = 2

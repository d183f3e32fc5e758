/**
 * Plans one shard, the regions or the whole job from the written plan, without reading a header of
 * a source.
 */

import { join } from "node:path"
import { Box2 } from "../core/geometry/box.js"
import { usageError } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import { type Grid, RegionKey, TileKey } from "../grid/tile-key.js"
import { byText } from "../io/expand-inputs.js"
import type { Job } from "../job/job.js"
import { layout } from "../job/layout.js"
import { mapPath } from "../job/path-map.js"
import { readColourFile } from "../plan/colour/colour-file.js"
import { hasCorrections } from "../plan/colour/job-colours.js"
import { type Plan, planJob } from "../plan/plan.js"
import type { KnownOfPlan } from "../plan/plan-inputs.js"
import type { Planning, TaskBeforeCost } from "../plan/planned-task.js"
import { plannedKey } from "../plan/shards/check-plan.js"
import {
  readAllSources,
  readAllTiles,
  readFirstSource,
  readShardSources,
  readShardTiles,
  shardsAround,
} from "../plan/shards/read-shard-plan.js"
import type { PlannedTile, ShardPlan } from "../plan/shards/shard-plan.js"
import { buildTasks } from "../plan/tasks/build-tasks.js"
import { jobTasks, regionTasks } from "../plan/tasks/later-tasks.js"
import { type CatalogueSource, makeCatalogue } from "../spatial/catalogue.js"
import { tilesInside } from "./region-tasks.js"
import { buildShardTasks } from "./shard-tasks.js"

/**
 * The tasks of one shard in one of the two phases over tiles, laid out only from the sources around
 * it. Throws E_USAGE for a number that the plan lacks.
 */
export const planOneShard = async (
  job: Job,
  shardPlan: ShardPlan,
  phase: "tile" | "model",
  index: number,
): Promise<Plan> => {
  const { grid, reach, topLevel, regions, shards } = shardPlan
  const shard = shards[index]
  if (shard === undefined) throw noTask(index, shards.length)
  const tiles = (await readShardTiles(job.out, shard)).map((tile) => ({
    key: plannedKey(tile, grid),
    neighbour: tile.neighbour === true,
  }))
  const keys = tiles.map(({ key }) => key)
  const around = Box2.grow(keys.map((key) => TileKey.box(grid, key)).reduce(Box2.union), reach + 1)
  const present = new Set<string>()
  for (const near of shardsAround(shardPlan, keys, 1))
    for (const { key } of await readShardTiles(job.out, shards[near]!)) present.add(key)
  const range = [shard.place, shards[index + 1]?.place ?? 4 ** grid.leafLevel] as const
  const part = { phase, tiles, present, range, topLevel, byRegion: regions.length > 0 }
  return planTasks(job, shardPlan, await sourcesNear(job, shardPlan, keys, [around]), (planning) =>
    buildShardTasks(planning, part),
  )
}

/**
 * The kernels over all tiles that the second stage waits for, laid out only from the keys of the
 * tiles. Lays out neither tile nor region tasks, and reads no source unless features name their
 * sources. O(tiles) time and memory, some 100 bytes per tile.
 */
export const planJoins = async (job: Job, shardPlan: ShardPlan): Promise<Plan> => {
  const tiles: Tiles = { keys: [], ring: [] }
  for await (const tile of readAllTiles(job.out, shardPlan)) addTile(tiles, tile, shardPlan.grid)
  const sources = job.sourceNames ? await readAllSources(job.out, shardPlan) : []
  const wanted = new Set(shardPlan.jobKernels)
  return planTasks(job, shardPlan, sources, (planning) =>
    jobTasks(planning, { ...tiles, byRegion: shardPlan.regions.length > 0 }).filter(({ key }) => wanted.has(key)),
  )
}

/**
 * The tasks of one task of the phase "region", laid out as {@link planJoins} does. Throws E_USAGE
 * for a number that the plan lacks.
 */
export const planRegions = async (job: Job, shardPlan: ShardPlan, task: number): Promise<Plan> => {
  const { grid, reach } = shardPlan
  const regions = new Set(shardPlan.regions[task]?.map(({ region }) => region))
  const { length } = shardPlan.regions
  if (regions.size === 0) throw noTask(task, length)
  const boxes = [...regions].map(RegionKey.box)
  const inside = tilesInside(shardPlan, boxes)
  const tiles: Tiles = { keys: [], ring: [] }
  for (const near of shardsAround(shardPlan, inside, 0))
    for (const tile of await readShardTiles(job.out, shardPlan.shards[near]!))
      if (regions.has(RegionKey.of(grid, plannedKey(tile, grid)))) addTile(tiles, tile, grid)
  const around = boxes.map((box) => Box2.grow(box, reach + 1))
  const sources = job.sourceNames ? await sourcesNear(job, shardPlan, inside, around) : []
  return planTasks(job, shardPlan, sources, (planning) => regionTasks(planning, { ...tiles, byRegion: true }))
}

/** The whole plan, laid out from its frozen catalogue: no header is read. */
export const planWhole = async (job: Job, shardPlan: ShardPlan, known: KnownOfPlan = {}): Promise<Plan> => {
  const catalogue = makeCatalogue(inOrder(sourcesHere(job, await readAllSources(job.out, shardPlan))), shardPlan.epsg)
  return planFrozen(job, shardPlan, { ...known, catalogue, buildTasks: buildTasks })
}

const noTask = (number: number, count: number): EngineError =>
  usageError("--shard", `"${number}"`, `a number from 0 to ${count - 1}`, "Number the tasks as the plan does.")

/** The sources that meet a box, from the shards whose sources may reach these tiles. */
const sourcesNear = async (
  job: Job,
  shardPlan: ShardPlan,
  keys: readonly TileKey[],
  boxes: readonly Box2[],
): Promise<CatalogueSource[]> => {
  const { grid, reach, sourceReach, shards } = shardPlan
  const sources: CatalogueSource[] = []
  for (const near of shardsAround(shardPlan, keys, Math.ceil((reach + sourceReach) / grid.leafSide) + 1))
    for (const source of await readShardSources(job.out, shards[near]!))
      if (boxes.some((box) => Box2.meets(source.box, box))) sources.push(source)
  return sources
}

/** Keys of tiles, of the job and around it. */
interface Tiles {
  readonly keys: TileKey[]
  readonly ring: TileKey[]
}

const addTile = ({ keys, ring }: Tiles, tile: PlannedTile, grid: Grid): number =>
  (tile.neighbour ? ring : keys).push(plannedKey(tile, grid))

/**
 * A plan of some tasks of a plan of shards. It has at least one source, since a job needs one even
 * where these tasks read none.
 */
const planTasks = async (
  job: Job,
  shardPlan: ShardPlan,
  sources: CatalogueSource[],
  buildTasks: (planning: Planning) => TaskBeforeCost[],
): Promise<Plan> => {
  const some = sources.length > 0 ? sources : [await readFirstSource(job.out, shardPlan)]
  const catalogue = makeCatalogue(inOrder(sourcesHere(job, some)), shardPlan.epsg)
  return { ...(await planFrozen(job, shardPlan, { catalogue, buildTasks })), hash: shardPlan.hash }
}

/** The sources with their paths on this machine. Copies there may have other times. */
export const sourcesHere = ({ pathMap = [] }: Job, sources: CatalogueSource[]): CatalogueSource[] =>
  pathMap.length === 0
    ? sources
    : sources.map(({ stamp: _, ...source }) => ({ ...source, path: mapPath(pathMap, source.path) }))

/** Sorts sources as a catalogue does. */
export const inOrder = (sources: CatalogueSource[]): CatalogueSource[] =>
  sources.sort((a, b) => byText(a.name, b.name) || byText(a.identity, b.identity) || byText(a.path, b.path))

/**
 * Facts that every process shares, whatever part of the catalogue it reads. Colours were solved at
 * planning, or by `solveShardPlan`.
 */
const frozen = async (job: Job, { box, cost, source, work, zRange: planned }: ShardPlan) => {
  const zRange = planned ?? (await readColourFile(job.out))?.zRange
  return {
    box,
    source,
    costOf: () => cost,
    wholeWork: work,
    ...(zRange === undefined ? {} : { zRange }),
    colours: "stored",
  } as const
}

/**
 * A plan with the solved colours of its shard plan. Throws E_INCOMPLETE where an index gave neither
 * colours nor the altitudes that oriented images need, and nobody has solved them since.
 */
const planFrozen = async (
  job: Job,
  shardPlan: ShardPlan,
  known: Omit<Parameters<typeof planJob>[1] & object, keyof Awaited<ReturnType<typeof frozen>>>,
): Promise<Plan> => {
  const found = await frozen(job, shardPlan)
  const plan = await planJob({ ...job, epsg: shardPlan.epsg }, { ...known, ...found })
  const { images, oriented } = plan.context
  const isThere =
    (oriented === undefined || "zRange" in found) && (plan.colours !== undefined || !hasCorrections(job, plan.context))
  if (shardPlan.zRange !== undefined || isThere || images.length + (oriented?.images.length ?? 0) === 0) return plan
  const path = join(job.out, layout.colours)
  const text = `${path}: missing, because the plan was made from an index without colours and altitudes. Run maille colours ${job.out} once, on a machine with its points and images.`
  throw new EngineError("E_INCOMPLETE", text, { file: path })
}

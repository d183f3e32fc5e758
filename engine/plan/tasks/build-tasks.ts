/** Builds the tasks of a job in order of execution. */
import { Box2 } from "../../core/geometry/box.js"
import { missHint } from "../../core/parse-values.js"
import { EngineError } from "../../errors.js"
import { hilbertIndex } from "../../grid/hilbert.js"
import { RegionKey, TileKey } from "../../grid/tile-key.js"
import type { Job } from "../../job/job.js"
import type { WorkContext } from "../context.js"
import type { Planning, TaskBeforeCost } from "../planned-task.js"
import { joinTasks, layerTasks, parentTasks } from "./later-tasks.js"
import { joinsRing, modelTask, sourceTasks, tileTask } from "./tile-tasks.js"

/**
 * Builds the tasks of a job in order of execution. Tiles follow the Hilbert curve, each preceded by
 * the parts of sources that it is the first to read. Then follow joins, models, parents and layers.
 *
 * @param whole join everything at once, even with kernels that could join by region; for
 * comparison, as the products are the same
 */
export const buildTasks = (
  planning: Planning,
  { whole = false }: { readonly whole?: boolean } = {},
): TaskBeforeCost[] => {
  const { chains } = planning.context
  const keys = workTiles(planning)
  const ring = readsRing(planning) ? ringAround(planning, keys) : []
  const { tasks, add } = taskList(planning)
  const firstStage = hasFirstStage(planning.context)
  if (firstStage) {
    const neighbours = new Set(ring)
    for (const key of alongHilbert(planning, [...keys, ...ring])) add(tileTask(planning, key, neighbours.has(key)))
  }
  const all = [...keys, ...ring]
  const byRegion = !whole && RegionKey.group(planning.context.grid, all).length > 1
  const stages = { keys, ring, firstStage, byRegion, present: new Set(all.map(TileKey.format)) }
  const joins = joinTasks(planning, stages)
  for (const task of joins) tasks.push(task)
  if (chains.model.length > 0) for (const key of keys) add(modelTask(planning, key, stages))
  if (chains.parent.length > 0) for (const task of parentTasks(planning, keys)) tasks.push(task)
  tasks.push(...layerTasks(planning, stages, joins))
  return tasks
}

/** A list of tasks. `lay` adds one, after the tasks that decode sources it is the first to read. */
export const taskList = (planning: Planning): { readonly tasks: TaskBeforeCost[]; add(task: TaskBeforeCost): void } => {
  const { catalogue } = planning
  const tasks: TaskBeforeCost[] = []
  const bucketed = new Set<number>()
  const add = (task: TaskBeforeCost): void => {
    for (const index of task.sources) {
      const source = catalogue.sources[index]
      if (!source || bucketed.has(index)) continue
      bucketed.add(index)
      for (const part of sourceTasks(planning, source, index)) tasks.push(part)
    }
    tasks.push(task)
  }
  return { tasks, add }
}

/** True if tiles have a tile stage. */
export const hasFirstStage = ({ chains, keepPoints }: WorkContext): boolean =>
  chains.tile.length > 0 || chains.model.length === 0 || keepPoints !== undefined

/** True if the job also reads the ring of tiles around the requested ones. */
export const readsRing = (planning: Planning): boolean => {
  const { chains } = planning.context
  return [...chains.region, ...chains.job].some(({ id }) => joinsRing(planning, id))
}

/** Returns a test whether the job requests a work tile: by area, box and départements. */
export const wantedTile =
  ({ job, area, limit, asked = limit }: Planning): ((box: Box2) => boolean) =>
  (box) => {
    if (job.bbox && !Box2.overlaps(box, job.bbox)) return false
    if (asked && !asked.meets(box)) return false
    return !area || area.meets(box)
  }

/** Work tiles that meet a source, the area and the requested box, along the Hilbert curve. */
const workTiles = (planning: Planning): TileKey[] => {
  const { job, catalogue, made } = planning
  const keys = sourceTiles(planning, wantedTile(planning))
  if (keys.length > 0 && made !== undefined && made.size > 0) {
    const present = new Set(keys.map(TileKey.format))
    const isMade = (key: TileKey): boolean => made.has(TileKey.format(key)) && !present.has(TileKey.format(key))
    for (const key of sourceTiles(planning, () => true)) if (isMade(key)) keys.push(key)
  }
  if (keys.length === 0) throw noSourceInside(job, catalogue.box, planning.context.epsg)
  return alongHilbert(planning, keys)
}

/** The error for a requested area outside `box`, the extent of all sources. */
export const noSourceInside = (job: Job, box: Box2, epsg: number): EngineError => {
  const asked = [
    job.bbox ? [`--bbox ${job.bbox.join(",")}`] : [],
    job.aoi === undefined ? [] : [`--aoi ${job.aoi}`],
    job.departement ? [`--departement ${job.departement.join(",")}`] : [],
  ]
  const where = asked.flat().join(" and ") || "the area"
  const remedy = missHint(job.bbox, box, epsg) || " Choose an area inside."
  const text = `no source is inside ${where}. The sources cover ${box.join(",")} (EPSG:${epsg}).${remedy}`
  return new EngineError("E_INPUT", text)
}

const sourceTiles = ({ context: { grid }, catalogue }: Planning, wanted: (box: Box2) => boolean): TileKey[] => {
  const keys = new Map<string, TileKey>()
  for (const box of catalogue.boxes) {
    for (const key of TileKey.covering(grid, grid.leafLevel, box))
      if (wanted(TileKey.box(grid, key))) keys.set(TileKey.format(key), key)
  }
  return [...keys.values()]
}

const alongHilbert = ({ context: { grid } }: Planning, keys: readonly TileKey[]): TileKey[] => {
  const place = (key: TileKey): number => hilbertIndex(grid.leafLevel, key.x, key.y)
  return [...keys].sort((a, b) => place(a) - place(b))
}

/**
 * Distance beyond the tiles of départements within which pieces of objects are read, metres. It is
 * fixed: tile size must affect neither which objects are whole nor who owns them.
 */
const limitReach = 1000

/** Depth of the ring around the requested tiles, in tiles. */
export const ringDepth = ({ limit, context: { grid } }: Planning): number =>
  limit === undefined ? 1 : Math.max(1, Math.ceil(limitReach / grid.leafSide))

/**
 * The tiles with a source around the requested ones: objects that cross the border need their
 * pieces.
 */
const ringAround = (planning: Planning, keys: readonly TileKey[]): TileKey[] => {
  const near = new Set(keys.map(TileKey.format))
  const asked = new Set(near)
  let outer = [...keys]
  for (let depth = ringDepth(planning); depth > 0; depth--) {
    outer = outer.flatMap((key) =>
      TileKey.around(key).filter((other) => {
        const text = TileKey.format(other)
        return !near.has(text) && near.add(text)
      }),
    )
  }
  return sourceTiles(planning, () => true).filter((key) => {
    const text = TileKey.format(key)
    return near.has(text) && !asked.has(text)
  })
}

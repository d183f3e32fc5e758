/** Counts the points that tasks will read from bucket files: by tile and by class. */

import { findInside } from "../../core/files/join-inside.js"
import { Box2 } from "../../core/geometry/box.js"
import { addToList } from "../../core/lists.js"
import { isTileStage, stageOfId } from "../../core/stages.js"
import { openBucketFile } from "../../formats/buckets/bucket-file.js"
import { BUCKET_FILE } from "../../formats/buckets/format.js"
import { wholeCells } from "../../formats/points/thin.js"
import { TileKey } from "../../grid/tile-key.js"
import { kernelOf } from "../../job/kernels/load-kernels.js"
import type { EndRecord } from "../../journal/journal-record.js"
import type { Counts } from "../../kernel.js"
import { listSpacings, reachOf } from "../chains/chain.js"
import type { Plan } from "../plan.js"
import type { PlannedTask } from "../planned-task.js"
import type { ReadCounts } from "./estimate-memory.js"
import { areBucketed } from "./task-memory.js"

/** Points per cell of a bucket file. */
type Cells = readonly (readonly [column: number, row: number, count: number])[]

/** Counts so far for a stage of a tile. */
interface Counting {
  readonly extent: Box2
  /** Number of bucket files not counted yet. */
  left: number
  points: number
  allocated: number
  /** Points of each row of cells. */
  readonly rows: Map<number, number>
}

/** Margin over an even spread, for cells that a tile reads in part. */
const uneven = 1.2

/**
 * Counts the points that stages of tiles will read, from the indexes of finished bucket files; the
 * plan can only assume an even spread. Memory: a few numbers per tile.
 */
export class BucketCounts {
  readonly #plan: Plan
  readonly #counted = new Map<string, ReadCounts>()
  readonly #counting = new Map<string, Counting>()
  #readers: Map<string, PlannedTask[]> | undefined

  constructor(plan: Plan) {
    this.#plan = plan
  }

  /**
   * Adds the bucket file of a successful task. An unreadable one is not counted: the tiles that
   * read it will report the fault.
   */
  async add({ id, stage }: PlannedTask, { outcome, files }: EndRecord): Promise<void> {
    const path = files[0]?.path
    if (stage !== "source" || outcome !== "done" || path === undefined) return
    const readers = this.#takeReaders(id)
    if (readers.length === 0) return
    const cells = await findInside(this.#plan.job.out, path)
      .then(countCells)
      .catch(() => undefined)
    if (cells !== undefined) for (const task of readers) this.#count(task, cells)
  }

  /** Returns the counts of a task; undefined until all its bucket files are counted. */
  of({ id }: Pick<PlannedTask, "id">): ReadCounts | undefined {
    return this.#counted.get(id)
  }

  #count(task: PlannedTask, cells: Cells): void {
    const counting = this.#counting.get(task.id) ?? this.#begin(task)
    addCells(counting, cells)
    counting.left--
    if (counting.left > 0) return
    const { points, allocated, rows } = counting
    this.#counting.delete(task.id)
    this.#counted.set(task.id, { points: Math.ceil(points), allocated, row: Math.max(0, ...rows.values()) })
  }

  #begin(task: PlannedTask): Counting {
    const left = task.dependsOn.filter(isSource).length
    const counting = {
      extent: readBox(this.#plan, task),
      left,
      points: 0,
      allocated: 0,
      rows: new Map<number, number>(),
    }
    this.#counting.set(task.id, counting)
    return counting
  }

  /**
   * Takes the tasks that read this bucket file and get all their points from bucket files. A bucket
   * file is counted once.
   */
  #takeReaders(id: string): readonly PlannedTask[] {
    this.#readers ??= groupReaders(this.#plan)
    const readers = this.#readers.get(id) ?? []
    this.#readers.delete(id)
    return readers
  }
}

const isSource = (id: string): boolean => stageOfId(id) === "source"

const groupReaders = (plan: Plan): Map<string, PlannedTask[]> => {
  const readers = new Map<string, PlannedTask[]>()
  for (const task of plan.tasks) {
    if (!isTileStage(task.stage) || !areBucketed(plan, task.sources)) continue
    for (const id of task.dependsOn) {
      if (!isSource(id)) continue
      addToList(readers, id, task)
    }
  }
  return readers
}

/**
 * The box that a worker reads for the task: its chain's reach, extended to whole cells of each
 * spacing.
 */
const readBox = ({ context, kernels }: Plan, { stage, key }: PlannedTask): Box2 => {
  const steps = context.chains[stage === "model" ? "model" : "tile"]
  const reach = reachOf(steps)
  const asked = listSpacings(steps, (id) => kernelOf(kernels, id))
  const thinning = [...asked, stage === "tile" ? context.keepPoints : undefined]
  const cell = TileKey.box(context.grid, TileKey.parse(key))
  return thinning.filter((spacing) => spacing !== undefined).reduce(wholeCells, Box2.grow(cell, reach))
}

const countCells = async (path: string): Promise<Cells> => {
  const bucketFile = await openBucketFile(path)
  await bucketFile.close()
  const cells = new Map<string, [number, number, number]>()
  for (const { cellX, cellY, count } of bucketFile.parts.flatMap(({ segments }) => segments)) {
    const id = `${cellX} ${cellY}`
    const cell = cells.get(id)
    if (cell) cell[2] += count
    else cells.set(id, [cellX, cellY, count])
  }
  return [...cells.values()]
}

const addCells = (counting: Counting, cells: Cells): void => {
  const { extent, rows } = counting
  const side = BUCKET_FILE.cellMm / 1000
  for (const [column, row, count] of cells) {
    const [west, south] = [column * side, row * side]
    const width = Math.min(extent[2], west + side) - Math.max(extent[0], west)
    const height = Math.min(extent[3], south + side) - Math.max(extent[1], south)
    if (width <= 0 || height <= 0) continue
    const share = (width * height) / (side * side)
    counting.allocated += count
    counting.points += share < 1 ? Math.min(1, uneven * share) * count : count
    rows.set(row, (rows.get(row) ?? 0) + count)
  }
}

/**
 * Returns upper bounds of the points per class for stage "tile": all points of its sources, counted
 * during decoding. Undefined for other stages, and if a source was not decoded, such as COPC.
 */
export const classesOfSources = (
  plan: Pick<Plan, "context" | "kernels">,
  task: Pick<PlannedTask, "stage" | "sources" | "dependsOn">,
  ends: ReadonlyMap<string, Pick<EndRecord, "classes">>,
): Counts["classes"] => {
  if (task.stage !== "tile" || !areBucketed(plan, task.sources)) return undefined
  const counts = new Float64Array(256)
  for (const id of task.dependsOn) {
    const classes = ends.get(id)?.classes
    if (classes === undefined) return undefined
    for (const [code, count] of Object.entries(classes)) counts[Number(code)]! += count
  }
  return Object.fromEntries(counts.entries())
}

/** Gives each planned task its share of the job's cost. */
import { isJoin, isTileStage } from "../../core/stages.js"
import { TileKey } from "../../grid/tile-key.js"
import type { Planning, TaskBeforeCost } from "../planned-task.js"
import { jobCost, joinLeftShare, kernelsOf, stageSeconds, workSeconds } from "./cost-model.js"
import type { CostStage, JobCost, JobWork } from "./cost-types.js"
import { beginWorks, listSteps } from "./steps-of-job.js"
import { addWork, noWork, type Work } from "./tile-work.js"

/** Facts about a job's cost that are known before its tasks are built. */
export interface KnownCost {
  /** Returns the cost of a job by its steps; default: from the built-in rates. */
  readonly costOf?: ((uses: JobCost["uses"]) => JobCost) | undefined
  /** The work of the whole job, if the tasks are a part of it. */
  readonly wholeWork?: JobWork | undefined
}

/**
 * Adds costs to tasks. A tile's cost follows its own work. Other stages share their total: source
 * parts by points, the rest evenly.
 */
export const withCosts = (
  planning: Planning,
  tasks: readonly TaskBeforeCost[],
  { costOf = jobCost, wholeWork }: KnownCost = {},
) => {
  const cost = costOf(listSteps(planning))
  const works = beginWorks(planning)
  for (const [i, source] of planning.catalogue.sources.entries())
    works.addSource(source, planning.context.sources[i]?.parts !== undefined)
  const work = sumWork(tasks, (key) => works.of(TileKey.parse(key)))
  const weights = new Map<string, number>()
  for (const task of tasks) weights.set(task.stage, (weights.get(task.stage) ?? 0) + weightOf(task))
  // Joins and layers read all tiles of the job. Without own tiles, parents read those of other
  // processes.
  const workFor = (stage: CostStage): JobWork =>
    wholeWork !== undefined && stage !== "source" && (stage !== "parent" || work.own.tiles === 0) ? wholeWork : work
  const seconds = (task: TaskBeforeCost): number =>
    isTileStage(task.stage)
      ? workSeconds(cost, works.of(TileKey.parse(task.key)), [task.stage])
      : isJoin(task.stage)
        ? joinSeconds(task, cost, workFor("region"))
        : (stageSeconds(cost, workFor(task.stage), task.stage) * weightOf(task)) / (weights.get(task.stage) ?? 1)
  return { tasks: tasks.map((task) => ({ ...task, costCoreSeconds: seconds(task) })), work, cost }
}

/**
 * Cost of a join: its share of all joining, by the tiles that it reads. Merging region outputs is
 * small in comparison. It is the same for any part of the tasks.
 */
const joinSeconds = ({ dependsOn }: TaskBeforeCost, cost: JobCost, work: JobWork): number => {
  const kernels = kernelsOf(cost.uses.filter(({ stage }) => stage === "region"))
  const tiles = dependsOn.filter((id) => id.startsWith("tile ")).length
  const share = tiles === 0 ? joinLeftShare : tiles / Math.max(1, work.own.tiles + work.ring.tiles)
  return (share * stageSeconds(cost, work, "region")) / Math.max(1, kernels)
}

const weightOf = ({ stage, points }: TaskBeforeCost): number => (stage === "source" ? Math.max(1, points) : 1)

/** Sums the work of the tiles among the tasks, each once. */
const sumWork = (tasks: readonly TaskBeforeCost[], of: (key: string) => Work): JobWork => {
  const own = new Set(tasks.flatMap((task) => (isTileStage(task.stage) && task.neighbour !== true ? [task.key] : [])))
  const ring = new Set(tasks.flatMap((task) => (task.neighbour === true && !own.has(task.key) ? [task.key] : [])))
  const sum = (keys: ReadonlySet<string>): Work => [...keys].reduce((all, key) => addWork(all, of(key)), noWork)
  return { own: sum(own), ring: sum(ring) }
}

/** Settles the folder after a run, making damaged files again first. */
import { EngineError } from "../errors.js"
import type { NotedFiles } from "../journal/noted-files.js"
import { openPool } from "../pool/pool.js"
import type { TileOutcome } from "../report/tile-outcome.js"
import { createDispatch, type Dispatched } from "./dispatch.js"
import type { EndedRun } from "./lifecycle.js"
import { damagedPath, Remakes } from "./remakes.js"
import { runTasks, type TasksRun } from "./run-tasks.js"
import { type RunEnds, settleFolder } from "./settle-folder.js"

/**
 * Settles the folder of a run whose tasks have ended. If a gathered file is damaged, runs its task
 * again in separate threads and yields the outcome. Returns the results of all tasks.
 *
 * @throws EngineError E_RESOURCE if a damaged file cannot be made again
 */
export async function* settleRun(
  { common, running, ended }: EndedRun,
  notes: NotedFiles,
): AsyncGenerator<TileOutcome, TasksRun> {
  const { plan, state, journal } = common
  const remakes = new Remakes(plan)
  const finished = new Map(ended.finished.map((one) => [one.task.id, one]))
  let stopped = ended.stopped
  while (stopped === undefined) {
    const all = [...finished.values()]
    const before = new Map(all.map(({ task, end }) => [task.id, end]))
    const makers = await settleFolder(plan, endsOf(all), state, journal, notes).then(
      () => undefined,
      (error: unknown) => findMakers(error, (path) => remakes.tasksFor(path, before), plan.job.out),
    )
    const maker = makers?.at(-1)
    if (makers === undefined || maker === undefined) break
    const pool = openPool(plan.job, { later: true })
    try {
      const dispatch = createDispatch({ ...common, pool, before, damaged: [maker.id] })
      const again = yield* runTasks({ ...running, tasks: makers, dispatch, pool })
      remakes.done(maker.id)
      for (const one of again.finished) finished.set(one.task.id, one)
      stopped = again.stopped
    } finally {
      await pool.close()
    }
  }
  return { finished: [...finished.values()], stopped }
}

const findMakers = <T>(error: unknown, tasksFor: (path: string) => T | undefined, out: string): T => {
  const path = error instanceof EngineError ? damagedPath(out, EngineError.toData(error)) : undefined
  const makers = path === undefined ? undefined : tasksFor(path)
  if (makers === undefined) throw error
  return makers
}

const endsOf = (finished: readonly Dispatched[]): RunEnds => {
  const ends = (neighbour: boolean) =>
    finished.filter(({ task }) => (task.neighbour ?? false) === neighbour).map(({ end }) => end)
  return { own: ends(false), neighbours: ends(true) }
}

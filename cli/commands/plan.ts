import type { Command } from "commander"
import { TileKey } from "../../engine/grid/tile-key.js"
import type { KernelOptions } from "../../engine/job/check-options.js"
import type { Job } from "../../engine/job/job.js"
import type { Plan } from "../../engine/job/plan.js"
import type { PlannedTask } from "../../engine/job/planned-task.js"
import { densityTints } from "../../engine/preview/colour-ramp.js"
import type { FootprintMap } from "../../engine/preview/footprint-map.js"

import { addJobFlags, readJob } from "../job-flags.js"
import { formatOfPath, writeFootprintMap } from "../picture.js"
import { formatTable, formatTime, grouped, printJson, printLine, say } from "../print.js"

/** `maille plan`: what a run would do. */
export const addPlan = (program: Command, kernels: readonly KernelOptions[]): void => {
  const command = program
    .command("plan")
    .summary("tell what a run would do")
    .description("Reads headers and tells the tasks of a run with their points, memory and time. Writes nothing.")
  addJobFlags(command, kernels)
  command
    .optionsGroup("Messages:")
    .option("--json", "print the plan as one JSON document")
    .option("--map <file>", "draw tiles by cost, and the sources, as a map: .png, .jpg or .webp")
    .action(async (inputs: string[], { map, ...flags }: { json?: true; map?: string }) =>
      printPlan(await readJob(inputs, { ...flags }), flags.json === true, map),
    )
}

const planMap = async (plan: Plan): Promise<FootprintMap> => {
  const { openCatalogue } = await import("../../engine/spatial/catalogue.js")
  const { context, tasks, costCoreSeconds, points, job } = plan
  const tiles = wholeTiles(tasks)
  const { sources } = await openCatalogue(job.inputs, { epsg: context.epsg })
  const time = formatTime((costCoreSeconds * 1000) / job.workers)
  return {
    title: `${tiles.length} tile(s), ${tasks.length - tiles.length} further task(s)`,
    figure: { label: "Cost of a tile", unit: "core s", ramp: densityTints },
    footprints: tiles.map(({ key, costCoreSeconds: cost, points: count }) => ({
      box: TileKey.box(context.grid, TileKey.parse(key)),
      value: cost,
      labels: [key, `${Number(cost.toPrecision(3))} core s`, `${grouped(count)} points`],
    })),
    outlines: [{ label: "Point file", line: "#2f5f9e", boxes: sources.map(({ box }) => box) }],
    note: `${grouped(points)} points · about ${time} with ${job.workers} worker(s) · EPSG:${context.epsg}`,
  }
}

interface StageTask {
  readonly key: string
  readonly scope: PlannedTask["scope"]
  readonly neighbour?: boolean
}

/** Tells the tasks that stand for the tiles of the job: those of the first of its tile stages. */
const firstStage = (tasks: readonly StageTask[]): ((task: StageTask) => boolean) => {
  const scope = tasks.some((task) => task.scope === "tile") ? "tile" : "model"
  return (task) => task.scope === scope && task.neighbour !== true
}

/** The tiles of the job with the cost of both their stages and the memory of the hungrier one. */
const wholeTiles = <T extends StageTask & Pick<PlannedTask, "bytes" | "costCoreSeconds">>(tasks: readonly T[]): T[] => {
  const models = new Map(tasks.flatMap((task) => (task.scope === "model" ? [[task.key, task] as const] : [])))
  return tasks.filter(firstStage(tasks)).map((task) => {
    const model = models.get(task.key)
    if (model === undefined || model === task) return task
    const costCoreSeconds = task.costCoreSeconds + model.costCoreSeconds
    return { ...task, bytes: Math.max(task.bytes, model.bytes), costCoreSeconds }
  })
}

/** Plans a job, draws it where a file is named, and prints it: the work tiles as `tasks`, everything before and after them as `further`. */
export const printPlan = async (job: Job, json: boolean, map?: string): Promise<void> => {
  const format = map === undefined ? undefined : formatOfPath(map, "--map")
  const { planJob } = await import("../../engine/job/plan.js")
  const plan = await planJob(job)
  if (map !== undefined && format !== undefined) await writeFootprintMap(map, await planMap(plan), format)
  const tasks = plan.tasks.map((task) => ({
    key: task.key,
    scope: task.scope,
    ...(task.neighbour ? { neighbour: true } : {}),
    hash: task.hash,
    points: task.points,
    bytes: task.bytes,
    costCoreSeconds: task.costCoreSeconds,
    sources: task.sources.flatMap((index) => plan.context.sources[index]?.path ?? []),
  }))
  const { points, bytes, costCoreSeconds, hash, warnings } = plan
  const rejected = plan.rejected.map(({ path, error }) => ({ path, error }))
  const tiles = wholeTiles(tasks)
  if (json) {
    const stage = firstStage(tasks)
    const own = tasks.filter((task) => stage(task))
    const further = tasks.filter((task) => !stage(task))
    printJson({ tasks: own, further, points, bytes, costCoreSeconds, shards: 1, hash, rejected, warnings })
    return
  }
  for (const text of warnings) say(`warning: ${text}`)
  for (const { error } of rejected) say(`left out: ${error.message}`)
  const heading = ["tile", "points", "memory MB", "core s", "sources"]
  const rows = tiles.map((task) => [
    task.key,
    task.points,
    Math.ceil(task.bytes / 1e6),
    Number(task.costCoreSeconds.toFixed(1)),
    task.sources.length,
  ])
  printLine(formatTable([heading, ...rows]))
  const time = formatTime((costCoreSeconds * 1000) / job.workers)
  printLine(
    `${tiles.length} tile(s), ${tasks.length - tiles.length} further task(s), ${grouped(points)} points, about ${time} with ${job.workers} worker(s)`,
  )
}

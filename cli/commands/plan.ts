/** `maille plan`: shows the tasks of a run, or writes a plan of shards for many machines. */
import type { Command } from "commander"
import { optionError } from "../../engine/core/parse-values.js"
import { TileKey } from "../../engine/grid/tile-key.js"
import type { Job } from "../../engine/job/job.js"
import type { FolderChange } from "../../engine/job/output-folder.js"
import type { Kernel } from "../../engine/kernel.js"
import { idleWorkers, wallSeconds } from "../../engine/plan/cost/cost-model.js"
import type { KnownCost } from "../../engine/plan/cost/task-costs.js"
import type { Plan } from "../../engine/plan/plan.js"
import type { NeededTile } from "../../engine/plan/plan-from-index.js"
import type { PlannedTask } from "../../engine/plan/planned-task.js"
import type { ShardPlan } from "../../engine/plan/shards/shard-plan.js"
import { densityTints } from "../../engine/preview/colour-ramp.js"
import type { FootprintMap } from "../../engine/preview/footprint-map.js"
import { findMissing, inputLines, missingLines } from "../../engine/report/missing.js"
import type { RunOptions } from "../../engine/run/run-options.js"
import type { ForeseenChange } from "../../engine/run/update.js"
import { assumedTile } from "../../engine/spatial/index-sources.js"
import { exitCodes } from "../exit-codes.js"
import { addExamples, setBasics } from "../help/declare.js"
import { addChangeFlags, addJobFlags, addTo, basicOptions, heading, readChange, readJob } from "../job-flags.js"
import { wholeFrom } from "../parse-numbers.js"
import { formatOfPath, writeFootprintMap } from "../picture.js"
import { counted, formatTable, formatTime, grouped, printJson, printLine, say } from "../print.js"

export const addPlan = (program: Command, kernels: readonly Kernel[]): void => {
  const command = addExamples(
    program.command("plan"),
    "maille plan lidar/ --imagery ortho/",
    "maille plan lidar/ --imagery ortho/ --out out/ --shards 100",
  )
    .summary("show the tasks of a run with time and memory, or split it")
    .description(
      "Takes the options of maille run and reads only the headers of the inputs.\n" +
        "With --shards it writes a plan for many machines to out/plan/; next: maille submit.",
    )
  addJobFlags(command, kernels)
  addChangeFlags(command.optionsGroup(heading("output")))
  setBasics(command, [...basicOptions(kernels), "--tile-index", "--shards", "--costs-from", "--map"])
    .optionsGroup("Plan:")
    .option(
      "--tile-index <file>",
      "index of tiles (GeoJSON of IGN's WFS) instead of inputs\nno point file is read; repeat it for several pages",
      addTo,
    )
    .option("--shards <n>", "split the job for n tasks at a time, and write the plan", wholeFrom(1, 100_000))
    .option("--costs-from <dir>", "estimate from a finished run in this output folder")
    .option("--map <file>", "draw tiles by cost, and the inputs, as .png, .jpg or .webp")
    .option("--json", "print the plan as one JSON document")
    .action(async (inputs: string[], { map, tileIndex, shards, costsFrom, ...flags }: PlanFlags) => {
      const { change } = readChange(flags)
      if (tileIndex !== undefined && inputs.length > 0)
        throw optionError("--tile-index", "given with inputs. Leave out the inputs or the index.")
      if (shards !== undefined) {
        const job = await readJob(tileIndex ?? inputs, { ...flags })
        return printShards(job, { parallel: shards, costsFrom, tileIndex, json: flags.json === true, change })
      }
      if (change !== undefined) {
        const remedy = "Give --shards too, or see what a run would do with maille run --dry-run."
        throw optionError(`--${change}`, `without --shards, a plan changes nothing. ${remedy}`)
      }
      // A plan writes nothing and needs no output folder.
      const job = await readJob(tileIndex ?? inputs, { ...flags }, { out: "." })
      const format = map === undefined ? undefined : formatOfPath(map, "--map")
      const { plan, tiles } = await makePlan(job, { tileIndex, costsFrom })
      if (map !== undefined && format !== undefined) await writeFootprintMap(map, planMap(plan), format)
      printPlan(plan, { json: flags.json === true, ...(tiles === undefined ? {} : { files: tiles }) })
    })
}

interface PlanFlags {
  readonly json?: true
  readonly map?: string
  readonly tileIndex?: readonly string[]
  readonly shards?: number
  readonly costsFrom?: string
  readonly add?: true
  readonly replace?: true
}

/** The inputs of a plan besides its job. */
interface PlanRequest {
  readonly tileIndex: readonly string[] | undefined
  readonly costsFrom: string | undefined
}

const planMap = (plan: Plan): FootprintMap => {
  const { context, tasks, points, job, catalogue } = plan
  const tiles = wholeTiles(tasks)
  const time = formatTime(1000 * wallSeconds(plan, job.workers))
  return {
    title: `${counted(tiles.length, "tile")}, ${counted(tasks.length - tiles.length, "further task")}`,
    figure: { label: "Cost of a tile", unit: "core s", ramp: densityTints },
    footprints: tiles.map(({ key, costCoreSeconds: cost, points: count }) => ({
      box: TileKey.box(context.grid, TileKey.parse(key)),
      value: cost,
      labels: [key, `${Number(cost.toPrecision(3))} core s`, `${grouped(count)} points`],
    })),
    outlines: [{ label: "Point file", line: "#2f5f9e", boxes: catalogue.sources.map(({ box }) => box) }],
    note: `${grouped(points)} points · about ${time} with ${counted(job.workers, "worker")} · EPSG:${context.epsg}`,
  }
}

interface StageTask {
  readonly key: string
  readonly stage: PlannedTask["stage"]
  readonly neighbour?: boolean
}

/** Selects one task per tile of the job: those of its first tile stage. */
const firstStage = (tasks: readonly StageTask[]): ((task: StageTask) => boolean) => {
  const stage = tasks.some((task) => task.stage === "tile") ? "tile" : "model"
  return (task) => task.stage === stage && task.neighbour !== true
}

/** The tiles of the job, each with the cost of both stages and the larger memory of the two. */
const wholeTiles = <T extends StageTask & Pick<PlannedTask, "bytes" | "costCoreSeconds">>(tasks: readonly T[]): T[] => {
  const models = new Map(tasks.flatMap((task) => (task.stage === "model" ? [[task.key, task] as const] : [])))
  return tasks.filter(firstStage(tasks)).map((task) => {
    const model = models.get(task.key)
    if (model === undefined || model === task) return task
    const costCoreSeconds = task.costCoreSeconds + model.costCoreSeconds
    return { ...task, bytes: Math.max(task.bytes, model.bytes), costCoreSeconds }
  })
}

/** Plans a job from its inputs or from an index. `tiles`: the files of the index that it needs. */
const makePlan = async (
  job: Job,
  { tileIndex, costsFrom }: PlanRequest,
): Promise<{ plan: Plan; tiles?: readonly NeededTile[] }> => {
  const known = costsFrom === undefined ? {} : { costOf: await loadCosts(costsFrom) }
  const { refuseLargeJoin } = await import("../../engine/run/refuse.js")
  if (tileIndex !== undefined) {
    const found = await (await import("../../engine/plan/plan-from-index.js")).planFromIndex(job, tileIndex, known)
    refuseLargeJoin(found.plan)
    return found
  }
  const { planJob } = await import("../../engine/plan/plan.js")
  const plan = await planJob(job, { ...known, colours: "stored" })
  refuseLargeJoin(plan)
  return { plan: await withExternal(plan) }
}

const loadCosts = async (folder: string): Promise<NonNullable<KnownCost["costOf"]>> => {
  const [{ readRates }, { jobCost }] = await Promise.all([
    import("../../engine/plan/cost/fit-cost.js"),
    import("../../engine/plan/cost/cost-model.js"),
  ])
  const rates = await readRates(folder)
  return (uses) => jobCost(uses, rates)
}

/** Prints the plan of a run, and which products of the output folder it keeps, adds or removes. */
export const printChange = async (
  job: Job,
  change: Pick<RunOptions, "change">,
  json: boolean,
  reuse: readonly string[] = [],
): Promise<void> => {
  const { foreseeChange } = await import("../../engine/run/update.js")
  const { plan, folder } = await foreseeChange(job, change)
  const { refuseLargeJoin } = await import("../../engine/run/refuse.js")
  refuseLargeJoin(plan)
  const { countReusable } = await import("../../engine/run/reuse/donors.js")
  const reusable = reuse.length === 0 ? {} : { reusable: await countReusable(plan, reuse) }
  printPlan(await withExternal(plan), { json, folder, ...reusable })
}

/** With the warnings of external features. */
const withExternal = async (plan: Plan): Promise<Plan> => {
  const { externalWarnings } = await import("../../engine/plan/write-external.js")
  return { ...plan, warnings: [...plan.warnings, ...(await externalWarnings(plan))] }
}

/** Output options of {@link printPlan}, and facts besides the plan. */
interface PlanPrint {
  readonly json: boolean
  /** Files of the index that the plan needs. */
  readonly files?: readonly NeededTile[]
  readonly folder?: ForeseenChange
  /** Tiles whose results other folders have. */
  readonly reusable?: number
}

/** Prints a plan: the work tiles as `tasks`, everything before and after them as `further`. */
const printPlan = (plan: Plan, { json, files, folder, reusable }: PlanPrint): void => {
  const { job } = plan
  const tasks = plan.tasks.map((task) => ({
    key: task.key,
    stage: task.stage,
    ...(task.neighbour ? { neighbour: true } : {}),
    hash: task.hash,
    points: task.points,
    bytes: task.bytes,
    costCoreSeconds: task.costCoreSeconds,
    sources: task.sources.flatMap((index) => plan.context.sources[index]?.path ?? []),
  }))
  const { points, bytes, costCoreSeconds, hash, shots, warnings } = plan
  const rejected = plan.rejected.map(({ path, error }) => ({ path, error }))
  const tiles = wholeTiles(tasks)
  const missing = findMissing(plan)
  if (missing !== undefined) process.exitCode = exitCodes.someFailed
  if (json) {
    const stage = firstStage(tasks)
    const own = tasks.filter((task) => stage(task))
    const further = tasks.filter((task) => !stage(task))
    const index = files === undefined ? {} : { tileIndex: indexFigures(files) }
    const known = { ...(folder && { folder }), ...(reusable === undefined ? {} : { reusable }) }
    const seen = shots === undefined ? {} : { shots }
    const figures = { points, bytes, costCoreSeconds, shards: 1, hash, ...seen }
    printJson({ tasks: own, further, ...figures, rejected, warnings, ...index, ...known })
    return
  }
  for (const text of plan.notes) say(text, "info")
  if (reusable !== undefined) say(`tiles that --reuse has: ${reusable} of ${tiles.length}`, "info")
  for (const text of [...warnings, ...idleWorkers(plan.job.workers), ...inputLines(plan)]) say(text, "warning")
  const heading = ["tile", "points", "memory MB", "core s", "sources"]
  const rows = tiles.map((task) => [
    task.key,
    task.points,
    Math.ceil(task.bytes / 1e6),
    Number(task.costCoreSeconds.toFixed(1)),
    task.sources.length,
  ])
  printLine(formatTable([heading, ...rows]))
  if (files !== undefined) sayFiles(files)
  if (shots !== undefined)
    printLine(
      `${counted(shots.known, "shot")} in the orientations; ${grouped(shots.meeting)} with an image can see the points`,
    )
  if (folder !== undefined) printFolder(folder)
  const time = formatTime(1000 * wallSeconds(plan, job.workers))
  printLine(
    `${counted(tiles.length, "tile")}, ${counted(tasks.length - tiles.length, "further task")}, ${counted(points, "point")}, about ${time} with ${counted(job.workers, "worker")}`,
  )
  for (const text of missingLines(missing)) say(text, "error")
}

const mostFiles = 20

const printFolder = ({ keeps, adds, removes, removedFiles }: ForeseenChange): void => {
  if (keeps.length + removedFiles.length === 0) return
  printLine(`keeps: ${keeps.join(", ") || "nothing"}`)
  printLine(`adds: ${adds.join(", ") || "nothing"}`)
  const all = removes.length === 0 ? "" : `, all of ${removes.join(", ")}`
  printLine(`removes: ${removedFiles.length === 0 ? "nothing" : `${counted(removedFiles.length, "file")}${all}`}`)
  for (const path of removedFiles.slice(0, mostFiles)) printLine(`  ${path}`)
  if (removedFiles.length > mostFiles)
    printLine(`  and ${grouped(removedFiles.length - mostFiles)} more (--json lists all)`)
}

const indexFigures = (files: readonly NeededTile[]) => ({
  files,
  points: files.reduce((sum, { points }) => sum + points, 0),
  sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  assumed: files.filter(({ assumed }) => assumed).length,
  assumption: assumedText,
})

const assumedText = `${grouped(assumedTile.points / 1e6)} million points and ${grouped(assumedTile.sizeBytes / 1e6)} MB per km² where the index states neither`

const sayFiles = (files: readonly NeededTile[]): void => {
  const { points, sizeBytes, assumed } = indexFigures(files)
  const size = `${(sizeBytes / 1e9).toFixed(2)} GB, ${counted(points, "point")}`
  printLine(
    `${counted(files.length, "point file")} of the index to read, about ${size} (${grouped(assumed)} assumed: ${assumedText})`,
  )
}

interface ShardRequest extends PlanRequest {
  readonly parallel: number
  readonly json: boolean
  readonly change?: FolderChange | undefined
}

/** Cuts a job into shards, writes the plan and prints a summary. */
const printShards = async (job: Job, { parallel, costsFrom, tileIndex, json, change }: ShardRequest): Promise<void> => {
  const { planShards } = await import("../../engine/distributed/plan-shards.js")
  const rates =
    costsFrom === undefined
      ? undefined
      : await (await import("../../engine/plan/cost/fit-cost.js")).readRates(costsFrom)
  const { shardPlan, warnings, rejected, left, missing } = await planShards(
    job,
    { parallel, rates, ...(change ? { change } : {}) },
    tileIndex,
  )
  const { shards, tiles, points, costCoreSeconds, hash, phases, kernels } = shardPlan
  if (missing !== undefined) process.exitCode = exitCodes.someFailed
  const trust = kernels === undefined ? "" : " --trust-kernels"
  if (json) {
    const bytes = shards.reduce((most, shard) => Math.max(most, shard.bytes), 0)
    printJson({ tasks: tiles, points, bytes, costCoreSeconds, shards: shards.length, hash, phases, rejected, warnings })
    return
  }
  for (const text of warnings) say(text, "warning")
  for (const text of left) say(text, "warning")
  printLine(`${counted(tiles, "tile")}, ${counted(points, "point")}, ${formatTime(costCoreSeconds * 1000)} on one core`)
  printLine(shardText(shardPlan))
  printLine(
    `The plan is in ${job.out}/plan. Next: maille submit slurm ${job.out}\nWithout Slurm: maille run --job ${job.out}/plan/job.json${trust} --shard i for each shard, then each further phase with --phase`,
  )
  for (const text of missingLines(missing)) say(text, "error")
}

const shardText = ({ shards, parallel, phases }: ShardPlan): string => {
  const longest = Math.max(...shards.map((shard) => shard.costCoreSeconds))
  const memory = Math.ceil(Math.max(...shards.map((shard) => shard.bytes)) / 2 ** 20)
  return `${counted(shards.length, "shard")} for ${counted(parallel, "task")} at a time, phases ${phases.join(", ")}; longest shard ${formatTime(longest * 1000)} on one core, largest tile ${memory} MiB`
}

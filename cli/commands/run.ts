/** `maille run`: builds the products of a job, or one shard of its plan. */
import { randomUUID } from "node:crypto"
import { type Command, InvalidArgumentError, Option } from "commander"
import { optionError, usageError } from "../../engine/core/parse-values.js"
import { type Phase, phases } from "../../engine/core/stages.js"
import { EngineError } from "../../engine/errors.js"
import type { Job } from "../../engine/job/job.js"
import type { Kernel } from "../../engine/kernel.js"
import type { RunSummary } from "../../engine/report/outcome.js"
import type { TileOutcome } from "../../engine/report/tile-outcome.js"
import type { RunOptions } from "../../engine/run/run-options.js"
import { type EngineProcess, isSupervised, joinSupervisor } from "../engine-process.js"
import { exitCodes } from "../exit-codes.js"
import { addExamples, setBasics } from "../help/declare.js"
import {
  addChangeFlags,
  addJobFlags,
  addTo,
  basicOptions,
  heading,
  mapPathHelp,
  readChange,
  readJob,
} from "../job-flags.js"
import { readLanguage } from "../language.js"
import { printJson, say } from "../print.js"
import { createProgress, endLines, summaryLine } from "../progress.js"
import { restartVariable, superviseSelf } from "../supervise.js"
import { exitCodeOfRun } from "../verdict.js"

/** The flags of a run itself; the others describe the job. */
export interface RunFlags extends ShardFlags {
  readonly json?: true
  readonly log?: "text" | "json"
  readonly dryRun?: true
  readonly grace?: number
  readonly strict?: true
  readonly add?: true
  readonly replace?: true
  readonly verify?: true
  readonly reuse?: readonly string[]
}

/** Adds `--grace`: the time for running tasks after SIGTERM or SIGUSR1. */
export const addGrace = (command: Command): Command =>
  command.option(
    "--grace <seconds>",
    "time for running tiles after SIGTERM or SIGUSR1 (default: 20)\nthen the run stops with exit code 75",
    (text) => {
      const value = Number(text)
      if (text.trim() === "" || !(value >= 0 && value <= 86_400)) throw new InvalidArgumentError("Expected 0 to 86400.")
      return value
    },
  )

/** Adds `--strict`: the quality passport sets the exit code. */
export const addStrict = (command: Command): Command =>
  command.option(
    "--strict",
    "exit code 1 if not fit for release\nreport.html shows why; for a plan of shards, in the last phase",
  )

/** Adds `--verify`: compare all files with their hashes. */
export const addVerify = (command: Command): Command =>
  command.option(
    "--verify",
    "compare finished files with their hashes and repair them\nreads every byte of the output folder",
  )

/** Adds the flags for messages and results. */
export const addMessages = (command: Command, dryRun: string): Command =>
  command
    .option("--dry-run", dryRun)
    .addOption(
      new Option("--log <form>", "form of the log: text or json lines (default: text)").choices(["text", "json"]),
    )
    .option("--json", "print the result as one JSON document")

export const addRun = (program: Command, kernels: readonly Kernel[]): void => {
  const command = addExamples(
    program.command("run"),
    "maille run lidar/ --imagery ortho/ --out out/",
    "maille run lidar/*.copc.laz --products dtm,vector --out out/",
  )
    .summary("build meshes, textures, rasters and vector layers")
    .description(
      "Interrupted? Run the same command again: finished tiles are kept.\n" +
        "Then look at the result: maille view out/",
    )
  addJobFlags(command, kernels)
  addChangeFlags(command.optionsGroup(heading("output"))).option(
    "--reuse <dir>",
    "take results of another output folder that fit this job (repeatable)\nfor scenarios, other products or areas; DIR is not changed",
    addTo,
  )
  addMessages(command, "show what a run would build, keep and remove")
  addStrict(command)
  addVerify(addGrace(command.optionsGroup(heading("advanced"))))
  addShardFlags(command)
  setBasics(command, basicOptions(kernels)).action((inputs: string[], flags: RunFlags) => run(inputs, flags))
}

const run = async (inputs: readonly string[], flags: RunFlags): Promise<void> => {
  const change = readChange(flags)
  const sharded = flags.shard !== undefined || flags.phase !== undefined
  if (sharded) checkShardFlags(inputs, { ...flags })
  if (flags.dryRun) {
    const [{ printChange }, job] = [await import("./plan.js"), await readJob(inputs, { ...flags })]
    return printChange(job, change, flags.json === true, flags.reuse)
  }
  if (sharded && !isSupervised()) beginAttempt()
  if (isSupervised()) {
    const engine = joinSupervisor()
    const job = await readJob(inputs, { ...flags })
    const reuse = flags.reuse === undefined ? {} : { reuse: flags.reuse }
    process.exitCode = await runEngine(job, flags, engine, { ...change, ...reuse })
    return
  }
  await superviseSelf(flags.grace)
}

/** Starts the whole job, or one shard of its plan. */
const startRun = async (
  job: Job,
  flags: Partial<ShardFlags>,
  options: RunOptions,
): Promise<AsyncGenerator<TileOutcome, RunSummary>> => {
  if (flags.shard === undefined && flags.phase === undefined)
    return (await import("../../engine/run/run.js")).runJob(job, options)
  const { runShard } = await import("../../engine/distributed/run-shard.js")
  const phase = flags.phase ?? "tile"
  const shard = phase === "job" || phase === "finish" ? 0 : shardIndex(flags, process.env)
  return runShard(job, { ...options, phase, shard, attempt: attemptOf(process.env) })
}

/** Runs a job in a supervised process, shows its progress and returns the exit code. */
export const runEngine = async (
  job: Job,
  flags: Pick<RunFlags, "json" | "log" | "strict" | "verify"> & Partial<ShardFlags>,
  engine: EngineProcess,
  more: Pick<RunOptions, "retry" | "change" | "reuse"> = {},
): Promise<number> => {
  const progress = createProgress({ job })
  let summary: RunSummary | undefined
  const outcomes = await startRun(job, flags, {
    ...more,
    ...(flags.verify ? { verify: true } : {}),
    restart: Number(process.env[restartVariable] ?? 0),
    language: readLanguage([], process.env),
    signal: engine.signal,
    drain: engine.drain,
    onEvent: (event) => {
      if (event.type === "progress") engine.taskEnded()
      if (event.type === "end") summary = event.summary
      progress.event(event)
    },
  })
  try {
    for await (const _ of outcomes);
  } catch (error) {
    // Ctrl-C while the run waited for another one.
    if (engine.signal.aborted && EngineError.toData(error).code === "E_INCOMPLETE") return exitCodes.stopped
    throw error
  } finally {
    progress.stop()
  }
  if (summary === undefined) throw new Error("the run ended without a summary")
  if (flags.json) printJson(summary)
  const isLast = flags.phase === "finish"
  // Engines would run a failed shard again or stop the chain. A bad tile therefore fails only the
  // last phase, and `maille status` shows it.
  const isPart = (flags.shard !== undefined || flags.phase !== undefined) && !isLast
  const lines = isPart ? [summaryLine(summary, job.out)] : endLines(summary, job.out, isLast)
  if (flags.log !== "json") for (const { text, level } of lines) say(text, level)
  return isPart && !summary.aborted ? exitCodes.done : exitCodeOfRun(summary, { strict: flags.strict === true, isLast })
}

/** Flags of `maille run` that select one shard of a plan. */
interface ShardFlags {
  readonly shard?: string | true
  readonly shardOffset?: string
  readonly phase?: Phase
}

/**
 * Variables in which Slurm, Kubernetes Indexed Jobs and AWS Batch pass a task its number, from 0.
 */
const indexVariables = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"] as const

/**
 * Environment variable that names this attempt at a shard to the engine process and its restarts.
 */
const attemptVariable = "MAILLE_ATTEMPT"

const addShardFlags = (command: Command): void => {
  command
    .optionsGroup("One shard of a plan:")
    .option(
      "--shard [i]",
      `build only shard i; needs --job OUT/plan/job.json\nwithout i, the number is ${indexVariables.join(", ")}`,
    )
    .option(
      "--shard-offset <n>",
      "number to add to that of the shard (default: 0)\nfor the second and later arrays of a plan",
    )
    .addOption(
      new Option(
        "--phase <name>",
        "phase of the plan (default: tile)\nregion has shards of its own; job and finish are one task each",
      ).choices(phases),
    )
    .option("--map-path <from=to>", mapPathHelp, addTo)
}

const beside: ReadonlySet<string> = new Set(
  "job shard shardOffset phase workers memory mapPath trustKernels json log grace strict".split(" "),
)

/** Throws E_USAGE for flags beside `--shard` that would change what the plan fixed. */
const checkShardFlags = (inputs: readonly string[], flags: Readonly<Record<string, unknown>>): void => {
  if (flags["job"] === undefined)
    throw optionError("--shard", "--job is missing. Give --job OUT/plan/job.json, which maille plan --shards writes.")
  const [other] = Object.keys(flags).filter((name) => !beside.has(name))
  const flag = other?.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const what = inputs.length > 0 ? "the inputs" : flag && `--${flag}`
  if (what !== undefined)
    throw optionError("--shard", `the plan fixes ${what}. Leave it out, or plan again with maille plan --shards.`)
}

/**
 * Number of the shard to build. Throws E_USAGE where neither the flag nor the environment gives
 * one.
 */
const shardIndex = ({ shard, shardOffset }: ShardFlags, env: NodeJS.ProcessEnv): number => {
  const offset = whole("--shard-offset", shardOffset ?? "0")
  if (typeof shard === "string") return whole("--shard", shard) + offset
  for (const name of indexVariables) {
    const value = env[name]
    if (value !== undefined && value !== "") return whole(name, value) + offset
  }
  throw optionError("--shard", `neither a number nor ${indexVariables.join(" nor ")} is set. Give --shard i.`)
}

const whole = (name: string, text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw usageError(name, `"${text}"`, "a whole number from 0", "Shards are numbered from 0.")
}

/**
 * Gives this process and its engine processes an attempt id of their own. A job's id would not do:
 * two live copies share it.
 */
const beginAttempt = (): void => {
  process.env[attemptVariable] = randomUUID()
}

/** The attempt that the supervisor began. */
const attemptOf = (env: NodeJS.ProcessEnv): string => env[attemptVariable] ?? randomUUID()

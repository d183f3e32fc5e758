/**
 * The flags of `maille run` that run one shard of a plan, and the shard's number as array engines
 * give it.
 */
import { randomUUID } from "node:crypto"
import { type Command, Option } from "commander"
import { usageError } from "../engine/core/parse-values.js"
import { type Phase, phases } from "../engine/core/stages.js"
import { addTo, mapPathHelp } from "./job-flags.js"

/** Flags of `maille run` that make one shard of a plan. */
export interface ShardFlags {
  readonly shard?: string | true
  readonly shardOffset?: string
  readonly phase?: Phase
}

/** Variables in which array engines tell a task its number, counted from 0: Slurm, Kubernetes Indexed Jobs, AWS Batch. */
export const indexVariables = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"] as const

/** Environment variable that names this attempt at a shard to the engine process and its restarts. */
const attemptVariable = "MAILLE_ATTEMPT"

/** Adds those flags. */
export const addShardFlags = (command: Command): void => {
  command
    .optionsGroup("One shard of a plan (maille plan --shards):")
    .option(
      "--shard [i]",
      `make shard i alone, with --job OUT/plan/job.json; without a number that of ${indexVariables.join(", ")}`,
    )
    .option("--shard-offset <n>", "add n to the number: for the second and further arrays of a plan (default: 0)")
    .addOption(
      new Option(
        "--phase <name>",
        "which phase of the shard; region has tasks of its own, job and finish are one each (default: tile)",
      ).choices(phases),
    )
    .option("--map-path <from=to>", mapPathHelp, addTo)
}

const beside: ReadonlySet<string> = new Set(
  "job shard shardOffset phase workers memory mapPath trustKernels json log grace strict".split(" "),
)

/** Throws E_USAGE for flags beside `--shard` that would change what the plan fixed. */
export const checkShardFlags = (inputs: readonly string[], flags: Readonly<Record<string, unknown>>): void => {
  if (flags["job"] === undefined)
    throw usageError("--shard", "no --job", "--job OUT/plan/job.json", "maille plan --shards writes it.")
  const [other] = Object.keys(flags).filter((name) => !beside.has(name))
  const what = inputs.length > 0 ? "inputs" : other
  if (what !== undefined)
    throw usageError(
      "--shard",
      `${what} beside it`,
      "only --workers, --memory, --map-path, --trust-kernels, --log, --json and --strict",
      "The plan fixed the rest; plan again to change it.",
    )
}

/** Number of the shard that this process makes. Throws E_USAGE where neither the flag nor the environment tells one. */
export const shardIndex = ({ shard, shardOffset }: ShardFlags, env: NodeJS.ProcessEnv): number => {
  const offset = whole("--shard-offset", shardOffset ?? "0")
  if (typeof shard === "string") return whole("--shard", shard) + offset
  for (const name of indexVariables) {
    const value = env[name]
    if (value !== undefined && value !== "") return whole(name, value) + offset
  }
  throw usageError("--shard", "no number", `a number, or one of ${indexVariables.join(", ")}`, "Give --shard i.")
}

const whole = (name: string, text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw usageError(name, `"${text}"`, "a whole number from 0 on", "Shards are counted from 0.")
}

/** Gives this process and the engine processes that it starts an attempt of their own: never a job's id, which two live copies share. */
export const beginAttempt = (): void => {
  process.env[attemptVariable] = randomUUID()
}

/** Identifier of the attempt that the supervisor began. */
export const attemptOf = (env: NodeJS.ProcessEnv): string => env[attemptVariable] ?? randomUUID()

/** Writes a plan of shards as job definition and array jobs of AWS Batch. */
import { usageError } from "../../core/parse-values.js"
import type { Phase } from "../../core/stages.js"
import type { ShardPlan } from "../../plan/shards/shard-plan.js"
import { countTasks } from "../region-tasks.js"
import { checkFlag, type ManifestOptions, manifestTask, planName } from "./options.js"

/** Where tasks run on AWS Batch. */
export interface AwsOptions extends ManifestOptions {
  readonly image: string
  readonly queue: string
  /** EFS file systems, and their mount paths. */
  readonly fileSystems: readonly { readonly id: string; readonly path: string }[]
  /** Time limit of a task, seconds. */
  readonly seconds?: number
}

/** Requests to AWS Batch: one job definition, then the submissions of each phase. */
export interface AwsManifest {
  /** Body of RegisterJobDefinition. */
  readonly registerJobDefinition: { readonly jobDefinitionName: string; readonly [field: string]: unknown }
  /**
   * Bodies of SubmitJob, in order. In `dependsOn`, `${PHASE}` stands for the job id that the
   * submission of that phase returned.
   */
  readonly submitJob: readonly AwsSubmission[]
}

/** Body of one SubmitJob. */
export interface AwsSubmission {
  readonly jobName: string
  readonly jobQueue: string
  readonly jobDefinition: string
  readonly arrayProperties?: { readonly size: number }
  readonly dependsOn?: readonly { readonly jobId: string }[]
  readonly containerOverrides: { readonly command: readonly string[]; readonly [field: string]: unknown }
}

/** Maximum size of an array job, and number of jobs that one may wait for. */
const [mostTasks, mostBefore] = [10_000, 20]

/**
 * One array job for each phase over shards, or several above 10,000 tasks, each after those of the
 * previous phase. AWS allows no array of size one: a single shard is named. Throws E_USAGE for what
 * AWS would refuse.
 *
 * Source: AWS Batch API reference (RegisterJobDefinition, SubmitJob) and user guide (array jobs,
 * service limits).
 */
export const awsManifest = (plan: ShardPlan, options: AwsOptions): AwsManifest => {
  const name = planName(plan)
  checkFlag("--image", options.image, /./)
  checkFlag("--queue", options.queue, /./)
  if (plan.shards.length > mostBefore * mostTasks)
    throw usageError(
      "--shards",
      String(plan.shards.length),
      `at most ${mostBefore * mostTasks} on AWS Batch`,
      "Plan with fewer.",
    )
  const submitJob: AwsSubmission[] = []
  let before: string[] = []
  for (const phase of plan.phases) {
    const size = countTasks(plan, phase)
    const parts = size === undefined ? [undefined] : partsOf(size)
    const names = parts.map((part) => (part === undefined || part.offset === 0 ? phase : `${phase}-${part.offset}`))
    for (const [index, part] of parts.entries()) {
      submitJob.push({
        jobName: `${name}-${names[index]}`,
        jobQueue: options.queue,
        jobDefinition: name,
        ...(part === undefined || part.size === 1 ? {} : { arrayProperties: { size: part.size } }),
        ...(before.length === 0 ? {} : { dependsOn: before.map((one) => ({ jobId: `\${${one}}` })) }),
        containerOverrides: makeOverrides(phase, part, options),
      })
    }
    before = names
  }
  return { registerJobDefinition: makeDefinition(name, options), submitJob }
}

interface Part {
  readonly offset: number
  readonly size: number
}

const partsOf = (shards: number): Part[] =>
  Array.from({ length: Math.ceil(shards / mostTasks) }, (_, index) => {
    const offset = index * mostTasks
    return { offset, size: Math.min(mostTasks, shards - offset) }
  })

const makeOverrides = (
  phase: Phase,
  part: Part | undefined,
  options: AwsOptions,
): AwsSubmission["containerOverrides"] => {
  const shard = part === undefined ? undefined : part.size === 1 ? part.offset : ("environment" as const)
  const offset = shard === "environment" ? part?.offset : undefined
  const { args: command, memoryBytes } = manifestTask(options, { phase, shard, offset })
  return { command, resourceRequirements: requirements(options.cpus, memoryBytes) }
}

const requirements = (cpus: number, memoryBytes: number): object[] => [
  { type: "VCPU", value: String(cpus) },
  { type: "MEMORY", value: String(Math.floor(memoryBytes / 2 ** 20)) },
]

const makeDefinition = (
  name: string,
  { image, cpus, memoryBytes, retries, seconds, fileSystems }: AwsOptions,
): AwsManifest["registerJobDefinition"] => ({
  jobDefinitionName: name,
  type: "container",
  platformCapabilities: ["EC2"],
  containerProperties: {
    image,
    resourceRequirements: requirements(cpus, memoryBytes),
    volumes: fileSystems.map(({ id }) => ({ name: id, efsVolumeConfiguration: { fileSystemId: id } })),
    mountPoints: fileSystems.map(({ id, path }) => ({ sourceVolume: id, containerPath: path })),
  },
  retryStrategy: {
    attempts: Math.min(10, Math.max(1, retries + 1)),
    // Failed tiles (1), wrong usage (2), unusable input (3): another try changes nothing. Other
    // codes are tried again.
    evaluateOnExit: ["1", "2", "3"].map((code) => ({ onExitCode: code, action: "EXIT" })),
  },
  ...(seconds === undefined ? {} : { timeout: { attemptDurationSeconds: seconds } }),
})

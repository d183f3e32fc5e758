/** Writes a plan of shards as Kubernetes Jobs, one for each phase. */
import { usageError } from "../../core/parse-values.js"
import type { Phase } from "../../core/stages.js"
import type { ShardPlan } from "../../plan/shards/shard-plan.js"
import { countTasks } from "../region-tasks.js"
import { checkFlag, dnsLabel, type ManifestOptions, manifestTask, planName } from "./options.js"

/** How the pods of a plan are made. */
export interface KubernetesOptions extends ManifestOptions {
  readonly image: string
  readonly namespace?: string
  /** Claims of volumes that all pods share (ReadWriteMany), and their mount paths. */
  readonly claims: readonly { readonly name: string; readonly path: string }[]
}

/** The fields of a Kubernetes Job (batch/v1) that maille writes. */
export interface KubernetesJob {
  readonly apiVersion: "batch/v1"
  readonly kind: "Job"
  readonly metadata: { readonly name: string; readonly [field: string]: unknown }
  readonly spec: { readonly suspend?: boolean; readonly completions?: number; readonly [field: string]: unknown }
}

/**
 * One Job for each phase: Indexed over the shards, or of one pod. Kubernetes has no order between
 * Jobs: all except the first are suspended, to be released when the previous one has ended. A Job
 * that starts too early exits with code 75 and is tried again.
 *
 * An evicted pod does not count as a try. Wrong usage and unusable inputs (exit codes 2 and 3) are
 * not tried again. Source: Kubernetes API reference, Job v1 (backoffLimitPerIndex: 1.33).
 *
 * Throws E_USAGE for what Kubernetes would refuse.
 */
export const kubernetesJobs = (plan: ShardPlan, options: KubernetesOptions): KubernetesJob[] => {
  const { namespace, claims, image } = options
  checkFlag("--image", image, /./)
  if (namespace !== undefined) checkFlag("--namespace", namespace, dnsLabel)
  for (const { name, path } of claims) {
    checkFlag("--claim", name, dnsLabel)
    checkFlag("--claim", path, /^\/[^:]*$/)
  }
  // Validation of batch/v1: a Job with more may not let each index fail.
  if (plan.shards.length > mostPods)
    throw usageError("--shards", String(plan.shards.length), `at most ${mostPods} on Kubernetes`, "Plan with fewer.")
  return plan.phases.map((phase, index) => makeJob(plan, phase, index > 0, options))
}

const mostPods = 100_000

const makeJob = (plan: ShardPlan, phase: Phase, suspend: boolean, options: KubernetesOptions): KubernetesJob => {
  const { namespace, retries, atOnce, grace } = options
  const size = countTasks(plan, phase)
  const isArray = size !== undefined
  const completions = size ?? 1
  const labels = { "app.kubernetes.io/name": "maille", "maille/plan": planName(plan), "maille/phase": phase }
  const array = {
    completionMode: "Indexed",
    completions,
    parallelism: Math.min(completions, atOnce ?? plan.parallel),
    backoffLimitPerIndex: retries,
    maxFailedIndexes: completions,
  }
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: `${planName(plan)}-${phase}`, ...(namespace === undefined ? {} : { namespace }), labels },
    spec: {
      ...(suspend ? { suspend } : {}),
      ...(isArray ? array : { backoffLimit: retries }),
      ttlSecondsAfterFinished: 7 * 86_400,
      podFailurePolicy: {
        rules: [
          { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
          {
            action: isArray ? "FailIndex" : "FailJob",
            // Code 1: some tiles failed, which another try does not change.
            onExitCodes: { containerName: "maille", operator: "In", values: [1, 2, 3] },
          },
        ],
      },
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: "Never",
          terminationGracePeriodSeconds: grace + 15,
          containers: [makeContainer(phase, isArray, options)],
          ...volumesOf(options),
        },
      },
    },
  }
}

const makeContainer = (phase: Phase, isArray: boolean, options: KubernetesOptions): object => {
  const { image, cpus, claims } = options
  const { args, memoryBytes } = manifestTask(options, { phase, shard: isArray ? "environment" : undefined })
  const memory = `${Math.floor(memoryBytes / 2 ** 20)}Mi`
  return {
    name: "maille",
    image,
    args,
    resources: { requests: { cpu: String(cpus), memory }, limits: { memory } },
    ...(claims.length === 0 ? {} : { volumeMounts: claims.map(({ name, path }) => ({ name, mountPath: path })) }),
  }
}

const volumesOf = ({ claims }: KubernetesOptions): object =>
  claims.length === 0
    ? {}
    : { volumes: claims.map(({ name }) => ({ name, persistentVolumeClaim: { claimName: name } })) }

/**
 * JSON schemas (draft 7) of the documents that we write for batch engines: the fields that we use
 * and no others.
 */

const text = { type: "string", minLength: 1 } as const
const whole = (minimum: number, maximum = 2 ** 31 - 1) => ({ type: "integer", minimum, maximum }) as const
const list = (items: object, more: object = {}) => ({ type: "array", items, ...more }) as const
const object = (properties: Readonly<Record<string, object>>, required: readonly string[] = []) =>
  ({ type: "object", additionalProperties: false, properties, required }) as const

/** RFC 1123: names of objects. */
const dnsLabel = { type: "string", maxLength: 63, pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" } as const
const labels = { type: "object", additionalProperties: { type: "string", maxLength: 63 } } as const
const quantity = { type: "string", pattern: "^[0-9]+(\\.[0-9]+)?(m|[KMGT]i?)?$" } as const
const resources = object({ cpu: quantity, memory: quantity })

const failurePolicy = object(
  {
    rules: list(
      object(
        {
          action: { enum: ["FailJob", "FailIndex", "Ignore", "Count"] },
          onExitCodes: object(
            {
              containerName: text,
              operator: { enum: ["In", "NotIn"] },
              values: list(whole(1, 255), { minItems: 1, maxItems: 255, uniqueItems: true }),
            },
            ["operator", "values"],
          ),
          onPodConditions: list(object({ type: text, status: { enum: ["True", "False", "Unknown"] } }, ["type"])),
        },
        ["action"],
      ),
      { maxItems: 20 },
    ),
  },
  ["rules"],
)

const podSpec = object(
  {
    // A failure policy asks for it.
    restartPolicy: { const: "Never" },
    terminationGracePeriodSeconds: whole(0),
    containers: list(
      object(
        {
          name: dnsLabel,
          image: text,
          args: list(text),
          resources: object({ requests: resources, limits: resources }),
          volumeMounts: list(
            object({ name: dnsLabel, mountPath: { type: "string", pattern: "^/[^:]*$" } }, ["name", "mountPath"]),
          ),
        },
        ["name", "image"],
      ),
      { minItems: 1 },
    ),
    volumes: list(
      object({ name: dnsLabel, persistentVolumeClaim: object({ claimName: dnsLabel }, ["claimName"]) }, ["name"]),
    ),
  },
  ["restartPolicy", "containers"],
)

/** Job of batch/v1. */
export const kubernetesSchema = object(
  {
    apiVersion: { const: "batch/v1" },
    kind: { const: "Job" },
    metadata: object({ name: dnsLabel, namespace: dnsLabel, labels }, ["name"]),
    spec: object(
      {
        suspend: { type: "boolean" },
        completionMode: { const: "Indexed" },
        completions: whole(1),
        parallelism: whole(1),
        backoffLimit: whole(0),
        backoffLimitPerIndex: whole(0),
        maxFailedIndexes: whole(0),
        ttlSecondsAfterFinished: whole(0),
        podFailurePolicy: failurePolicy,
        template: object({ metadata: object({ labels }), spec: podSpec }, ["spec"]),
      },
      ["template"],
    ),
  },
  ["apiVersion", "kind", "metadata", "spec"],
)

const awsName = { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$" } as const
const requirements = list(
  object({ type: { enum: ["VCPU", "MEMORY", "GPU"] }, value: { type: "string", pattern: "^[0-9]+$" } }, [
    "type",
    "value",
  ]),
)

/** RegisterJobDefinition and SubmitJob of AWS Batch. */
export const awsSchema = object(
  {
    registerJobDefinition: object(
      {
        jobDefinitionName: awsName,
        type: { const: "container" },
        platformCapabilities: list({ enum: ["EC2", "FARGATE"] }),
        containerProperties: object(
          {
            image: text,
            resourceRequirements: requirements,
            volumes: list(
              object({ name: text, efsVolumeConfiguration: object({ fileSystemId: text }, ["fileSystemId"]) }, [
                "name",
              ]),
            ),
            mountPoints: list(object({ sourceVolume: text, containerPath: text }, ["sourceVolume", "containerPath"])),
          },
          ["image", "resourceRequirements"],
        ),
        retryStrategy: object({
          attempts: whole(1, 10),
          evaluateOnExit: list(
            object(
              { onExitCode: { type: "string", pattern: "^[0-9*]{1,512}$" }, action: { enum: ["RETRY", "EXIT"] } },
              ["action"],
            ),
            { maxItems: 5 },
          ),
        }),
        timeout: object({ attemptDurationSeconds: whole(60) }),
      },
      ["jobDefinitionName", "type"],
    ),
    submitJob: list(
      object(
        {
          jobName: awsName,
          jobQueue: text,
          jobDefinition: text,
          arrayProperties: object({ size: whole(2, 10_000) }, ["size"]),
          dependsOn: list(object({ jobId: text }, ["jobId"]), { minItems: 1, maxItems: 20 }),
          containerOverrides: object({ command: list(text, { minItems: 1 }), resourceRequirements: requirements }),
        },
        ["jobName", "jobQueue", "jobDefinition"],
      ),
      { minItems: 1 },
    ),
  },
  ["registerJobDefinition", "submitJob"],
)

const dependencies = list(object({ id: whole(0) }, ["id"]), { minItems: 1 })

/** `PUT /api/project` of GPAO. */
export const gpaoSchema = object(
  {
    projects: list(
      object(
        {
          name: text,
          jobs: list(
            object(
              { name: text, command: { type: "string", pattern: "^[^$|&;<>]+$" }, tags: list(text, { minItems: 1 }) },
              ["name", "command"],
            ),
            {
              minItems: 1,
            },
          ),
          deps: dependencies,
        },
        ["name", "jobs"],
      ),
      { minItems: 1 },
    ),
  },
  ["projects"],
)

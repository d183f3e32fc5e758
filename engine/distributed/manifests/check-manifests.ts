/**
 * Checks the user's choices in manifests against the rules of the batch engines, ahead of any
 * submission. Tests compare their form with the engines' public schemas.
 */
import { Ajv, type ErrorObject } from "ajv"
import { EngineError } from "../../errors.js"
import type { AwsManifest } from "./aws-batch.js"
import type { GpaoDocument } from "./gpao.js"
import type { KubernetesJob } from "./kubernetes.js"

const text = { type: "string", minLength: 1 } as const
const list = (items: object, more: object = {}) => ({ type: "array", items, ...more })
const object = (properties: Readonly<Record<string, object>>) => ({ type: "object", properties })

/** RFC 1123: names of objects. */
const dnsLabel = { type: "string", maxLength: 63, pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" } as const

const podSpec = object({
  containers: list(
    object({
      image: text,
      volumeMounts: list(object({ name: dnsLabel, mountPath: { type: "string", pattern: "^/[^:]*$" } })),
    }),
  ),
  volumes: list(object({ name: dnsLabel, persistentVolumeClaim: object({ claimName: dnsLabel }) })),
})

const kubernetesSchema = object({
  metadata: object({ namespace: dnsLabel }),
  spec: object({ template: object({ spec: podSpec }) }),
})

const awsSchema = object({
  registerJobDefinition: object({ containerProperties: object({ image: text }) }),
  submitJob: list(object({ jobQueue: text, dependsOn: list({ type: "object" }, { maxItems: 20 }) })),
})

/** GPAO's clients run a command without a shell. */
const gpaoJob = object({ command: { type: "string", pattern: "^[^$|&;<>]+$" }, tags: list(text) })
const gpaoSchema = object({ projects: list(object({ jobs: list(gpaoJob) })) })

/** Checks names, paths and numbers of pods. Throws E_USAGE, naming the field. */
export const checkKubernetes = (jobs: readonly KubernetesJob[]): void => {
  for (const job of jobs) {
    check("kubernetes", kubernetesSchema, job)
    const { spec } = job
    const [completions = 1, parallelism] = [spec.completions, spec["parallelism"]]
    // Validation of batch/v1: above 100,000 completions, with a limit for each index, at most
    // 10,000 may run or fail.
    const many = completions > 100_000
    const most = many ? 10_000 : 100_000
    for (const [name, value] of Object.entries({ parallelism, maxFailedIndexes: spec["maxFailedIndexes"] }))
      if (Number(value ?? 0) > most)
        fail("kubernetes", `spec.${name} is ${String(value)}, and at most ${most} is allowed`)
  }
}

/**
 * Checks names, the number of dependencies of an array, and the 30 KiB limit of a submission.
 * Throws E_USAGE.
 */
export const checkAws = (manifest: AwsManifest): void => {
  check("aws-batch", awsSchema, manifest)
  for (const submission of manifest.submitJob) {
    const bytes = Buffer.byteLength(JSON.stringify(submission))
    if (bytes > 30 * 1024) fail("aws-batch", `${submission.jobName} has ${bytes} bytes, and at most 30 KiB are allowed`)
  }
}

/** Checks commands and tags. Throws E_USAGE. */
export const checkGpao = (document: GpaoDocument): void => check("gpao", gpaoSchema, document)

const check = (engine: string, schema: object, value: unknown): void => {
  const validate = new Ajv({ allErrors: true }).compile(schema)
  if (!validate(value)) fail(engine, (validate.errors ?? []).map(textOf).join("; "))
}

const textOf = ({ instancePath, message = "" }: ErrorObject): string => `${instancePath || "the document"} ${message}`

const fail = (engine: string, what: string): never => {
  const text = `${engine} would refuse the manifest: ${what}. Change the options of maille submit ${engine}.`
  throw new EngineError("E_USAGE", text)
}

/**
 * Checks manifests against the published rules of the batch engines, before anybody submits them.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv"
import { EngineError } from "../../errors.js"
import type { AwsManifest } from "./aws-batch.js"
import type { GpaoDocument } from "./gpao.js"
import type { KubernetesJob } from "./kubernetes.js"
import { awsSchema, gpaoSchema, kubernetesSchema } from "./schemas.js"

/** Checks Jobs against the rules of Kubernetes that we know: fields and types, names, limits. Throws E_USAGE, naming the field. */
export const checkKubernetes = (jobs: readonly KubernetesJob[]): void => {
  for (const job of jobs) {
    check("kubernetes", kubernetesSchema, job)
    const { spec } = job
    const [completions = 1, parallelism] = [spec.completions, spec["parallelism"]]
    // Validation of batch/v1: with a limit for each index, above 100,000 completions at most 10,000 may run or fail.
    const many = completions > 100_000
    const most = many ? 10_000 : 100_000
    for (const [name, value] of Object.entries({ parallelism, maxFailedIndexes: spec["maxFailedIndexes"] }))
      if (Number(value ?? 0) > most) fail("kubernetes", `spec.${name}: ${String(value)}, at most ${most}`)
  }
}

/** Checks the bodies of AWS Batch's calls: fields and types, sizes of arrays, dependencies that were submitted before, 30 KiB of a submission. Throws E_USAGE. */
export const checkAws = (manifest: AwsManifest): void => {
  check("aws-batch", awsSchema, manifest)
  const earlier = new Set<string>()
  for (const submission of manifest.submitJob) {
    for (const { jobId } of submission.dependsOn ?? [])
      if (!earlier.has(jobId))
        fail("aws-batch", `${submission.jobName} depends on ${jobId}, which was not submitted before`)
    const bytes = Buffer.byteLength(JSON.stringify(submission))
    if (bytes > 30 * 1024) fail("aws-batch", `${submission.jobName}: ${bytes} bytes, at most 30 KiB`)
    earlier.add(`\${${submission.jobName.replace(/^maille-[0-9a-f]+-/, "")}}`)
  }
}

/** Checks a document of GPAO: fields and types, names that are there once, dependencies on earlier projects, no empty list. Throws E_USAGE. */
export const checkGpao = (document: GpaoDocument): void => {
  check("gpao", gpaoSchema, document)
  const names = new Set<string>()
  for (const [index, { name, deps = [] }] of document.projects.entries()) {
    if (names.has(name)) fail("gpao", `two projects are named ${name}`)
    names.add(name)
    for (const { id } of deps)
      if (id >= index) fail("gpao", `project ${index} depends on ${id}: only earlier ones, from 0 on`)
  }
}

const compiled = new Map<object, ValidateFunction>()

const check = (engine: string, schema: object, value: unknown): void => {
  const validate = compiled.get(schema) ?? new Ajv({ allErrors: true, strict: true }).compile(schema)
  compiled.set(schema, validate)
  if (!validate(value)) fail(engine, (validate.errors ?? []).map(textOf).join("; "))
}

const textOf = ({ instancePath, message = "" }: ErrorObject): string => `${instancePath || "the document"} ${message}`

const fail = (engine: string, what: string): never => {
  throw new EngineError(
    "E_USAGE",
    `the manifest for ${engine} would be refused: ${what}. Change the options of maille submit ${engine}.`,
  )
}

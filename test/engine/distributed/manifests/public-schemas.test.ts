/**
 * What we write for other engines, against what these publish of themselves: Kubernetes its OpenAPI
 * schemas, AWS the model of its API. GPAO publishes neither.
 */
import { RegisterJobDefinitionRequest$, SubmitJobRequest$ } from "@aws-sdk/client-batch"
import { Job } from "kubernetes-models/batch/v1"
import { describe, expect, it } from "vitest"
import { awsManifest } from "../../../../engine/distributed/manifests/aws-batch.js"
import { kubernetesJobs } from "../../../../engine/distributed/manifests/kubernetes.js"
import { manifestOptions } from "../../../../engine/distributed/manifests/options.js"
import { shardPlanOf } from "../shard-plan.js"

const plan = (shards: number) => shardPlanOf(Array.from({ length: shards }, () => 2 ** 30))
const options = (shards: number) => ({ ...manifestOptions("/data/out", plan(shards), {}), image: "registry/maille:1" })

describe("Jobs of Kubernetes", () => {
  const jobs = [
    ...kubernetesJobs(plan(28), { ...options(28), namespace: "maps", claims: [{ name: "store", path: "/data" }] }),
    ...kubernetesJobs(plan(1), { ...options(1), claims: [], atOnce: 5 }),
  ]
  const validate = (job: object): void => new Job(job as ConstructorParameters<typeof Job>[0]).validate()

  it("are valid by the public schema of batch/v1", () => {
    expect(jobs).toHaveLength(8)
    for (const job of jobs) validate(job)
  })

  it("would not be with a text for a number, or without what a Job must have", () => {
    const job = jobs[0]!
    expect(() => validate({ ...job, spec: { ...job.spec, completions: "28" } })).toThrow(/completions/)
    expect(() => validate({ ...job, spec: { ...job.spec, template: undefined } })).toThrow(/template/)
  })
})

/**
 * Shape of the client's model: 0 a text, 1 a number, 2 a truth, 64 and 128 more for lists and maps
 * of them, 3 a structure with its fields (those that are asked for first), 1 a list.
 */
type Model =
  | number
  | (() => Model)
  | readonly [kind: number, space: string, name: string, traits: unknown, ...rest: never]

/** Where a value departs from the model; undefined where it does not. */
const departure = (model: Model, value: unknown, place: string): string | undefined => {
  if (typeof model === "function") return departure(model(), value, place)
  if (typeof model === "number") return departureOfPlain(model, value, place)
  const [kind, , name, , ...rest] = model as unknown as [number, string, string, unknown, ...unknown[]]
  if (kind === 1) return eachOf(rest[0] as Model, value, place)
  if (kind !== 3) return `${place}: a ${name}, which this test cannot read`
  if (typeof value !== "object" || value === null || Array.isArray(value)) return `${place}: expected ${name}`
  const [names, models, required = 0] = rest as [readonly string[], readonly Model[], number?]
  const missing = names.slice(0, required).find((field) => !(field in value))
  if (missing !== undefined) return `${place}: ${name} needs ${missing}`
  for (const [field, one] of Object.entries(value)) {
    const index = names.indexOf(field)
    const fault =
      index < 0 ? `${place}: ${name} has no ${field}` : departure(models[index] ?? 0, one, `${place}.${field}`)
    if (fault !== undefined) return fault
  }
  return undefined
}

const eachOf = (model: Model, value: unknown, place: string): string | undefined => {
  if (!Array.isArray(value)) return `${place}: expected a list`
  return value.map((one, index) => departure(model, one, `${place}[${index}]`)).find((fault) => fault !== undefined)
}

const departureOfPlain = (model: number, value: unknown, place: string): string | undefined => {
  if (model & 64) return eachOf(model & ~64, value, place)
  const type = (["string", "number", "boolean"] as const)[model]
  return type !== undefined && typeof value === type ? undefined : `${place}: expected ${type ?? `kind ${model}`}`
}

describe("the bodies of AWS Batch's calls", () => {
  const manifest = (shards: number) =>
    awsManifest(plan(shards), {
      ...options(shards),
      queue: "cpu",
      fileSystems: [{ id: "fs-1", path: "/data" }],
      seconds: 7200,
    })
  const definition = RegisterJobDefinitionRequest$ as unknown as Model
  const submission = SubmitJobRequest$ as unknown as Model

  it("are valid by the public model of its API", () => {
    for (const { registerJobDefinition, submitJob } of [manifest(1), manifest(28), manifest(25_000)]) {
      expect(departure(definition, registerJobDefinition, "definition")).toBeUndefined()
      for (const body of submitJob) expect(departure(submission, body, "submission")).toBeUndefined()
    }
  })

  it("would not be with a field that it has not, without one that it needs, or of another type", () => {
    const { registerJobDefinition, submitJob } = manifest(28)
    const { jobQueue: _, ...without } = submitJob[0]!
    expect(departure(submission, without, "it")).toBe("it: SubmitJobRequest needs jobQueue")
    expect(departure(submission, { ...submitJob[0], size: 2 }, "it")).toBe("it: SubmitJobRequest has no size")
    expect(departure(submission, { ...submitJob[0], arrayProperties: { size: "2" } }, "it")).toBe(
      "it.arrayProperties.size: expected number",
    )
    const container = { image: "i", resourceRequirements: [{ type: "VCPU", value: 1 }] }
    expect(departure(definition, { ...registerJobDefinition, containerProperties: container }, "it")).toMatch(
      /resourceRequirements\[0\]\.value: expected string/,
    )
  })
})

import { describe, expect, it } from "vitest"
import { type AwsManifest, awsManifest } from "../../../../engine/distributed/manifests/aws-batch.js"
import { gpaoDocument } from "../../../../engine/distributed/manifests/gpao.js"
import { kubernetesJobs } from "../../../../engine/distributed/manifests/kubernetes.js"
import { manifestOptions, toYaml } from "../../../../engine/distributed/manifests/options.js"
import { shardPlanOf } from "../shard-plan.js"

const gibibyte = 2 ** 30
const plan = (shards: number) => shardPlanOf(Array.from({ length: shards }, () => gibibyte))
const options = (shards: number) => manifestOptions("/data/out", plan(shards), {})

describe("Jobs of Kubernetes", () => {
  const jobs = kubernetesJobs(plan(28), {
    ...options(28),
    image: "registry/maille:1",
    claims: [{ name: "store", path: "/data" }],
  })

  it("are one for each phase, Indexed where it has shards, all but the first suspended", () => {
    expect(jobs.map(({ metadata }) => metadata.name)).toEqual(
      ["tile", "job", "model", "finish"].map((phase) => `maille-0123456789ab-${phase}`),
    )
    expect(jobs.map(({ spec }) => spec.completions)).toEqual([28, undefined, 28, undefined])
    expect(jobs.map(({ spec }) => spec.suspend ?? false)).toEqual([false, true, true, true])
    expect(JSON.stringify(jobs[0])).toContain('"--phase","tile","--shard","--workers"')
    expect(JSON.stringify(jobs)).not.toContain("--trust-kernels")
  })

  it("are refused with a bad name, a bad path, an empty image, too many pods", () => {
    const refused = (more: object, shards = 28): (() => void) => {
      const options = { ...manifestOptions("/data/out", plan(shards), more), image: "i", claims: [], ...more }
      return () => kubernetesJobs(plan(shards), options)
    }
    expect(refused({ namespace: "Maps_1" })).toThrow('--namespace: "Maps_1" is not valid')
    expect(refused({ claims: [{ name: "Store", path: "/data" }] })).toThrow('--claim: "Store" is not valid')
    expect(refused({ claims: [{ name: "store", path: "/a:b" }] })).toThrow('--claim: "/a:b" is not valid')
    expect(refused({ image: "" })).toThrow("--image")
    expect(refused({}, 100_001)).toThrow("at most 100000 on Kubernetes")
  })
})

describe("the paths of a plan", () => {
  it("are told as they lie where tasks run, with the map that the tasks read the plan by", () => {
    const pathMap = [{ from: "/data", to: "/mnt/data" }]
    const own = { ...plan(2), kernels: { "/data/own.mjs": "0" } }
    const mapped = { ...manifestOptions("/data/out", own, { pathMap }), image: "i", queue: "q" }
    const jobs = kubernetesJobs(plan(2), { ...mapped, claims: [{ name: "store", path: "/mnt/data" }] })
    const batch = awsManifest(plan(2), { ...mapped, fileSystems: [] })
    const document = gpaoDocument(plan(2), { ...mapped, command: ["maille"] })
    for (const text of [jobs, batch, document].map((one) => JSON.stringify(one))) {
      expect(text).toMatch(/--job("?,"| )\/mnt\/data\/out\/plan\/job\.json/)
      expect(text).toMatch(/--map-path("?,"| )\/data=\/mnt\/data/)
      expect(text).not.toMatch(/[" ]\/data\/out/)
      // Of a plan that was made with --kernel.
      expect(text).toContain("--trust-kernels")
    }
  })
})

describe("YAML", () => {
  it("quotes every text, and keeps lists and empty things", () => {
    const value = { a: "no", list: [{ b: 1, c: ["x: y", 2] }, { d: {} }], "e/f": [], g: true }
    expect(toYaml(value)).toBe(
      ['a: "no"', "list:", "  - b: 1", '    c: ["x: y", 2]', "  - d: {}", '"e/f": []', "g: true", ""].join("\n"),
    )
  })
})

describe("the manifest of AWS Batch", () => {
  const make = (shards: number): AwsManifest =>
    awsManifest(plan(shards), {
      ...options(shards),
      image: "i",
      queue: "q",
      fileSystems: [{ id: "fs-1", path: "/data" }],
    })

  it("has arrays of 2 to 10,000, each phase behind all of the one before it", () => {
    const manifest = make(25_000)
    expect(
      manifest.submitJob.map(({ arrayProperties, dependsOn = [] }) => [arrayProperties?.size, dependsOn.length]),
    ).toEqual([
      ...[10_000, 10_000, 5000].map((size) => [size, 0]),
      [undefined, 3],
      ...[10_000, 10_000, 5000].map((size) => [size, 1]),
      [undefined, 3],
    ])
    expect(manifest.submitJob[1]?.containerOverrides.command.join(" ")).toContain("--shard --shard-offset 10000 ")
    expect(manifest.submitJob[3]?.dependsOn?.[1]).toEqual({ jobId: "$" + "{tile-10000}" })
    const single = make(1)
    expect(single.submitJob[0]?.arrayProperties).toBeUndefined()
    expect(single.submitJob[0]?.containerOverrides.command.join(" ")).toContain("--shard 0 ")
  })

  it("is refused without a queue, and with too many dependencies", () => {
    const refused = (shards: number, queue: string) => (): AwsManifest =>
      awsManifest(plan(shards), { ...options(shards), image: "i", queue, fileSystems: [] })
    expect(refused(1, "")).toThrow("--queue")
    expect(refused(200_001, "q")).toThrow("at most 200000 on AWS Batch")
  })
})

describe("the document of GPAO", () => {
  const make = (shards: readonly number[], out = "/data/out") =>
    gpaoDocument(shardPlanOf(shards), {
      ...manifestOptions(out, shardPlanOf(shards), { memoryBytes: 2 * gibibyte }),
      command: ["maille"],
      largeTag: "large",
    })
  const document = make([gibibyte, 3 * gibibyte])

  it("is a project for each phase behind the one before it, a job for each shard, by its number", () => {
    expect(document.projects.map(({ jobs, deps }) => [jobs.length, deps])).toEqual([
      [2, undefined],
      [1, [{ id: 0 }]],
      [2, [{ id: 1 }]],
      [1, [{ id: 2 }]],
    ])
    const [small, large] = document.projects[0]?.jobs ?? []
    expect(small?.command).toMatch(/^maille run --job \/data\/out\/plan\/job.json --phase tile --shard 0 --workers 1 /)
    expect([small?.tags, large?.tags]).toEqual([undefined, ["large"]])
  })

  it("quotes paths, and refuses those whose $ a client would replace", () => {
    expect(make([1], "/data/two words").projects[0]?.jobs[0]?.command).toContain("'/data/two words/plan/job.json'")
    expect(() => make([1], "/data/$HOME")).toThrow("replace")
    expect(() => make([1], "/data/new\nline")).toThrow("line breaks")
  })

  it("is refused with what a shell would read otherwise", () => {
    const refused = (more: object) => () => gpaoDocument(plan(1), { ...options(1), command: ["maille"], ...more })
    expect(refused({ command: ["maille|tee"] })).toThrow("--command")
    expect(refused({ largeTag: "" })).toThrow("--large-tag")
  })
})

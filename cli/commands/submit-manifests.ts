/**
 * `maille submit kubernetes`, `aws-batch` and `gpao`: writes manifests for engines that have tools
 * of their own.
 */
import type { Command } from "commander"
import { usageError } from "../../engine/core/parse-values.js"
import type { ManifestChoices } from "../../engine/distributed/manifests/options.js"
import { parsePathMap } from "../../engine/job/path-map.js"
import { addTo } from "../job-flags.js"
import { printJson } from "../print.js"
import { bytesOf, countFrom, givenOnes, outOf } from "../slurm-flags.js"

interface ManifestFlags {
  readonly cpus?: number
  readonly mem?: string
  readonly singleMem?: string
  readonly atOnce?: number
  readonly retries?: number
  readonly grace?: number
  readonly mapPath?: readonly string[]
  readonly dryRun?: true
}

const addCommon = (command: Command): Command =>
  command
    .argument("<plan>", "output folder of maille plan --shards")
    .option("--cpus <n>", "processors of a task, one worker thread each (default: 1)", countFrom(1))
    .option("--mem <size>", "memory of a task (default: what the hungriest tile needs)")
    .option("--single-mem <size>", "memory of the phases that are one task (default: by the number of tiles)")
    .option("--grace <seconds>", "time for running tiles after a signal (default: 60)", countFrom(1))
    .option(
      "--map-path <from=to>",
      "paths of the plan that lie in FROM lie in TO where tasks run, as in a container; may be repeated",
      addTo,
    )
    .requiredOption("--dry-run", "write the manifest to standard output; nothing is sent")

const choicesOf = ({ cpus, atOnce, retries, grace, mapPath = [], mem, singleMem }: ManifestFlags): ManifestChoices =>
  givenOnes<ManifestChoices>({
    ...{ cpus, atOnce, retries, grace, pathMap: parsePathMap(mapPath) },
    memoryBytes: bytesOf("--mem", mem),
    singleMemoryBytes: bytesOf("--single-mem", singleMem),
  })

/** Reads the plan of a folder, and the options that all manifests share. */
const planOf = async (given: string, flags: ManifestFlags) => {
  const [{ readShardPlan }, { manifestOptions }] = await Promise.all([
    import("../../engine/plan/shards/read-shard-plan.js"),
    import("../../engine/distributed/manifests/options.js"),
  ])
  const out = outOf(given)
  const plan = await readShardPlan(out)
  return { plan, options: manifestOptions(out, plan, choicesOf(flags)) }
}

/** Parses `NAME=/PATH` of a volume. */
const parseMount = (option: string, text: string): { id: string; path: string } => {
  const match = /^([A-Za-z0-9][A-Za-z0-9.-]*)=(\/.*)$/.exec(text)
  if (match) return { id: match[1] ?? "", path: match[2] ?? "" }
  throw usageError(option, `"${text}"`, "NAME=/PATH", `Example: ${option} store=/data.`)
}

/** Adds the commands for these engines to `maille submit`. */
export const addManifests = (submit: Command): void => {
  addKubernetes(submit)
  addAwsBatch(submit)
  addGpao(submit)
}

interface KubernetesFlags extends ManifestFlags {
  readonly image: string
  readonly namespace?: string
  readonly claim?: readonly string[]
  readonly json?: true
}

const addKubernetes = (submit: Command): void => {
  addCommon(
    submit
      .command("kubernetes")
      .summary("write a plan as Kubernetes Indexed Jobs")
      .description(
        "Writes a Job for each phase as YAML, for kubectl apply. All but the first are suspended: see docs/reference/clusters.md.",
      ),
  )
    .requiredOption("--image <name>", "image of maille")
    .option("--namespace <name>", "namespace")
    .option(
      "--claim <name=path>",
      "claim of a volume that all pods share, and where to mount it; may be repeated",
      addTo,
    )
    .option("--at-once <n>", "pods at one time (default: what the plan was cut for)", countFrom(1))
    .option("--retries <n>", "how often a shard is tried again (default: 5)", countFrom(0))
    .option("--json", "as one JSON document, a List")
    .action(async (given: string, { image, namespace, claim = [], json, ...flags }: KubernetesFlags) => {
      const { plan, options } = await planOf(given, flags)
      const [{ kubernetesJobs }, { checkKubernetes }, { toYaml }] = await Promise.all([
        import("../../engine/distributed/manifests/kubernetes.js"),
        import("../../engine/distributed/manifests/check-manifests.js"),
        import("../../engine/distributed/manifests/options.js"),
      ])
      const claims = claim.map((text) => parseMount("--claim", text)).map(({ id, path }) => ({ name: id, path }))
      const names = namespace === undefined ? {} : { namespace }
      const jobs = kubernetesJobs(plan, { ...options, image, ...names, claims })
      checkKubernetes(jobs)
      if (json) printJson({ apiVersion: "v1", kind: "List", items: jobs })
      else process.stdout.write(jobs.map((job) => `---\n${toYaml(job)}`).join(""))
    })
}

interface AwsFlags extends ManifestFlags {
  readonly image: string
  readonly queue: string
  readonly efs?: readonly string[]
  readonly seconds?: number
}

const addAwsBatch = (submit: Command): void => {
  addCommon(
    submit
      .command("aws-batch")
      .summary("write a plan as AWS Batch array jobs")
      .description(
        "Writes the bodies of RegisterJobDefinition and of a SubmitJob for each phase as one JSON document: see docs/reference/clusters.md.",
      ),
  )
    .requiredOption("--image <name>", "image of maille")
    .requiredOption("--queue <name>", "job queue")
    .option("--efs <id=path>", "EFS file system, and where to mount it; may be repeated", addTo)
    .option("--retries <n>", "how often a task is tried again, at most 9 (default: 5)", countFrom(0))
    .option("--seconds <n>", "time limit of a task (default: none)", countFrom(60))
    .action(async (given: string, { image, queue, efs = [], seconds, ...flags }: AwsFlags) => {
      const { plan, options } = await planOf(given, flags)
      const [{ awsManifest }, { checkAws }] = await Promise.all([
        import("../../engine/distributed/manifests/aws-batch.js"),
        import("../../engine/distributed/manifests/check-manifests.js"),
      ])
      const fileSystems = efs.map((text) => parseMount("--efs", text))
      const limit = seconds === undefined ? {} : { seconds }
      const manifest = awsManifest(plan, { ...options, image, queue, fileSystems, ...limit })
      checkAws(manifest)
      printJson(manifest)
    })
}

interface GpaoFlags extends ManifestFlags {
  readonly command?: string
  readonly largeTag?: string
}

const addGpao = (submit: Command): void => {
  addCommon(
    submit
      .command("gpao")
      .summary("write a plan as projects of IGN's GPAO")
      .description(
        "Writes the JSON document that PUT /api/project takes: a project for each phase, a job for each shard.",
      ),
  )
    .option("--command <words>", "what maille is on a client (default: maille)")
    .option("--large-tag <name>", "tag of the jobs with a tile that does not fit the memory of a task")
    .action(async (given: string, { command = "maille", largeTag, ...flags }: GpaoFlags) => {
      const { plan, options } = await planOf(given, flags)
      const [{ gpaoDocument }, { checkGpao }] = await Promise.all([
        import("../../engine/distributed/manifests/gpao.js"),
        import("../../engine/distributed/manifests/check-manifests.js"),
      ])
      const words = command.split(/\s+/).filter((word) => word !== "")
      const document = gpaoDocument(plan, {
        ...options,
        command: words,
        ...(largeTag === undefined ? {} : { largeTag }),
      })
      checkGpao(document)
      printJson(document)
    })
}

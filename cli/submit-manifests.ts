/**
 * `maille submit kubernetes`, `aws-batch` and `gpao`: writes manifests for engines that have tools
 * of their own.
 */
import type { Command } from "commander"
import { usageError } from "../engine/core/parse-values.js"
import type { ManifestChoices } from "../engine/distributed/manifests/options.js"
import { parsePathMap } from "../engine/job/path-map.js"
import { addExamples } from "./help/declare.js"
import { addTo, mapPathHelp } from "./job-flags.js"
import { printJson } from "./print.js"
import { bytesOf, countFrom, defined, outOf } from "./slurm-flags.js"

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
    .option("--cpus <n>", "processors of a task, one worker each (default: 1)", countFrom(1))
    .option("--mem <size>", "memory of a task (default: that of the largest tile)")
    .option("--single-mem <size>", "memory of phases with one task (default: by the number of tiles)")
    .option("--grace <seconds>", "time for running tiles after a signal (default: 60)", countFrom(1))
    .option("--map-path <from=to>", mapPathHelp, addTo)
    .requiredOption("--dry-run", "print the manifest, send nothing")

const manifestChoices = (flags: ManifestFlags): ManifestChoices => {
  const { cpus, atOnce, retries, grace, mapPath = [] } = flags
  return defined<ManifestChoices>({
    ...{ cpus, atOnce, retries, grace, pathMap: parsePathMap(mapPath) },
    memoryBytes: bytesOf("--mem", flags.mem),
    singleMemoryBytes: bytesOf("--single-mem", flags.singleMem),
  })
}

/** Reads the plan of a folder, and the options that all manifests share. */
const readPlan = async (folder: string, flags: ManifestFlags) => {
  const [{ readShardPlan }, { manifestOptions }] = await Promise.all([
    import("../engine/plan/shards/read-shard-plan.js"),
    import("../engine/distributed/manifests/options.js"),
  ])
  const out = outOf(folder)
  const plan = await readShardPlan(out)
  return { plan, options: manifestOptions(out, plan, manifestChoices(flags)) }
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
    addExamples(submit.command("kubernetes"), "maille submit kubernetes out/ --image maille --dry-run > jobs.yaml")
      .summary("write Kubernetes Indexed Jobs for a plan")
      .description(
        "Prints one Job per phase for kubectl apply. All but the first are suspended; docs/reference/clusters.md shows how to start them.",
      ),
  )
    .requiredOption("--image <name>", "container image of maille")
    .option("--namespace <name>", "namespace")
    .option("--claim <name=path>", "volume claim that all pods share, and its mount path; may be repeated", addTo)
    .option("--at-once <n>", "pods at the same time (default: as planned with --shards)", countFrom(1))
    .option("--retries <n>", "retries of a shard (default: 5)", countFrom(0))
    .option("--json", "print one JSON document, a List")
    .action(async (folder: string, { image, namespace, claim = [], json, ...flags }: KubernetesFlags) => {
      const { plan, options } = await readPlan(folder, flags)
      const [{ kubernetesJobs }, { toYaml }] = await Promise.all([
        import("../engine/distributed/manifests/kubernetes.js"),
        import("../engine/distributed/manifests/options.js"),
      ])
      const claims = claim.map((text) => parseMount("--claim", text)).map(({ id, path }) => ({ name: id, path }))
      const names = namespace === undefined ? {} : { namespace }
      const jobs = kubernetesJobs(plan, { ...options, image, ...names, claims })
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
    addExamples(
      submit.command("aws-batch"),
      "maille submit aws-batch out/ --image maille --queue cpu --dry-run > batch.json",
    )
      .summary("write AWS Batch array jobs for a plan")
      .description(
        "Prints one JSON document with the bodies of RegisterJobDefinition and of one SubmitJob per phase; see docs/reference/clusters.md.",
      ),
  )
    .requiredOption("--image <name>", "container image of maille")
    .requiredOption("--queue <name>", "job queue")
    .option("--efs <id=path>", "EFS file system, and its mount path; may be repeated", addTo)
    .option("--retries <n>", "retries of a task, at most 9 (default: 5)", countFrom(0))
    .option("--seconds <n>", "time limit of a task (default: none)", countFrom(60))
    .action(async (folder: string, { image, queue, efs = [], seconds, ...flags }: AwsFlags) => {
      const { plan, options } = await readPlan(folder, flags)
      const { awsManifest } = await import("../engine/distributed/manifests/aws-batch.js")
      const fileSystems = efs.map((text) => parseMount("--efs", text))
      const limit = seconds === undefined ? {} : { seconds }
      printJson(awsManifest(plan, { ...options, image, queue, fileSystems, ...limit }))
    })
}

interface GpaoFlags extends ManifestFlags {
  readonly command?: string
  readonly largeTag?: string
}

const addGpao = (submit: Command): void => {
  addCommon(
    addExamples(submit.command("gpao"), "maille submit gpao out/ --dry-run > gpao.json")
      .summary("write projects of IGN's GPAO for a plan")
      .description("Prints the JSON document for PUT /api/project: one project per phase, one job per shard."),
  )
    .option("--command <words>", "command that starts maille on a client (default: maille)")
    .option("--large-tag <name>", "tag of jobs with a tile that needs more memory than --mem")
    .action(async (folder: string, { command = "maille", largeTag, ...flags }: GpaoFlags) => {
      const { plan, options } = await readPlan(folder, flags)
      const { gpaoDocument } = await import("../engine/distributed/manifests/gpao.js")
      const words = command.split(/\s+/).filter((word) => word !== "")
      printJson(gpaoDocument(plan, { ...options, command: words, ...(largeTag === undefined ? {} : { largeTag }) }))
    })
}

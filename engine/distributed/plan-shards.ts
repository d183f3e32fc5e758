/** Plans a job in shards (`maille plan --shards`), from its inputs or from an index of tiles. */
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { isThere } from "../core/files/atomic-write.js"
import type { Box2 } from "../core/geometry/box.js"
import { optionError } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import type { Grid } from "../grid/tile-key.js"
import { secretsNeeded } from "../io/secrets.js"
import type { Job } from "../job/job.js"
import { layout, planLayout } from "../job/layout.js"
import { jobName } from "../job/output-folder.js"
import { noteInJournal } from "../journal/journal.js"
import { listJournals } from "../journal/shard-journals.js"
import { type ColourFile, noCorrections } from "../plan/colour/colour-file.js"
import { hasCorrections } from "../plan/colour/job-colours.js"
import { jobCost } from "../plan/cost/cost-model.js"
import type { KnownCost } from "../plan/cost/task-costs.js"
import { zRangeOf } from "../plan/images-of-job.js"
import { type Plan, planJob } from "../plan/plan.js"
import type { Planning } from "../plan/planned-task.js"
import { readAllSources, readShardPlan } from "../plan/shards/read-shard-plan.js"
import type { ShardPlan } from "../plan/shards/shard-plan.js"
import { writeColours } from "../plan/write-external.js"
import { findMissing, inputLines, type Missing } from "../report/missing.js"
import { type AdmittedJob, admitJob, admitPlan } from "../run/admit-job.js"
import { folderSources } from "../run/folder-sources.js"
import { type CatalogueSource, makeCatalogue, openCatalogue } from "../spatial/catalogue.js"
import type { SourceLine } from "../spatial/index-sources.js"
import type { KnownSources } from "../spatial/known-sources.js"
import { streamIndex } from "../spatial/stream-index.js"
import { inOrder, sourcesHere } from "./plan-parts.js"
import { type CutOptions, homeOf, type LaidOut, writeShardPlan } from "./write-shard-plan.js"

/** A plan cut into shards, with warnings about its sources. */
export interface CutPlan {
  readonly shardPlan: ShardPlan
  readonly warnings: readonly string[]
  readonly rejected: Plan["rejected"]
  /** A line for each cause of inputs left out. */
  readonly left: readonly string[]
  readonly missing?: Missing | undefined
}

/**
 * Cuts a job into shards and writes the plan under `plan/` of its output folder. Reads the headers
 * of its inputs, or an index of tiles (`tileIndex`), one feature at a time.
 *
 * @throws EngineError as `planJob` and `readTileIndex` do; E_USAGE where the folder has another job
 * or other files
 */
export const planShards = async (stated: Job, options: CutOptions, tileIndex?: readonly string[]): Promise<CutPlan> => {
  if (stated.inputs.length === 0 && tileIndex === undefined)
    throw optionError("--shards", "a raster in place of point files is not cut into shards. Use maille run.")
  const admitted = await admitToPlan(stated, options)
  const { job } = admitted
  // Marks the folder early, so that a killed plan is recognised as one.
  await mkdir(join(job.out, layout.temporary), { recursive: true })
  const cut = await (tileIndex === undefined ? planInputs(admitted, options) : planIndexed(job, options, tileIndex))
  // Until the last phase has ended, shards keep results of the former job that they replace.
  if (options.change === "replace" && admitted.former !== undefined)
    await noteInJournal(job.out, { type: "replace", at: new Date().toISOString() })
  return cut
}

const planInputs = async (admitted: AdmittedJob, options: CutOptions): Promise<CutPlan> => {
  const { job } = admitted
  const known = await knownSources(job.out)
  const catalogue = await openCatalogue(job.inputs, { copies: join(job.out, layout.copies), epsg: job.epsg, known })
  const start = await planWithoutTasks(job, { catalogue, costOf: costBy(options) })
  await admitPlan(start.plan, admitted, options)
  const home = homeOf(start.plan.context.grid)
  const places = new Map(catalogue.sources.map((source) => [source, home(source)]))
  const along = [...catalogue.sources].sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0))
  const lines = along.map((source) => ({ ...source, line: Buffer.from(`${JSON.stringify(source)}\n`) }))
  const shardPlan = await writeShardPlan(start, lines, options)
  await writeColours(start.plan)
  const secrets = secretsNeeded([...job.inputs, ...job.imagery, ...(job.irc ?? [])])
  const { plan } = start
  const warnings = [...plan.warnings, ...secrets]
  return { shardPlan, warnings, rejected: plan.rejected, left: inputLines(plan), missing: findMissing(plan) }
}

/** The sources of the folder's last run, and of the plan that its shards have run. */
const knownSources = async (out: string): Promise<KnownSources> => {
  const { sources, reads } = await folderSources(out)
  const isPlanned = await isThere(join(out, planLayout.shards))
  const planned = isPlanned ? await readAllSources(out, await readShardPlan(out)) : []
  return { reads, sources: new Map([...sources, ...planned.map((source) => [source.path, source] as const)]) }
}

/** A plan without any started shard may be made again in any way. */
const admitToPlan = async (job: Job, { change }: CutOptions): Promise<AdmittedJob> => {
  const isRun = (await isThere(join(job.out, jobName))) || (await listJournals(job.out)).length > 0
  if (!isRun && (await isThere(join(job.out, planLayout.shards)))) return { job, differences: [] }
  return admitJob(job, { change })
}

const planIndexed = async (job: Job, options: CutOptions, tileIndex: readonly string[]): Promise<CutPlan> => {
  await mkdir(join(job.out, planLayout.folder), { recursive: true })
  const scratch = join(job.out, planLayout.folder, `index.${process.pid}.tmp`)
  const index = await streamIndex(tileIndex, scratch, job.epsg)
  try {
    const { epsg, box, sample, source, density } = index
    // There are no points to compare images at.
    const start = await planWithoutTasks(
      { ...job, epsg },
      { ...sampled(sample, epsg, options), box, density, source: source.line, colours: "stored" },
    )
    const shardPlan = await writeShardPlan(start, index.inOrder(homeOf(start.plan.context.grid)), options)
    const known = job.source === undefined && source.warning !== undefined ? [source.warning] : []
    const warnings = [...known, ...index.warnings, ...start.plan.warnings, ...unsolved(start.plan)]
    return { shardPlan, warnings, rejected: [], left: [] }
  } finally {
    await index.close()
  }
}

/**
 * Cuts a job into shards from sources that are given, not read. They are in ascending order of
 * `homeOf` of the job's grid. `sample` is one of them; `box` encloses all.
 */
export const planSources = async (
  job: Job,
  known: {
    readonly epsg: number
    readonly sample: CatalogueSource
    readonly box: Box2
    sources(grid: Grid): Iterable<SourceLine>
  },
  options: CutOptions,
): Promise<ShardPlan> => {
  const { epsg, sample, box } = known
  const start = await planWithoutTasks({ ...job, epsg }, { ...sampled(sample, epsg, options), box })
  return writeShardPlan(start, known.sources(start.plan.context.grid), options)
}

const costBy = ({ rates }: CutOptions): KnownCost["costOf"] => rates && ((uses) => jobCost(uses, rates))

const sampled = (sample: CatalogueSource, epsg: number, options: CutOptions) => ({
  catalogue: makeCatalogue([sample], epsg),
  costOf: costBy(options),
})

const unsolved = ({ job, context, colours }: Plan): string[] =>
  colours !== undefined || (!hasCorrections(job, context) && context.oriented === undefined)
    ? []
    : [
        `the index has no colours: before the first shard, run maille colours ${job.out} on a machine with the points and images`,
      ]

/** A plan without tasks, and the input to lay them out. */
const planWithoutTasks = async (
  job: Job,
  known: Omit<Parameters<typeof planJob>[1] & object, "buildTasks">,
): Promise<LaidOut> => {
  let planning: Planning | undefined
  const plan = await planJob(job, {
    ...known,
    buildTasks: (inputs) => {
      planning = inputs
      return []
    },
  })
  if (planning === undefined) throw new EngineError("E_INTERNAL", "the plan laid out no tasks")
  return { plan, planning }
}

/**
 * Solves the colours of a plan made from an index, on a machine that can read its points and
 * images, and stores them beside the plan for all shards. Oriented images also need the headers of
 * all point files, for the range of altitudes. Corrections already in the folder stay.
 *
 * @throws EngineError E_INPUT where a point file or an image cannot be read, and as {@link planJob}
 */
export const solveShardPlan = async (
  job: Job,
): Promise<{ readonly file: ColourFile; readonly warnings: readonly string[] }> => {
  const shardPlan = await readShardPlan(job.out)
  const { epsg, box, source } = shardPlan
  const planned = inOrder(sourcesHere(job, await readAllSources(job.out, shardPlan)))
  const isOpened = shardPlan.zRange === undefined && job.orientedImages !== undefined
  const paths = planned.map(({ path }) => path)
  const catalogue = isOpened ? await openCatalogue(paths, { epsg }) : makeCatalogue(planned, epsg)
  const [fault] = catalogue.rejected
  if (fault !== undefined) throw EngineError.fromData(fault.error)
  const zRange = shardPlan.zRange ?? zRangeOf(catalogue.sources)
  const { plan } = await planWithoutTasks({ ...job, epsg }, { catalogue, box, source, zRange, colours: "solve" })
  const file = { ...(plan.colours ?? noCorrections), ...(isOpened ? { zRange } : {}) }
  await mkdir(join(job.out, layout.temporary), { recursive: true })
  await writeColours({ job, colours: file })
  return { file, warnings: plan.warnings }
}

import { mkdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { Box2 } from "../core/geometry/box.js"
import { EngineError } from "../errors.js"
import { type Grid, TileKey } from "../grid/tile-key.js"
import { secretsNeeded } from "../io/secrets.js"
import type { Job } from "../job/job.js"
import { layout } from "../job/layout.js"
import { jobName } from "../job/output-folder.js"
import { noteInJournal } from "../journal/journal.js"
import { listJournals } from "../journal/shard-journals.js"
import { type ColourFile, noFilms } from "../plan/colour/colour-file.js"
import { hasFilms } from "../plan/colour/job-colours.js"
import { jobCost } from "../plan/cost/cost-model.js"
import type { KnownCost } from "../plan/cost/task-costs.js"
import { type KnownOfPlan, type Plan, planJob } from "../plan/plan.js"
import type { Laying } from "../plan/planned-task.js"
import { plannedKey } from "../plan/shards/check-plan.js"
import {
  readAllSources,
  readShardPlan,
  readShardSources,
  readShardTiles,
  shardsAround,
} from "../plan/shards/read-shard-plan.js"
import { planLayout, type ShardPlan } from "../plan/shards/shard-plan.js"
import { layTasks } from "../plan/tasks/lay-tasks.js"
import { zRangeOf } from "../plan/views-of-job.js"
import { writeColours } from "../plan/write-given.js"
import { type AdmittedJob, admitJob, admitPlan } from "../run/admit-job.js"
import { type CatalogueSource, catalogueOf, openCatalogue } from "../spatial/catalogue.js"
import type { SourceLine } from "../spatial/index-sources.js"
import { streamIndex } from "../spatial/stream-index.js"
import { layShardTasks } from "./lay-shard-tasks.js"
import { inOrder, planFrozen, sourcesHere } from "./plan-frozen.js"
import { type CutOptions, homeOf, writeShardPlan } from "./write-shard-plan.js"

/** A plan with what its tasks are laid out from. */
export interface LaidOut {
  readonly plan: Plan
  readonly laying: Laying
}

/** A plan cut into shards, and what was to be said about its sources. */
export interface CutPlan {
  readonly shardPlan: ShardPlan
  readonly warnings: readonly string[]
  readonly rejected: Plan["rejected"]
}

/**
 * Cuts a job into shards and writes the plan under `plan/` of its output folder: from the headers of its inputs, or from an index of tiles (`tileIndex`), of which one feature is held at a time.
 *
 * @throws EngineError as `planJob` and `readTileIndex` do; E_USAGE where the folder holds another job or other files
 */
export const planShards = async (given: Job, options: CutOptions, tileIndex?: readonly string[]): Promise<CutPlan> => {
  const admitted = await admitToPlan(given, options)
  const { job } = admitted
  // So that a plan that was killed at its beginning is known as one.
  await mkdir(join(job.out, layout.temporary), { recursive: true })
  const cut = await (tileIndex === undefined ? planInputs(admitted, options) : planIndexed(job, options, tileIndex))
  // Shards keep what they make anew of the former job's tiles until the last phase is through.
  if (options.change === "replace" && admitted.former !== undefined)
    await noteInJournal(job.out, { type: "replace", at: new Date().toISOString() })
  return cut
}

const planInputs = async (admitted: AdmittedJob, options: CutOptions): Promise<CutPlan> => {
  const { job } = admitted
  const catalogue = await openCatalogue(job.inputs, { copies: join(job.out, layout.copies), epsg: job.epsg })
  const laid = await layNothing(job, { catalogue, costOf: costBy(options) })
  await admitPlan(laid.plan, admitted, options)
  const home = homeOf(laid.plan.context.grid)
  const places = new Map(catalogue.sources.map((source) => [source, home(source)]))
  const along = [...catalogue.sources].sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0))
  const lines = along.map((source) => ({ ...source, line: Buffer.from(`${JSON.stringify(source)}\n`) }))
  const shardPlan = await writeShardPlan(laid, lines, options)
  await writeColours(laid.plan)
  const secrets = secretsNeeded([...job.inputs, ...job.imagery, ...(job.irc ?? [])])
  return { shardPlan, warnings: [...laid.plan.warnings, ...secrets], rejected: laid.plan.rejected }
}

/** A plan of which no shard has begun may be made again in any way. */
const admitToPlan = async (job: Job, { change }: CutOptions): Promise<AdmittedJob> => {
  const isRun = (await isThere(join(job.out, jobName))) || (await listJournals(job.out)).length > 0
  if (!isRun && (await isThere(join(job.out, planLayout.shards)))) return { job, differences: [] }
  return admitJob(job, { change })
}

const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined

const planIndexed = async (job: Job, options: CutOptions, tileIndex: readonly string[]): Promise<CutPlan> => {
  await mkdir(join(job.out, planLayout.folder), { recursive: true })
  const scratch = join(job.out, planLayout.folder, `index.${process.pid}.tmp`)
  const index = await streamIndex(tileIndex, scratch, job.epsg)
  try {
    const { epsg, box, sample, source } = index
    // No point is there to compare images at.
    const laid = await layNothing(
      { ...job, epsg },
      { ...sampled(sample, epsg, options), box, source: source.line, colours: "stored" },
    )
    const shardPlan = await writeShardPlan(laid, index.inOrder(homeOf(laid.plan.context.grid)), options)
    const told = job.source === undefined && source.warning !== undefined ? [source.warning] : []
    const warnings = [...told, ...index.warnings, ...laid.plan.warnings, ...unsolved(laid.plan)]
    return { shardPlan, warnings, rejected: [] }
  } finally {
    await index.close()
  }
}

/**
 * Cuts a job into shards whose sources are told, not read: `sources` in ascending order of `homeOf` of the job's grid, `sample` one of them, `box` around all.
 */
export const planSources = async (
  job: Job,
  told: {
    readonly epsg: number
    readonly sample: CatalogueSource
    readonly box: Box2
    sources(grid: Grid): Iterable<SourceLine>
  },
  options: CutOptions,
): Promise<ShardPlan> => {
  const { epsg, sample, box } = told
  const laid = await layNothing({ ...job, epsg }, { ...sampled(sample, epsg, options), box })
  return writeShardPlan(laid, told.sources(laid.plan.context.grid), options)
}

const costBy = ({ rates }: CutOptions): KnownCost["costOf"] => rates && ((uses) => jobCost(uses, rates))

const sampled = (sample: CatalogueSource, epsg: number, options: CutOptions) => ({
  catalogue: catalogueOf([sample], epsg),
  costOf: costBy(options),
})

const unsolved = ({ job, context, colours }: Plan): string[] =>
  colours !== undefined || (!hasFilms(job, context) && context.oriented === undefined)
    ? []
    : [
        `colours: an index tells none; run maille colours ${job.out} where points and images are, before the first shard`,
      ]

/** A plan without tasks, and what they would be laid out from. */
const layNothing = async (job: Job, known: Omit<Parameters<typeof planJob>[1] & object, "lay">): Promise<LaidOut> => {
  let laying: Laying | undefined
  const plan = await planJob(job, {
    ...known,
    lay: (given) => {
      laying = given
      return []
    },
  })
  if (laying === undefined) throw new EngineError("E_INTERNAL", "a plan that laid out nothing")
  return { plan, laying }
}

/** The tasks of one shard of a plan in one of its two phases, laid out from the sources around it alone. Throws E_USAGE for a number that the plan has not. */
export const planOneShard = async (
  job: Job,
  shardPlan: ShardPlan,
  phase: "tile" | "model",
  index: number,
): Promise<Plan> => {
  const shard = shardPlan.shards[index]
  if (shard === undefined) {
    const text = `--shard ${index}: the plan has ${shardPlan.shards.length} shards, 0 to ${shardPlan.shards.length - 1}`
    throw new EngineError("E_USAGE", text, { option: "--shard" })
  }
  const { grid, epsg, reach, sourceReach, topLevel } = shardPlan
  const tiles = (await readShardTiles(job.out, shard)).map((tile) => ({
    key: plannedKey(tile, grid),
    neighbour: tile.neighbour === true,
  }))
  const keys = tiles.map(({ key }) => key)
  const around = Box2.grow(keys.map((key) => TileKey.box(grid, key)).reduce(Box2.union), reach + 1)
  const sources: CatalogueSource[] = []
  for (const near of shardsAround(shardPlan, keys, Math.ceil((reach + sourceReach) / grid.leafSide) + 1)) {
    for (const source of await readShardSources(job.out, shardPlan.shards[near]!))
      if (Box2.meets(source.box, around)) sources.push(source)
  }
  const catalogue = catalogueOf(inOrder(sourcesHere(job, sources)), epsg)
  const present = new Set<string>()
  for (const near of shardsAround(shardPlan, keys, 1))
    for (const { key } of await readShardTiles(job.out, shardPlan.shards[near]!)) present.add(key)
  const range = [shard.place, shardPlan.shards[index + 1]?.place ?? 4 ** grid.leafLevel] as const
  const lay = (laying: Laying) =>
    layShardTasks(laying, { phase, tiles, present, range, topLevel, bySquare: shardPlan.squares.length > 0 })
  return { ...(await planFrozen(job, shardPlan, { catalogue, lay })), hash: shardPlan.hash }
}

/** The whole plan, laid out from its frozen catalogue: no header is read. */
export const planWhole = async (job: Job, shardPlan: ShardPlan, known: KnownOfPlan = {}): Promise<Plan> => {
  const catalogue = catalogueOf(inOrder(sourcesHere(job, await readAllSources(job.out, shardPlan))), shardPlan.epsg)
  return planFrozen(job, shardPlan, { ...known, catalogue, lay: layTasks })
}

/**
 * Solves the colours of a plan that was made of an index, where its points and images can be read, and keeps them beside the plan for all shards; oriented images need the headers of all point
 * files too, for the altitudes that they are looked at between. A film that the folder holds stays.
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
  const catalogue = isOpened ? await openCatalogue(paths, { epsg }) : catalogueOf(planned, epsg)
  const [fault] = catalogue.rejected
  if (fault !== undefined) throw EngineError.fromData(fault.error)
  const zRange = shardPlan.zRange ?? zRangeOf(catalogue.sources)
  const { plan } = await layNothing({ ...job, epsg }, { catalogue, box, source, zRange, colours: "solve" })
  const file = { ...(plan.colours ?? noFilms), ...(isOpened ? { zRange } : {}) }
  await mkdir(join(job.out, layout.temporary), { recursive: true })
  await writeColours({ job, colours: file })
  return { file, warnings: plan.warnings }
}

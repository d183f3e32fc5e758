import { join } from "node:path"
import { EngineError } from "../errors.js"
import { byText } from "../io/expand-inputs.js"
import type { Job } from "../job/job.js"
import { layout } from "../job/layout.js"
import { mapPath } from "../job/path-map.js"
import { readColourFile } from "../plan/colour/colour-file.js"
import { hasFilms } from "../plan/colour/job-colours.js"
import { type Plan, planJob } from "../plan/plan.js"
import type { ShardPlan } from "../plan/shards/shard-plan.js"
import type { CatalogueSource } from "../spatial/catalogue.js"

/** The sources with the paths that they have on this machine. */
export const sourcesHere = ({ pathMap = [] }: Job, sources: CatalogueSource[]): CatalogueSource[] =>
  pathMap.length === 0 ? sources : sources.map((source) => ({ ...source, path: mapPath(pathMap, source.path) }))

/** As a catalogue orders them. */
export const inOrder = (sources: CatalogueSource[]): CatalogueSource[] =>
  sources.sort((a, b) => byText(a.name, b.name) || byText(a.identity, b.identity) || byText(a.path, b.path))

/** What every process finds alike, whatever part of the catalogue it reads; colours were solved when the plan was cut, or by `solveShardPlan`. */
const frozen = async (job: Job, { box, cost, source, work, zRange: planned }: ShardPlan) => {
  const zRange = planned ?? (await readColourFile(job.out))?.zRange
  return {
    box,
    source,
    costOf: () => cost,
    wholeWork: work,
    ...(zRange === undefined ? {} : { zRange }),
    colours: "stored",
  } as const
}

/** A plan with the solve that it was made for. Throws E_INCOMPLETE where an index told neither colours nor the altitudes that oriented images are looked at between, and nobody has found them since. */
export const planFrozen = async (
  job: Job,
  shardPlan: ShardPlan,
  known: Omit<Parameters<typeof planJob>[1] & object, keyof Awaited<ReturnType<typeof frozen>>>,
): Promise<Plan> => {
  const found = await frozen(job, shardPlan)
  const plan = await planJob({ ...job, epsg: shardPlan.epsg }, { ...known, ...found })
  const { images, oriented } = plan.context
  const isThere =
    (oriented === undefined || "zRange" in found) && (plan.colours !== undefined || !hasFilms(job, plan.context))
  if (shardPlan.zRange !== undefined || isThere || images.length + (oriented?.images.length ?? 0) === 0) return plan
  const path = join(job.out, layout.colours)
  const text = `${path} is missing: the plan was made of an index, which tells neither colours nor altitudes. Run maille colours ${job.out} once, where its points and images are.`
  throw new EngineError("E_INCOMPLETE", text, { file: path })
}

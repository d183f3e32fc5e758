/**
 * Cuts a job into shards and writes their plan. Sources pass through one at a time; of tiles a few
 * columns stay in memory.
 */
import { createHash } from "node:crypto"
import { once } from "node:events"
import { createWriteStream } from "node:fs"
import { mkdir, rename, rmdir } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { crc32 } from "node:zlib"
import { atomicWrite, outputError } from "../core/files/atomic-write.js"
import { Box2 } from "../core/geometry/box.js"
import { canonicalJson, sha256 } from "../core/hash.js"
import { sealJson } from "../core/json/sealed-json.js"
import { packageVersion } from "../core/package-files.js"
import type { Phase } from "../core/stages.js"
import { hilbertIndex } from "../grid/hilbert.js"
import { type Grid, TileKey } from "../grid/tile-key.js"
import { layout, planLayout } from "../job/layout.js"
import type { FolderChange } from "../job/output-folder.js"
import { tileMemory } from "../plan/admission/task-memory.js"
import { reachOf } from "../plan/chains/chain.js"
import { runSeconds, tileSeconds } from "../plan/cost/cost-model.js"
import type { CostRates, JobCost, JobWork } from "../plan/cost/cost-types.js"
import { beginWorks } from "../plan/cost/steps-of-job.js"
import { addWork, noWork, type TileWorks, type Work } from "../plan/cost/tile-work.js"
import { zRangeOf } from "../plan/images-of-job.js"
import { writtenSource } from "../plan/job-file.js"
import type { Plan } from "../plan/plan.js"
import type { Planning } from "../plan/planned-task.js"
import { readPart } from "../plan/shards/read-shard-plan.js"
import type { PlannedTile, Shard, ShardPlan } from "../plan/shards/shard-plan.js"
import { hasFirstStage, noSourceInside, readsRing, ringDepth, wantedTile } from "../plan/tasks/build-tasks.js"
import type { SourceLine } from "../spatial/index-sources.js"
import { cutShards } from "./cut-shards.js"
import { divideRegions, joinsOfRegions } from "./region-tasks.js"
import { awaitedJoins } from "./shard-tasks.js"
import { findTopLevel, type OrderedTiles, TileColumns } from "./tile-columns.js"

/** A plan with the input that its tasks are laid out from. */
export interface LaidOut {
  readonly plan: Plan
  readonly planning: Planning
}

/** How a job is cut. */
export interface CutOptions {
  /** Number of tasks expected to run at one time. */
  readonly parallel: number
  /** Default: the built-in measured rates. */
  readonly rates?: CostRates | undefined
  /**
   * What the last phase may do with results of another job in the folder; default: such a folder is
   * refused.
   */
  readonly change?: FolderChange
}

/**
 * Writes a job's plan under `plan/` of its output folder: the resolved job, the sources with their
 * header facts, the tiles along the curve, the shards. The plan is a function of the job, its
 * sources and `options`: equal ones write equal bytes. Sources pass through one at a time; of tiles
 * a few columns stay in memory.
 *
 * `sources` must be in ascending order of `homeOf`. Throws E_INPUT when none is in the wanted area.
 */
export const writeShardPlan = async (
  { plan, planning }: LaidOut,
  sources: Iterable<SourceLine>,
  options: CutOptions,
): Promise<ShardPlan> => {
  const { context, box } = plan
  // A plan names paths as they are on the planning machine.
  const { pathMap: _, ...job } = plan.job
  const { grid, chains } = context
  await mkdir(join(job.out, planLayout.folder), { recursive: true })
  const columns = new TileColumns(grid)
  const works = beginWorks(planning)
  const homes = await gather(planning, columns, works, sources)
  const tiles = columns.ordered(readsRing(planning) ? ringDepth(planning) : 0)
  const wanted = tiles.wanted.reduce((sum, one) => sum + one, 0)
  if (wanted === 0) throw noSourceInside(job, box, context.epsg)
  const work = sumWork(tiles, works)
  const resolved = {
    ...job,
    ...writtenSource(job, context.source),
    force: false,
    epsg: context.epsg,
    pointsBox: box,
    leafLevel: grid.leafLevel,
    version: packageVersion,
  }
  const jobText = `${JSON.stringify(resolved, undefined, 2)}\n`
  // With the folder's path: by this hash a cluster's queue distinguishes the jobs of two folders.
  const digest = createHash("sha256").update(canonicalJson({ resolved, options: context.optionsHash }))
  const regions = divideRegions(planning, tiles, options.parallel)
  const shards = await writeTiles(
    planning,
    tiles,
    homes,
    { parallel: options.parallel, cost: plan.cost, works },
    digest,
  )
  const [low, high] = zRangeOf(plan.catalogue.sources)
  const sum = (value: (shard: Shard) => number): number => shards.reduce((total, shard) => total + value(shard), 0)
  const shardPlan: ShardPlan = {
    format: 1,
    version: packageVersion,
    hash: digest.digest("hex"),
    epsg: context.epsg,
    grid,
    box,
    source: context.source,
    ...(low < high ? { zRange: [low, high] as const } : {}),
    reach: reachOf([...chains.tile, ...chains.model]),
    topLevel: findTopLevel(grid, tiles),
    phases: listPhases(planning, regions.length),
    jobKernels: awaitedJoins(planning),
    regionKernels: regions.length === 0 ? [] : joinsOfRegions(planning),
    regions,
    tiles: wanted,
    ring: tiles.wanted.length - wanted,
    sources: homes.place.length,
    sourceReach: homes.reach,
    points: sum((shard) => shard.points),
    costCoreSeconds: runSeconds(plan.cost, work, job.workers),
    cost: plan.cost,
    work,
    parallel: options.parallel,
    ...hashedKernels(plan),
    ...(options.change === undefined ? {} : { change: options.change }),
    shards,
    jobSha256: sha256(jobText),
  }
  const temporary = join(job.out, layout.temporary)
  await atomicWrite(join(job.out, planLayout.job), jobText, temporary)
  await atomicWrite(
    join(job.out, planLayout.shards),
    `${sealJson(JSON.stringify(shardPlan, undefined, 1))}\n`,
    temporary,
  )
  // Removes it only when empty: a run may have its own files there.
  await rmdir(temporary).catch(() => undefined)
  return shardPlan
}

/** Hashes of the modules that shards may run, so that no other file can replace them. */
const hashedKernels = ({ kernels }: LaidOut["plan"]): Pick<ShardPlan, "kernels"> => {
  const hashes = kernels.flatMap(({ url, digest }) => (digest === undefined ? [] : [[fileURLToPath(url), digest]]))
  return hashes.length === 0 ? {} : { kernels: Object.fromEntries(hashes) }
}

const listPhases = (planning: Planning, regions: number): Phase[] => [
  ...(hasFirstStage(planning.context) ? (["tile"] as const) : []),
  ...(regions > 0 ? (["region"] as const) : []),
  ...(awaitedJoins(planning).length > 0 ? (["job"] as const) : []),
  ...(planning.context.chains.model.length > 0 ? (["model"] as const) : []),
  "finish",
]

/** Home of a source: the place along the curve of the work tile that contains its centre. */
export const homeOf =
  (grid: Grid) =>
  ({ box }: { readonly box: Box2 }): number => {
    const key = TileKey.at(grid, grid.leafLevel, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return hilbertIndex(grid.leafLevel, key.x, key.y)
  }

/**
 * Lines of `sources.ndjson`: home and offset of each. `reach`: half the longest side of a source,
 * metres.
 */
interface Homes {
  readonly place: readonly number[]
  readonly offset: readonly number[]
  readonly reach: number
}

/** Spreads each source's points evenly over the tiles that it meets, and writes its line. */
const gather = async (
  planning: Planning,
  columns: TileColumns,
  works: TileWorks,
  sources: Iterable<SourceLine>,
): Promise<Homes> => {
  const { grid } = planning.context
  const isWanted = wantedTile(planning)
  const home = homeOf(grid)
  const lines = new Lines(join(planning.job.out, planLayout.sources))
  const place: number[] = []
  const offset: number[] = []
  let reach = 0
  for (const source of sources) {
    place.push(home(source))
    offset.push(lines.length)
    await lines.write(source.line)
    works.addSource(source)
    const { box } = source
    reach = Math.max(reach, (box[2] - box[0]) / 2, (box[3] - box[1]) / 2)
    const area = Box2.area(box)
    const keys = TileKey.covering(grid, grid.leafLevel, box)
    for (const key of keys) {
      const cell = TileKey.box(grid, key)
      const share = area > 0 ? Box2.area(Box2.intersection(cell, box)) / area : 1 / keys.length
      columns.add(key, share * source.count, isWanted(cell))
    }
  }
  offset.push(lines.length)
  await lines.close()
  return { place: place, offset: offset, reach }
}

const writeTiles = async (
  planning: Planning,
  tiles: OrderedTiles,
  homes: Homes,
  { parallel, cost, works }: { readonly parallel: number; readonly cost: JobCost; readonly works: TileWorks },
  digest: ReturnType<typeof createHash>,
): Promise<Shard[]> => {
  const costs = Float64Array.from(tiles.wanted, (wanted, i) => tileSeconds(cost, works.of(tiles.key(i)), wanted === 0))
  const lines = new Lines(join(planning.job.out, planLayout.tiles))
  const shards: Shard[] = []
  const cuts = cutShards({ place: tiles.place, cost: costs }, parallel)
  let source = 0
  for (const [index, cut] of cuts.entries()) {
    const firstSource = source
    const next = cuts[index + 1]?.place ?? Number.POSITIVE_INFINITY
    while (source < homes.place.length && homes.place[source]! < next) source++
    const [begin, end] = [homes.offset[firstSource]!, homes.offset[source]!]
    const offset = lines.length
    let [points, sum] = [0, 0]
    let densest = cut.first
    for (let i = cut.first; i < cut.first + cut.count; i++) {
      const line: PlannedTile = {
        key: TileKey.format(tiles.key(i)),
        points: Math.round(tiles.points[i]!),
        cost: costs[i]!,
        ...(tiles.wanted[i] === 1 ? {} : { neighbour: true }),
      }
      points += line.points
      if (tiles.points[i]! > tiles.points[densest]!) densest = i
      const text = `${JSON.stringify(line)}\n`
      digest.update(text)
      sum = crc32(text, sum)
      await lines.write(text)
    }
    const bytes = tileMemory(planning, tiles.key(densest), Math.round(tiles.points[densest]!))
    const { place, count, cost: costCoreSeconds } = cut
    const length = lines.length - offset
    const part = await readPart(join(planning.job.out, planLayout.sources), begin, end - begin)
    const at = { offset: begin, length: end - begin, crc32: crc32(part) }
    shards.push({ offset, length, crc32: sum, tiles: count, points, costCoreSeconds, bytes, place, sources: at })
  }
  await lines.close()
  digest.update(canonicalJson(shards))
  return shards
}

/** The work of the wanted tiles, and of those around them. */
const sumWork = (tiles: OrderedTiles, works: TileWorks): JobWork => {
  const sums: [Work, Work] = [noWork, noWork]
  for (const [i, wanted] of tiles.wanted.entries())
    sums[1 - wanted] = addWork(sums[1 - wanted]!, works.of(tiles.key(i)))
  return { own: sums[0], ring: sums[1] }
}

/**
 * A file of lines that appears under its name once complete. Lines go out in small blocks: with the
 * large parts of other files the plan of a country takes 100 MB more. Throws E_OUTPUT where it
 * cannot be written.
 */
class Lines {
  readonly #path: string
  readonly #stream: ReturnType<typeof createWriteStream>
  #waiting: Buffer[] = []
  #bytes = 0
  length = 0

  constructor(path: string) {
    this.#path = path
    this.#stream = createWriteStream(`${path}.${process.pid}.tmp`)
    // The next write throws it.
    this.#stream.on("error", () => undefined)
  }

  async write(text: Buffer | string): Promise<void> {
    const bytes = typeof text === "string" ? Buffer.from(text) : text
    this.length += bytes.length
    this.#waiting.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes > 1 << 18) await this.#flush()
  }

  async #flush(): Promise<void> {
    const block = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#bytes = 0
    if (this.#stream.errored) throw outputError(this.#path, this.#stream.errored)
    if (!this.#stream.write(block)) await once(this.#stream, "drain")
  }

  async close(): Promise<void> {
    await this.#flush()
    this.#stream.end()
    try {
      await once(this.#stream, "close")
      if (this.#stream.errored) throw this.#stream.errored
      await rename(`${this.#path}.${process.pid}.tmp`, this.#path)
    } catch (cause) {
      throw outputError(this.#path, cause)
    }
  }
}

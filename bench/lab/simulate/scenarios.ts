/** Defines the circumstances of simulated runs, and varies them one at a time. */
import { elementAt } from "../../../engine/core/lists.js"
import { seededRandom } from "../../../engine/core/random.js"
import type { Phase } from "../../../engine/core/stages.js"
import type { SimulatedCluster, SimulatedNode } from "./run-array.js"
import { runPhases } from "./run-phases.js"
import type { SimulatedTiles } from "./run-shard.js"
import type { StageCosts } from "./stage-costs.js"

/** The cluster, and its failures. */
export interface Circumstances {
  readonly seed: number
  readonly nodes: number
  readonly cores: number
  /** Limit of the bytes that running tiles of a node may need together. */
  readonly memoryBytes: number
  /** Share of tiles that kill their process, once. */
  readonly failures: number
  /** Average breakdowns of a node in 30 days. */
  readonly nodeFailures: number
  /** Standard deviation of a tile's cost, relative to its estimate. */
  readonly estimatesOff: number
  /** Share of tiles that cost `slowFactor` times as much. */
  readonly slow: number
  readonly slowFactor: number
  /** Bounds of the nodes' speeds, which are uniform between them. */
  readonly speeds: readonly [number, number]
  /** Nodes join one by one within this time, hours. */
  readonly joinHours: number
  /** Time limit of an array task, hours. */
  readonly limitHours: number
}

/** Tiles and shards of a plan. */
export interface PlannedWork {
  readonly estimate: Float64Array
  readonly bytes: Float64Array
  readonly shards: readonly (readonly number[])[]
  readonly phases: readonly Phase[]
  readonly stages: StageCosts
}

interface Change {
  readonly name: string
  circumstances?(asked: Circumstances): Partial<Circumstances>
  shards?(work: PlannedWork, nodes: number): (readonly number[])[]
}

const restartSeconds = 5
/** Slurm declares a node dead after 300 s without an answer. */
const noticeSeconds = 300
const repairSeconds = 3600
const secondsOfMonth = 30 * 86_400

const changes: readonly Change[] = [
  { name: "as asked" },
  { name: "nothing fails", circumstances: () => ({ failures: 0, nodeFailures: 0 }) },
  {
    name: "ten times the failures",
    circumstances: ({ failures, nodeFailures }) => ({
      failures: Math.min(1, 10 * failures),
      nodeFailures: 10 * nodeFailures,
    }),
  },
  { name: "estimates exact", circumstances: () => ({ estimatesOff: 0 }) },
  { name: "no slow tiles", circumstances: () => ({ slow: 0 }) },
  { name: "nodes alike, all there", circumstances: () => ({ speeds: [1, 1], joinHours: 0 }) },
  {
    name: "dear tiles first in a shard",
    shards: ({ shards, estimate }) =>
      shards.map((tiles) => [...tiles].sort((a, b) => estimate[b]! - estimate[a]! || a - b)),
  },
  { name: "equal shards, one a node", shards: (work, nodes) => equalShards(work, nodes) },
  { name: "equal shards, 4 a node", shards: (work, nodes) => equalShards(work, 4 * nodes) },
  { name: "equal shards, 16 a node", shards: (work, nodes) => equalShards(work, 16 * nodes) },
]

/** Runs the plan as requested, then once with each of some circumstances changed. */
export const runScenarios = (work: PlannedWork, asked: Circumstances) =>
  changes.map(({ name, circumstances, shards }) => {
    const altered = { ...asked, ...circumstances?.(asked) }
    const cluster = drawCluster(altered, work)
    const cut = shards?.(work, altered.nodes) ?? work.shards
    return { name, ...runPhases(drawTiles(work, altered), cut, work.phases, work.stages, cluster) }
  })

/**
 * Tiles with their true costs. Errors are log-normal with mean 1, and equal for a tile in all
 * scenarios.
 */
const drawTiles = (
  { estimate, bytes }: PlannedWork,
  { seed, estimatesOff, slow, slowFactor, failures }: Circumstances,
): SimulatedTiles => {
  const [errors, slowness, deaths] = [seededRandom(seed), seededRandom(seed + 1), seededRandom(seed + 2)]
  const sigma = Math.sqrt(Math.log(1 + estimatesOff ** 2))
  const seconds = estimate.map((cost) => {
    const factor = Math.exp(sigma * normal(errors) - sigma ** 2 / 2)
    return cost * factor * (slowness() < slow ? slowFactor : 1)
  })
  const fatal = estimate.map(() => {
    const [dies, share] = [deaths() < failures, deaths()]
    return dies ? Math.max(share, 1e-6) : 0
  })
  return { estimate, bytes, seconds, fatal }
}

/** Source: G. Box, M. Muller, "A note on the generation of random normal deviates", 1958. */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

const drawCluster = (stated: Circumstances, { estimate }: PlannedWork): SimulatedCluster => {
  const { nodes: count, cores, memoryBytes, speeds, joinHours, nodeFailures, limitHours, seed } = stated
  const [places, breaks] = [seededRandom(seed + 3), seededRandom(seed + 4)]
  // Far beyond any run: ten times the time that the nodes need, and a month.
  const horizon = (10 * estimate.reduce((sum, cost) => sum + cost, 0)) / (count * cores) + secondsOfMonth
  const nodes = Array.from({ length: count }, (_, i): SimulatedNode => {
    const speed = speeds[0] + (speeds[1] - speeds[0]) * places()
    const from = i === 0 ? 0 : joinHours * 3600 * places()
    const breakdowns: number[] = []
    if (nodeFailures > 0)
      for (let at = 0; at < horizon; ) {
        at += (-Math.log(1 - breaks()) * secondsOfMonth) / nodeFailures
        breakdowns.push(at)
      }
    return { from, speed, breakdowns }
  })
  const limitSeconds = limitHours * 3600
  return { nodes, cores, memoryBytes, restartSeconds, noticeSeconds, repairSeconds, limitSeconds }
}

/** Cuts the tiles into `count` shards of about equal cost. */
const equalShards = ({ estimate, shards }: PlannedWork, count: number): number[][] => {
  const total = estimate.reduce((sum, cost) => sum + cost, 0)
  const cut: number[][] = Array.from({ length: count }, () => [])
  let before = 0
  for (const tile of shards.flat()) {
    elementAt(cut, Math.min(count - 1, Math.floor((count * before) / total))).push(tile)
    before += estimate[tile]!
  }
  return cut.filter((tiles) => tiles.length > 0)
}

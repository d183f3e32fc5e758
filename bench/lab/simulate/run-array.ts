/** Simulates an array of shards on a cluster. */
import { EventHeap } from "./event-heap.js"
import { type Effort, runShardOn, type SimulatedTiles } from "./run-shard.js"

/** A node of the cluster. */
export interface SimulatedNode {
  /** Time from which it can be used, seconds. */
  readonly from: number
  readonly speed: number
  /** Times of its breakdowns, ascending, seconds. */
  readonly breakdowns: readonly number[]
}

/** Nodes and their rules: one shard at a time on each. */
export interface SimulatedCluster {
  readonly nodes: readonly SimulatedNode[]
  readonly cores: number
  /** Memory of a node. */
  readonly memoryBytes: number
  readonly restartSeconds: number
  /** Seconds from a breakdown until the engine starts the shard again. */
  readonly noticeSeconds: number
  /** Seconds from a breakdown until the node can be used again. */
  readonly repairSeconds: number
  /** Time limit of one task of an array, seconds. */
  readonly limitSeconds: number
}

/** The result of an array. */
export interface ArrayEnd extends Readonly<Effort> {
  readonly end: number
  readonly breakdowns: number
  /** Number of started array tasks. */
  readonly starts: number
  /** How many times each tile was finished; other values than 1 are an error of the simulation. */
  readonly finished: Uint8Array
}

type Event = { readonly node: number } | { readonly work: readonly number[] }

/**
 * Simulates an array of shards on a cluster. Each free node takes the first waiting shard, as
 * engines do with tasks of an array. After a breakdown or at the time limit, the rest of a shard
 * starts again before the waiting shards. Tiles that its journal has as done stay done.
 *
 * @param shards tiles of each shard, in the order of work
 */
export const runArray = (
  tiles: SimulatedTiles,
  shards: readonly (readonly number[])[],
  cluster: SimulatedCluster,
  span: { readonly from: number; readonly factor: number },
): ArrayEnd => {
  const { nodes, cores, memoryBytes, restartSeconds, noticeSeconds, repairSeconds, limitSeconds } = cluster
  const events = new EventHeap<Event>()
  for (const [node, { from }] of nodes.entries()) events.push(Math.max(from, span.from), { node })
  const again: (readonly number[])[] = []
  const idle: number[] = []
  let next = 0
  const finished = new Uint8Array(tiles.seconds.length)
  const sum = { busySeconds: 0, lostSeconds: 0, deaths: 0, breakdowns: 0, starts: 0, peakBytes: 0 }
  let end = span.from

  const start = (index: number, work: readonly number[], time: number): void => {
    const { speed, breakdowns } = nodes[index]!
    const breaks = breakdowns.find((moment) => moment > time) ?? Number.POSITIVE_INFINITY
    const until = Math.min(breaks, time + limitSeconds)
    const share = { cores, memoryBytes, speed, restartSeconds }
    const ran = runShardOn(tiles, work, share, { from: time, until, factor: span.factor })
    sum.starts++
    sum.busySeconds += ran.busySeconds
    sum.lostSeconds += ran.lostSeconds
    sum.deaths += ran.deaths
    sum.peakBytes = Math.max(sum.peakBytes, ran.peakBytes)
    for (const tile of ran.finished) finished[tile] = finished[tile]! + 1
    end = Math.max(end, ran.end)
    const broken = ran.left.length > 0 && ran.end === breaks
    if (broken) sum.breakdowns++
    if (ran.left.length > 0) events.push(ran.end + (broken ? noticeSeconds : 0), { work: ran.left })
    events.push(ran.end + (broken ? repairSeconds : 0), { node: index })
  }

  for (let event = events.pop(); event !== undefined; event = events.pop()) {
    const { time, value } = event
    if ("work" in value) {
      const free = idle.shift()
      if (free === undefined) again.push(value.work)
      else start(free, value.work, time)
      continue
    }
    const work = again.shift() ?? shards[next++]
    if (work === undefined) idle.push(value.node)
    else start(value.node, work, time)
  }
  return { end, finished, ...sum }
}

/**
 * The time at which the nodes would finish `coreSeconds` if they shared the work and never waited,
 * starting at `from`.
 */
export const idealEnd = ({ nodes, cores }: SimulatedCluster, coreSeconds: number, from: number): number => {
  const starts = nodes.map((node) => ({ at: Math.max(node.from, from), rate: cores * node.speed }))
  starts.sort((a, b) => a.at - b.at)
  let rate = 0
  let left = coreSeconds
  let time = from
  for (const next of starts) {
    const done = rate * (next.at - time)
    if (done >= left) break
    left -= done
    time = next.at
    rate += next.rate
  }
  return time + left / rate
}

/** Simulates the tiles of one shard on one node. */
import { EventHeap } from "./event-heap.js"

/** Tiles of a plan as a simulated run finds them, in columns along the curve. */
export interface SimulatedTiles {
  /** What the plan thinks that a tile costs, core-seconds. */
  readonly estimate: Float64Array
  /** What it does cost on a processor of speed 1. */
  readonly seconds: Float64Array
  /** Bytes that it is admitted by. */
  readonly bytes: Float64Array
  /** After which share of its time it takes its process down, the first time; 0: it does not. */
  readonly fatal: Float64Array
}

/** Where a shard runs. */
export interface NodeShare {
  readonly cores: number
  /** Bytes that running tiles may need together. */
  readonly memoryBytes: number
  /** Of one core, against the one that costs were measured on. */
  readonly speed: number
  /** Seconds from the death of a process until its successor runs. */
  readonly restartSeconds: number
}

/** What work cost. */
export interface Effort {
  /** Seconds of cores that a tile was worked on, those lost included. */
  busySeconds: number
  /** Those whose work was lost. */
  lostSeconds: number
  deaths: number
  /** Most bytes that the tiles of a node were admitted by. */
  peakBytes: number
}

/** What became of a shard on a node. */
export interface ShardEnd extends Readonly<Effort> {
  readonly finished: readonly number[]
  /** Tiles not ended when the node or the time ran out, in their order. */
  readonly left: readonly number[]
  readonly end: number
}

interface Running {
  readonly at: number
  readonly start: number
  readonly dies: boolean
}

/**
 * One shard on one node, as the pool of a run takes its tiles: in their order, as workers and bytes
 * allow, the next one never overtaken by a smaller; when a tile takes the process down, all that
 * ran is begun again before the others, each in a process of its own.
 *
 * @param order the shard's tiles, as indexes into the columns
 * @param factor share of a tile's time that this phase takes
 * @param until when the node or the time of the job ends, seconds; what runs then is left
 */
export const runShardOn = (
  { seconds, bytes, fatal }: SimulatedTiles,
  order: readonly number[],
  { cores, memoryBytes, speed, restartSeconds }: NodeShare,
  { from, until, factor }: { readonly from: number; readonly until: number; readonly factor: number },
): ShardEnd => {
  const finished: number[] = []
  const survivors = new Set<number>()
  const sum: Effort = { busySeconds: 0, lostSeconds: 0, deaths: 0, peakBytes: 0 }
  let running = new EventHeap<Running>()
  let waiting = order
  let [next, held] = [0, 0]

  /** Starts what may start, in order. */
  const start = (time: number): void => {
    while (running.size < cores && next < waiting.length) {
      const at = waiting[next]!
      if (running.size > 0 && held + bytes[at]! > memoryBytes) return
      next++
      held += bytes[at]!
      sum.peakBytes = Math.max(sum.peakBytes, held)
      const whole = (seconds[at]! * factor) / speed
      const dies = fatal[at]! > 0 && !survivors.has(at)
      running.push(time + (dies ? fatal[at]! * whole : whole), { at, start: time, dies })
    }
  }

  /** Ends what runs, without result; what is left of the shard, that first. */
  const lose = (time: number, cause: readonly Running[] = []): number[] => {
    const lost = [...running.values(), ...cause]
    for (const one of lost) {
      sum.busySeconds += time - one.start
      sum.lostSeconds += time - one.start
    }
    running = new EventHeap()
    held = 0
    return [...lost.map(({ at }) => at).sort((a, b) => a - b), ...waiting.slice(next)]
  }

  let time = from
  for (;;) {
    start(time)
    const event = running.pop()
    if (event === undefined) return { finished, left: [], end: time, ...sum }
    const { at, start: began, dies } = event.value
    if (event.time > until) {
      running.push(event.time, event.value)
      return { finished, left: lose(until), end: until, ...sum }
    }
    time = event.time
    if (dies) {
      survivors.add(at)
      sum.deaths++
      waiting = lose(time, [event.value])
      next = 0
      time += restartSeconds
    } else {
      finished.push(at)
      held -= bytes[at]!
      sum.busySeconds += time - began
    }
  }
}

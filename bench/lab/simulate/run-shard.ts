/** Simulates the tiles of one shard on one node. */
import { EventHeap } from "./event-heap.js"

/** Tiles of a simulated run in columns, along the curve. */
export interface SimulatedTiles {
  /** The plan's estimate of a tile's cost, core-seconds. */
  readonly estimate: Float64Array
  /** Its true cost on a processor of speed 1, core-seconds. */
  readonly seconds: Float64Array
  /** Bytes that admission counts for it. */
  readonly bytes: Float64Array
  /** Share of its time after which it kills its process, the first time only; 0 if never. */
  readonly fatal: Float64Array
}

/** The resources of a shard. */
export interface NodeShare {
  readonly cores: number
  /** Limit of the bytes that running tiles may need together. */
  readonly memoryBytes: number
  /** Speed of one core relative to the one that costs were measured on. */
  readonly speed: number
  /** Seconds from the death of a process until the next one runs. */
  readonly restartSeconds: number
}

/** Spent time and memory. */
export interface Effort {
  /** Core-seconds of work on tiles, lost ones included. */
  busySeconds: number
  /** Core-seconds of work that was lost. */
  lostSeconds: number
  deaths: number
  /** Highest sum of admitted bytes on a node. */
  peakBytes: number
}

/** The result of a shard on a node. */
export interface ShardEnd extends Readonly<Effort> {
  readonly finished: readonly number[]
  /** Unfinished tiles when the node or the time ended, in order. */
  readonly left: readonly number[]
  readonly end: number
}

interface Running {
  readonly at: number
  readonly start: number
  readonly dies: boolean
}

/**
 * Simulates one shard on one node with the pool's rules. Tiles start in order, as workers and bytes
 * allow; a smaller tile never overtakes the next one. If a tile kills the process, all running
 * tiles start again before the others.
 *
 * @param order the shard's tiles, as indexes into the columns
 * @param factor share of a tile's time that this phase takes
 * @param until end of the node or of the job's time, seconds; running tiles are left then
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
  let [next, usedBytes] = [0, 0]

  /** Starts as many tiles as possible, in order. */
  const start = (time: number): void => {
    while (running.size < cores && next < waiting.length) {
      const at = waiting[next]!
      if (running.size > 0 && usedBytes + bytes[at]! > memoryBytes) return
      next++
      usedBytes += bytes[at]!
      sum.peakBytes = Math.max(sum.peakBytes, usedBytes)
      const whole = (seconds[at]! * factor) / speed
      const dies = fatal[at]! > 0 && !survivors.has(at)
      running.push(time + (dies ? fatal[at]! * whole : whole), { at, start: time, dies })
    }
  }

  /**
   * Stops the running tiles without result; returns them and the rest of the shard, in this order.
   */
  const lose = (time: number, cause: readonly Running[] = []): number[] => {
    const lost = [...running.values(), ...cause]
    for (const one of lost) {
      sum.busySeconds += time - one.start
      sum.lostSeconds += time - one.start
    }
    running = new EventHeap()
    usedBytes = 0
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
      usedBytes -= bytes[at]!
      sum.busySeconds += time - began
    }
  }
}

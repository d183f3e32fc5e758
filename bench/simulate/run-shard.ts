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

/** What became of a shard on a node. */
export interface ShardEnd {
  readonly finished: readonly number[]
  /** Tiles not ended when the node or the time ran out, in their order. */
  readonly left: readonly number[]
  readonly end: number
  /** Seconds of cores that a tile was worked on, those lost included. */
  readonly busySeconds: number
  /** Those whose work was lost. */
  readonly lostSeconds: number
  readonly deaths: number
  readonly peakBytes: number
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
  tiles: SimulatedTiles,
  order: readonly number[],
  node: NodeShare,
  span: { readonly from: number; readonly until: number; readonly factor: number },
): ShardEnd => new ShardRun(tiles, order, node, span.factor).run(span.from, span.until)

class ShardRun {
  readonly #tiles: SimulatedTiles
  readonly #node: NodeShare
  readonly #factor: number
  #order: readonly number[]
  #next = 0
  readonly #survivors = new Set<number>()
  #running = new EventHeap<Running>()
  #bytes = 0
  readonly #finished: number[] = []
  readonly #sum = { busySeconds: 0, lostSeconds: 0, deaths: 0, peakBytes: 0 }

  constructor(tiles: SimulatedTiles, order: readonly number[], node: NodeShare, factor: number) {
    this.#tiles = tiles
    this.#order = order
    this.#node = node
    this.#factor = factor
  }

  run(from: number, until: number): ShardEnd {
    let time = from
    for (;;) {
      this.#start(time)
      const event = this.#running.pop()
      if (event === undefined) break
      if (event.time > until) {
        this.#running.push(event.time, event.value)
        return this.#cut(until)
      }
      time = event.time
      if (event.value.dies) {
        this.#die(time, event.value)
        time += this.#node.restartSeconds
      } else this.#finish(time, event.value)
    }
    return { finished: this.#finished, left: [], end: time, ...this.#sum }
  }

  /** Starts what may start, in order. */
  #start(time: number): void {
    const { seconds, bytes, fatal } = this.#tiles
    while (this.#running.size < this.#node.cores && this.#next < this.#order.length) {
      const tile = this.#order[this.#next]!
      if (this.#running.size > 0 && this.#bytes + bytes[tile]! > this.#node.memoryBytes) return
      this.#next++
      this.#bytes += bytes[tile]!
      this.#sum.peakBytes = Math.max(this.#sum.peakBytes, this.#bytes)
      const whole = (seconds[tile]! * this.#factor) / this.#node.speed
      const dies = fatal[tile]! > 0 && !this.#survivors.has(tile)
      this.#running.push(time + (dies ? fatal[tile]! * whole : whole), { at: tile, start: time, dies })
    }
  }

  #finish(time: number, { at, start }: Running): void {
    this.#finished.push(at)
    this.#bytes -= this.#tiles.bytes[at]!
    this.#sum.busySeconds += time - start
  }

  /** All that ran is lost, and begun again before all else. */
  #die(time: number, cause: Running): void {
    this.#survivors.add(cause.at)
    this.#sum.deaths++
    const lost = [cause, ...this.#lose(time, [cause])].map(({ at }) => at).sort((a, b) => a - b)
    this.#order = [...lost, ...this.#order.slice(this.#next)]
    this.#next = 0
  }

  /** Ends what runs, without result. */
  #lose(time: number, besides: readonly Running[] = []): Running[] {
    const running = this.#running.values()
    for (const { start } of [...running, ...besides]) {
      this.#sum.busySeconds += time - start
      this.#sum.lostSeconds += time - start
    }
    this.#running = new EventHeap()
    this.#bytes = 0
    return running
  }

  #cut(until: number): ShardEnd {
    const running = this.#lose(until).map(({ at }) => at)
    const left = [...running.sort((a, b) => a - b), ...this.#order.slice(this.#next)]
    return { finished: this.#finished, left, end: until, ...this.#sum }
  }
}

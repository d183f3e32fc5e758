/** Orders events by time. */
import { Heap } from "../../../engine/core/heap.js"

/**
 * A queue of events by time; those of one moment leave in the order in which they were added. Push
 * and pop take O(log n).
 */
export class EventHeap<T> {
  readonly #events = new Heap<Event<T>>((a, b) => a.time < b.time || (a.time === b.time && a.order < b.order))
  #added = 0

  get size(): number {
    return this.#events.values.length
  }

  push(time: number, value: T): void {
    this.#events.push({ time, order: this.#added++, value })
  }

  pop(): { readonly time: number; readonly value: T } | undefined {
    return this.#events.pop()
  }

  /** All remaining events, unordered; none is removed. */
  values(): T[] {
    return this.#events.values.map(({ value }) => value)
  }
}

interface Event<T> {
  readonly time: number
  readonly order: number
  readonly value: T
}

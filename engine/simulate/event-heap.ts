/** Events in the order of time, those of one moment in the order in which they were added. Push and pop O(log n). */
export class EventHeap<T> {
  readonly #events: { readonly time: number; readonly order: number; readonly value: T }[] = []
  #added = 0

  get size(): number {
    return this.#events.length
  }

  push(time: number, value: T): void {
    const events = this.#events
    const event = { time, order: this.#added++, value }
    let at = events.length
    events.push(event)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(event, events[above]!)) break
      events[at] = events[above]!
      at = above
    }
    events[at] = event
  }

  /** Removes the earliest event. */
  pop(): { readonly time: number; readonly value: T } | undefined {
    const events = this.#events
    const first = events[0]
    const last = events.pop()
    if (first === undefined || last === undefined || events.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= events.length) break
      if (below + 1 < events.length && isBefore(events[below + 1]!, events[below]!)) below++
      if (!isBefore(events[below]!, last)) break
      events[at] = events[below]!
      at = below
    }
    events[at] = last
    return first
  }

  /** All that are left, in no order; none is removed. */
  values(): T[] {
    return this.#events.map(({ value }) => value)
  }
}

type Moment = { readonly time: number; readonly order: number }

const isBefore = (a: Moment, b: Moment): boolean => a.time < b.time || (a.time === b.time && a.order < b.order)

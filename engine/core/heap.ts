/** A binary heap with any order, for merges that always need the first of many values. */

/** Gives access to the first value by an order. Push and pop take O(log n). */
export class Heap<T> {
  readonly #values: T[] = []
  readonly #isBefore: (a: T, b: T) => boolean

  /** @param isBefore a strict order; equivalent values may be popped in any order */
  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore
  }

  /** All values: the first one first, the others in no order. */
  get values(): readonly T[] {
    return this.#values
  }

  push(value: T): void {
    const values = this.#values
    let at = values.length
    values.push(value)
    for (let above = (at - 1) >> 1; at > 0 && this.#isBefore(value, values[above]!); above = (at - 1) >> 1) {
      values[at] = values[above]!
      at = above
    }
    values[at] = value
  }

  /** Removes and returns the first value; undefined when empty. */
  pop(): T | undefined {
    const values = this.#values
    const [first] = values
    const last = values.pop()
    if (last === undefined || values.length === 0) return first
    let at = 0
    for (let below = 1; below < values.length; below = 2 * at + 1) {
      if (below + 1 < values.length && this.#isBefore(values[below + 1]!, values[below]!)) below++
      if (!this.#isBefore(values[below]!, last)) break
      values[at] = values[below]!
      at = below
    }
    values[at] = last
    return first
  }
}

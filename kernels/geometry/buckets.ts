/** Sorts items into numbered buckets, such as points into cells. */

/** The items of bucket b are `order[starts[b] … starts[b + 1])`, ascending. */
export interface Buckets {
  readonly starts: Int32Array
  readonly order: Int32Array
}

/**
 * Sorts the indices of `buckets` by their values, without those of value −1. O(indices + count).
 */
export const sortIntoBuckets = (buckets: Int32Array, count: number): Buckets => {
  const starts = new Int32Array(count + 1)
  for (const bucket of buckets) if (bucket >= 0) starts[bucket + 1]++
  for (let b = 0; b < count; b++) starts[b + 1] += starts[b]
  const order = new Int32Array(starts[count])
  const next = starts.slice(0, count)
  for (let i = 0; i < buckets.length; i++) if (buckets[i] >= 0) order[next[buckets[i]]++] = i
  return { starts, order }
}

/**
 * Collects garbage between tiles and between kernels, so that a task holds little more memory than
 * it needs.
 */
import { getHeapStatistics, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** Growth of a thread's memory outside its heap that is worth a collection, which takes some 20 ms of a processor: points and rasters are tens of megabytes each. */
const worthBytes = 64 * 1024 * 1024

/** Bytes outside the heap after the last collection. */
let left = 0
let collect: Collector | undefined

type Collector = (options?: { readonly type: "minor" }) => void

/** The collector of this thread, which V8 hands out to programs that ask for it by a flag. */
const collector = (): Collector => {
  setFlagsFromString("--expose-gc")
  return runInNewContext("gc") as Collector
}

/**
 * Collects what nobody holds any more, where this thread has taken much memory since it last did. V8 itself waits until buffers have grown by more than a tile's points: at such moments, between a tile and the next one and between
 * kernels, a task would hold half as much again as it needs, by chance.
 */
export const releaseMemory = (): void => {
  if (getHeapStatistics().external_memory < left + worthBytes) return
  collect ??= collector()
  // The first one lets another thread free the buffers, the second one, of what is young alone, waits for that.
  collect()
  collect({ type: "minor" })
  left = getHeapStatistics().external_memory
}

/**
 * Collects garbage between tiles and between kernels, so that a task takes little more memory than
 * it needs.
 * See docs/decisions/15-memory-admission.md.
 */
import { getHeapStatistics, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/**
 * Growth outside the heap that is worth a collection, which takes some 20 ms of processor time.
 * Points and rasters are tens of megabytes each.
 */
const worthBytes = 64 * 1024 * 1024

/** Bytes outside the heap after the last collection. */
let left = 0
let collect: Collector | undefined

type Collector = (options?: { readonly type: "minor" }) => void

/** The collector of this thread, which V8 exposes only under a flag. */
const collector = (): Collector => {
  setFlagsFromString("--expose-gc")
  return runInNewContext("gc") as Collector
}

/**
 * Collects garbage if this thread has taken much memory since the last collection. V8 itself waits
 * until buffers have grown by more than a tile's points. Between tiles and kernels, a task would
 * then take half as much memory again as it needs, by chance.
 */
export const releaseMemory = (): void => {
  if (getHeapStatistics().external_memory < left + worthBytes) return
  collect ??= collector()
  // After the first call another thread frees the buffers; the second, minor one waits for that.
  collect()
  collect({ type: "minor" })
  left = getHeapStatistics().external_memory
}

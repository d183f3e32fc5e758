/** The thread that raises a lock's counter, so that a busy main thread does not look dead. */
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs"
import { parentPort, workerData } from "node:worker_threads"
import { bothClocks, confirmLock, isGone } from "../core/files/atomic-write.js"
import { countDigits } from "./lock-holder.js"

/** A lock whose counter is raised. */
export interface BeatData {
  readonly file: string
  /** Offset of the counter in the file. */
  readonly at: number
  readonly everyMs: number
  readonly confirmed: BigInt64Array
}

const { file, at, everyMs, confirmed } = workerData as BeatData
let count = 0

/** Writes in place, under the holder's own name: a lock taken over by another is never written. */
const beat = (): void => {
  // Read the clocks first: contenders count from their later read.
  const clocks = bothClocks()
  try {
    const handle = openSync(file, "r+")
    try {
      writeSync(handle, String(++count).padStart(countDigits, "0"), at)
      fdatasyncSync(handle)
    } finally {
      closeSync(handle)
    }
    confirmLock(confirmed, clocks)
  } catch (error) {
    // Other failures may pass. Until then each write checks the lock itself.
    if (!isGone(error)) return
    clearInterval(timer)
    confirmLock(confirmed, [0n, 0n])
    parentPort?.postMessage("lost")
  }
}

const timer = setInterval(beat, everyMs)
parentPort?.postMessage("loaded")
beat()

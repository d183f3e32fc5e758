/** Holds a lock: raises its counter and guards all writes to the folder. */
import { mkdir, rm, rmdir, unlink } from "node:fs/promises"
import { dirname } from "node:path"
import { Worker } from "node:worker_threads"
import {
  confirmLock,
  endGuard,
  guardWrites,
  isGone,
  type LockedFolder,
  removalFolder,
} from "../core/files/atomic-write.js"
import { withFile } from "../core/files/with-file.js"
import { entryUrl } from "../core/package-files.js"
import type { BeatData } from "./lock-beat.js"
import { countDigits, states } from "./lock-holder.js"

/** Times of a lock, milliseconds. */
export interface LockTimes {
  /** Interval at which a holder raises its counter. */
  readonly beatMs: number
  /** A holder elsewhere whose counter has not moved for this long is gone. */
  readonly staleMs: number
  /** For how long a holder writes without checking its lock again. Well below `staleMs`. */
  readonly trustMs: number
  /** For how long to wait for a killed process to disappear. */
  readonly deathMs: number
}

export interface FolderLock {
  /** Aborted when another process took the folder over; `assertLocked` then refuses writes. */
  readonly lost: AbortSignal
  release(): Promise<void>
}

/** A lock file that has just been put in place. */
export interface Claimed {
  readonly out: string
  readonly file: string
  /** Offset of the line that is overwritten. */
  readonly at: number
  readonly times: LockTimes
  /** Both clocks, read earlier than the file was made. */
  readonly since: readonly [bigint, bigint]
}

/**
 * Guards the folder's writes and raises the lock's counter. `fence` cuts off a former holder first.
 */
export const holdLock = async (claimed: Claimed, fence: (() => Promise<void>) | undefined): Promise<FolderLock> => {
  const { out, file, at, times } = claimed
  const confirmed = new BigInt64Array(new SharedArrayBuffer(16))
  confirmLock(confirmed, claimed.since)
  const folder: LockedFolder = { folder: out, file, confirmed, trustMs: times.trustMs }
  guardWrites([folder])
  const lost = new AbortController()
  const beat = startBeat({ file, at, everyMs: times.beatMs, confirmed }, () => lost.abort())
  /**
   * `isClean`: no former holder can be in the middle of a write. Otherwise an empty lock folder
   * stays behind as a warning.
   */
  const release = async (isClean: boolean): Promise<void> => {
    await beat.end()
    endGuard(folder)
    await rm(removalFolder(file), { recursive: true, force: true })
    try {
      await unlink(file)
    } catch (error) {
      if (isGone(error)) return
      throw error
    }
    if (isClean) await rmdir(dirname(file)).catch(() => undefined)
  }
  try {
    await fence?.()
    await mkdir(removalFolder(file))
    if (fence !== undefined) await markHolding(file, at)
  } catch (error) {
    await release(false)
    throw error
  }
  return { lost: lost.signal, release: () => release(true) }
}

const markHolding = (file: string, at: number): Promise<void> =>
  withFile(file, "r+", async (handle) => {
    await handle.write(states.holding, at + countDigits + 1)
    await handle.sync()
  })

/** The thread costs 40 ms of processor time: runs shorter than half a beat start none. */
const startBeat = (data: BeatData, onLost: () => void): { end(): Promise<void> } => {
  let worker: Worker | undefined
  let loaded: Promise<unknown> | undefined
  const start = (): void => {
    const thread = new Worker(entryUrl("engine/journal/lock-beat.js"), { workerData: data, execArgv: [] })
    worker = thread
    thread.unref()
    thread.on("message", (message) => message === "lost" && onLost())
    // The lock guards without its counter too: each write then checks that it exists.
    thread.on("error", () => undefined)
    loaded = new Promise((resolve) => ["message", "error", "exit"].map((event) => thread.once(event, resolve)))
  }
  const timer = setTimeout(start, data.everyMs / 2).unref()
  return {
    end: async () => {
      clearTimeout(timer)
      // Node 20 crashes when a thread is terminated while it loads its modules.
      await loaded
      await worker?.terminate()
    },
  }
}

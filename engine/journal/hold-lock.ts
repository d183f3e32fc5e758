/** Holds a lock: raises its counter and guards all writes to the folder. */
import { rmdir, unlink } from "node:fs/promises"
import { dirname } from "node:path"
import { Worker } from "node:worker_threads"
import { builtFile } from "../core/built-file.js"
import { withFile } from "../core/files/with-file.js"
import { confirmHeld, endGuard, guardWrites, type HeldFolder, isGone } from "../core/files/write-guard.js"
import type { BeatData } from "./lock-beat.js"
import { countDigits, states } from "./lock-holder.js"

/** Times of a lock, milliseconds. */
export interface LockTimes {
  /** How often a holder raises its counter. */
  readonly beatMs: number
  /** A holder elsewhere whose counter stood still for so long is gone. */
  readonly staleMs: number
  /** For how long a holder writes without another look at its lock. Well below `staleMs`. */
  readonly trustMs: number
  /** A process that was just killed takes a moment to go. */
  readonly deathMs: number
}

/** An output folder that is locked for this process. */
export interface FolderLock {
  /**
   * Aborted when another process took the folder over. Writes are refused from then on
   * (`assertHeld`).
   */
  readonly lost: AbortSignal
  /** Gives the folder back. */
  release(): Promise<void>
}

/** A lock file that was just put in place. */
export interface Claimed {
  readonly out: string
  readonly file: string
  /** Bytes before the line that is written over. */
  readonly at: number
  readonly times: LockTimes
  /** Both clocks before the file was made. */
  readonly since: readonly [bigint, bigint]
}

/**
 * Guards the folder's writes and keeps the lock's counter going; `fence` cuts off a former holder
 * before anything is written.
 */
export const holdLock = async (claimed: Claimed, fence: (() => Promise<void>) | undefined): Promise<FolderLock> => {
  const { out, file, at, times } = claimed
  const confirmed = new BigInt64Array(new SharedArrayBuffer(16))
  confirmHeld(confirmed, claimed.since)
  const folder: HeldFolder = { folder: out, file, confirmed, trustMs: times.trustMs }
  guardWrites([folder])
  const lost = new AbortController()
  const beat = startBeat({ file, at, everyMs: times.beatMs, confirmed }, () => lost.abort())
  /**
   * `isClean`: no former holder can be in the middle of a write. An empty folder in the place of
   * the lock says the contrary.
   */
  const release = async (isClean: boolean): Promise<void> => {
    await beat.end()
    endGuard(folder)
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

/** The thread costs 40 ms of a processor: runs that end before half a beat start none. */
const startBeat = (data: BeatData, onLost: () => void): { end(): Promise<void> } => {
  let worker: Worker | undefined
  let loaded: Promise<unknown> | undefined
  const start = (): void => {
    const thread = new Worker(builtFile("engine/journal/lock-beat.js"), { workerData: data, execArgv: [] })
    worker = thread
    thread.unref()
    thread.on("message", (message) => message === "lost" && onLost())
    // Without its counter the lock still guards: each write then looks whether it is there.
    thread.on("error", () => undefined)
    loaded = new Promise((resolve) => ["message", "error", "exit"].map((event) => thread.once(event, resolve)))
  }
  const timer = setTimeout(start, data.everyMs / 2).unref()
  return {
    end: async () => {
      clearTimeout(timer)
      // Node 20 takes the process down when a thread is ended while it loads its modules.
      await loaded
      await worker?.terminate()
    },
  }
}

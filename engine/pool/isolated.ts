import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { heldFolders } from "../core/write-guard.js"
import type { TaskResult } from "./task-result.js"
import { ranAway, type Watchdog } from "./watchdog.js"
import type { WorkerInput } from "./worker.js"

/** How a process of its own is bounded. */
export interface Isolation {
  readonly heapBytes: number
  readonly signal: AbortSignal | undefined
  /** Seconds of a processor that its task may use. */
  readonly limitSeconds: number | undefined
  readonly watchdog: Watchdog
}

/** The result of a task in a process of its own; `fatal`: the process ended without one. */
export type IsolatedResult = TaskResult & { readonly fatal?: true }

/**
 * Runs one task in a process of its own. Never rejects: a process that is gone (an abort of V8, a signal, the system's memory killer) is a failed
 * task. `signal` ends it, and the watchdog does when it has used more than its seconds.
 */
export const runIsolated = (
  input: WorkerInput,
  { heapBytes, signal, limitSeconds, watchdog }: Isolation,
): Promise<IsolatedResult> => {
  const started = performance.now()
  const child = fork(fileURLToPath(new URL("./task-process.js", import.meta.url)), {
    // Typed arrays cross as they are.
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [`--max-old-space-size=${Math.ceil(heapBytes / 2 ** 20)}`],
  })
  const kill = (): void => {
    child.kill("SIGKILL")
  }
  signal?.addEventListener("abort", kill, { once: true })
  let runaway = false
  const rest = watchdog.watch({
    limitSeconds,
    // The thread that a process begins with has the process's number.
    place: () => (child.pid === undefined ? undefined : { process: child.pid, thread: child.pid }),
    end: () => {
      runaway = true
      kill()
    },
  })
  let result: TaskResult | undefined
  child.on("message", (message: TaskResult) => {
    result = message
  })
  return new Promise<IsolatedResult>((resolve) => {
    const end = (how: string): void => {
      signal?.removeEventListener("abort", kill)
      rest()
      const { scope, key } = input.message
      const died = `${scope} ${key} took down the process that ran it alone (${how}); try a smaller --tile-size or more --memory`
      const message = runaway ? ranAway(input.message, limitSeconds) : died
      const failed = {
        outcome: "failed" as const,
        error: { code: "E_KERNEL" as const, message, context: { tile: key } },
        timeMs: Math.round(performance.now() - started),
        peakBytes: 0,
        fatal: true as const,
      }
      resolve(result ?? failed)
    }
    child.on("error", (error) => end(error.message))
    child.on("close", (code, killed) => end(killed ?? `exit code ${code}`))
    child.send({ ...input, held: heldFolders(false) }, () => undefined)
  })
}

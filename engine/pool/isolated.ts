/** Runs a task in a process of its own, so that a crash or an endless loop ends only that task. */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { lockedFolders } from "../core/files/atomic-write.js"
import { entryUrl } from "../core/package-files.js"
import { EngineError, type ErrorContext, type ErrorData } from "../errors.js"
import { secretsEnvironment } from "../io/secrets.js"
import type { TaskResult } from "../worker/task-result.js"
import type { WorkerInput } from "../worker/worker.js"
import { ranAway, type Watchdog } from "./watchdog.js"

/** Limits of a process that runs one task. */
export interface Isolation {
  readonly heapBytes: number
  readonly signal: AbortSignal | undefined
  /** Seconds of processor time that the task may use. */
  readonly limitSeconds: number | undefined
  readonly watchdog: Watchdog
}

/**
 * The result of a task in a process of its own. `fatal`: the process died without a result, or used
 * more than its seconds.
 */
export type IsolatedResult = TaskResult & { readonly fatal?: "died" | "ran away" }

/** Signals that people and batch systems send; they are no failure of a task. */
const fromOutside: ReadonlySet<string> = new Set(["SIGINT", "SIGHUP", "SIGTERM", "SIGUSR1"])

/**
 * Runs one task in a process of its own. Never rejects: the task has failed when its process dies
 * (an abort of V8, a signal, the system's memory killer). The abort of `signal` ends it; the
 * watchdog ends it when it exceeds its seconds.
 */
export const runIsolated = (
  input: WorkerInput,
  { heapBytes, signal, limitSeconds, watchdog }: Isolation,
): Promise<IsolatedResult> => {
  const started = performance.now()
  const child = fork(fileURLToPath(entryUrl("engine/pool/task-process.js")), {
    // Sends typed arrays as they are.
    serialization: "advanced",
    env: { ...process.env, ...secretsEnvironment() },
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
    // A process and its first thread have the same number.
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
    const end = (failure: Pick<IsolatedResult, "fatal"> & { readonly error: ErrorData }): void => {
      signal?.removeEventListener("abort", kill)
      rest()
      const timeMs = Math.round(performance.now() - started)
      resolve(result ?? { outcome: "failed", timeMs, peakBytes: 0, ...failure })
    }
    const { message } = input
    const context = { tile: message.key }
    // It did not start: not the task's fault.
    child.on("error", (error) => end({ error: EngineError.toData(error, context) }))
    child.on("close", (code, ended) => {
      if (runaway) return end(fatal("ran away", ranAway(limitSeconds), context))
      if (ended === null || !fromOutside.has(ended))
        return end(fatal("died", died(ended ?? `exit code ${code}`), context))
      const text = `another program ended its process (${ended}). Run again.`
      // EINTR marks it as worth another try.
      end({ error: { code: "E_RESOURCE", message: text, context, system: "EINTR" } })
    })
    child.send({ ...input, locked: lockedFolders(false) }, () => undefined)
  })
}

const fatal = (how: IsolatedResult["fatal"] & string, message: string, context: ErrorContext) => ({
  error: { code: "E_KERNEL" as const, message, context },
  fatal: how,
})

const died = (how: string): string =>
  `it crashed a process of its own (${how}). Use a smaller --tile-size or more --memory, then maille retry.`

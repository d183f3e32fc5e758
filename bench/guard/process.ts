/** Starts the process of one side and talks with it. */
import { type ChildProcess, fork } from "node:child_process"
import { join } from "node:path"
import { projectRoot } from "../machine.js"

/** What a side is told. */
export type SideRequest = { readonly kind: "pass"; readonly runs: number } | { readonly kind: "end" }

/** What a side answers. */
export type SideReport =
  | {
      readonly kind: "ready"
      /** CPU time of one warm run, ms. */
      readonly runMs: number
      readonly amount: number
      readonly unit: string
      readonly version: string
      readonly inputs?: string
    }
  | { readonly kind: "skipped"; readonly reason: string }
  | { readonly kind: "passed"; readonly cpuMs: number }
  | { readonly kind: "ended"; readonly peakBytes: number; readonly checksum: string }

/** A running side. */
export interface Side {
  readonly pid: number
  /** Its first report; rejects when the process ends without one. */
  readonly ready: Promise<SideReport>
  /**
   * Sends a request and gives the report that follows it; rejects with the process's last words
   * when it ends instead.
   */
  ask(request: SideRequest): Promise<SideReport>
  stop(): void
}

/**
 * V8 collects garbage and compiles on the main thread: without helpers that start when they like, a
 * run's CPU time repeats within 1 to 3 % instead of 3 to 12 %.
 */
const NODE_FLAGS = ["--single-threaded"]

/**
 * Starts a process for one side. `url`: its benchmark's module. The guard's own `side.js`
 * drives it, whatever the side's age.
 */
export const startSide = (url: string, env: NodeJS.ProcessEnv = {}): Side => {
  const child = fork(join(projectRoot, "dist", "bench", "guard", "side.js"), [url], {
    execArgv: NODE_FLAGS,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  })
  let words = ""
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-4000)
  })
  const next = (): Promise<SideReport> => nextReport(child, () => words)
  const ready = next()
  return {
    pid: child.pid ?? 0,
    ready,
    ask: (request) => {
      const report = next()
      child.send(request, () => undefined)
      return report
    },
    stop: () => void child.kill("SIGKILL"),
  }
}

const nextReport = (child: ChildProcess, words: () => string): Promise<SideReport> =>
  new Promise((resolve, reject) => {
    const onMessage = (report: unknown): void => {
      child.off("close", onClose)
      resolve(report as SideReport)
    }
    const onClose = (code: number | null, signal: string | null): void => {
      child.off("message", onMessage)
      reject(new Error(lastWords(words()) ?? `the process ended (${signal ?? `exit ${code}`})`))
    }
    child.once("message", onMessage).once("close", onClose)
  })

/** The message of the error that ended a process, from its standard error. */
const lastWords = (text: string): string | undefined =>
  /^(?:\w*Error|\w*Exception)(?: \[\w+\])?: .*$/m.exec(text)?.[0] ??
  text.trim().split("\n").at(-1)?.trim().replace(/^$/, "unknown")

/** Runs the engine in a process of its own and restarts it from the journal after a crash. */
import { fork } from "node:child_process"
import { collectLater, compileLater, engineHeap } from "./engine-flags.js"
import { exitCodes } from "./exit-codes.js"
import { counted, say } from "./print.js"

/** How {@link supervise} starts its child and reports. */
export interface SuperviseOptions {
  /** Module that the child runs. */
  readonly script: string
  readonly args: readonly string[]
  /** Node.js flags of the child, in addition to those of this process. */
  readonly execArgv?: readonly string[]
  readonly say: (text: string, level: "warning" | "error") => void
  /** Restarts in a row without a finished task before it gives up; default 4. */
  readonly fruitless?: number
  /** Restarts in all; default 100. */
  readonly most?: number
  /** Time for running tasks after SIGTERM or SIGUSR1; default 20 s. */
  readonly graceMs?: number
}

/**
 * Messages from the engine process: a task ended; the process ends in good order with this exit
 * code.
 */
export type ChildMessage = { readonly type: "task" } | { readonly type: "end"; readonly code: number }
/** Message to the engine process: end at once, or (`drain`) after the running tasks. */
export type ParentMessage = { readonly type: "stop" | "drain" }

/** Environment variable of the supervised engine process: the number of the restart, from 0. */
export const restartVariable = "MAILLE_RESTART"

/**
 * Runs the engine in a child process and restarts it from the journal after a crash. Returns the
 * exit code.
 *
 * A signal, an abort of V8 or the system's memory killer may end the child. (A large allocation in
 * any worker aborts the whole process.) `MAILLE_RESTART=n` marks a restart, and the journal names
 * the tasks that ran.
 *
 * Ctrl-C becomes a message to the child, which ends in good order; a second one kills it. Batch
 * systems send SIGTERM or SIGUSR1 when time runs out. Running tasks then get `graceMs`, and the
 * exit code is 75 where others are left. When this process is killed, the child sees its channel
 * close and ends.
 */
export const supervise = async (options: SuperviseOptions): Promise<number> => {
  const { say, fruitless = 4, most = 100, graceMs = 20_000 } = options
  let inVain = 0
  let stops = 0
  let grace: NodeJS.Timeout | undefined
  let child: ReturnType<typeof startChild> | undefined
  const stop = (): void => {
    stops++
    if (stops === 1) child?.send({ type: "stop" })
    else child?.kill()
  }
  const drain = (): void => {
    if (grace !== undefined) return
    child?.send({ type: "drain" })
    grace = setTimeout(stop, graceMs).unref()
  }
  const stopping = ["SIGINT", "SIGHUP"] as const
  const draining = ["SIGTERM", "SIGUSR1"] as const
  for (const signal of stopping) process.on(signal, stop)
  for (const signal of draining) process.on(signal, drain)
  try {
    for (let restart = 0; ; restart++) {
      child = startChild(options, restart)
      const end = await child.ended
      if (end.orderly !== undefined) return end.orderly
      if (grace !== undefined) return exitCodes.early
      if (stops > 0) return exitCodes.stopped
      inVain = end.tasks > 0 ? 0 : inVain + 1
      if (inVain > fruitless || restart >= most) {
        say(
          `the engine process was ended by ${end.how}, also after ${counted(restart, "restart")}. Try --workers 1, a smaller --memory or a smaller --tile-size.`,
          "error",
        )
        return exitCodes.resources
      }
      say(`the engine process was ended by ${end.how}; it starts again and keeps finished tasks.`, "warning")
    }
  } finally {
    clearTimeout(grace)
    for (const signal of stopping) process.off(signal, stop)
    for (const signal of draining) process.off(signal, drain)
  }
}

/**
 * glibc raises its mmap threshold with each large block that is freed, and then retains blocks of
 * tile size in its heaps. A fixed threshold returns them: 717 → 583 MiB with 4 tiles of 1 km on two
 * workers, 883 → 684 MiB with 20. Other C libraries ignore it.
 */
const mallocLimits = { MALLOC_MMAP_THRESHOLD_: String(256 * 1024) }

interface ChildEnd {
  /** Exit code that the child announced before it ended. */
  readonly orderly?: number
  readonly how: string
  readonly tasks: number
}

const startChild = (
  { script, args, execArgv = [] }: SuperviseOptions,
  restart: number,
): { ended: Promise<ChildEnd>; send(message: ParentMessage): void; kill(): void } => {
  const child = fork(script, args, {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    execArgv: [...process.execArgv, ...collectLater(), ...compileLater(), ...execArgv],
    env: { ...mallocLimits, ...process.env, [restartVariable]: String(restart) },
  })
  let orderly: number | undefined
  let tasks = 0
  child.on("message", (message: ChildMessage) => {
    if (message.type === "task") tasks++
    else orderly = message.code
  })
  const ended = new Promise<ChildEnd>((resolve, reject) => {
    child.on("error", reject)
    // "close" follows the last message; "exit" may precede it.
    child.on("close", (code, signal) => {
      const how = signal === null ? `exit code ${code}` : signal
      // An announced code only counts when the process ended with it.
      resolve({ how, tasks, ...(orderly !== undefined && code === orderly ? { orderly } : {}) })
    })
  })
  return {
    ended,
    send: (message) => {
      if (child.connected) child.send(message)
    },
    kill: () => child.kill("SIGKILL"),
  }
}

/**
 * Runs a command line in a supervised process. `grace`: seconds for running tasks after SIGTERM or
 * SIGUSR1.
 */
export const superviseSelf = async (grace?: number, args = process.argv.slice(2)): Promise<void> => {
  const [, script = ""] = process.argv
  const graceMs = grace === undefined ? {} : { graceMs: 1000 * grace }
  process.exitCode = await supervise({ script, args, execArgv: engineHeap(args), say, ...graceMs })
}

/** Runs the engine in a process of its own and restarts it from the journal after a crash. */
import { fork } from "node:child_process"
import { collectLater, compileLater, engineHeap } from "./engine-flags.js"
import { exitCodes } from "./exit-codes.js"
import { say } from "./print.js"

/** How {@link supervise} starts its child and what it tells. */
export interface SuperviseOptions {
  /** Module that the child runs. */
  readonly script: string
  readonly args: readonly string[]
  /** Flags of Node.js for the child, beside this process's own. */
  readonly execArgv?: readonly string[]
  readonly say: (text: string) => void
  /** Restarts in a row without any task ending before it gives up; default 4. */
  readonly fruitless?: number
  /** Restarts in all; default 100. */
  readonly most?: number
  /** Time that running tasks get after SIGTERM or SIGUSR1 before they are given up; default 20 s. */
  readonly graceMs?: number
}

/** Messages from the engine process: a task ended; it comes to an orderly end with this exit code. */
export type ChildMessage = { readonly type: "task" } | { readonly type: "end"; readonly code: number }
/** Message to the engine process: end cleanly, at once or (`drain`) behind the tasks that run. */
export type ParentMessage = { readonly type: "stop" | "drain" }

/** Environment variable that tells a process it is the supervised engine; its value is the number of the restart, from 0. */
export const restartVariable = "MAILLE_RESTART"

/**
 * Runs the engine in a process of its own and starts it again, from the journal, when it is taken down: by a signal, by an abort
 * of V8 (a large allocation in any worker ends the whole process), by the system's memory killer. The engine learns from
 * `MAILLE_RESTART=n` that it is a restart, and from the journal which tasks were running. Gives the exit code.
 *
 * Ctrl-C becomes a message to the child, which ends cleanly; a second one kills it. SIGTERM and SIGUSR1, with which batch systems tell that the time is
 * running out, let the tasks that run come to their ends for `graceMs`, and give exit code 75 when others are left. When this process is killed the
 * child sees its channel close, and ends.
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
          `maille: the engine was ended by ${end.how} again and again; giving up. Try --workers 1 or a smaller --memory, or a smaller --tile-size.`,
        )
        return exitCodes.resources
      }
      say(`maille: the engine was ended by ${end.how}; starting it again from the journal.`)
    }
  } finally {
    clearTimeout(grace)
    for (const signal of stopping) process.off(signal, stop)
    for (const signal of draining) process.off(signal, drain)
  }
}

/**
 * glibc raises its threshold for own mappings with each large block that is freed, and then keeps blocks of tile size in its heaps: measured on
 * tiles of 1 km, two workers, 717 → 583 MiB for 4 and 883 → 684 MiB for 20. A fixed threshold gives them back. Other C libraries ignore it.
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
    // "close" comes after the last message; "exit" may come before it.
    child.on("close", (code, signal) => {
      const how = signal === null ? `exit code ${code}` : signal
      // An announced code counts only when the process then ended with it.
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

/** Runs a command line, by default this one, in a supervised process; `grace`: seconds that running tasks get after SIGTERM or SIGUSR1. */
export const superviseSelf = async (grace?: number, args = process.argv.slice(2)): Promise<void> => {
  const [, script = ""] = process.argv
  const graceMs = grace === undefined ? {} : { graceMs: 1000 * grace }
  process.exitCode = await supervise({ script, args, execArgv: engineHeap(args), say, ...graceMs })
}

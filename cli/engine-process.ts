/** The engine's side of the channel to its supervisor; the other side is `supervise.ts`. */
import { exitCodes } from "./exit-codes.js"
import { type ChildMessage, type ParentMessage, restartVariable } from "./supervise.js"

export interface EngineProcess {
  /** The supervisor aborts this to end the run at once. */
  readonly signal: AbortSignal
  /** Aborted by SIGTERM, SIGUSR1 or the supervisor: start no further task. */
  readonly drain: AbortSignal
  /** Reports to the supervisor that a task ended, so that a later restart counts as fruitful. */
  taskEnded(): void
}

/** True in a process that {@link supervise} started. */
export const isSupervised = (): boolean => process.env[restartVariable] !== undefined && process.send !== undefined

/**
 * Joins the supervisor.
 *
 * Ctrl-C reaches every process of a terminal. Only the supervisor acts on it, and this process
 * waits for its message. When the supervisor dies, this process ends at once; the journal has all
 * finished tasks.
 */
export const joinSupervisor = (): EngineProcess => {
  const controller = new AbortController()
  const drain = new AbortController()
  process.on("SIGINT", () => undefined)
  process.on("SIGHUP", () => undefined)
  // Batch systems signal every process of a job.
  process.on("SIGTERM", () => drain.abort())
  process.on("SIGUSR1", () => drain.abort())
  process.on("message", (message: ParentMessage) => {
    if (message.type === "stop") controller.abort()
    if (message.type === "drain") drain.abort()
  })
  process.on("disconnect", () => {
    if (!ending) process.exit(exitCodes.stopped)
  })
  return { signal: controller.signal, drain: drain.signal, taskEnded: () => send({ type: "task" }) }
}

let ending = false

const send = (message: ChildMessage, then: () => void = () => undefined): void => {
  if (process.connected) process.send?.(message, undefined, undefined, then)
  else then()
}

/**
 * Announces an orderly end to the supervisor, then exits once the output has left. A pipe takes 64
 * KiB at a time.
 */
export const endSupervised = (code: number): void => {
  ending = true
  send({ type: "end", code }, () => process.stdout.write("", () => process.exit(code)))
}

/** The entry of a process that runs one task. */
import runTask, { type WorkerInput } from "../worker/worker.js"

/**
 * Runs one task, sent as a message, and answers with its result. A crash takes down only this
 * process.
 */
process.once("message", async (input: WorkerInput) => {
  const result = await runTask(input)
  process.send?.(result, undefined, undefined, () => process.exit(0))
})
// Batch systems and terminals signal every process of a run; the engine decides about the task.
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM", "SIGUSR1"] as const) process.on(signal, () => undefined)
// The run is gone: nobody waits for the result.
process.on("disconnect", () => process.exit(1))

/** The entry of a process that runs one task. */
import runTask, { type WorkerInput } from "../worker/worker.js"

/** A process that runs one task, sent as a message, and answers with its result: what takes it down takes nothing else along. */
process.once("message", async (input: WorkerInput) => {
  const result = await runTask(input)
  process.send?.(result, undefined, undefined, () => process.exit(0))
})
// Batch systems and terminals signal every process of a run: what becomes of the task is the engine's to say.
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM", "SIGUSR1"] as const) process.on(signal, () => undefined)
// The run is gone: nobody waits for the result.
process.on("disconnect", () => process.exit(1))

import runTask, { type WorkerInput } from "./worker.js"

/** A process that runs one task, sent as a message, and answers with its result: what takes it down takes nothing else along. */
process.once("message", async (input: WorkerInput) => {
  const result = await runTask(input)
  process.send?.(result, undefined, undefined, () => process.exit(0))
})
// The run is gone: nobody waits for the result.
process.on("disconnect", () => process.exit(1))

/** A process that runs jobs which nothing disturbs, one after the other: for each message `{ id, job }` it answers `{ id, code, text }`. It starts and compiles once; as a process of its own each would cost half as much again. */
import { exitCodeOfError } from "../../dist/cli/exit-codes.js"
import { exitCodeOfRun } from "../../dist/cli/verdict.js"
import { EngineError, resolveJob, runJob } from "../../dist/engine/index.js"

const run = async (input) => {
  try {
    const reasons = []
    const outcomes = runJob(await resolveJob(input))
    for (;;) {
      const { done, value } = await outcomes.next()
      if (done) return { code: exitCodeOfRun(value, { strict: false }), text: reasons.join("; ") }
      if (value.reason !== undefined) reasons.push(value.reason)
    }
  } catch (error) {
    const { code, message, stack = "" } = EngineError.toData(error)
    return { code: exitCodeOfError(code), text: `${message} ${stack}` }
  }
}

process.on("message", ({ id, job }) => {
  run(job).then((told) => process.send({ id, ...told }))
})

/** Starts the supervised engine process for the commands that run tiles. */
import { engineHeap } from "./engine-heap.js"
import { say } from "./print.js"
import { supervise } from "./supervise.js"

/** Runs a command line, by default this one, in a supervised process; `grace`: seconds that running tasks get after SIGTERM or SIGUSR1. */
export const superviseSelf = async (grace?: number, args = process.argv.slice(2)): Promise<void> => {
  const [, script = ""] = process.argv
  const graceMs = grace === undefined ? {} : { graceMs: 1000 * grace }
  process.exitCode = await supervise({ script, args, execArgv: engineHeap(args), say, ...graceMs })
}

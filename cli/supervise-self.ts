import { engineHeap } from "./engine-heap.js"
import { say } from "./print.js"
import { supervise } from "./supervise.js"

/** Runs this same command line in a supervised process; `grace`: seconds that running tasks get after SIGTERM or SIGUSR1. */
export const superviseSelf = async (grace?: number): Promise<void> => {
  const [, script = ""] = process.argv
  const graceMs = grace === undefined ? {} : { graceMs: 1000 * grace }
  const args = process.argv.slice(2)
  process.exitCode = await supervise({ script, args, execArgv: engineHeap(args), say, ...graceMs })
}

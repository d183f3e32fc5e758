/** Starts the tools of this folder: `node dist/bench/main.js COMMAND …`. */
import { runTool } from "./tools.js"

await runTool()

/** `npm run lab -- COMMAND …`: the tools of `bench`, and those of this workspace. */
import { runTool } from "../tools.js"

await runTool({
  peers: ["run maille and other programs on the same work", () => import("./peers/run-peers.js")],
  project: ["estimate the cost of départements or of France", () => import("./projection/run-projection.js")],
  simulate: ["rehearse a national run on a cluster", () => import("./simulate/command.js")],
})

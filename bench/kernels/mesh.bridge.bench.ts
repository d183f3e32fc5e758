import type { Kernel, Points } from "../../engine/kernel.js"
import bridge from "../../kernels/bridge/deck.js"
import mesh from "../../kernels/bridge/model.js"
import { riverBench } from "../site-bench.js"

const kernel = mesh as unknown as Kernel

export default riverBench(
  "mesh.bridge",
  kernel,
  "points/s",
  async ({ cells: [, east], points, run, tile }) => {
    const made = await run(bridge as unknown as Kernel, east)
    const own = { "deck-own": made["deck-own"], "deck-object": new Uint8Array(0), "deck-points": [] }
    return { tile: tile(east), inputs: { ...(await points(kernel, east)), ...own } }
  },
  (inputs) => (inputs["deck-surface-points"] as Points).count,
)

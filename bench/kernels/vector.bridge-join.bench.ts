import type { Kernel } from "../../engine/kernel.js"
import bridge from "../../kernels/bridge/deck.js"
import join from "../../kernels/bridge/deck-join.js"
import { riverBench } from "../site-bench.js"

export default riverBench(
  "vector.bridge-join",
  join,
  "MB/s",
  async ({ cells, run, tile }) => {
    const parts: unknown[] = []
    for (const cell of cells) parts.push((await run(bridge as unknown as Kernel, cell))["deck-part"])
    const [[minX, minY], [, , maxX]] = cells
    return { tile: { ...tile([minX, minY, maxX, minY + maxX - minX]), step: 2 }, inputs: { "deck-part": parts } }
  },
  (inputs) => (inputs["deck-part"] as Uint8Array[]).reduce((sum, part) => sum + part.byteLength, 0) / 1e6,
)

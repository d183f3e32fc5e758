import type { Kernel } from "../../engine/kernel.js"
import water from "../../kernels/water/water.js"
import join from "../../kernels/water/water-join.js"
import { riverBench } from "../site-bench.js"

export default riverBench(
  "vector.water-join",
  join,
  "MB/s",
  async ({ cells, run, tile }) => {
    const parts: unknown[] = []
    for (const cell of cells) parts.push((await run(water as unknown as Kernel, cell))["water-part"])
    const [[minX, minY], [, , maxX]] = cells
    return { tile: { ...tile([minX, minY, maxX, minY + maxX - minX]), step: 2 }, inputs: { "water-part": parts } }
  },
  (inputs) => (inputs["water-part"] as Uint8Array[]).reduce((sum, part) => sum + part.byteLength, 0) / 1e6,
)

import type { Kernel, Points } from "../../engine/kernel.js"
import water from "../../kernels/water/water.js"
import { riverBench } from "../site-bench.js"

const kernel = water as unknown as Kernel

export default riverBench(
  "vector.water",
  kernel,
  "points/s",
  async ({ cells: [, east], points, tile }) => ({ tile: tile(east), inputs: await points(kernel, east) }),
  (inputs) => (inputs["water-surface-points"] as Points).count,
)

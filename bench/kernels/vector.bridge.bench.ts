import type { Kernel, Points } from "../../engine/kernel.js"
import bridge from "../../kernels/bridge/deck.js"
import { riverBench } from "../site-bench.js"

const kernel = bridge as unknown as Kernel

export default riverBench(
  "vector.bridge",
  kernel,
  "points/s",
  async ({ cells: [, east], points, tile }) => ({ tile: tile(east), inputs: await points(kernel, east) }),
  (inputs) => (inputs["deck-ground-points"] as Points).count,
)

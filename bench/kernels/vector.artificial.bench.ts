import { seededRandom } from "../../engine/core/random.js"
import type { Kernel } from "../../engine/kernel.js"
import artificial from "../../kernels/artificial/artificial.js"
import { artificialBench, artificialTile } from "../artificial-bench.js"

export default artificialBench("vector.artificial", artificial as unknown as Kernel, "points/s", () => {
  const random = seededRandom(3)
  const { tile, inputs } = artificialTile(0, random)
  return { tile, inputs, amount: inputs["artificial-points"].count }
})

import { seededRandom } from "../../engine/core/random.js"
import type { Kernel } from "../../engine/kernel.js"
import { createArena } from "../../engine/worker/scratch.js"
import artificial from "../../kernels/artificial/artificial.js"
import join from "../../kernels/artificial/artificial-join.js"
import { artificialBench, artificialTile } from "../artificial-bench.js"

export default artificialBench("vector.artificial-join", join as unknown as Kernel, "MB/s", () => {
  const random = seededRandom(3)
  const options = Object.fromEntries(
    Object.entries(artificial.options).map(([name, option]) => [name, option.default]),
  ) as never
  const made = [0, 1].map((column) => {
    const { tile, inputs } = artificialTile(column, random)
    return { tile, outputs: artificial.run(tile, inputs, options, createArena()) }
  })
  const inputs = {
    "lasting-part": made.map(({ outputs }) => outputs["lasting-part"]),
    "built-part": made.map(({ outputs }) => outputs["built-part"]),
  }
  const bytes = Object.values(inputs)
    .flat()
    .reduce((sum, blob) => sum + blob.byteLength, 0)
  return { tile: made[0]!.tile, inputs, amount: bytes / 1e6 }
})

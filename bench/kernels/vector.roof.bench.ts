import { createArena } from "../../engine/worker/scratch.js"
import building from "../../kernels/building/model.js"
import roof from "../../kernels/building/roof.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { villageOf } from "../village.js"

const bench: Benchmark = {
  name: "vector.roof",
  unit: "planes/s",
  setup: async () => {
    const { tile, inputs } = villageOf()
    const arena = createArena()
    const raised = {
      detail: building.options.detail.default,
      simplicity: building.options.simplicity.default,
      bodyPoints: building.options.bodyPoints.default,
      recessPoints: building.options.recessPoints.default,
    }
    const made = building.run(tile, inputs, raised, arena)
    arena.reset()
    const own = { "roof-sheet": made["roof-sheet"] }
    const options = { flat: roof.options.flat.default }
    let outputs: ReturnType<typeof roof.run> | undefined
    return {
      run: () => {
        outputs = roof.run(tile, own, options, arena)
        arena.reset()
        return outputs["roof-quality"]["roofPlanes"] ?? 0
      },
      checksum: () => checksumOf(outputs),
      inputs: () => checksumOf([own, options]),
    }
  },
}

export default bench

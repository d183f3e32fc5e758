import { createArena } from "../../engine/worker/scratch.js"
import building from "../../kernels/building/model.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { villageOf } from "../village.js"

const bench: Benchmark = {
  name: "mesh.building",
  unit: "buildings/s",
  setup: async () => {
    const { tile, inputs, buildings } = villageOf()
    const options = {
      detail: building.options.detail.default,
      simplicity: building.options.simplicity.default,
      bodyPoints: building.options.bodyPoints.default,
      recessPoints: building.options.recessPoints.default,
    }
    const arena = createArena()
    let outputs: Readonly<Record<string, unknown>> = {}
    return {
      run: () => {
        outputs = building.run(tile, inputs, options, arena)
        arena.reset()
        return buildings
      },
      checksum: () => checksumOf(outputs),
      inputs: () => checksumOf([inputs, options]),
    }
  },
}

export default bench

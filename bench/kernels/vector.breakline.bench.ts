import { createArena } from "../../engine/worker/scratch.js"
import breakline from "../../kernels/building/breakline.js"
import building from "../../kernels/building/model.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { villageOf } from "../village.js"

const bench: Benchmark = {
  name: "vector.breakline",
  unit: "lines/s",
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
    const none = new Uint8Array(0)
    const own = {
      "roof-sheet": made["roof-sheet"],
      "building-own": inputs["building-own"],
      "building-object": none,
      "water-own": none,
      "water-object": none,
    }
    const options = {
      bend: breakline.options.bend.default,
      step: breakline.options.step.default,
      level: breakline.options.level.default,
    }
    let outputs: ReturnType<typeof breakline.run> | undefined
    return {
      run: () => {
        outputs = breakline.run(tile, own, options, arena)
        arena.reset()
        return outputs["breakline-quality"]["breaklines"] ?? 0
      },
      checksum: () => checksumOf(outputs),
      inputs: () => checksumOf([own, options]),
    }
  },
}

export default bench

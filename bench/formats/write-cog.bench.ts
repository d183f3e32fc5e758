import { encodeCog } from "../../engine/formats/raster/cog.js"
import type { Raster } from "../../engine/kernel.js"
import { makeScene } from "../../fixtures/scene.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"

const SIDE = 1000

/** The scene's ground at 0.2 m, one megapixel. */
const groundRaster = (): Raster => {
  const scene = makeScene()
  const data = new Float32Array(SIDE * SIDE)
  for (let i = 0; i < data.length; i++) {
    data[i] = scene.ground(scene.box[0] + ((i % SIDE) + 0.5) * 0.2, scene.box[3] - (Math.floor(i / SIDE) + 0.5) * 0.2)
  }
  return { width: SIDE, height: SIDE, minX: scene.box[0], maxY: scene.box[3], cellSize: 0.2, data }
}

const benchmark: Benchmark = {
  name: "write-cog",
  unit: "Mpx/s",
  setup: async () => {
    const raster = groundRaster()
    let bytes = new Uint8Array(0)
    return {
      run: () => {
        bytes = new Uint8Array(encodeCog(raster, { epsg: 2154, verticalEpsg: 5720, noData: -9999, metadata: {} }))
        return (SIDE * SIDE) / 1e6
      },
      checksum: () => checksumOf(bytes),
    }
  },
}
export default benchmark

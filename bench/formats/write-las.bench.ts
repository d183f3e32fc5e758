import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { scanScene } from "../../fixtures/sample/scan.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"

const benchmark: Benchmark = {
  name: "write-las",
  unit: "points/s",
  setup: async () => {
    const points = scanScene(makeScene())
    let bytes = new Uint8Array(0)
    return {
      run: () => {
        bytes = new Uint8Array(encodeLas(points, { pointFormat: 6, epsg: 2154 }))
        return points.count
      },
      checksum: () => checksumOf(bytes),
    }
  },
}
export default benchmark

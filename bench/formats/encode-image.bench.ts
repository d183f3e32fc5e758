import { encodeImage } from "../../engine/formats/raster/encode-image.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { sceneImage } from "../scene-tiles.js"

const benchmark: Benchmark = {
  name: "encode-image",
  unit: "Mpx/s",
  setup: async () => {
    const scene = makeScene()
    const image = sceneImage(scene, scene.box, 0.2)
    let bytes = new Uint8Array(0)
    return {
      run: () => {
        bytes = new Uint8Array(encodeImage(image, { format: "jpeg", quality: 85 }))
        return (image.width * image.height) / 1e6
      },
      checksum: () => checksumOf(bytes),
    }
  },
}
export default benchmark

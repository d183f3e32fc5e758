import type { Box2 } from "../../engine/core/geometry/box.js"
import { encodeKtx2 } from "../../engine/formats/raster/encode-ktx2.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { sceneImage } from "../scene-tiles.js"

/** Side of the part that is encoded, metres: 256 texels. */
const SIDE = 51.2

const benchmark: Benchmark = {
  name: "encode-ktx2",
  unit: "Mpx/s",
  setup: async () => {
    const scene = makeScene()
    const [west, south] = scene.box
    const box: Box2 = [west, south, west + SIDE, south + SIDE]
    const image = sceneImage(scene, box, 0.2)
    let bytes = new Uint8Array(0)
    return {
      run: async () => {
        bytes = new Uint8Array(await encodeKtx2(image, "uastc"))
        return (image.width * image.height) / 1e6
      },
      checksum: () => checksumOf(bytes),
    }
  },
}
export default benchmark

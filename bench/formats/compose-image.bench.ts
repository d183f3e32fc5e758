import { composeImage } from "../../engine/formats/raster/compose-image.js"
import type { Image } from "../../engine/kernel.js"
import { openImageCatalogue } from "../../engine/spatial/image-catalogue.js"
import { renderOrtho } from "../../fixtures/sample/ortho.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import { encodeGeoTiff } from "../../fixtures/sample/tiff.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { temporaryFile } from "../temporary-file.js"

const benchmark: Benchmark = {
  name: "compose-image",
  unit: "Mpx/s",
  setup: async () => {
    const scene = makeScene()
    const file = await temporaryFile("ortho.tif", encodeGeoTiff(renderOrtho(scene), scene.epsg))
    const { images } = await openImageCatalogue([file.path], { epsg: scene.epsg })
    let image: Image | undefined
    return {
      run: async () => {
        image = await composeImage(images, scene.box, 0.25)
        return ((image?.width ?? 0) * (image?.height ?? 0)) / 1e6
      },
      checksum: () => checksumOf(image),
      close: file.remove,
    }
  },
}
export default benchmark

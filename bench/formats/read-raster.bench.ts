import { encodeCog } from "../../engine/formats/raster/tiff/cog.js"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import type { Raster } from "../../engine/kernel.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { groundRaster } from "../seeded-data.js"
import { temporaryFile } from "../temporary-file.js"

const benchmark: Benchmark = {
  name: "read-raster",
  unit: "Mpx/s",
  setup: async () => {
    const bytes = encodeCog(groundRaster(), { epsg: 2154, verticalEpsg: 5720, noData: -9999, metadata: {} })
    const file = await temporaryFile("dtm.tif", new Uint8Array(bytes))
    let raster: Raster | undefined
    return {
      run: async () => {
        raster = await readRaster(file.path)
        return (raster.width * raster.height) / 1e6
      },
      checksum: () => checksumOf(raster),
      close: file.remove,
    }
  },
}
export default benchmark

import { encodeCog } from "../../engine/formats/raster/tiff/cog.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { groundRaster } from "../seeded-data.js"

const benchmark: Benchmark = {
  name: "write-cog",
  unit: "Mpx/s",
  setup: async () => {
    const raster = groundRaster()
    let bytes = new Uint8Array(0)
    return {
      run: () => {
        bytes = new Uint8Array(encodeCog(raster, { epsg: 2154, verticalEpsg: 5720, noData: -9999, metadata: {} }))
        return (raster.width * raster.height) / 1e6
      },
      checksum: () => checksumOf(bytes),
    }
  },
}
export default benchmark

import { encodeFlatGeobuf, readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import type { Features } from "../../engine/kernel.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { rectangles } from "../seeded-data.js"
import { temporaryFile } from "../temporary-file.js"

const benchmark: Benchmark = {
  name: "read-flatgeobuf",
  unit: "features/s",
  setup: async () => {
    const bytes = encodeFlatGeobuf(rectangles(), { name: "building", epsg: 2154, metadata: {} })
    const file = await temporaryFile("building.fgb", new Uint8Array(bytes))
    let features: Features | undefined
    return {
      run: async () => {
        features = (await readFlatGeobuf(file.path)).features
        return features.ids.length
      },
      checksum: () => checksumOf(features),
      close: file.remove,
    }
  },
}
export default benchmark

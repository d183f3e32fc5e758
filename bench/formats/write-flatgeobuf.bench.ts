import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { rectangles } from "../seeded-data.js"

const benchmark: Benchmark = {
  name: "write-flatgeobuf",
  unit: "features/s",
  setup: async () => {
    const features = rectangles()
    let bytes = new Uint8Array(0)
    return {
      run: () => {
        bytes = new Uint8Array(encodeFlatGeobuf(features, { name: "building", epsg: 2154, metadata: {} }))
        return features.ids.length
      },
      checksum: () => checksumOf(bytes),
    }
  },
}
export default benchmark

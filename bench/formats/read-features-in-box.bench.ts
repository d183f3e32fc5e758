import type { Features } from "../../engine/core/kernel-data.js"
import { readFeaturesInBox } from "../../engine/formats/vector/flatgeobuf/features-in-box.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { rectangles } from "../seeded-data.js"
import { temporaryFile } from "../temporary-file.js"

/** What each tile reads of features that the user gave: a box of 5 km a side among 10. */
const benchmark: Benchmark = {
  name: "read-features-in-box",
  unit: "features/s",
  setup: async () => {
    const bytes = encodeFlatGeobuf(rectangles(), { name: "building", epsg: 2154, metadata: {} })
    const file = await temporaryFile("given.fgb", new Uint8Array(bytes))
    let found: Features | undefined
    return {
      run: async () => {
        found = await readFeaturesInBox(file.path, [840_000, 6_520_000, 845_000, 6_525_000])
        return found.ids.length
      },
      checksum: () => checksumOf(found?.coordinates),
      close: file.remove,
    }
  },
}
export default benchmark

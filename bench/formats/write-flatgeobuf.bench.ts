import { objectId } from "../../engine/core/hash.js"
import { seededRandom } from "../../engine/core/random.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf.js"
import type { Features } from "../../engine/kernel.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"

const COUNT = 5000

/** Seeded rectangles over 10 km with a height each. */
const rectangles = (): Features => {
  const random = seededRandom(1)
  const coordinates = new Float64Array(COUNT * 10)
  const ids: string[] = []
  const heights = new Float64Array(COUNT)
  for (let i = 0; i < COUNT; i++) {
    const [x, y] = [840000 + random() * 10_000, 6520000 + random() * 10_000]
    const [w, d] = [5 + random() * 20, 5 + random() * 15]
    coordinates.set([x, y, x + w, y, x + w, y + d, x, y + d, x, y], i * 10)
    ids.push(objectId("building", x, y))
    heights[i] = 3 + random() * 12
  }
  return {
    geometry: "Polygon",
    dimension: 2,
    coordinates,
    ringEnds: Uint32Array.from({ length: COUNT }, (_, i) => (i + 1) * 5),
    partEnds: Uint32Array.from({ length: COUNT }, (_, i) => i + 1),
    ids,
    columns: { height: { type: "number", values: heights } },
  }
}

const benchmark: Benchmark = {
  name: "write-flatgeobuf",
  unit: "features/s",
  setup: async () => {
    const features = rectangles()
    let bytes = new Uint8Array(0)
    return {
      run: () => {
        bytes = new Uint8Array(encodeFlatGeobuf(features, { name: "building", epsg: 2154, metadata: {} }))
        return COUNT
      },
      checksum: () => checksumOf(bytes),
    }
  },
}
export default benchmark

import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import { openFlatGeobufSearch } from "../../engine/formats/vector/flatgeobuf/search.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { rectangles } from "../seeded-data.js"
import { temporaryFile } from "../temporary-file.js"

/** Every feature through the index, half of them with their geometry: what a map of a whole layer asks for. */
const benchmark: Benchmark = {
  name: "search-flatgeobuf",
  unit: "features/s",
  setup: async () => {
    const bytes = encodeFlatGeobuf(rectangles(), { name: "building", epsg: 2154, metadata: {} })
    const file = await temporaryFile("building.fgb", new Uint8Array(bytes))
    const found: number[] = []
    return {
      run: async () => {
        found.length = 0
        let seen = 0
        const layer = await openFlatGeobufSearch(file.path)
        await layer.search(layer.box ?? [0, 0, 0, 0], {
          box: () => ++seen % 2 === 0,
          feature: (rows) => {
            for (const { rings } of rows) found.push(rings[0]?.[0] ?? 0)
          },
        })
        await layer.close()
        return seen
      },
      checksum: () => checksumOf(Float64Array.from(found)),
      close: file.remove,
    }
  },
}
export default benchmark

import { encodeCitySequence } from "../../engine/formats/cityjson/encode-city.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { cityFacts, gabledHouses } from "../seeded-solids.js"

const benchmark: Benchmark = {
  name: "write-cityjson",
  unit: "buildings/s",
  setup: async () => {
    const solids = gabledHouses()
    let bytes = new Uint8Array(0)
    return {
      run: () => {
        bytes = new Uint8Array(encodeCitySequence([solids], cityFacts))
        return solids.ids.length
      },
      checksum: () => checksumOf(bytes),
    }
  },
}
export default benchmark

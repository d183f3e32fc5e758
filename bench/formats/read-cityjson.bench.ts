import { encodeCitySequence } from "../../engine/formats/cityjson/encode-city.js"
import { readCitySequence } from "../../engine/formats/cityjson/read-city.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { cityFacts, gabledHouses } from "../seeded-solids.js"
import { temporaryFile } from "../temporary-file.js"

const benchmark: Benchmark = {
  name: "read-cityjson",
  unit: "buildings/s",
  setup: async () => {
    const file = await temporaryFile("houses.city.jsonl", encodeCitySequence([gabledHouses()], cityFacts))
    let last: unknown
    return {
      run: async () => {
        let count = 0
        for await (const { feature } of readCitySequence(file.path)) {
          last = feature
          count++
        }
        return count
      },
      checksum: () => checksumOf(last),
      close: file.remove,
    }
  },
}
export default benchmark

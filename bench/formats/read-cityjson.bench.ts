import { encodeCitySequence } from "../../engine/formats/cityjson/encode-city.js"
import { readCitySequence } from "../../engine/formats/cityjson/read-city.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
<<<<<<< HEAD
import { cityFacts, gabledHouses } from "../seeded-solids.js"
=======
import { houses } from "../solid-data.js"
>>>>>>> wip/L
import { temporaryFile } from "../temporary-file.js"

const benchmark: Benchmark = {
  name: "read-cityjson",
<<<<<<< HEAD
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
=======
  unit: "solids/s",
  setup: async () => {
    const bytes = encodeCitySequence([houses()], { epsg: 2154, verticalEpsg: 5720, provenance: {} })
    const file = await temporaryFile("houses.city.jsonl", new Uint8Array(bytes))
    let vertices: number[] = []
    return {
      run: async () => {
        vertices = []
        for await (const { feature } of readCitySequence(file.path)) vertices.push(feature.vertices.length)
        return vertices.length
      },
      checksum: () => checksumOf(Float64Array.from(vertices)),
>>>>>>> wip/L
      close: file.remove,
    }
  },
}
export default benchmark

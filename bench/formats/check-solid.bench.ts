import { checkSolid } from "../../engine/check/solid/check-solid.js"
import type { SolidGeometry } from "../../engine/check/solid/solid-fault.js"
import { encodeCitySequence } from "../../engine/formats/cityjson/encode-city.js"
import { readCitySequence } from "../../engine/formats/cityjson/read-city.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { cityFacts, gabledHouses } from "../seeded-solids.js"
import { temporaryFile } from "../temporary-file.js"

const benchmark: Benchmark = {
  name: "check-solid",
  unit: "buildings/s",
  setup: async () => {
    const file = await temporaryFile("houses.city.jsonl", encodeCitySequence([gabledHouses()], cityFacts))
    const solids: SolidGeometry[] = []
    for await (const { header, feature } of readCitySequence(file.path)) {
      const { scale, translate } = header.transform
      const metres = feature.vertices.flatMap((vertex) => vertex.map((v, k) => v * scale[k]! + translate[k]!))
      for (const { boundaries } of Object.values(feature.CityObjects).flatMap(({ geometry }) => geometry ?? []))
        solids.push({ vertices: Float64Array.from(metres), shells: boundaries })
    }
    await file.remove()
    let volume = 0
    return {
      run: () => {
        volume = 0
        for (const solid of solids) volume += checkSolid(solid).volume
        return solids.length
      },
      checksum: () => checksumOf(volume),
    }
  },
}
export default benchmark

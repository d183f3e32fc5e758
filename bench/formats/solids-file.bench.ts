import type { Solids } from "../../engine/core/kernel-data.js"
import { decodeSolidsFile, encodeSolidsFile } from "../../engine/formats/ports/handed-files.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { gabledHouses } from "../seeded-solids.js"

const benchmark: Benchmark = {
  name: "solids-file",
  unit: "solids/s",
  setup: async () => {
    const solids = gabledHouses()
    let again: Solids | undefined
    return {
      run: () => {
        again = decodeSolidsFile(encodeSolidsFile(solids), "solids")
        return solids.ids.length
      },
      checksum: () => checksumOf(again),
    }
  },
}
export default benchmark

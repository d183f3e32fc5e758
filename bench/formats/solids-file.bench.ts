import type { Solids } from "../../engine/core/kernel-data.js"
import { decodeSolidsFile, encodeSolidsFile } from "../../engine/formats/solids-file.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { houses } from "../solid-data.js"

const benchmark: Benchmark = {
  name: "solids-file",
  unit: "solids/s",
  setup: async () => {
    const solids = houses()
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

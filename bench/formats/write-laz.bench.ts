import { readFileSync } from "node:fs"
import { openLazWriter } from "../../engine/formats/laz/laz-writer.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { sceneRecords } from "../scene-records.js"
import { temporaryFile } from "../temporary-file.js"

const benchmark: Benchmark = {
  name: "write-laz",
  unit: "points/s",
  setup: async () => {
    const { spec, records, count } = await sceneRecords()
    const { path, remove } = await temporaryFile("scene.laz", new Uint8Array(0))
    return {
      run: async () => {
        const writer = await openLazWriter(path, spec)
        await writer.write(records, count)
        return (await writer.finish()).points
      },
      checksum: () => checksumOf(readFileSync(path)),
      close: remove,
    }
  },
}
export default benchmark

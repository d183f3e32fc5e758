import { readFileSync } from "node:fs"
import { dirname } from "node:path"
import { writeCopc } from "../../engine/formats/copc/copc-writer.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { sceneRecords } from "../scene-records.js"
import { temporaryFile } from "../temporary-file.js"

const benchmark: Benchmark = {
  name: "write-copc",
  unit: "points/s",
  setup: async () => {
    const { spec, records, count, box } = await sceneRecords()
    const { path, remove } = await temporaryFile("scene.copc.laz", new Uint8Array(0))
    const input = {
      spec,
      count,
      box,
      async *records() {
        yield { bytes: records, count }
      },
    }
    return {
      run: async () => {
        return (await writeCopc(input, path, { temporaryFolder: dirname(path) })).points
      },
      checksum: () => checksumOf(readFileSync(path)),
      close: remove,
    }
  },
}
export default benchmark

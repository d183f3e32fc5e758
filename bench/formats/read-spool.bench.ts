import { openSpool } from "../../engine/formats/buckets/bucket-file.js"
import { writeSpool } from "../../engine/formats/buckets/write-buckets.js"
import { openPointFile } from "../../engine/formats/las/point-file.js"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { scanScene } from "../../fixtures/sample/scan.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { temporaryFile } from "../temporary-file.js"

const benchmark: Benchmark = {
  name: "read-spool",
  unit: "points/s",
  setup: async () => {
    const source = await temporaryFile("scene.las", encodeLas(scanScene(makeScene()), { pointFormat: 6, epsg: 2154 }))
    const file = await openPointFile(source.path)
    const path = `${source.path}.spool`
    await writeSpool(file, path)
    const { box } = file.info
    await file.close()
    const spool = await openSpool(path)
    let sum = 0
    return {
      run: async () => {
        sum = 0
        let count = 0
        for await (const chunk of spool.read({ origin: [box[0], box[1], 0] })) {
          count += chunk.count
          for (let i = 0; i < chunk.count; i++) sum = (sum + (chunk.x[i] ?? 0) + 31 * (chunk.z[i] ?? 0)) | 0
        }
        return count
      },
      checksum: () => checksumOf([spool.count, sum]),
      close: async () => {
        await spool.close()
        await source.remove()
      },
    }
  },
}
export default benchmark

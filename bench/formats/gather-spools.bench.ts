import { openSpool } from "../../engine/formats/buckets/bucket-file.js"
import { gatherSpools } from "../../engine/formats/buckets/gather-buckets.js"
import { writeSpool } from "../../engine/formats/buckets/write-buckets.js"
import { openPointFile } from "../../engine/formats/las/point-file.js"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { scanScene } from "../../fixtures/sample/scan.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { temporaryFile } from "../temporary-file.js"

const benchmark: Benchmark = {
  name: "gather-spools",
  unit: "points/s",
  setup: async () => {
    const source = await temporaryFile("scene.las", encodeLas(scanScene(makeScene()), { pointFormat: 6, epsg: 2154 }))
    const file = await openPointFile(source.path)
    const path = `${source.path}.spool`
    await writeSpool(file, path)
    const { box } = file.info
    await file.close()
    const spool = await openSpool(path)
    const query = { extent: box, origin: [box[0], box[1], 0], cell: box, attributes: [], classes: undefined } as const
    let sum = 0
    return {
      run: async () => {
        const { points, count } = await gatherSpools([spool], query)
        const { x, z, classification } = points
        sum = 0
        for (let i = 0; i < points.count; i++)
          sum = (Math.imul(sum, 31) + x[i]! + 31 * z[i]! + 7 * classification[i]!) | 0
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

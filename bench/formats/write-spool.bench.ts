import { readFileSync } from "node:fs"
import { writeSpool } from "../../engine/formats/buckets/write-buckets.js"
import { openPointFile } from "../../engine/formats/las/point-file.js"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { scanScene } from "../../fixtures/sample/scan.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { temporaryFile } from "../temporary-file.js"

const benchmark: Benchmark = {
  name: "write-spool",
  unit: "points/s",
  setup: async () => {
    const source = await temporaryFile("scene.las", encodeLas(scanScene(makeScene()), { pointFormat: 6, epsg: 2154 }))
    const file = await openPointFile(source.path)
    const path = `${source.path}.spool`
    return {
      run: async () => (await writeSpool(file, path)).points,
      checksum: () => checksumOf(readFileSync(path)),
      close: async () => {
        await file.close()
        await source.remove()
      },
    }
  },
}
export default benchmark

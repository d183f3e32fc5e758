import { readFileSync } from "node:fs"
import { mkdir, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { encodeFlatGeobuf } from "../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import { openLayerStream } from "../engine/formats/vector/flatgeobuf/layer-stream.js"
import type { WriteFormat } from "../engine/formats/vector/write-format.js"
import type { Benchmark } from "./bench.js"
import { checksumOf } from "./checksum.js"
import { rectangles } from "./seeded-data.js"
import { temporaryFile } from "./temporary-file.js"

/** Seeded rectangles from a FlatGeobuf file into another format. `obstacle` tells why it cannot be written here. */
export const writeFormatBench = (
  name: string,
  write: WriteFormat,
  obstacle: () => Promise<string | undefined> = async () => undefined,
): Benchmark => ({
  name,
  unit: "features/s",
  setup: async () => {
    const reason = await obstacle()
    if (reason !== undefined) return reason
    const bytes = encodeFlatGeobuf(rectangles(), { name: "building", epsg: 2154, metadata: {} })
    const file = await temporaryFile("building.fgb", new Uint8Array(bytes))
    const out = join(dirname(file.path), "out")
    const temporaryFolder = join(dirname(file.path), "tmp")
    await mkdir(temporaryFolder)
    const layer = await openLayerStream(file.path)
    return {
      run: async () => {
        await rm(out, { force: true })
        const options = {
          keepCrs: false,
          zooms: [8, 16],
          date: "2023-04-05",
          software: "maille",
          temporaryFolder,
        } as const
        const [written] = await write([layer], out, options)
        return written?.features ?? 0
      },
      checksum: () => checksumOf(new Uint8Array(readFileSync(out))),
      close: async () => {
        await layer.close()
        await file.remove()
      },
    }
  },
})

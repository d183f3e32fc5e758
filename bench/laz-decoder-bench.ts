import type { LazDecoder } from "../engine/formats/laz/wasm/chunk.js"
import type { Benchmark } from "./bench.js"
import { checksumOf } from "./checksum.js"
import { layersOf, readLazFile } from "./laz-file.js"
import { realFile } from "./real-data.js"

/** The benchmark of a decoder of LAZ layers, every layer of chunks in memory. */
export const lazDecoderBench = (name: string, create: () => LazDecoder | Promise<LazDecoder>): Benchmark => ({
  name,
  unit: "points/s",
  setup: async () => {
    const found = realFile("bench/t02.laz")
    if (typeof found === "string") return found
    const { header, chunks } = await readLazFile(found.path)
    const decoder = await create()
    const request = layersOf(header, true)
    let sums: number[] = []
    return {
      run: () => {
        sums = []
        for (const { count, bytes } of chunks) {
          const { x, y, z, gpsTime, intensity } = decoder.decode(bytes, { ...request, count })
          for (const column of [x, y, z, gpsTime, intensity]) sums.push(column?.[count - 1] ?? Number.NaN)
        }
        return header.count
      },
      checksum: () => checksumOf(sums),
    }
  },
})

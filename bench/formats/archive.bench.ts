import { crc32 } from "node:zlib"
import { openArchive } from "../../engine/io/archive/open-archive.js"
import { encodeTilesIndex, tilesIndexName } from "../../engine/io/archive/tiles-index.js"
import { encodeDirectory, encodeLocalHeader, localHeaderBytes } from "../../engine/io/archive/zip-format.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { temporaryFile } from "../temporary-file.js"

/** Contents of a large shard. */
const FILES = 20_000

/** Index and directory of a 3D Tiles archive, made and read, and each hundredth file found in it. */
const benchmark: Benchmark = {
  name: "archive",
  unit: "files/s",
  setup: async () => {
    let at = 0
    const entries = Array.from({ length: FILES }, (_, i) => {
      const path = `tiles/19/${15_000 + (i % 200)}/${125_000 + i}.glb`
      const entry = { path, at: at + localHeaderBytes(path), sizeBytes: 8, crc32: i }
      at = entry.at + entry.sizeBytes
      return entry
    })
    const encode = (): Uint8Array => {
      const index = encodeTilesIndex(entries)
      const last = { path: tilesIndexName, sizeBytes: index.length, crc32: crc32(index) }
      const header = encodeLocalHeader(last)
      const place = at + header.length
      return Buffer.concat([header, index, encodeDirectory([...entries, { ...last, at: place }], place + index.length)])
    }
    const files = entries.flatMap((entry) => [encodeLocalHeader(entry), new Uint8Array(entry.sizeBytes)])
    const { path, remove } = await temporaryFile("bench.3tz", Buffer.concat([...files, encode()]))
    let found: unknown[] = []
    let end = new Uint8Array(0)
    return {
      run: async () => {
        end = new Uint8Array(encode())
        const archive = await openArchive(path)
        found = []
        for (let i = 0; i < FILES; i += 100) found.push(await archive.find(entries[i]!.path))
        return FILES
      },
      checksum: () => checksumOf([end, found]),
      close: remove,
    }
  },
}
export default benchmark

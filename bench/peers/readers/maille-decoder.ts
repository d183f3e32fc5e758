import type { LazDecoder } from "../../../engine/formats/laz/wasm/chunk.js"
import { createLazDecoder } from "../../../engine/formats/laz/wasm/decoder.js"
import { layersOf, readLazFile } from "../../laz-file.js"
import type { Reader } from "../peer.js"
import { outputOf } from "./output.js"

/** maille's decoder in WebAssembly over chunks in memory. */
export const openWasm = async (path: string, everything: boolean): Promise<Reader> =>
  readerOf(await createLazDecoder(), path, everything)

const readerOf = async (decoder: LazDecoder, path: string, everything: boolean): Promise<Reader> => {
  const { header, chunks } = await readLazFile(path)
  const request = layersOf(header, everything)
  const output = outputOf(header.count)
  return {
    pass: () => {
      let done = 0
      for (const { count, bytes } of chunks) {
        const { x, y, z, classification, returns } = decoder.decode(bytes, { ...request, count })
        if (z === undefined || classification === undefined) throw new Error("the decoder left out a column")
        output.x.set(x, done)
        output.y.set(y, done)
        output.z.set(z, done)
        output.classification.set(classification, done)
        for (let i = 0; i < count; i++) output.returnNumber[done + i] = (returns[i] ?? 0) & 15
        done += count
      }
      return done
    },
    columns: () => output,
  }
}

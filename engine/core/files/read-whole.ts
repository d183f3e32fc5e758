/** Reads a whole file as one text, and refuses files that are too large for that. */
import { EngineError } from "../../errors.js"
import { MAX_TEXT_BYTES } from "../bounds.js"
import { withFile } from "./with-file.js"

/**
 * Reads all bytes of a file; of a pipe or device, up to the bound.
 *
 * @throws EngineError E_FORMAT above the bound, for files before they are read; errors of the
 * system
 */
export const readWhole = (path: string): Promise<Uint8Array> =>
  withFile(path, "r", async (handle) => {
    const facts = await handle.stat()
    if (facts.size > MAX_TEXT_BYTES) throw tooLong(path, `${(facts.size / 2 ** 20).toFixed(0)} MiB`)
    if (facts.isFile() || facts.isDirectory()) return await handle.readFile()
    const pieces: Uint8Array[] = []
    let size = 0
    for await (const piece of handle.createReadStream({ autoClose: false })) {
      pieces.push(piece as Uint8Array)
      size += (piece as Uint8Array).length
      if (size > MAX_TEXT_BYTES) throw tooLong(path, "endless")
    }
    return Buffer.concat(pieces)
  })

const tooLong = (file: string, found: string): EngineError => {
  const remedy = "Split it, or give features as FlatGeobuf."
  const text = `${file}: too large (${found}); text files are read up to ${MAX_TEXT_BYTES / 2 ** 20} MiB. ${remedy}`
  return new EngineError("E_FORMAT", text, { file })
}

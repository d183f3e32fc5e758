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
    if (facts.size > MAX_TEXT_BYTES) throw tooLong(path, `has ${facts.size} bytes`)
    if (facts.isFile() || facts.isDirectory()) return await handle.readFile()
    const pieces: Uint8Array[] = []
    let size = 0
    for await (const piece of handle.createReadStream({ autoClose: false })) {
      pieces.push(piece as Uint8Array)
      size += (piece as Uint8Array).length
      if (size > MAX_TEXT_BYTES) throw tooLong(path, "has no end")
    }
    return Buffer.concat(pieces)
  })

const tooLong = (file: string, found: string): EngineError => {
  const remedy = "Cut it into smaller files; features may be given as FlatGeobuf."
  return new EngineError("E_FORMAT", `${file}: ${found}, at most ${MAX_TEXT_BYTES} are read as one text. ${remedy}`, {
    file,
  })
}

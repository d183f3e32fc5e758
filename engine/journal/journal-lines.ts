/** Reads the lines of a journal in batches, since it may be longer than a string. */
import { open } from "node:fs/promises"

/** Bytes that are read at one time. */
const chunkBytes = 1 << 20

/**
 * The lines of a journal, those of a piece of the file at a time: of a country it is longer than a string may be (512 MB), and a step a line would take longer than what is done with it. A last line without its end was cut by a kill: it
 * comes with `torn` alone. A file that is not there holds none. Throws what reading throws.
 */
export async function* lineBatches(path: string, { torn = false } = {}): AsyncGenerator<readonly string[]> {
  const handle = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error
    return undefined
  })
  if (handle === undefined) return
  try {
    const chunk = Buffer.alloc(chunkBytes)
    // Pieces of a line that is longer than a chunk.
    let held: Buffer[] = []
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunkBytes)
      if (bytesRead === 0) break
      const end = chunk.subarray(0, bytesRead).lastIndexOf(10)
      if (end < 0) {
        held.push(Buffer.from(chunk.subarray(0, bytesRead)))
        continue
      }
      const whole = Buffer.concat([...held, chunk.subarray(0, end)]).toString("utf8")
      held = [Buffer.from(chunk.subarray(end + 1, bytesRead))]
      yield whole.split("\n")
    }
    const rest = Buffer.concat(held).toString("utf8")
    if (torn && rest !== "") yield [rest]
  } finally {
    await handle.close()
  }
}

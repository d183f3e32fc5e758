/** Reads files that may be longer than a string: lines in batches, or the elements of a list. */
import { open } from "node:fs/promises"

/** Bytes read at once. */
const chunkBytes = 1 << 20

/**
 * Yields the lines of a long file in batches, one batch a chunk. The journal of a country exceeds
 * the longest string (512 MB), and yielding each line would cost more than processing it. A missing
 * file yields nothing. Throws read errors.
 *
 * @param torn also yield a last line without line end, which a kill cut
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
    let pieces: Buffer[] = []
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunkBytes)
      if (bytesRead === 0) break
      const end = chunk.subarray(0, bytesRead).lastIndexOf(10)
      if (end < 0) {
        pieces.push(Buffer.from(chunk.subarray(0, bytesRead)))
        continue
      }
      const whole = Buffer.concat([...pieces, chunk.subarray(0, end)]).toString("utf8")
      pieces = [Buffer.from(chunk.subarray(end + 1, bytesRead))]
      yield whole.split("\n")
    }
    const rest = Buffer.concat(pieces).toString("utf8")
    if (torn && rest !== "") yield [rest]
  } finally {
    await handle.close()
  }
}

/**
 * Yields the elements of the list in field `name` of an indented file that `jsonPieces` wrote.
 * The file may be longer than a string.
 *
 * @throws SyntaxError for an element that is not JSON, and for a file without the whole list: it
 *   was cut, or another program rewrote it; errors of reading
 */
export async function* jsonElements(path: string, name: string): AsyncGenerator<unknown> {
  const opening = ` ${JSON.stringify(name)}: [`
  let [inList, isFound, element] = [false, false, ""]
  for await (const lines of lineBatches(path)) {
    for (const line of lines) {
      if (/^ \S/.test(line)) {
        inList = line === opening
        isFound ||= line.startsWith(opening)
      } else if (inList) element += line
      // The line of its closing bracket ends an element.
      if (element === "" || !/^ {2}\S/.test(line) || line === "  {" || line === "  [") continue
      yield JSON.parse(element.replace(/,$/, ""))
      element = ""
    }
  }
  if (!isFound || inList || element !== "")
    throw new SyntaxError(`the list ${JSON.stringify(name)} is missing or incomplete`)
}

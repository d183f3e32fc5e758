/** Reads files that may be longer than a string: their lines in batches, the elements of a list. */
import { open } from "node:fs/promises"

/** Bytes that are read at one time. */
const chunkBytes = 1 << 20

/**
 * The lines of a journal or another long file, those of a piece of the file at a time: of a country it is longer than a string may be (512 MB), and a step a line would take longer than what is done with it. A last line without its end was cut by a kill: it
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

/**
 * The elements of the list in the field `name` of a file that `jsonPieces` wrote with indentation,
 * one at a time: the file may be longer than a string.
 *
 * @throws SyntaxError for an element that is no JSON, and for a file without such a list: other
 *   programs may have written it anew; and what reading throws
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
      // An element ends with the line of its last bracket.
      if (element === "" || !/^ {2}\S/.test(line) || line === "  {" || line === "  [") continue
      yield JSON.parse(element.replace(/,$/, ""))
      element = ""
    }
  }
  if (!isFound) throw new SyntaxError(`no list ${JSON.stringify(name)}`)
}

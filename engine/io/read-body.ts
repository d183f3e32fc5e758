/** Reads the body of an HTTP answer up to a bound, since a faulty server may never end it. */
import { EngineError } from "../errors.js"
import { type Alive, DOWNLOAD } from "./http.js"

/**
 * The body of an answer, a chunk of the network at a time, at most `most` bytes.
 *
 * @throws EngineError E_INPUT when more arrive; the rest is not read
 */
export async function* readChunks(
  url: string,
  response: Response,
  most: number,
  alive: Alive,
): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const bytes of response.body ?? []) {
    alive(bytes.length)
    size += bytes.length
    if (size > most) {
      const text = `${url}: the answer is longer than the ${most} bytes expected. The server is faulty: ${DOWNLOAD}.`
      throw new EngineError("E_INPUT", text, { file: url })
    }
    yield bytes
  }
}

/** The body of an answer as a text. Throws as {@link readChunks}. */
export const textOfBody = async (url: string, response: Response, most: number, alive: Alive): Promise<string> => {
  const parts: Uint8Array[] = []
  for await (const bytes of readChunks(url, response, most, alive)) parts.push(bytes)
  return Buffer.concat(parts).toString("utf8")
}

/** Splits a GeoJSON collection of any length into its features, one at a time. */
import { createReadStream } from "node:fs"
import { EngineError } from "../../errors.js"

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [34, 92, 123, 125, 91, 93]

/** Longest text beside the list of features. */
const mostBeside = 1 << 20

/**
 * Reads the features of a GeoJSON collection one by one, of files of any length. What stands beside the list of features is the generator's return value: the
 * collection with an empty list.
 *
 * UTF-8 keeps the bytes of JSON's own signs for them alone, so that bytes are looked at, not characters. Memory: one feature and one chunk of the file.
 * Throws E_INPUT for a file that cannot be read, E_FORMAT where there is no whole list of features.
 */
export async function* streamFeatures(path: string): AsyncGenerator<string, string> {
  const splitter = new Splitter(path)
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) yield* splitter.take(chunk as Buffer)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError("E_INPUT", `--tile-index: ${path} cannot be read (${why})`, { file: path }, cause)
  }
  return splitter.end()
}

class Splitter {
  readonly #path: string
  /** Bytes of the feature under way, from chunks before this one. */
  #held: Buffer[] = []
  /** Text beside the list of features. */
  #beside = ""
  #depth = 0
  #inText = false
  #escaped = false
  #list: "before" | "in" | "after" = "before"

  constructor(path: string) {
    this.#path = path
  }

  *take(chunk: Buffer): Generator<string> {
    // Where the feature or the text beside the list begins in this chunk.
    let from = 0
    for (let i = this.#endOfText(chunk); i < chunk.length; i++) {
      const byte = chunk[i]
      if (byte === QUOTE) {
        this.#inText = true
        i = this.#endOfText(chunk, i + 1) - 1
      } else if (byte === OPEN || byte === OPEN_LIST) {
        if (this.#list === "in" && this.#depth === 2 && byte === OPEN) {
          from = i
        } else if (this.#list === "before" && this.#depth === 1 && byte === OPEN_LIST && this.#isList(chunk, from, i)) {
          this.#list = "in"
        }
        this.#depth++
      } else if (byte === CLOSE || byte === CLOSE_LIST) {
        this.#depth--
        if (this.#list !== "in") continue
        if (this.#depth === 2 && byte === CLOSE) yield this.#feature(chunk, from, i + 1)
        if (this.#depth === 1) {
          this.#list = "after"
          from = i
        }
      }
    }
    this.#keep(chunk, from)
  }

  /** Index behind the string that is under way at `from`; `from` where none is. */
  #endOfText(chunk: Buffer, from = 0): number {
    if (!this.#inText) return from
    let escaped = this.#escaped
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i]
      if (escaped) escaped = false
      else if (byte === BACKSLASH) escaped = true
      else if (byte === QUOTE) {
        this.#inText = false
        this.#escaped = false
        return i + 1
      }
    }
    this.#escaped = escaped
    return chunk.length
  }

  /** True where the list that opens here is that of the features; takes what stands before it. */
  #isList(chunk: Buffer, from: number, at: number): boolean {
    const before = this.#beside + chunk.toString("utf8", from, at)
    if (!/"features"\s*:\s*$/.test(before)) return false
    this.#beside = `${before}[`
    return true
  }

  #feature(chunk: Buffer, from: number, end: number): string {
    const last = chunk.subarray(this.#held.length > 0 ? 0 : from, end)
    const bytes = this.#held.length > 0 ? Buffer.concat([...this.#held, last]) : last
    this.#held = []
    return bytes.toString("utf8")
  }

  #keep(chunk: Buffer, from: number): void {
    if (this.#list !== "in") {
      if (this.#beside.length < mostBeside) this.#beside += chunk.toString("utf8", from)
    } else if (this.#depth > 2) {
      this.#held.push(Buffer.from(this.#held.length > 0 ? chunk : chunk.subarray(from)))
    }
  }

  end(): string {
    if (this.#list === "after") return this.#beside
    const fail = (what: string): EngineError =>
      new EngineError("E_FORMAT", `${this.#path}: ${what}`, { file: this.#path })
    if (isPage(this.#beside)) throw refusedByServer(this.#path, this.#beside)
    throw fail(
      this.#list === "in"
        ? "the list of features does not end: the file is cut"
        : "no list of features; expected a FeatureCollection, the answer of a WFS",
    )
  }
}

/** True for the text of a page, as servers send it instead of GeoJSON. */
export const isPage = (text: string): boolean => /^\s*</.test(text)

/** The fault of a file that holds a page, with what the page says. */
export const refusedByServer = (path: string, page: string): EngineError => {
  const said = page
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 160)
  const what = `a page and no GeoJSON: the server refused the request ("${said}")`
  return new EngineError("E_FORMAT", `${path}: ${what}. Ask for OUTPUTFORMAT=application/json.`, { file: path })
}

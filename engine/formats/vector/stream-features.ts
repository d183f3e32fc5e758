/** Splits a GeoJSON collection of any length into its features, one at a time. */
import { createReadStream } from "node:fs"
import { damaged, EngineError, unreadable } from "../../errors.js"

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [34, 92, 123, 125, 91, 93]

/** Longest text outside the list of features. */
const mostBeside = 1 << 20

/**
 * Reads the features of a GeoJSON collection of any length one by one. The generator returns the
 * text outside the list: the collection with an empty list.
 *
 * Works on bytes: in UTF-8 the bytes of JSON's own characters appear in no other character. Memory:
 * one feature and one chunk of the file.
 *
 * @throws E_INPUT if the file cannot be read, E_FORMAT without a complete list of features
 */
export async function* streamFeatures(path: string): AsyncGenerator<string, string> {
  const splitter = new Splitter(path)
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) yield* splitter.take(chunk as Buffer)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw unreadable(path, cause, "--tile-index")
  }
  return splitter.end()
}

class Splitter {
  readonly #path: string
  /** Bytes of the current feature from earlier chunks. */
  #held: Buffer[] = []
  /** Text outside the list of features. */
  #beside = ""
  #depth = 0
  #inText = false
  #escaped = false
  #list: "before" | "in" | "after" = "before"

  constructor(path: string) {
    this.#path = path
  }

  *take(chunk: Buffer): Generator<string> {
    // Start of the current feature, or of the text outside the list, in this chunk.
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

  /** Index after the string that is open at `from`; `from` if none is. */
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

  /** True if the list that opens here is `features`. Then keeps the text before it. */
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
    if (isPage(this.#beside)) throw refusedByServer(this.#path, this.#beside)
    if (this.#list === "in") throw damaged(this.#path, "its list of features has no end (cut short)")
    const text = `${this.#path}: no list of features; expected a FeatureCollection of a WFS. Check the file.`
    throw new EngineError("E_FORMAT", text, { file: this.#path })
  }
}

/** True for the text of a web page, which servers send instead of GeoJSON. */
export const isPage = (text: string): boolean => /^\s*</.test(text)

/** The error for a web page instead of GeoJSON, with an extract of its text. */
export const refusedByServer = (path: string, page: string): EngineError => {
  const said = page
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 160)
  const what = `a web page, not GeoJSON: the server refused the request ("${said}")`
  return new EngineError("E_FORMAT", `${path}: ${what}. Request it with OUTPUTFORMAT=application/json.`, { file: path })
}

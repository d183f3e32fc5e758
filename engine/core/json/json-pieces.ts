/**
 * Writes and reads JSON that is longer than a JavaScript string may be (512 MB), one list element
 * at a time.
 */
import { createReadStream } from "node:fs"

/** Letters of a piece, about. */
const pieceLetters = 1 << 18

/**
 * `JSON.stringify(value, undefined, indent)` and an end of line in pieces: a list that is a field of `value` is written element by element, for of a country such a text is longer than a string may be (512 MB). What is given can be gone through again.
 */
export const jsonPieces = (value: object, indent: 0 | 1 = 1): Iterable<string> => ({
  [Symbol.iterator]: () => gather(texts(value, indent)),
})

/** Joins texts to pieces that are worth a write each. */
function* gather(all: Iterable<string>): Generator<string> {
  let piece = ""
  for (const text of all) {
    piece += text
    if (piece.length < pieceLetters) continue
    yield piece
    piece = ""
  }
  yield piece
}

function* texts(value: object, indent: 0 | 1): Generator<string> {
  const [line, colon] = indent === 0 ? ["", ":"] : ["\n", ": "]
  const [one, two] = [line + " ".repeat(indent), line + " ".repeat(2 * indent)]
  let before = `{${one}`
  for (const [name, field] of Object.entries(value)) {
    const list = Array.isArray(field) && field.length > 0
    const text = list ? "[" : indented(field, indent, one)
    if (text === undefined) continue
    yield `${before}${JSON.stringify(name)}${colon}${text}`
    before = `,${one}`
    if (!list) continue
    for (const [index, element] of (field as readonly unknown[]).entries())
      yield `${index === 0 ? "" : ","}${two}${indented(element, indent, two) ?? "null"}`
    yield `${one}]`
  }
  yield before.startsWith("{") ? "{}\n" : `${line}}\n`
}

/** Undefined for what JSON has no text of. No text of JSON holds an end of line but between values. */
const indented = (value: unknown, indent: 0 | 1, line: string): string | undefined => {
  const text = JSON.stringify(value, undefined, indent) as string | undefined
  return indent === 0 ? text : text?.replaceAll("\n", line)
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c]
const isOpening = (byte: number): boolean => byte === 0x7b || byte === 0x5b
const isClosing = (byte: number): boolean => byte === 0x7d || byte === 0x5d

/**
 * The elements, objects or lists, of the list that is the field `name` of the object in a JSON file, one at a time: the file may be longer than a string. None where there is no such list.
 *
 * Throws SyntaxError for an element that is no JSON, and what reading throws.
 */
export async function* jsonElements(path: string, name: string): AsyncGenerator<unknown> {
  const scan = new ElementScan(name)
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
    for (const text of scan.add(chunk as Buffer)) yield JSON.parse(text)
}

/** Finds elements in bytes that come in any cuts. */
class ElementScan {
  readonly #sign: string
  #depth = 0
  #inString = false
  #escaped = false
  /** Of what stands in the outermost object since its last comma: the name of a field, or its scalar. */
  #head: number[] = []
  #inList = false
  /** Bytes of the element that former chunks hold. */
  #held: Buffer[] = []

  constructor(name: string) {
    this.#sign = `${JSON.stringify(name)}:`
  }

  *add(chunk: Buffer): Generator<string> {
    // Where the element begins in this chunk; -1 outside any.
    let from = this.#inList && this.#depth > 2 ? 0 : -1
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      const plain = !this.#inString
      if (plain && isOpening(byte)) {
        if (this.#depth === 1) this.#inList = byte === 0x5b && this.#isNamed()
        if (this.#depth === 2 && this.#inList) from = at
        this.#depth++
        continue
      }
      if (plain && isClosing(byte)) {
        this.#depth--
        if (this.#depth === 2 && from >= 0) {
          yield Buffer.concat([...this.#held, chunk.subarray(from, at + 1)]).toString("utf8")
          this.#held = []
          from = -1
        }
        continue
      }
      if (this.#depth === 1) this.#note(byte)
      this.#string(byte)
    }
    if (from >= 0) this.#held.push(chunk.subarray(from))
  }

  #note(byte: number): void {
    if (byte === comma && !this.#inString) this.#head = []
    else if (this.#inString || byte > 0x20) this.#head.push(byte)
  }

  #isNamed(): boolean {
    return Buffer.from(this.#head).toString("utf8") === this.#sign
  }

  #string(byte: number): void {
    if (this.#escaped) this.#escaped = false
    else if (byte === backslash) this.#escaped = this.#inString
    else if (byte === quote) this.#inString = !this.#inString
  }
}

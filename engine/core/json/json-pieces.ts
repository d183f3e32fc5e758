/**
 * Writes JSON that is longer than a JavaScript string may be (512 MB), one list element
 * at a time.
 */

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

/**
 * Writes JSON that is longer than a JavaScript string may be (512 MB), one list element at a time.
 */

/** Approximate length of a piece, in UTF-16 units. */
const pieceLetters = 1 << 18

/**
 * Yields `JSON.stringify(value, undefined, indent)` and a line end in pieces. The result can be
 * iterated again. A list that is a field of `value` is written one element at a time, since the
 * text for a country is longer than a string may be (512 MB).
 */
export const jsonPieces = (value: object, indent: 0 | 1 = 1): Iterable<string> => ({
  [Symbol.iterator]: () => gather(texts(value, indent)),
})

/** Joins short texts into pieces large enough to write. */
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

/**
 * Returns undefined for values that JSON leaves out. Replacing line ends is safe: JSON has them
 * between values only.
 */
const indented = (value: unknown, indent: 0 | 1, line: string): string | undefined => {
  const text = JSON.stringify(value, undefined, indent) as string | undefined
  return indent === 0 ? text : text?.replaceAll("\n", line)
}

/** Parses untrusted JSON with a bound on its nesting, which keeps recursion over the value safe. */
import { MAX_DEPTH } from "../bounds.js"

/**
 * `JSON.parse` of an untrusted text, with bounded nesting. O(length).
 *
 * @throws SyntaxError for invalid JSON, or nesting deeper than {@link MAX_DEPTH}
 */
export const parseJson = (text: string): unknown => {
  if (isDeep(text)) throw new SyntaxError(`nested more than ${MAX_DEPTH} levels deep`)
  return JSON.parse(text)
}

const [quote, backslash] = [0x22, 0x5c]

const isDeep = (text: string): boolean => {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      at = endOfString(text, at)
      if (at < 0) return false
    }
    // Brackets and braces differ in one bit only, opening and closing alike.
    else if ((code | 0x20) === 0x7b && ++depth > MAX_DEPTH) return true
    else if ((code | 0x20) === 0x7d) depth--
  }
  return false
}

/** Index of the closing quote of the string that begins at `begin`; −1 where it has none. */
const endOfString = (text: string, begin: number): number => {
  let end = text.indexOf('"', begin + 1)
  while (end > 0) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++
    if (escapes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return -1
}

/**
 * Parses JSON from outside with a bound on its nesting, which keeps code that recurses through the
 * value safe.
 */
import { MAX_DEPTH } from "../bounds.js"

/**
 * `JSON.parse` of a text from outside: what goes through the value by recursion is safe from its
 * nesting. O(length).
 *
 * @throws SyntaxError for what is no JSON, or nested deeper than the bound
 */
export const parseJson = (text: string): unknown => {
  if (isDeep(text)) throw new SyntaxError(`nested deeper than ${MAX_DEPTH} levels`)
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
    // An opening bracket or brace, a closing one: they differ from each other in one bit.
    else if ((code | 0x20) === 0x7b && ++depth > MAX_DEPTH) return true
    else if ((code | 0x20) === 0x7d) depth--
  }
  return false
}

/** Where the string that begins here ends; −1 where it does not. */
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

/** Writes commands that a user can paste into a shell, whatever characters they contain. */

/** Control characters, line breaks included. */
const control = /\p{Cc}/u

/**
 * Quotes a word as one argument of a shell, which runs nothing inside it. Control characters are
 * escaped (`$'a\nb'`: bash, zsh, ksh and POSIX.1-2024), which keeps the command on one line.
 */
export const quoteWord = (word: string): string => {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  if (!control.test(word)) return `'${word.replaceAll("'", "'\\''")}'`
  const escaped = word
    .replaceAll(/[\\']/g, "\\$&")
    .replaceAll(/\p{Cc}/gu, (one) =>
      [...Buffer.from(one)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
    )
  return `$'${escaped}'`
}

/** Quotes the words of a command and joins them into one line. */
export const quoteWords = (words: readonly string[]): string => words.map(quoteWord).join(" ")

/**
 * True for a text that does not fit on one line: it contains a line break or another control
 * character.
 */
export const hasControls = (text: string): boolean => control.test(text)

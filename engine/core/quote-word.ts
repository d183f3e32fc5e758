/** Writes commands that a user can paste into a shell, whatever characters their words hold. */

/** Characters that are no text: those of control, line breaks among them. */
const control = /\p{Cc}/u

/**
 * A word as a shell takes it: whatever it holds, one argument and nothing that the shell runs. A
 * word with a line break or
 * another control character is written with escapes (`$'a\nb'`, of bash, zsh, ksh and
 * POSIX.1-2024), so that a command stays
 * one line.
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

/** The words of a command as one line of a shell. */
export const quoteWords = (words: readonly string[]): string => words.map(quoteWord).join(" ")

/**
 * True for a text that cannot stand on a line of its own: with a line break or another control
 * character.
 */
export const hasControls = (text: string): boolean => control.test(text)

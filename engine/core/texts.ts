/** Texts for people: counts, quoted commands, warnings by reason. */
import { basename } from "node:path"

/** 12345678 → "12 345 678". */
export const grouped = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, " ")

/** 1 → "1 tile", 1234 → "1 234 tiles". `many`: a plural that is not `one` and "s". */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`

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

/** Names shown on a line. */
const EXAMPLES = 3

/**
 * One line a cause, in order of first occurrence: its count out of `total`, and three names.
 * Reasons that differ only in numbers or in text in brackets have one cause; the line then has the
 * first.
 *
 * @param what outcome of the files, such as "not used"
 * @param noun the kind of file
 */
export const linesByReason = (
  flag: string,
  what: string,
  files: readonly { readonly path: string; readonly reason: string }[],
  total: number,
  noun = "image",
): string[] => {
  const byCause = new Map<string, { readonly reasons: Set<string>; readonly names: string[] }>()
  for (const { path, reason } of files) {
    const cause = (reason.split(" (", 1)[0] ?? reason).replaceAll(/\d+([.,]\d+)?/g, "#")
    const known = byCause.get(cause) ?? { reasons: new Set(), names: [] }
    known.names.push(basename(path))
    known.reasons.add(reason)
    byCause.set(cause, known)
  }
  return [...byCause.values()].map(({ reasons: [first = "", ...others], names }) => {
    const some = `${names.slice(0, EXAMPLES).join(", ")}${names.length > EXAMPLES ? ", …" : ""}`
    const of = `${grouped(names.length)} of ${counted(total, noun)}`
    return `${flag}: ${of} ${what} (${some}): ${others.length > 0 ? "the first " : ""}${first.replace(/\.$/, "")}.`
  })
}

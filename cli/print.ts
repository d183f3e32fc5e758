/** Output of all commands, without secrets: one JSON document, or lines and tables for people. */
import { jsonPieces } from "../engine/core/json/json-pieces.js"
import { withoutSecrets } from "../engine/without-secrets.js"

/** Prints the JSON document of `--json` on standard output. */
export const printJson = (value: unknown): void => {
  // The summary of a country is longer than the longest string of V8.
  const isLong = typeof value === "object" && value !== null && !Array.isArray(value)
  const pieces = isLong ? jsonPieces(value, 0) : [`${JSON.stringify(value)}\n`]
  for (const piece of pieces) process.stdout.write(withoutSecrets(piece))
}

/**
 * Escapes control characters other than line breaks and tabs, and bidirectional marks (`\\x1b`).
 * File names and texts of servers may contain them, and a terminal obeys them.
 */
export const printable = (text: string): string =>
  text.replaceAll(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (one) => {
    const code = one.charCodeAt(0).toString(16)
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`
  })

/** Prints a message for people on standard error. */
export const say = (text: string): void => {
  process.stderr.write(`${printable(withoutSecrets(text))}\n`)
}

/** Prints a result for people on standard output. */
export const printLine = (text: string): void => {
  process.stdout.write(`${printable(withoutSecrets(text))}\n`)
}

/** Aligns columns by spaces, columns of figures to the right. The first row is the heading. */
export const formatTable = (rows: readonly (readonly (string | number)[])[]): string => {
  const widths: number[] = []
  const right: boolean[] = []
  for (const [index, row] of rows.entries()) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, String(cell).length)
      if (index > 0) right[column] = (right[column] ?? true) && /^[\d .±-]+$/.test(String(cell))
    }
  }
  const line = (row: readonly (string | number)[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return right[column] === true ? String(cell).padStart(width) : String(cell).padEnd(width)
      })
      .join("  ")
      .trimEnd()
  return rows.map(line).join("\n")
}

/** 12345678 → "12 345 678". */
export const grouped = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, " ")

/** A duration for people: "8 s", "3 min 20 s", "2 h 05 min". */
export const formatTime = (timeMs: number): string => {
  const seconds = Math.round(timeMs / 1000)
  if (seconds < 60) return `${timeMs < 10_000 ? (timeMs / 1000).toFixed(1) : seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`
}

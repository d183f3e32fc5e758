/** Output of all commands, without secrets: one JSON document, or lines and tables for people. */
import { styleText } from "node:util"
import { jsonPieces } from "../engine/core/json/json-pieces.js"
import { optionError } from "../engine/core/parse-values.js"
import { withoutSecrets } from "../engine/without-secrets.js"

export { counted, grouped } from "../engine/core/texts.js"

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

/**
 * Kind of a line on standard error.
 * - `fatal`: the error that ends the command; `result`: how it ended; `error`: what failed
 * - `warning`; `info`: an event; `hint`: what to do next; `detail`: what only `--verbose` shows
 */
export type Level = "fatal" | "result" | "error" | "warning" | "info" | "hint" | "detail"

/** Which lines are written, and in which form. */
export interface LogSettings {
  /** `json`: one JSON object a line. */
  readonly form: "text" | "json"
  readonly quiet: boolean
  readonly verbose: boolean
}

/** Flags that all commands take, so none declares them. */
const flags = { quiet: "--quiet", verbose: "--verbose" } as const

let settings: LogSettings = { form: "text", quiet: false, verbose: false }

/**
 * Reads the settings of the log from a command line, and returns it without `--quiet` and
 * `--verbose`.
 * @throws EngineError E_USAGE for both flags
 */
export const configureLog = (args: readonly string[]): readonly string[] => {
  const end = args.includes("--") ? args.indexOf("--") : args.length
  const [own, rest] = [args.slice(0, end), args.slice(end)]
  const [quiet, verbose] = [own.includes(flags.quiet), own.includes(flags.verbose)]
  const isJson = own.some((arg, i) => arg === "--log=json" || (arg === "json" && own[i - 1] === "--log"))
  settings = { form: isJson ? "json" : "text", quiet, verbose }
  if (quiet && verbose) throw optionError(flags.quiet, `given with ${flags.verbose}. Leave one of the two out.`)
  return [...own.filter((arg) => arg !== flags.quiet && arg !== flags.verbose), ...rest]
}

/** The settings of this process. */
export const logSettings = (): LogSettings => settings

/** The flags that give another process the same log. */
export const logFlags = (): string[] => [
  ...(settings.quiet ? [flags.quiet] : []),
  ...(settings.verbose ? [flags.verbose] : []),
]

const isShown = (level: Level, { quiet, verbose }: LogSettings): boolean =>
  level === "fatal" || level === "result" || level === "error" || (level === "detail" ? verbose : !quiet)

/**
 * The lines of a text in the log; undefined where the settings hide them. Events have the local
 * time. Colours only for a terminal, or where `FORCE_COLOR` asks for them.
 */
export const logText = (
  text: string,
  level: Level,
  { form, ...shown }: LogSettings = settings,
  stream: NodeJS.WritableStream = process.stderr,
): string | undefined => {
  if (!isShown(level, { form, ...shown })) return undefined
  const safe = withoutSecrets(text)
  if (form === "json") {
    const kind = jsonLevels[level] ?? level
    return `${JSON.stringify({ at: new Date().toISOString(), type: "message", level: kind, text: safe })}\n`
  }
  const paint = (format: Parameters<typeof styleText>[0], part: string): string => styleText(format, part, { stream })
  const time = level === "fatal" || level === "hint" ? "" : `${paint("dim", clockTime())} `
  const [, head = "", rest = ""] = /^([^:]*:?)(.*)$/s.exec(printable(safe)) ?? []
  if (level === "warning") return `${time}${paint("yellow", "warning:")} ${head}${rest}\n`
  if (level === "result") return `${time}${paint("bold", head)}${rest}\n`
  return `${time}${level === "error" || level === "fatal" ? paint("red", head) : head}${rest}\n`
}

/** Names of levels in JSON lines, where they differ. */
const jsonLevels: Partial<Record<Level, string>> = { fatal: "error", result: "info", hint: "info" }

/** "14:03:07" */
const clockTime = (): string => new Date().toTimeString().slice(0, 8)

/** Writes a message for people on standard error. */
export const say = (text: string, level: Level = "hint"): void => {
  const line = logText(text, level)
  if (line !== undefined) process.stderr.write(line)
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

/** A duration for people: "8 s", "3 min 20 s", "2 h 05 min". */
export const formatTime = (timeMs: number): string => {
  const seconds = Math.round(timeMs / 1000)
  if (seconds < 60) return `${timeMs < 10_000 ? (timeMs / 1000).toFixed(1) : seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`
}

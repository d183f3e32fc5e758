/** The language of help and of the report: `--lang`, then `MAILLE_LANG`, then English. */
import { usageError } from "../engine/core/parse-values.js"

/** Languages of the help and of the report. */
export const languages = ["en", "fr"] as const
export type Language = (typeof languages)[number]

/** Environment variable with the language. `LANG` is not read. */
export const languageVariable = "MAILLE_LANG"

/**
 * Language of a command line.
 * @throws EngineError E_USAGE for another language than {@link languages}
 */
export const readLanguage = (args: readonly string[], env: Readonly<Record<string, string | undefined>>): Language => {
  const { value } = splitLanguage(args)
  if (value !== undefined) return checked("--lang", value)
  const set = env[languageVariable] ?? ""
  return set === "" ? "en" : checked(languageVariable, set)
}

/** The arguments without `--lang` and its value: all commands take it, so none declares it. */
export const withoutLanguage = (args: readonly string[]): readonly string[] => splitLanguage(args).rest

const splitLanguage = (args: readonly string[]): { value?: string; rest: readonly string[] } => {
  const rest: string[] = []
  let value: string | undefined
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ""
    if (arg === "--") return { ...(value === undefined ? {} : { value }), rest: [...rest, ...args.slice(i)] }
    if (arg === "--lang") value = args[++i] ?? ""
    else if (arg.startsWith("--lang=")) value = arg.slice("--lang=".length)
    else rest.push(arg)
  }
  return { ...(value === undefined ? {} : { value }), rest }
}

const checked = (option: string, text: string): Language => {
  const found = languages.find((name) => name === text)
  if (found !== undefined) return found
  throw usageError(option, `"${text}"`, languages.join(" or "), "Leave it out for English.")
}

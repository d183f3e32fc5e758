/** Rewrites the argument parser's errors in the words of maille's own errors. */

/** Forms of the parser's messages, and what they become. */
const forms: readonly (readonly [form: RegExp, rewrite: (...parts: readonly string[]) => string])[] = [
  [
    /^option '(.*?)' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s,
    (option, value, choices) => `${nameOf(option)}: "${value}" is not valid; expected one of ${choices}.`,
  ],
  [
    /^option '(.*?)' argument '(.*)' is invalid\. Expected (.*)$/s,
    (option, value, expected) => `${nameOf(option)}: "${value}" is not valid; expected ${expected}`,
  ],
  [/^required option '(.*?)' not specified$/, (option) => `${nameOf(option)} is missing. Give ${longOf(option)}.`],
  [/^option '(.*?)' argument missing$/, (option) => `${nameOf(option)} needs a value. Give ${longOf(option)}.`],
  [/^missing required argument '(.*?)'$/, (name) => `<${name}> is missing.`],
  [
    /^too many arguments.*?Expected (\d+) arguments? but got (\d+)\.$/,
    (most, count) => `too many arguments: ${count} given; expected ${most}.`,
  ],
  [
    /^unknown (option|command) '(.*?)'\s*(?:\((.*)\))?$/s,
    (kind, name, hint = "") =>
      `unknown ${kind} "${name}". ${hint.replace(/^Did you mean (\S+)\?$/, 'Did you mean "$1"?')}`,
  ],
]

/** `-o, --out <file>` → `--out <file>` */
const longOf = (flags = ""): string => flags.slice(Math.max(0, flags.indexOf("--")))
/** `-o, --out <file>` → `--out` */
const nameOf = (flags?: string): string => longOf(flags).split(" ")[0] ?? ""

/** The parser's error in plain words; other texts as they are. */
export const plainUsage = (message: string): string => {
  const text = message.replace(/^error: /, "").trim()
  for (const [form, rewrite] of forms) {
    const [, ...parts] = form.exec(text) ?? []
    if (parts.length > 0) return rewrite(...parts).trim()
  }
  return text
}

/** What a shell completes: commands, options, and the words that these take. */
import type { Argument, Command, Option } from "commander"
import type { Language } from "../language.js"
import { wordsOf } from "./declare.js"
import { globalRows, optionText, translate } from "./render.js"

/** One command of a shell's completion. */
export interface ShellCommand {
  /** Names below `maille`: "", "run", "submit slurm". */
  readonly path: string
  readonly text: string
  readonly options: readonly ShellOption[]
  /** Words that its arguments take: subcommands or known names; none: files. */
  readonly words: readonly string[]
}

export interface ShellOption {
  /** `--imagery`, `-o`. */
  readonly flags: readonly string[]
  readonly text: string
  readonly takesValue: boolean
  /** Words that its value takes; none: files. */
  readonly words: readonly string[]
}

/** All commands in the order of the help, the program first. */
export const shellCommands = (program: Command, language: Language): ShellCommand[] => {
  const everywhere = globalRows((text) => translate(text, language)).map(([flags, text]) => globalOption(flags, text))
  const describe = (command: Command, path: string): ShellCommand[] => {
    const options = command.options.filter(({ hidden, long }) => !hidden && long !== "--version")
    const own: ShellCommand = {
      path,
      text: translate(command.summary(), language),
      options: [...options.map((option) => shellOption(option, language)), ...everywhere],
      words: [...command.commands.map((one) => one.name()), ...command.registeredArguments.flatMap(namesOf)],
    }
    return [own, ...command.commands.flatMap((one) => describe(one, `${path} ${one.name()}`.trim()))]
  }
  return describe(program, "")
}

const namesOf = (one: Option | Argument): string[] => [...wordsOf(one)]

const shellOption = (option: Option, language: Language): ShellOption => ({
  flags: [option.short, option.long].flatMap((flag) => flag ?? []),
  text: optionText(option, { language, all: false }),
  takesValue: option.required || option.optional,
  words: namesOf(option),
})

const globalOption = (flags: string, text: string): ShellOption => {
  const isLanguage = flags.startsWith("--lang ")
  const names = flags.split(" ")[0] === "--lang" ? ["--lang"] : flags.split(", ")
  return { flags: names, text, takesValue: isLanguage, words: isLanguage ? ["en", "fr"] : [] }
}

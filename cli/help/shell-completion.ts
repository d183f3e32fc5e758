/**
 * What a shell completes, and the scripts that do it. The scripts hold all words: completing starts
 * no process, since Node.js takes longer than a key may.
 */
import type { Argument, Command, Option } from "commander"
import type { Language } from "../language.js"
import { wordsOf } from "./declare.js"
import { globalRows, optionText, translate } from "./render.js"

/** All words of a completion. */
export interface ShellWords {
  /** In the order of the help, the program first. */
  readonly commands: readonly ShellCommand[]
  /** Options of every command. */
  readonly globals: readonly ShellOption[]
}

/** One command of a shell's completion. */
interface ShellCommand {
  /** Names below `maille`: "", "run", "submit slurm". */
  readonly path: string
  readonly text: string
  readonly options: readonly ShellOption[]
  /** Words that its arguments take: subcommands or known names; none: files. */
  readonly words: readonly string[]
}

interface ShellOption {
  /** `--imagery`, `-o`. */
  readonly flags: readonly string[]
  readonly text: string
  readonly takesValue: boolean
  /** Words that its value takes; none: files. */
  readonly words: readonly string[]
}

/** The words of a program. */
export const shellWords = (program: Command, language: Language): ShellWords => {
  const describe = (command: Command, path: string): ShellCommand[] => {
    const options = command.options.filter(({ hidden, long }) => !hidden && long !== "--version")
    const own: ShellCommand = {
      path,
      text: translate(command.summary(), language),
      options: options.map((option) => shellOption(option, language)),
      words: [...command.commands.map((one) => one.name()), ...command.registeredArguments.flatMap(namesOf)],
    }
    return [own, ...command.commands.flatMap((one) => describe(one, `${path} ${one.name()}`.trim()))]
  }
  const rows = globalRows((text) => translate(text, language))
  return { commands: describe(program, ""), globals: rows.map(([flags, text]) => globalOption(flags, text)) }
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

type Script = (commands: readonly ShellCommand[]) => string

/** Cases of one list of words each. Options without known words take files. */
const valueCases = (commands: readonly ShellCommand[]) => {
  const byWords = new Map<string, string[]>()
  for (const { path, options } of commands)
    for (const { flags, takesValue, words } of options) {
      if (!takesValue) continue
      const key = words.join(" ")
      byWords.set(key, [...(byWords.get(key) ?? []), ...flags.map((flag) => `${path} ${flag}`)])
    }
  return [...byWords].map(([key, patterns]) => ({ patterns, words: key === "" ? [] : key.split(" ") }))
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
const patternOf = (patterns: readonly string[]): string => patterns.map((one) => `"${one}"`).join("|")
const flagsOf = (options: readonly ShellOption[]): string[] => options.flatMap(({ flags }) => flags)
const below = (commands: readonly ShellCommand[]): string =>
  patternOf(commands.flatMap(({ path }) => (path === "" ? [] : [path])))

const bash: Script = (commands) => `# maille in bash: source <(maille completion bash)
_maille() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at="" words="" files="" word start=""
  # Bash splits --to=gpkg into three words.
  if [[ $cur == "=" ]]; then cur=""
  elif [[ $prev == "=" ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${at:+$at }$word" in ${below(commands)}) at="\${at:+$at }$word" ;; esac
  done
  case "$at $prev" in
${valueCases(commands)
  .map(
    ({ patterns, words }) =>
      `    ${patternOf(patterns)}) ${words.length === 0 ? "files=1" : `words=${quoted(words.join(" "))}`} ;;`,
  )
  .join("\n")}
    *) if [[ $cur == -* ]]; then
      case "$at" in
${commands.map(({ path, options }) => `        "${path}") words=${quoted(flagsOf(options).join(" "))} ;;`).join("\n")}
      esac
    else
      case "$at" in
${commands
  .filter(({ words }) => words.length > 0)
  .map(({ path, words }) => `        "${path}") words=${quoted(words.join(" "))} ;;`)
  .join("\n")}
        *) files=1 ;;
      esac
    fi ;;
  esac
  if [[ -n $files ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    return
  fi
  # Lists with commas: complete the last name.
  if [[ $cur == *,* ]]; then start=\${cur%,*},; fi
  mapfile -t COMPREPLY < <(compgen -P "$start" -W "$words" -- "\${cur##*,}")
  if [[ \${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
}
complete -F _maille maille
`

const textOfWord = (commands: readonly ShellCommand[], path: string, word: string): string =>
  commands.find((one) => one.path === `${path} ${word}`.trim())?.text ?? ""

const described = (name: string, text: string): string => quoted(text === "" ? name : `${name}:${text}`)

const zsh: Script = (commands) => `#compdef maille
# maille in zsh: source <(maille completion zsh)
_maille() {
  local at="" prev=\${words[CURRENT-1]} word
  local -a found
  if [[ $PREFIX == --*=* ]]; then prev=\${PREFIX%%=*}; compset -P '*='; fi
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${at:+$at }$word" in (${below(commands)}) at="\${at:+$at }$word" ;; esac
  done
  case "$at $prev" in
${valueCases(commands)
  .map(({ patterns, words }) =>
    words.length === 0
      ? `    (${patternOf(patterns)}) _files; return ;;`
      : `    (${patternOf(patterns)}) compset -P '*,'; found=(${words.map(quoted).join(" ")}); compadd -S '' -a found; return ;;`,
  )
  .join("\n")}
  esac
  if [[ $PREFIX == -* ]]; then
    case "$at" in
${commands
  .map(
    ({ path, options }) =>
      `      ("${path}") found=(${options.flatMap(({ flags, text }) => flags.map((flag) => described(flag, text))).join(" ")}) ;;`,
  )
  .join("\n")}
    esac
    _describe option found
    return
  fi
  case "$at" in
${commands
  .filter(({ words }) => words.length > 0)
  .map(({ path, words }) => {
    const found = words.map((word) => described(word, textOfWord(commands, path, word)))
    return `    ("${path}") found=(${found.join(" ")}); _describe maille found ;;`
  })
  .join("\n")}
    (*) _files ;;
  esac
}
compdef _maille maille
`

const fish: Script = (commands) => {
  const lines = commands.flatMap(({ path, options, words }) => {
    const when = `complete -c maille -n ${quoted(`__maille_at ${quoted(path)}`)}`
    return [
      ...words.map((word) => `${when} -f -a ${quoted(word)} -d ${quoted(textOfWord(commands, path, word))}`),
      ...options.map(({ flags, text, takesValue, words: names }) => {
        const parts = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
        const value = !takesValue
          ? ""
          : names.length === 0
            ? " -r -F"
            : ` -x -a ${quoted(`(__maille_list ${names.join(" ")})`)}`
        return `${when} ${parts.join(" ")}${value} -d ${quoted(text)}`
      }),
    ]
  })
  return `# maille in fish: maille completion fish > ~/.config/fish/completions/maille.fish
function __maille_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    switch (string trim "$at $word")
      case ${commands.flatMap(({ path }) => (path === "" ? [] : [quoted(path)])).join(" ")}
        set at (string trim "$at $word")
    end
  end
  test "$at" = "$argv[1]"
end
# Lists with commas: complete the last name.
function __maille_list
  set -l start (commandline -ct | string replace -r '^--[^=]*=' '' | string replace -r '[^,]*$' '')
  printf '%s\n' $start$argv
end
${lines.join("\n")}
`
}

const scripts = { bash, zsh, fish }

/** A shell that has a script. */
export type Shell = keyof typeof scripts

/** The completion script of a shell. */
export const completionScript = (shell: Shell, { commands, globals }: ShellWords): string =>
  scripts[shell](commands.map((one) => ({ ...one, options: [...one.options, ...globals] })))

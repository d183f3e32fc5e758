/**
 * What commands declare for their help besides what commander holds. The first line of a
 * description is the short text of an option; `--help-all` shows the others too.
 */
import type { Argument, Command, Option } from "commander"
import type { Text } from "../../engine/kernel.js"

interface CommandHelp {
  readonly examples: readonly string[]
  /** Options of the short help; absent: all. */
  readonly basics?: ReadonlySet<string>
}

const commands = new WeakMap<Command, CommandHelp>()
const french = new WeakMap<Option | Argument, string>()
const words = new WeakMap<Option | Argument, readonly string[]>()

/** Adds examples: command lines that work, the commonest first. */
export const addExamples = (command: Command, ...examples: readonly string[]): Command => {
  commands.set(command, { ...commands.get(command), examples })
  return command
}

/** Limits the short help of a command to these options (`--name`). */
export const setBasics = (command: Command, names: readonly string[]): Command => {
  commands.set(command, { examples: [], ...commands.get(command), basics: new Set(names) })
  return command
}

/** The examples of a command, and the options of its short help. */
export const helpOf = (command: Command): CommandHelp => commands.get(command) ?? { examples: [] }

/** Sets the text of an option or argument that a table holds in both languages. */
export const describeBy = <T extends Option | Argument>(one: T, text: Text): T => {
  one.description = text.en
  french.set(one, text.fr)
  return one
}

/** French text that {@link describeBy} set. */
export const frenchOf = (one: Option | Argument): string | undefined => french.get(one)

/** Sets the words that shells complete, where commander must not check them. */
export const completeBy = <T extends Option | Argument>(one: T, names: readonly string[]): T => {
  words.set(one, names)
  return one
}

/** The words that an option or argument takes, as far as they are known. */
export const wordsOf = (one: Option | Argument): readonly string[] => one.argChoices ?? words.get(one) ?? []

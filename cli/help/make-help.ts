/** Renders the help of all commands from their declarations: a step of the build. */
import type { Command } from "commander"
import { declareKernels } from "../../engine/job/kernels/declare-kernels.js"
import { declareProgram } from "../command-table.js"
import type { Language } from "../language.js"
import type { MadeHelp } from "./made-help.js"
import { nameOf, renderHelp } from "./render.js"
import { shellCommands } from "./shell-completion.js"

/** Renders the help of all commands in a language. */
export const makeHelp = async (language: Language): Promise<MadeHelp> => {
  const kernels = (await declareKernels()).map(({ kernel }) => kernel)
  const program = await declareProgram(undefined, kernels)
  const pages = withSubcommands(program).map((command): [string, MadeHelp["pages"][string]] => [
    nameOf(command).replace(/^maille ?/, ""),
    { short: renderHelp(command, { language, all: false }), all: renderHelp(command, { language, all: true }) },
  ])
  return { pages: Object.fromEntries(pages), commands: shellCommands(program, language) }
}

/** A command and all below it. */
export const withSubcommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withSubcommands)]

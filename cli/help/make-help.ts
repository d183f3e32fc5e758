/** Renders the help of all commands from their declarations: a step of the build. */
import type { Command } from "commander"
import { declareKernels } from "../../engine/job/kernels/declare-kernels.js"
import { declareProgram } from "../command-table.js"
import type { Language } from "../language.js"
import type { MadeHelp } from "./made-help.js"
import { nameOf, renderGlobals, renderHelp } from "./render.js"
import { shellWords } from "./shell-completion.js"

/** Renders the help of all commands in a language. */
export const makeHelp = async (language: Language): Promise<MadeHelp> => {
  const kernels = (await declareKernels()).map(({ kernel }) => kernel)
  const program = await declareProgram(undefined, kernels)
  const pages = withSubcommands(program).map((command) => {
    const short = renderHelp(command, { language, all: false })
    const all = renderHelp(command, { language, all: true })
    return [nameOf(command).replace(/^maille ?/, ""), { short, ...(all === short ? {} : { all }) }] as const
  })
  return { pages: Object.fromEntries(pages), globals: renderGlobals(language), shell: shellWords(program, language) }
}

/** A command and all below it. */
export const withSubcommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withSubcommands)]

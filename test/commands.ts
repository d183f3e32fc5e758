import type { Command } from "commander"
import { declareProgram } from "../cli/command-table.js"
import type { Kernel } from "../engine/kernel.js"
import { kernelTable } from "../kernels/index.js"

/** The kernels of the table, loaded. */
export const kernels: readonly Kernel[] = await Promise.all(
  Object.values(kernelTable).map(async ({ url }) => ((await import(url)) as { default: Kernel }).default),
)

/** All commands by their full names, in the order of the help. */
export const declaredCommands = async (): Promise<[name: string, command: Command][]> => {
  const program = await declareProgram(undefined, kernels)
  return program.commands.flatMap((command) => leavesOf(command, ""))
}

const leavesOf = (command: Command, before: string): [string, Command][] => {
  const name = before + command.name()
  const inner = command.commands.flatMap((one) => leavesOf(one, `${name} `))
  // A command with arguments of its own does something without its inner commands too.
  return inner.length === 0 || command.registeredArguments.length > 0 ? [[name, command], ...inner] : inner
}

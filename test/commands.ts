import { readFileSync } from "node:fs"
import { Command } from "commander"
import type { Kernel } from "../engine/kernel.js"
import { kernelTable } from "../kernels/index.js"
import { root } from "./source-tree.js"

/** The kernels of the table, loaded. */
export const kernels: readonly Kernel[] = await Promise.all(
  Object.values(kernelTable).map(async ({ url }) => ((await import(url)) as { default: Kernel }).default),
)

/** All commands of the table in cli/main.ts by their full names, in the order of the help. */
export const declaredCommands = async (): Promise<[name: string, command: Command][]> => {
  const program = new Command("maille")
  const table = readFileSync(`${root}cli/main.ts`, "utf8").matchAll(/import\("(\.\/commands\/.+?)"\)\)\.(\w+)/g)
  for (const [, path, name = ""] of table) {
    const module = (await import(`${root}cli/${path}`)) as Record<string, Add>
    module[name]?.(program, kernels)
  }
  return program.commands.flatMap((command) => leavesOf(command, ""))
}

type Add = (program: Command, kernels: readonly Kernel[]) => void

const leavesOf = (command: Command, before: string): [string, Command][] => {
  const name = before + command.name()
  return command.commands.length === 0
    ? [[name, command]]
    : command.commands.flatMap((one) => leavesOf(one, `${name} `))
}

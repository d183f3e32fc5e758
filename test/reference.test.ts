/** The pages of docs/reference that are made of the commands' and the kernels' declarations. */
import { readFileSync, writeFileSync } from "node:fs"
import type { Command } from "commander"
import { describe, expect, it } from "vitest"
import { exitText } from "../cli/exit-codes.js"
import { describeOption } from "../engine/job/check-options.js"
import type { Kernel, Options, OptionValue, Port, Ports } from "../engine/kernel.js"
import { declaredCommands, kernels } from "./commands.js"
import { root } from "./source-tree.js"

const madeBy = "Made by `UPDATE_GOLDEN=1 npx vitest run test/reference.test.ts`."
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ")
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0
    ? []
    : ["", ...[head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`)]

// ----- commands

/** Rows of a command's options by group. */
const groupsOf = (command: Command): Map<string, string[][]> => {
  const groups = new Map<string, string[][]>()
  for (const flag of command.options) {
    const group = (flag.helpGroupHeading ?? "Options").replace(/:$/, "")
    const row = [`\`${flag.flags}\``, command.createHelp().optionDescription(flag)]
    groups.set(group, [...(groups.get(group) ?? []), row])
  }
  return groups
}

/** A table for each group of options. Groups that `run` has too are named, not repeated. */
const optionLines = (command: Command, run: Command): string[] => {
  const ofRun = command === run ? undefined : groupsOf(run)
  const same: string[] = []
  const own: string[] = []
  for (const [group, rows] of groupsOf(command)) {
    if (JSON.stringify(rows) === JSON.stringify(ofRun?.get(group))) same.push(group)
    else own.push(...table([group, "meaning"], rows))
  }
  return [...(same.length === 0 ? [] : ["", `${same.join(", ")}: as [maille run](#maille-run).`]), ...own]
}

const commandLines = (name: string, command: Command, run: Command): string[] => [
  "",
  `## maille ${name}`,
  "",
  `\`maille ${name} ${command.usage()}\``,
  "",
  command.description(),
  ...table(
    ["argument", "meaning"],
    command.registeredArguments.map((argument) => [
      argument.name(),
      command.createHelp().argumentDescription(argument),
    ]),
  ),
  ...optionLines(command, run),
]

const commandsPage = async (): Promise<string> => {
  const all = await declaredCommands()
  const run = all.find(([name]) => name === "run")![1]
  return [
    "# Commands",
    "",
    `What \`maille COMMAND --help\` says. ${madeBy}`,
    "",
    exitText.trim().replaceAll("\n", " "),
    ...all.flatMap(([name, command]) => commandLines(name, command, run)),
    "",
  ].join("\n")
}

// ----- kernels

const defaultsOf = (options: Options): Record<string, OptionValue> =>
  Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default]))

/** Sides of the cells of all rasters, by port. */
const cells: Record<string, number> = {}
for (const { outputs, options } of kernels)
  for (const [name, port] of Object.entries(outputs)) {
    const side = port.kind === "raster" ? port.cell?.(defaultsOf(options)) : undefined
    if (side !== undefined) cells[name] = side
  }

const portText = (port: Port): string => {
  const classes = port.kind === "points" && port.classes ? ` of classes ${port.classes.join(", ")}` : ""
  const many = ("many" in port && port.many) || ("listed" in port && port.listed) ? ", several" : ""
  return `${port.kind}${classes}${many}${"optional" in port && port.optional ? ", optional" : ""}`
}
const portRows = (side: string, ports: Ports): string[][] =>
  Object.entries(ports).map(([name, port]) => [side, `\`${name}\``, portText(port)])

const kernelLines = (kernel: Kernel): string[] => {
  const { id, version, summary, stages = ["tile"], inputs, outputs, options } = kernel
  const halo = kernel.halo(defaultsOf(options), cells)
  return [
    "",
    `## ${id}`,
    "",
    `${summary}.`,
    "",
    `Version ${version}. Stage: ${stages.join(", ")}. Halo with the defaults: ${halo} m.`,
    ...table(["", "port", "data"], [...portRows("reads", inputs), ...portRows("makes", outputs)]),
    ...table(
      ["option", "default", "values", "meaning"],
      Object.entries(options).map(([name, option]) => [
        `\`${name}\``,
        String(option.default),
        describeOption(option),
        option.help,
      ]),
    ),
  ]
}

const kernelsPage = (): string =>
  [
    "# Kernels",
    "",
    `Set an option with \`--set KERNEL.OPTION=VALUE\`, such as \`--set raster.dtm.cell=1\`. ${madeBy}`,
    ...kernels.flatMap(kernelLines),
    "",
  ].join("\n")

describe("docs/reference", () => {
  it.each([
    ["commands", commandsPage],
    ["kernels", kernelsPage],
  ] as const)("shows the declarations (%s)", async (name, make) => {
    const path = `${root}docs/reference/${name}.md`
    const page = await make()
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, page)
    else expect(readFileSync(path, "utf8")).toBe(page)
  })
})

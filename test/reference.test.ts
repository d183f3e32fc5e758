/** The pages of docs/reference that are generated from the declarations of commands and kernels. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import type { Command } from "commander"
import { describe, expect, it } from "vitest"
import { exitMeanings } from "../cli/exit-codes.js"
import { helpOf } from "../cli/help/declare.js"
import { globalRows, optionText } from "../cli/help/render.js"
import { declaredCommands, kernels } from "./commands.js"
import { kernelIndex, madeBy, renewedPage, table } from "./kernel-docs.js"
import { root } from "./source-tree.js"

// ----- commands

/** Rows of a command's options by group. */
const groupsOf = (command: Command): Map<string, string[][]> => {
  const groups = new Map<string, string[][]>()
  for (const flag of command.options) {
    const group = (flag.helpGroupHeading ?? "Options").replace(/:$/, "")
    if (flag.hidden) continue
    const row = [`\`${flag.flags}\``, optionText(flag, { language: "en", all: true })]
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
  `${command.summary()[0]?.toUpperCase()}${command.summary().slice(1)}.`,
  "",
  "```bash",
  ...helpOf(command).examples,
  "```",
  ...(command.description() === "" ? [] : ["", command.description()]),
  "",
  `\`maille ${name} ${command.usage()}\``,
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
    `What \`maille COMMAND --help-all\` prints. \`--lang fr\` prints help in French. ${madeBy}`,
    "",
    "## Every command",
    ...table(
      ["option", "meaning"],
      globalRows((text) => text).map(([flags, text]) => [`\`${flags}\``, text]),
    ),
    "",
    "## Exit codes",
    ...table(["code", "meaning"], Object.entries(exitMeanings)),
    ...all.flatMap(([name, command]) => commandLines(name, command, run)),
    "",
  ].join("\n")
}

describe("docs/reference", () => {
  it.each([
    ["commands", commandsPage],
    ["kernels", () => kernelIndex(kernels)],
  ] as const)("shows the declarations (%s)", async (name, make) => {
    const path = `${root}docs/reference/${name}.md`
    const page = await make()
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, page)
    else expect(readFileSync(path, "utf8")).toBe(page)
  })

  it("has a page for each kernel and no other", () => {
    const pages = readdirSync(`${root}docs/reference/kernels`).filter((name) => name.endsWith(".md"))
    expect(pages.sort()).toEqual(kernels.map(({ id }) => `${id}.md`).sort())
  })

  it.each(kernels.map((kernel) => [kernel.id, kernel] as const))("describes %s as it declares itself", (id, kernel) => {
    const path = `${root}docs/reference/kernels/${id}.md`
    const page = readFileSync(path, "utf8")
    const fresh = renewedPage(page, kernel, kernels)
    if (process.env["UPDATE_GOLDEN"] === "1" && fresh !== undefined) writeFileSync(path, fresh)
    else expect(page).toBe(fresh)
    for (const part of ["## How it works", "## Limits", "## Sources"]) expect(page).toContain(`\n${part}\n`)
  })
})

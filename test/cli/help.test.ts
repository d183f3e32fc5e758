/** The help of all commands: short, in two languages, with examples that parse. */
import { execFileSync } from "node:child_process"
import type { Command } from "commander"
import { describe, expect, it } from "vitest"
import { declareProgram, makeHelp } from "../../cli/command-table.js"
import { exitMeanings } from "../../cli/exit-codes.js"
import { frenchOf, helpOf } from "../../cli/help/declare.js"
import { french } from "../../cli/help/french.js"
import { languages } from "../../cli/language.js"
import { kernelGroup } from "../../cli/options.js"
import { kernels } from "../commands.js"
import { maille, mailleScript } from "./maille.js"

const program = await declareProgram(undefined, kernels)
const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)]
const help = { en: await makeHelp("en"), fr: await makeHelp("fr") }
const pages = languages.flatMap((language) =>
  Object.entries(help[language].pages).map(([name, { short, all: whole = short }]) => ({
    language,
    name,
    short,
    whole,
  })),
)
const linesOf = (text: string): string[] => text.trimEnd().split("\n")

describe("the help of a command", () => {
  it("opens with its name, a sentence and an example", () => {
    for (const { name, short, whole } of pages)
      for (const text of [short, whole])
        expect(text).toMatch(new RegExp(`^maille${name === "" ? "" : ` ${name}`} — [^\\n]+\\n\\n  (maille|source) `))
  })

  it("fits 80 columns and, the short one, two screens", () => {
    for (const { name, short, whole } of pages) {
      expect(Math.max(...linesOf(`${short}${whole}`).map((line) => line.length)), name).toBeLessThanOrEqual(80)
      expect(linesOf(short).length, name).toBeLessThanOrEqual(name === "" ? 46 : 60)
    }
  })

  it("has every option in --help-all, and in the short help the common ones", () => {
    const { pages: english } = help.en
    for (const command of all(program).slice(1)) {
      const name = fullName(command)
      const shown = command.options.filter(({ hidden }) => !hidden).map(({ flags }) => flags)
      const page = english[name]
      for (const flags of shown) expect(page?.all ?? page?.short, name).toContain(`  ${flags}`)
      const basics = helpOf(command).basics ?? new Set(command.options.map(({ long }) => long ?? ""))
      const known = new Set(command.options.map(({ long }) => long))
      // The list of run serves plan too, which has no flags of a run itself.
      if (name !== "plan") for (const flag of basics) expect(known, name).toContain(flag)
      if (helpOf(command).basics) expect(english[name]?.short).toContain(`maille ${name} --help-all`)
    }
    expect(english["run"]?.short).not.toContain("--set")
  })

  it("has examples that the commands take", async () => {
    const parsed = await declareProgram(undefined, kernels)
    for (const command of all(parsed))
      if (command.commands.length === 0 || command.registeredArguments.length > 0) command.action(() => undefined)
    for (const command of all(program)) {
      const { examples } = helpOf(command)
      expect(examples, fullName(command)).not.toEqual([])
      for (const line of examples) {
        const [words = ""] = line.replace(/^source <\((.*?)\).*/, "$1").split(/ +[#>] ?/)
        await expect(parsed.parseAsync(words.split(" ").slice(1), { from: "user" }), line).resolves.toBe(parsed)
      }
    }
  })
})

function fullName(command: Command): string {
  return command.parent === null ? "" : `${fullName(command.parent)} ${command.name()}`.trim()
}

describe("French help", () => {
  const words = "Usage:,Options:,Commands:,Every command:,Exit codes:,All options:,default:,one of,required".split(",")

  it("has a text for every line of the English one, and none besides", () => {
    const texts = all(program).flatMap((command) => [
      ...[command.summary(), command.description(), command.helpGroup()],
      ...helpOf(command).examples.filter((line) => line.includes("# ")),
      ...command.registeredArguments.flatMap((one) => (frenchOf(one) === undefined ? [one.description] : [])),
      ...command.options.flatMap((option) => {
        const heading = option.helpGroupHeading ?? "Options:"
        const own = option.hidden || frenchOf(option) !== undefined
        // Texts of kernels are English.
        return [heading, ...(own || (heading === kernelGroup && option.long !== "--set") ? [] : [option.description])]
      }),
    ])
    const needed = new Set(
      [...texts, ...words, ...Object.values(exitMeanings)]
        .flatMap((text) => text.split("\n"))
        .filter((line) => line !== "" && !/^\{ [^;]*\}$/.test(line)),
    )
    const fixed = Object.keys(french).filter((line) => !needed.has(line))
    expect([...needed].filter((line) => french[line] === undefined)).toEqual([])
    // What the help says of itself.
    const said = JSON.stringify(help.fr).replaceAll(/\\n */g, " ")
    expect(fixed.filter((line) => !said.includes(JSON.stringify(french[line]).slice(1, -1)))).toEqual([])
  })

  it("is that of --lang fr and of MAILLE_LANG=fr, wherever they are", async () => {
    const page = help.fr.pages["run"]?.short
    expect((await maille("run", "--help", "--lang", "fr")).stdout).toBe(page)
    expect((await maille("--lang=fr", "help", "run")).stdout).toBe(page)
    const env = { ...process.env, MAILLE_LANG: "fr", LANG: "C" }
    expect(execFileSync(process.execPath, [mailleScript, "run", "-h"], { env, encoding: "utf8" })).toBe(page)
    expect(await maille("run", "--help", "--lang", "de")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--lang: "de" is not valid; expected en or fr/),
    })
  })
})

describe("maille --help", () => {
  it("prints what the build rendered", async () => {
    expect((await maille("--help")).stdout).toBe(help.en.pages[""]?.short)
    expect((await maille("help", "submit", "slurm")).stdout).toBe(help.en.pages["submit slurm"]?.short)
    expect((await maille("submit", "--help-all")).stdout).toBe(`${help.en.pages["submit"]?.short}\n${help.en.globals}`)
  })

  it("of an unknown command names the nearest", async () => {
    const { code, stderr } = await maille("rnu", "--help")
    expect([code, stderr]).toEqual([2, expect.stringContaining('Did you mean "run"?')])
  })

  it("starts in at most 2.5 times the processor time of Node.js", () => {
    const leastOf = (args: readonly string[]): number => Math.min(...Array.from({ length: 4 }, () => childMs(args)))
    expect(leastOf([mailleScript, "run", "--help"]) / leastOf(["-e", "0"])).toBeLessThanOrEqual(2.5)
  })
})

/** Processor time of Node.js with these arguments, ms. */
const childMs = (args: readonly string[]): number => {
  const out = execFileSync("bash", ["-c", '"$@" >/dev/null; times', "bash", process.execPath, ...args], {
    encoding: "utf8",
  })
  const [user = 0, system = 0] = [...(linesOf(out)[1] ?? "").matchAll(/(\d+)m([\d.,]+)s/g)].map(
    ([, minutes, seconds]) => 60_000 * Number(minutes) + 1000 * Number(seconds?.replace(",", ".")),
  )
  return user + system
}

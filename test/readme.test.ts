import { execFile } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import type { Kernel, Option } from "../engine/kernel.js"
import { kernelTable } from "../kernels/index.js"
import { root } from "./source-tree.js"

const BEGIN = "<!-- kernels: made by UPDATE_GOLDEN=1 npx vitest run test/readme.test.ts -->"
const END = "<!-- /kernels -->"

const optionText = (name: string, option: Option): string => {
  const unit = option.type === "number" && option.unit !== undefined ? ` ${option.unit}` : ""
  const choices = option.type === "string" && option.choices !== undefined ? ` (${option.choices.join(", ")})` : ""
  return `\`${name}\` ${String(option.default) || '""'}${unit}${choices}: ${option.help}`
}

/** The README's table of kernels, from their declarations. */
const kernelsTable = (kernels: readonly Kernel[]): string =>
  [
    "| kernel | what it makes | reads | writes | options, with defaults |",
    "|---|---|---|---|---|",
    ...kernels.map((kernel) => {
      const ports = (side: Kernel["inputs"]): string =>
        Object.entries(side)
          .map(([name, port]) => `${name} (${port.kind})`)
          .join(", ")
      const options = Object.entries(kernel.options).map(([name, option]) => optionText(name, option))
      return `| \`${kernel.id}\` | ${kernel.summary} | ${ports(kernel.inputs)} | ${ports(kernel.outputs)} | ${options.join("<br>")} |`
    }),
  ].join("\n")

describe("README.md", () => {
  it("shows the kernels as they are declared", async () => {
    const kernels: Kernel[] = []
    for (const { url } of Object.values(kernelTable)) kernels.push(((await import(url)) as { default: Kernel }).default)
    const path = `${root}README.md`
    const text = readFileSync(path, "utf8")
    const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
    expect(from, "the README's markers are missing").toBeGreaterThan(0)
    const fresh = `${text.slice(0, from + BEGIN.length)}\n\n${kernelsTable(kernels)}\n\n${text.slice(to)}`
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, fresh)
    else expect(text).toBe(fresh)
  })

  it("names each option of run, and no option that no command has", async () => {
    // One process for all: each help is an import of the main file of its own, beside modules that are read once.
    const code = `process.stdout.setMaxListeners(0)
      for (const command of JSON.parse(process.argv[1])) {
        process.argv = [process.execPath, "maille", ...command.split(" "), "--help"]
        await import(${JSON.stringify(pathToFileURL(`${root}dist/cli/main.js`).href)} + "?" + encodeURIComponent(command))
        console.log("\\f")
      }`
    const helpOf = async (asked: readonly string[]): Promise<string[]> => {
      const args = ["--input-type=module", "-e", code, JSON.stringify(asked)]
      return (await promisify(execFile)(process.execPath, args)).stdout.split("\f\n").slice(0, -1)
    }
    const flagsOf = (text: string): Set<string> => new Set(text.match(/(?<![\w-])--[a-z][a-z-]+/g) ?? [])
    const commands = [
      "plan",
      "submit slurm",
      "submit kubernetes",
      "submit aws-batch",
      "submit gpao",
      "status",
      "resume",
      "cancel",
      "update",
      "retry",
      "inspect",
      "preview",
      "validate",
      "hash",
      "copc",
      "crop",
      "fetch",
      "export",
      "convert",
      "compare vector",
      "kernels",
      "bench",
      "publish",
      "view",
    ]
    const helps = await helpOf(["run", ...commands])
    expect(helps).toHaveLength(1 + commands.length)
    for (const [i, text] of helps.entries())
      expect(text).toMatch(new RegExp(`^Usage: maille ${["run", ...commands][i]} `))
    const [run = ""] = helps
    const every = new Set(helps.flatMap((text) => [...flagsOf(text)]))
    // Options of the laboratory's commands are none of maille's.
    const readme = flagsOf(readFileSync(`${root}README.md`, "utf8").replaceAll(/`npm run [^`]*`/g, ""))
    for (const flag of readme) expect(every, flag).toContain(flag)
    // The options of kernels stand in the table of kernels.
    const own = flagsOf(run.replace(/Kernel options:[\s\S]*?\n\n/, ""))
    for (const flag of own) if (flag !== "--help") expect(readme, flag).toContain(flag)
  })

  it("names only scripts that exist, and links only files that exist", () => {
    const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { scripts: Record<string, string> }
    for (const document of ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md"]) {
      const text = readFileSync(root + document, "utf8")
      for (const [, script] of text.matchAll(/npm run ([a-z0-9:-]+)/g))
        expect(scripts, document).toHaveProperty(script!)
      for (const [, link] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        expect(() => readFileSync(root + link!), `${document} links ${link}`).not.toThrow()
      }
    }
  })
})

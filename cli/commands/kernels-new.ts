/** `maille kernels new`: copies the example of a kernel package into a new folder. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { basename, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { Command } from "commander"
import { builtFile, packageVersion } from "../../engine/core/package-files.js"
import { optionError, usageError } from "../../engine/core/parse-values.js"
import { quoteWord } from "../../engine/core/texts.js"
import { addExamples } from "../help/declare.js"
import { printJson, printLine } from "../print.js"

/** The example in this package. Its name and the id of its kernel are replaced. */
const example = builtFile("../examples/kernel-package/")
const [exampleName, exampleId] = ["fuel", "fuel.profile"]

export const addKernelsNew = (kernels: Command): void => {
  addExamples(kernels.command("new"), "maille kernels new wind/", "maille kernels new wind/ --name @lab/wind")
    .summary("start a package of a kernel of your own")
    .description("It copies a package that works: kernel, types, test, benchmark and page. Change it step by step.")
    .argument("<dir>", "new or empty folder")
    .option("--name <name>", "name of the package (default: that of the folder)")
    .option("--json", "print one JSON document")
    .action((dir: string, _flags: object, command: Command) =>
      // The parent has --json too, and commander gives it what both know.
      makePackage(dir, command.optsWithGlobals<{ name?: string; json?: true }>()),
    )
}

const makePackage = async (dir: string, flags: { readonly name?: string; readonly json?: true }): Promise<void> => {
  const folder = resolve(dir)
  const name = flags.name ?? basename(folder)
  if (!/^(@[a-z\d][\w.-]*\/)?[a-z\d][a-z\d_.-]*$/.test(name)) {
    const option = flags.name === undefined ? "dir" : "--name"
    throw usageError(
      option,
      `"${name}"`,
      "a package name in lower case, such as wind or @lab/wind",
      "Give --name wind.",
    )
  }
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return []
    throw optionError("dir", `${folder} is not a folder. Give a new or empty folder.`)
  })
  if (found.length > 0) throw optionError("dir", `${folder} is not empty. Give a new or empty folder.`)
  const id = `${basename(name)}.${exampleId.split(".")[1]}`
  await mkdir(folder, { recursive: true })
  const files = (await readdir(fileURLToPath(example))).sort()
  for (const file of files) {
    const text = await readFile(new URL(file, example), "utf8")
    await writeFile(join(folder, file), file === "package.json" ? manifestOf(text, name) : renamed(text, name, id))
  }
  if (flags.json) return printJson({ folder, name, kernel: id, files: files.map((file) => join(folder, file)) })
  printLine(`${folder}: package ${name} with the kernel ${id}, which computes fuel of forest fires.`)
  const [where, own] = [quoteWord(dir), quoteWord(fileURLToPath(builtFile("..")).replace(/[/\\]$/, ""))]
  printLine(`\nNext:\n  maille kernels ${id} --kernel ${where}`)
  printLine(`  maille run LIDAR… --products dtm --kernel ${where} --out out/`)
  printLine(`\nTo run its test:\n  cd ${where}\n  npm install --no-save ${own}\n  npm test`)
}

/** The manifest under another name, for this version of maille or a later one. */
const manifestOf = (text: string, name: string): string => {
  const { license: _, ...manifest } = JSON.parse(text) as Record<string, unknown>
  const changed = { ...manifest, name, description: "A kernel of maille", private: true }
  return `${JSON.stringify({ ...changed, peerDependencies: { maille: `>=${packageVersion}` } }, undefined, 2)}\n`
}

const renamed = (text: string, name: string, id: string): string =>
  text
    .replaceAll(exampleId, id)
    .replaceAll(`--kernel ${exampleName}`, `--kernel ${name}`)
    .replaceAll(`npm install maille ${exampleName}`, `npm install maille ${name}`)

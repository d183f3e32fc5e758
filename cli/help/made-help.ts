/**
 * The help of all commands as the build rendered it. Reading a file takes a millisecond; declaring
 * all commands and kernels takes a quarter of a second.
 */
import { readFileSync, statSync } from "node:fs"
import { builtFile, derivedFile } from "../../engine/core/package-files.js"
import type { Language } from "../language.js"
import type { ShellWords } from "./shell-completion.js"

/** The help of all commands in one language. */
export interface MadeHelp {
  /** By names without `maille`: "", "run", "submit slurm". */
  readonly pages: Readonly<Record<string, { readonly short: string; readonly all?: string }>>
  /** The end of `--help-all`. */
  readonly globals: string
  readonly shell: ShellWords
}

/** Written by the last step of the build. */
const made = derivedFile("help.json")

/** Compilations after which the rendered help is out of date. The package does not have these. */
const builds = ["cli", "engine", "kernels"].map((name) => builtFile(`.build/${name}.tsbuildinfo`))

/** Renders the help of all commands. */
export type RenderAll = (language: Language) => Promise<MadeHelp>

/** The rendered help of the build; else, as in sources that run directly, rendered now. */
export const readHelp = async (language: Language, render: RenderAll): Promise<MadeHelp> => {
  const at = made === undefined ? 0 : modifiedAt(made)
  if (made !== undefined && at > 0 && builds.every((url) => modifiedAt(url) <= at))
    return (JSON.parse(readFileSync(made, "utf8")) as Record<Language, MadeHelp>)[language]
  return render(language)
}

const modifiedAt = (url: URL): number => statSync(url, { throwIfNoEntry: false })?.mtimeMs ?? 0

/**
 * The help that a command line asks for with `--help`, `-h`, `--help-all` or `help`. Undefined
 * where it asks for none.
 * @throws EngineError E_USAGE for an unknown command
 */
export const helpPage = async (
  args: readonly string[],
  language: Language,
  render: RenderAll,
): Promise<string | undefined> => {
  const own = args.includes("--") ? args.slice(0, args.indexOf("--")) : args
  const isCommand = own[0] === "help"
  const all = own.includes("--help-all")
  if (!isCommand && !all && !own.includes("--help") && !own.includes("-h")) return undefined
  const words = own.slice(isCommand ? 1 : 0).filter((arg) => !/^(-h|--help|--help-all)$/.test(arg))
  const { pages, globals } = await readHelp(language, render)
  const [name = ""] = words
  const page = pages[words.slice(0, 2).join(" ")] ?? pages[name] ?? (name.startsWith("-") ? pages[""] : undefined)
  const kernels = page === undefined ? [] : namedKernels(own)
  const further = kernels.length === 0 ? "" : `\n${await (await import("./kernel-texts.js")).helpOfKernels(kernels)}`
  if (page !== undefined) return `${all ? `${page.all ?? page.short}\n${globals}` : page.short}${further}`
  const { unknownName } = await import("../../engine/job/check-options.js")
  const names = Object.keys(pages).filter((one) => /^[^ ]+$/.test(one))
  throw unknownName("command", name, names, "command")
}

/** The values of `--kernel` on a command line. */
export const namedKernels = (args: readonly string[]): string[] => {
  const named: string[] = []
  let isValue = false
  for (const arg of args) {
    if (arg.startsWith("--kernel=")) named.push(arg.slice("--kernel=".length))
    else if (isValue && !arg.startsWith("-")) named.push(arg)
    isValue = arg === "--kernel" || (isValue && !arg.startsWith("-"))
  }
  return named
}

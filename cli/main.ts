#!/usr/bin/env node
/** The entry of the command: loads the module of one command, and maps errors to exit codes. */
import { existsSync } from "node:fs"
import module from "node:module"
import { join } from "node:path"
import type { Command } from "commander"
import { packageVersion } from "../engine/core/package-files.js"
import { EngineError } from "../engine/errors.js"
import type { Kernel } from "../engine/kernel.js"
import { endSupervised, isSupervised } from "./engine-process.js"
import { exitCodeOfError, exitCodes } from "./exit-codes.js"
import { helpPage, type MadeHelp, namedKernels } from "./help/made-help.js"
import { type Language, languageVariable, readLanguage, withoutLanguage } from "./language.js"
import { configureLog, printJson, say } from "./print.js"
import { superviseSelf } from "./supervise.js"

// These commands make flags from the kernels' declarations; others start faster without them.
const needsKernels = (args: readonly string[]): boolean =>
  ["run", "plan", "preview", "compare", "zonal"].some((name) => args.includes(name))

const makeProgram = async (args: readonly string[]): Promise<Command> => {
  const { declareProgram } = await import("./command-table.js")
  try {
    return await declareProgram(args[0], needsKernels(args) ? await declared(args) : [])
  } catch (cause) {
    // Of maille's own flags, tests show that no two are equal.
    const [, flag] = /conflicting flag '(--[^']+)'/.exec(cause instanceof Error ? cause.message : "") ?? []
    if (flag === undefined) throw cause
    const text = `--kernel: the command has the flag ${flag} of its own. Choose another name in the kernel.`
    throw new EngineError("E_USAGE", text, { option: flag }, cause)
  }
}

/** maille's own kernels, and those that the command line names: the command has their flags. */
const declared = async (args: readonly string[]): Promise<readonly Kernel[]> => {
  const { declareKernels } = await import("../engine/job/kernels/declare-kernels.js")
  const { locateKernel } = await import("../engine/job/kernels/locate-kernel.js")
  const names = ["run", "plan"].includes(args[0] ?? "") ? namedKernels(args) : []
  const modules = await Promise.all(names.map((name) => locateKernel(process.cwd(), name)))
  return (await declareKernels([...new Set(modules)])).map(({ kernel }) => kernel)
}

/** Commands that run in a child process, and the flags that the parent must read itself. */
const SUPERVISED: ReadonlySet<string> = new Set(["run", "update", "retry"])
const OWN_FLAGS = /^(--dry-run|--grace|--shard|--phase)/

/**
 * True where this process only starts and watches the child, which reads and checks all arguments.
 * It then loads neither the engine nor the argument parser.
 */
const onlySupervises = ([name = "", ...rest]: readonly string[]): boolean =>
  SUPERVISED.has(name) && !isSupervised() && !rest.some((arg) => OWN_FLAGS.test(arg))

/**
 * The remedy for an unknown flag that is an option of a subcommand or of a kernel, or may be that
 * of a kernel's file.
 */
const suggestRemedy = async (message: string, args: readonly string[]): Promise<string | undefined> => {
  const [, flag] = /unknown option '(--[a-z-]+)/.exec(message) ?? []
  if (flag === undefined) return undefined
  if (!["run", "plan"].includes(args[0] ?? "")) return ownerOf(flag, await makeProgram(args), args[0])
  const { remedyOfFlag } = await import("./options.js")
  const remedy = remedyOfFlag(flag, await declared(args))
  const mayBeOfJob = args.some((arg) => /^--(job|add)\b/.test(arg)) && namedKernels(args).length === 0
  return (
    remedy ??
    (mayBeOfJob ? `If a kernel of the job reads it, name the kernel too: --kernel NAME ${flag} FILE.` : undefined)
  )
}

const ownerOf = (flag: string, program: Command, name: string | undefined): string | undefined => {
  const command = program.commands.find((one) => one.name() === name)
  const owner = command?.commands.find(({ options }) => options.some(({ long }) => long === flag))
  return owner && `${flag} is an option of maille ${name} ${owner.name()}. Give it there, or leave it out.`
}

const endWithError = async (error: unknown, args: readonly string[]): Promise<void> => {
  const { CommanderError } = await import("commander")
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    const remedy = await suggestRemedy(error.message, args)
    if (remedy !== undefined) say(remedy, "fatal")
    if (process.exitCode !== exitCodes.done && args.includes("--json")) {
      const { plainUsage } = await import("./usage-errors.js")
      printJson({ error: { code: "E_USAGE", message: plainUsage(error.message), context: {} } })
    }
    return
  }
  const { stack, ...data } = EngineError.toData(error)
  process.exitCode = exitCodeOfError(data.code)
  say(`maille: ${data.message}`, "fatal")
  if (data.code === "E_INTERNAL")
    say(`This is a bug in maille. Please report it with these lines:\n${stack ?? ""}`, "fatal")
  if (args.includes("--json")) printJson({ error: data })
}

/**
 * Lets Node.js 22 keep compiled code between starts: of this process, its children and threads. In
 * a folder of the user, since Node.js trusts what it finds and its own default is shared.
 */
const keepCompiledCode = (): void => {
  const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => { readonly directory?: string } }
  const { XDG_CACHE_HOME: cache, HOME: home } = process.env
  const folder = cache || (home && join(home, ".cache"))
  // Where none can be made, Node.js may try for ever.
  if (!folder || !existsSync(cache || home || "") || enableCompileCache === undefined) return
  const { directory } = enableCompileCache(join(folder, "maille"))
  if (directory !== undefined) process.env["NODE_COMPILE_CACHE"] ??= directory
}

/** `C:\\data` or `\\\\server\\share`, also as `--out=…`; `--map-path` takes `FROM=TO`. */
const WINDOWS_PATH = /^(?:--[a-z-]+=)?((?:[a-z]:[\\/]|\\\\)[^=]*)$/i

/** Refuses paths of Windows on other systems, which would read them as names of files. */
const refuseWindowsPaths = (args: readonly string[]): void => {
  if (process.platform === "win32") return
  for (const arg of args) {
    const [, path] = WINDOWS_PATH.exec(arg) ?? []
    if (path === undefined) continue
    const here = path.replace(/^([a-z]):/i, (_, drive: string) => `/mnt/${drive.toLowerCase()}`).replaceAll("\\", "/")
    const text = `${path} is a path of Windows; this system has none. Give its path here, such as ${here} in WSL.`
    throw new EngineError("E_USAGE", text, { file: path })
  }
}

const renderAll = async (language: Language): Promise<MadeHelp> =>
  (await import("./command-table.js")).makeHelp(language)

const main = async (argv: readonly string[]): Promise<void> => {
  let args = withoutLanguage(argv)
  try {
    args = configureLog(args)
    // Processes that this one starts have the same language.
    const language = readLanguage(argv, process.env)
    process.env[languageVariable] = language
    refuseWindowsPaths(args)
    const page = await helpPage(args, language, renderAll)
    if (page !== undefined) process.stdout.write(page)
    else if (/^(-V|--version)$/.test(args[0] ?? "")) process.stdout.write(`${packageVersion}\n`)
    else if (onlySupervises(args)) await superviseSelf()
    else await (await makeProgram(args)).parseAsync([...args], { from: "user" })
  } catch (error) {
    await endWithError(error, args)
  }
}

// The reader of a pipe may close it early: `maille kernels | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.done)
  throw error
})
keepCompiledCode()
await main(process.argv.slice(2))
if (isSupervised()) endSupervised(Number(process.exitCode ?? exitCodes.done))

#!/usr/bin/env node
/** The entry of the command: loads the module of one command, and maps errors to exit codes. */
import type { Command } from "commander"
import { packageVersion } from "../engine/core/package-version.js"
import { EngineError } from "../engine/errors.js"
import type { Kernel } from "../engine/kernel.js"
import { withoutSecrets } from "../engine/without-secrets.js"
import { endSupervised, isSupervised } from "./engine-process.js"
import { exitCodeOfError, exitCodes, exitText } from "./exit-codes.js"
import { languageOf, languageVariable, withoutLanguage } from "./language.js"
import { configureLog, printable, printJson, say } from "./print.js"
import { superviseSelf } from "./supervise.js"

/** Adds commands to the program. `kernels` is empty unless {@link needsKernels} asks for them. */
type Add = (program: Command, kernels: readonly Kernel[]) => void

/**
 * Loaders of the commands, in the order of the help. Only the called one loads, since all modules
 * together take a quarter of a second.
 */
const commands: Readonly<Record<string, () => Promise<Add>>> = {
  demo: async () => (await import("./commands/demo.js")).addDemo,
  run: async () => (await import("./commands/run.js")).addRun,
  update: async () => (await import("./commands/update.js")).addUpdate,
  retry: async () => (await import("./commands/update.js")).addRetry,
  plan: async () => (await import("./commands/plan.js")).addPlan,
  colours: async () => (await import("./commands/colours.js")).addColours,
  submit: async () => (await import("./commands/submit.js")).addSubmit,
  status: async () => (await import("./commands/status.js")).addStatus,
  resume: async () => (await import("./commands/status.js")).addResume,
  cancel: async () => (await import("./commands/status.js")).addCancel,
  fetch: async () => (await import("./commands/fetch.js")).addFetch,
  inspect: async () => (await import("./commands/inspect.js")).addInspect,
  copc: async () => (await import("./commands/copc.js")).addCopc,
  crop: async () => (await import("./commands/crop.js")).addCrop,
  export: async () => (await import("./commands/export.js")).addExport,
  convert: async () => (await import("./commands/convert.js")).addConvert,
  validate: async () => (await import("./commands/validate.js")).addValidate,
  view: async () => (await import("./commands/view.js")).addView,
  preview: async () => (await import("./commands/preview.js")).addPreview,
  compare: async () => (await import("./commands/compare.js")).addCompare,
  publish: async () => (await import("./commands/publish.js")).addPublish,
  hash: async () => (await import("./commands/hash.js")).addHash,
  kernels: async () => (await import("./commands/kernels.js")).addKernels,
  bench: async () => (await import("./commands/bench.js")).addBench,
}

const buildProgram = async (args: readonly string[]): Promise<Command> => {
  const { Command } = await import("commander")
  const program = new Command("maille")
    .description("LiDAR HD point clouds and aerial images in, textured meshes, rasters and vector layers out.")
    .version(packageVersion)
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(printable(withoutSecrets(text))) })
    .showSuggestionAfterError()
    .showHelpAfterError("(maille COMMAND --help tells more)")
    .addHelpText("after", exitText)
  const kernels = needsKernels(args) ? await declared() : []
  for (const load of wanted(args)) (await load())(program, kernels)
  return program
}

/**
 * The called command. All of them where the name is unknown: for the help and for spelling
 * suggestions.
 */
const wanted = ([name = ""]: readonly string[]): readonly (() => Promise<Add>)[] => {
  if (name === "--version" || name === "-V") return []
  return Object.hasOwn(commands, name) ? [commands[name]!] : Object.values(commands)
}

// These commands make flags from the kernels' declarations; others start faster without them.
const needsKernels = (args: readonly string[]): boolean =>
  ["run", "plan", "preview", "compare"].some((name) => args.includes(name))

const declared = async (): Promise<readonly Kernel[]> => {
  const { declareKernels } = await import("../engine/job/kernels/declare-kernels.js")
  return (await declareKernels()).map(({ kernel }) => kernel)
}

/** Commands that run in a child process, and the flags that the parent must read itself. */
const SUPERVISED: ReadonlySet<string> = new Set(["run", "update", "retry"])
const OWN_FLAGS = /^(-h|--help|--dry-run|--grace|--shard|--phase)/

/**
 * True where this process only starts and watches the child, which reads and checks all arguments.
 * It then loads neither the engine nor the argument parser.
 */
const onlySupervises = ([name = "", ...rest]: readonly string[]): boolean =>
  SUPERVISED.has(name) && !isSupervised() && !rest.some((arg) => OWN_FLAGS.test(arg))

/** Suggests `--set` for an unknown flag that is an option of a kernel. */
const remedyOf = async (message: string, [name = ""]: readonly string[]): Promise<string | undefined> => {
  const [, flag] = /unknown option '(--[a-z-]+)/.exec(message) ?? []
  if (flag === undefined || !["run", "plan"].includes(name)) return undefined
  const { remedyOfFlag } = await import("./options.js")
  return remedyOfFlag(flag, await declared())
}

const endWithError = async (error: unknown, args: readonly string[]): Promise<void> => {
  const { CommanderError } = await import("commander")
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    const remedy = await remedyOf(error.message, args)
    if (remedy !== undefined) say(remedy, "fatal")
    if (process.exitCode !== exitCodes.done && args.includes("--json")) {
      printJson({ error: { code: "E_USAGE", message: error.message.replace(/^error: /, ""), context: {} } })
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

const main = async (given: readonly string[]): Promise<void> => {
  let args = withoutLanguage(given)
  try {
    args = configureLog(args)
    // Processes that this one starts have the same language.
    process.env[languageVariable] = languageOf(given, process.env)
    if (onlySupervises(args)) await superviseSelf()
    else await (await buildProgram(args)).parseAsync([...args], { from: "user" })
  } catch (error) {
    await endWithError(error, args)
  }
}

// The reader of a pipe may close it early: `maille kernels | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.done)
  throw error
})
await main(process.argv.slice(2))
if (isSupervised()) endSupervised(Number(process.exitCode ?? exitCodes.done))

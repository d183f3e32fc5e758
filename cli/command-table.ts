/** The commands by task, in the order of the help; the program that has them, and its help. */
import type { Command } from "commander"
import type { Kernel } from "../engine/kernel.js"
import { withoutSecrets } from "../engine/without-secrets.js"
import type { MadeHelp } from "./help/made-help.js"
import type { Language } from "./language.js"
import { printable, say } from "./print.js"

/** Adds commands to the program. */
type Add = (program: Command, kernels: readonly Kernel[]) => void
type Loaders = Readonly<Record<string, () => Promise<Add>>>

/** Only the called command loads, since all modules together take a quarter of a second. */
const groups: Readonly<Record<string, Loaders>> = {
  "Build:": {
    run: async () => (await import("./commands/run.js")).addRun,
    update: async () => (await import("./commands/update.js")).addUpdate,
    retry: async () => (await import("./commands/update.js")).addRetry,
    status: async () => (await import("./commands/status.js")).addStatus,
    demo: async () => (await import("./commands/demo.js")).addDemo,
  },
  "Inputs:": {
    fetch: async () => (await import("./commands/fetch.js")).addFetch,
    inspect: async () => (await import("./commands/inspect.js")).addInspect,
    crop: async () => (await import("./commands/crop.js")).addCrop,
    copc: async () => (await import("./commands/copc.js")).addCopc,
  },
  "Look and check:": {
    view: async () => (await import("./commands/view.js")).addView,
    preview: async () => (await import("./commands/preview.js")).addPreview,
    validate: async () => (await import("./commands/validate.js")).addValidate,
    compare: async () => (await import("./commands/compare.js")).addCompare,
    zonal: async () => (await import("./commands/zonal.js")).addZonal,
    hash: async () => (await import("./commands/hash.js")).addHash,
  },
  "Exchange:": {
    export: async () => (await import("./commands/export.js")).addExport,
    convert: async () => (await import("./commands/convert.js")).addConvert,
    catalogue: async () => (await import("./commands/publish.js")).addCatalogue,
    publish: async () => (await import("./commands/publish.js")).addPublish,
  },
  "Many machines:": {
    plan: async () => (await import("./commands/plan.js")).addPlan,
    colours: async () => (await import("./commands/colours.js")).addColours,
    submit: async () => (await import("./commands/submit.js")).addSubmit,
    resume: async () => (await import("./commands/status.js")).addResume,
    cancel: async () => (await import("./commands/status.js")).addCancel,
  },
  "About maille:": {
    kernels: async () => (await import("./commands/kernels.js")).addKernels,
    completion: async () => {
      const { addCompletion } = await import("./commands/completion.js")
      return (program) => addCompletion(program, makeHelp)
    },
    gdal: async () => (await import("./commands/gdal.js")).addGdal,
    bench: async () => (await import("./commands/bench.js")).addBench,
  },
}

const examples = [
  "maille demo --out demo/                        # try it on a synthetic scene",
  "maille run lidar/ --imagery ortho/ --out out/  # build all products",
]

const names: ReadonlySet<string> = new Set(Object.values(groups).flatMap((loaders) => Object.keys(loaders)))

/**
 * Declares the command `name`. All commands where there is none of that name: for the help and for
 * spelling suggestions.
 * @param kernels empty unless the command makes flags of them
 */
export const declareProgram = async (name?: string, kernels: readonly Kernel[] = []): Promise<Command> => {
  const { Command } = await import("commander")
  const { renderHelp } = await import("./help/render.js")
  const { addExamples } = await import("./help/declare.js")
  const { plainUsage } = await import("./usage-errors.js")
  const program = new Command("maille")
  addExamples(program, ...examples)
    .summary("build meshes, rasters and vector layers from LiDAR and aerial images")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeErr: (text) => process.stderr.write(printable(withoutSecrets(text))),
      outputError: (text) => say(`maille: ${plainUsage(text)}`, "fatal"),
    })
    .showSuggestionAfterError()
    .configureHelp({ formatHelp: (command) => renderHelp(command, { language: "en", all: false }) })
  for (const [heading, loaders] of Object.entries(groups)) {
    program.commandsGroup(heading)
    for (const [own, load] of Object.entries(loaders))
      if (name === undefined || !names.has(name) || own === name) (await load())(program, kernels)
  }
  nameHelp(program)
  return program
}

/** Names the help of each command in its errors. */
const nameHelp = (command: Command, name = command.name()): void => {
  command.showHelpAfterError(`(${name} --help shows ${command.commands.length > 0 ? "the commands" : "its options"})`)
  for (const one of command.commands) nameHelp(one, `${name} ${one.name()}`)
}

/** Renders the help of all commands in a language: a step of the build. */
export const makeHelp = async (language: Language): Promise<MadeHelp> => {
  const { declareKernels } = await import("../engine/job/kernels/declare-kernels.js")
  const { nameOf, renderGlobals, renderHelp } = await import("./help/render.js")
  const { shellWords } = await import("./help/shell-completion.js")
  const kernels = (await declareKernels()).map(({ kernel }) => kernel)
  const program = await declareProgram(undefined, kernels)
  const pages = withSubcommands(program).map((command) => {
    const short = renderHelp(command, { language, all: false })
    const all = renderHelp(command, { language, all: true })
    return [nameOf(command).replace(/^maille ?/, ""), { short, ...(all === short ? {} : { all }) }] as const
  })
  return { pages: Object.fromEntries(pages), globals: renderGlobals(language), shell: shellWords(program, language) }
}

const withSubcommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withSubcommands)]

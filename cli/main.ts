#!/usr/bin/env node
import { Command, CommanderError } from "commander"
import { EngineError } from "../engine/errors.js"
import type { KernelOptions } from "../engine/job/check-options.js"
import { loadKernels } from "../engine/job/load-kernels.js"
import { packageVersion } from "../engine/job/package-version.js"
import { addBench } from "./commands/bench.js"
import { addColours } from "./commands/colours.js"
import { addCompare } from "./commands/compare.js"
import { addConvert } from "./commands/convert.js"
import { addCopc } from "./commands/copc.js"
import { addCrop } from "./commands/crop.js"
import { addExport } from "./commands/export.js"
import { addFetch } from "./commands/fetch.js"
import { addFixtures } from "./commands/fixtures.js"
import { addHash } from "./commands/hash.js"
import { addInspect } from "./commands/inspect.js"
import { addKernels } from "./commands/kernels.js"
import { addPlan } from "./commands/plan.js"
import { addPreview } from "./commands/preview.js"
import { addProject } from "./commands/project.js"
import { addPublish } from "./commands/publish.js"
import { addRun } from "./commands/run.js"
import { addSimulate } from "./commands/simulate.js"
import { addCancel, addResume, addStatus } from "./commands/status.js"
import { addSubmit } from "./commands/submit.js"
import { addRetry, addUpdate } from "./commands/update.js"
import { addValidate } from "./commands/validate.js"
import { addView } from "./commands/view.js"
import { endSupervised, isSupervised } from "./engine-process.js"
import { exitCodeOfError, exitCodes } from "./exit-codes.js"
import { printJson, say } from "./print.js"

const exitText = `
Exit codes: 0 done, 1 some tiles failed, 2 wrong usage, 3 unusable input, 4 out of resources, 70 a fault of maille,
75 stopped early by SIGTERM or SIGUSR1, or a phase whose turn has not come, 130 stopped by Ctrl-C (after all of these: run again to go on).`

const buildProgram = (kernels: readonly KernelOptions[]): Command => {
  const program = new Command("maille")
    .description("LiDAR HD point clouds and aerial images in, textured meshes, rasters and vector layers out.")
    .version(packageVersion)
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("(maille COMMAND --help tells more)")
    .addHelpText("after", exitText)
  addRun(program, kernels)
  addUpdate(program)
  addRetry(program)
  addPlan(program, kernels)
  addColours(program)
  addSubmit(program)
  addStatus(program)
  addResume(program)
  addCancel(program)
  addFetch(program)
  addInspect(program)
  addCopc(program)
  addCrop(program)
  addExport(program)
  addConvert(program)
  addValidate(program)
  addView(program)
  addPreview(program)
  addCompare(program)
  addPublish(program)
  addHash(program)
  addKernels(program)
  addBench(program)
  addFixtures(program)
  addProject(program)
  addSimulate(program)
  return program
}

// The flags of these are made from the kernels' declarations; other commands start faster without them.
const takesKernelOptions = (args: readonly string[]): boolean => args.includes("run") || args.includes("plan")

const endWithError = (error: unknown, args: readonly string[]): void => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    if (process.exitCode !== exitCodes.done && args.includes("--json")) {
      printJson({ error: { code: "E_USAGE", message: error.message.replace(/^error: /, ""), context: {} } })
    }
    return
  }
  const { stack, ...data } = EngineError.toData(error)
  process.exitCode = exitCodeOfError(data.code)
  say(`maille: ${data.message}`)
  if (data.code === "E_INTERNAL")
    say(`This is a fault of maille; please report it with the lines below.\n${stack ?? ""}`)
  if (args.includes("--json")) printJson({ error: data })
}

const main = async (args: readonly string[]): Promise<void> => {
  try {
    const kernels = takesKernelOptions(args) ? (await loadKernels()).map(({ kernel }) => kernel) : []
    await buildProgram(kernels).parseAsync([...args], { from: "user" })
  } catch (error) {
    endWithError(error, args)
  }
}

// The reader of a pipe may have seen enough: `maille kernels | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.done)
  throw error
})
await main(process.argv.slice(2))
if (isSupervised()) endSupervised(Number(process.exitCode ?? exitCodes.done))

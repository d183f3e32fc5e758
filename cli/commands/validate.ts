/** `maille validate`: checks the products of a run. */
import type { Command } from "commander"
import type { HashReport } from "../../engine/check/validate-hashes.js"
import type { ValidateReport, ValidateStep } from "../../engine/check/validate-output.js"
import { exitCodes } from "../exit-codes.js"
import { addExamples } from "../help/declare.js"
import { createPointProgress } from "../point-progress.js"
import { printJson, printLine } from "../print.js"

export const addValidate = (program: Command): void => {
  addExamples(program.command("validate"), "maille validate out/")
    .summary("check the products of a run")
    .description(
      "Checks glTF files with the Khronos validator, seams between tiles, meshes against the points, rasters and vector layers. Exit code 1: a check failed.",
    )
    .argument("<dir>", "output folder of maille run")
    .option("--hashes", "only compare every file with its recorded hash")
    .option("--json", "print one JSON document")
    .action(async (folder: string, flags: { json?: true; hashes?: true }) => {
      const report = await (flags.hashes ? hashesOf(folder) : checksOf(folder))
      if (flags.json) printJson(report)
      else printReport(report)
      process.exitCode = report.ok ? exitCodes.done : exitCodes.someFailed
    })
}

const checksOf = async (folder: string): Promise<ValidateReport> => {
  const { validateOutput } = await import("../../engine/check/validate-output.js")
  const progress = stepProgress()
  return validateOutput(folder, { onProgress: progress.at }).finally(progress.stop)
}

const hashesOf = async (folder: string): Promise<HashReport> => {
  const { validateHashes } = await import("../../engine/check/validate-hashes.js")
  const progress = createPointProgress(process.stderr, (done, ms) => `${(done / 1000 / ms).toFixed(0)} MB/s`)
  return validateHashes(folder, progress.at).finally(progress.stop)
}

/** Approximate share of each step in the time of a validation, in order. */
const SHARES: Readonly<Record<ValidateStep, number>> = {
  tiles: 0.35,
  points: 0.5,
  solids: 0.05,
  layers: 0.05,
  rasters: 0.05,
}
/** Units of the progress bar. */
const UNITS = 1000

/** One bar over all steps, labelled with the current step and its count. */
const stepProgress = (): { at: (step: ValidateStep, done: number, total: number) => void; stop: () => void } => {
  let label = ""
  const progress = createPointProgress(process.stderr, () => label)
  const steps = Object.keys(SHARES) as ValidateStep[]
  return {
    at: (step, done, total) => {
      const before = steps.slice(0, steps.indexOf(step)).reduce((sum, one) => sum + SHARES[one], 0)
      // Sources are read in parts; count the current one.
      label = `${step} ${Math.min(total, Math.floor(done) + 1)}/${total}`
      progress.at(Math.floor(UNITS * (before + (SHARES[step] * done) / Math.max(1, total))), UNITS)
    },
    stop: progress.stop,
  }
}

/** Prints what was checked: groups without anything to count are left out. */
const printReport = (report: object): void => {
  for (const [name, value] of Object.entries(report) as [string, unknown][]) {
    if (isNothing(value)) continue
    if (Array.isArray(value)) for (const one of value) printLine(`${name}: ${valueText(one)}`)
    else if (value !== null && typeof value === "object") {
      printLine(
        `${name}: ${Object.entries(value)
          .map(([key, inner]) => `${key} ${valueText(inner)}`)
          .join(", ")}`,
      )
    } else printLine(`${name}: ${valueText(value)}`)
  }
}

const isNothing = (value: unknown): boolean =>
  value === 0 || value === null || (typeof value === "object" && Object.values(value).every(isNothing))

const valueText = (value: unknown): string => {
  if (typeof value === "number" && !Number.isInteger(value)) return String(Number(value.toPrecision(3)))
  if (value === null) return "-"
  return typeof value === "object" ? JSON.stringify(value) : String(value)
}

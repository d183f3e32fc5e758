import type { Command } from "commander"
import { exitCodes } from "../exit-codes.js"
import { printJson, printLine } from "../print.js"

/** `maille validate`: checks the products of a run. */
export const addValidate = (program: Command): void => {
  program
    .command("validate")
    .summary("check the products of a run")
    .description(
      "Checks the products of an output folder: glTF by its public validator, seams, meshes, vectors. Exit code 1 when something is wrong.",
    )
    .argument("<dir>", "output folder of a run")
    .option("--json", "print one JSON document")
    .action(async (folder: string, flags: { json?: true }) => {
      const { validateOutput } = await import("../../engine/check/validate-output.js")
      const report = await validateOutput(folder)
      if (flags.json) printJson(report)
      else printReport(report)
      process.exitCode = report.ok ? exitCodes.done : exitCodes.someFailed
    })
}

const printReport = (report: object): void => {
  for (const [name, value] of Object.entries(report) as [string, unknown][]) {
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

const valueText = (value: unknown): string => {
  if (typeof value === "number" && !Number.isInteger(value)) return String(Number(value.toPrecision(3)))
  if (value === null) return "-"
  return typeof value === "object" ? JSON.stringify(value) : String(value)
}

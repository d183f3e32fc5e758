/** `maille hash`: prints one hash over all products. */
import type { Command } from "commander"
import { printJson, printLine } from "../print.js"

export const addHash = (program: Command): void => {
  program
    .command("hash")
    .summary("hash the products of a run")
    .description(
      "Prints one SHA-256 over the products of an output folder: relative paths and bytes, sorted.\n" +
        "Left out: job.json, plan.json, journal*.jsonl, report.*, quarantine/, .work/. The bytes of every format written are fixed.",
    )
    .argument("<dir>", "output folder of a run")
    .option("--list", "one hash a file as well")
    .option("--json", "print one JSON document: { hash, count, files? }")
    .action(async (folder: string, flags: { list?: true; json?: true }) => {
      const { hashOutput } = await import("../../engine/report/hash-output.js")
      const result = await hashOutput(folder, { list: flags.list === true })
      if (flags.json) return printJson(result)
      for (const file of result.files ?? []) printLine(`${file.sha256}  ${file.path}`)
      printLine(result.files === undefined ? result.hash : `${result.hash}  (all)`)
    })
}

/** `maille hash`: prints one hash over all products. */
import type { Command } from "commander"
import { addExamples } from "../help/declare.js"
import { printJson, printLine } from "../print.js"

export const addHash = (program: Command): void => {
  addExamples(program.command("hash"), "maille hash out/")
    .summary("print one hash of all products")
    .description(
      "The SHA-256 covers the paths and bytes of all products; two runs with equal products have equal hashes.\n" +
        "It leaves out job.json, plan.json, journal*.jsonl, report.*, quarantine/ and .work/.",
    )
    .argument("<dir>", "output folder of maille run")
    .option("--list", "print the hash of every file too")
    .option("--json", "print one JSON document\n{ hash, count, files? }")
    .action(async (folder: string, flags: { list?: true; json?: true }) => {
      const { hashOutput } = await import("../../engine/report/hash-output.js")
      const result = await hashOutput(folder, { list: flags.list === true })
      if (flags.json) return printJson(result)
      for (const file of result.files ?? []) printLine(`${file.sha256}  ${file.path}`)
      printLine(result.files === undefined ? result.hash : `${result.hash}  (all)`)
    })
}

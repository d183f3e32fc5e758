/** `maille crop`: extracts the points inside a box into one file. */
import type { Command } from "commander"
import { parseBox, parseEpsg } from "../../engine/core/parse-values.js"
import { cropPoints } from "../../engine/export/crop.js"
import { exitCodeOfFiles } from "../exit-codes.js"
import { counted, printJson, printLine, say } from "../print.js"

interface CropFlags {
  readonly bbox: string
  readonly output: string
  readonly crs?: string
  readonly json?: true
}

export const addCrop = (program: Command): void => {
  program
    .command("crop")
    .summary("write the points of a box")
    .description(
      "Writes the points of a box as LAZ, or as COPC when the name ends in .copc.laz; several inputs must have the same format. The box is\n" +
        "half-open: its lower and left edges belong to it. Records are kept as they are. Exit code 1 when some inputs fail, 3 when none gives a point.",
    )
    .argument("<input...>", "LAS, LAZ and COPC files, folders, globs, http(s) and s3:// addresses")
    .requiredOption("--bbox <x,y,x,y>", "box in CRS metres")
    .requiredOption("-o, --output <file>", "file to write, .laz or .copc.laz")
    .option("--crs <EPSG:n>", "CRS of points that tell none")
    .option("--json", "print one JSON document: { out, points, sizeBytes, done, failed, files, timeMs }")
    .action((inputs: string[], flags: CropFlags) => crop(inputs, flags))
}

const crop = async (inputs: readonly string[], flags: CropFlags): Promise<void> => {
  const box = parseBox(flags.bbox, "--bbox")
  const epsg = flags.crs === undefined ? undefined : parseEpsg(flags.crs, "--crs")
  const summary = await cropPoints({ inputs, box, out: flags.output, epsg })
  for (const { path, reason, notes = [] } of summary.files) {
    if (reason !== undefined) say(`failed: ${reason}`, "error")
    for (const note of notes) say(`${path}: ${note}`, "info")
  }
  if (flags.json) printJson(summary)
  else if (summary.sizeBytes > 0) {
    printLine(`${summary.out}: ${counted(summary.points, "point")}, ${(summary.sizeBytes / 1e6).toFixed(1)} MB`)
  } else printLine("nothing was written")
  process.exitCode = exitCodeOfFiles(summary.files)
}

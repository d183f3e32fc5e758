/** `maille crop`: extracts the points inside a box into one file. */
import type { Command } from "commander"
import { parseBox, parseEpsg } from "../../engine/core/parse-values.js"
import { cropPoints } from "../../engine/export/crop.js"
import { exitCodeOfFiles } from "../exit-codes.js"
import { addExamples } from "../help/declare.js"
import { addInputs } from "../job-flags.js"
import { counted, printJson, printLine, say } from "../print.js"

interface CropFlags {
  readonly bbox: string
  readonly out: string
  readonly crs?: string
  readonly json?: true
}

export const addCrop = (program: Command): void => {
  const example = "maille crop lidar/ --bbox 842050,6520050,842150,6520150 -o box.copc.laz"
  addInputs(addExamples(program.command("crop"), example), "<input...>")
    .summary("extract the points inside a box into one file")
    .description(
      "Point records are copied unchanged, so all inputs must have the same point format. The left and lower edges belong to the box.\n" +
        "Exit code 1: some inputs failed; 3: no point was found.",
    )
    .requiredOption("--bbox <x,y,x,y>", "box minX,minY,maxX,maxY in CRS metres")
    .requiredOption("-o, --out <file>", "file to write: .laz or .copc.laz")
    .option("--crs <EPSG:n>", "CRS of points that state none")
    .option("--json", "print one JSON document\n{ out, points, sizeBytes, done, failed, files, timeMs }")
    .action((inputs: string[], flags: CropFlags) => crop(inputs, flags))
}

const crop = async (inputs: readonly string[], flags: CropFlags): Promise<void> => {
  const box = parseBox(flags.bbox, "--bbox")
  const epsg = flags.crs === undefined ? undefined : parseEpsg(flags.crs, "--crs")
  const summary = await cropPoints({ inputs, box, out: flags.out, epsg })
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

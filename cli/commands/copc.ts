/** `maille copc`: rewrites point files as COPC. */
import type { Command } from "commander"
import { parseEpsg } from "../../engine/core/parse-values.js"
import { type CopcFile, type CopcProgress, type CopcRequest, convertToCopc } from "../../engine/export/copc.js"
import { exitCodeOfFiles, exitCodes } from "../exit-codes.js"
import { addExamples } from "../help/declare.js"
import { addInputs } from "../job-flags.js"
import { wholeFrom } from "../parse-numbers.js"
import { createPointProgress, untilStopped } from "../point-progress.js"
import { formatTime, grouped, printJson, printLine, say } from "../print.js"

interface CopcFlags extends Pick<CopcRequest, "out" | "workers" | "force" | "dryRun"> {
  readonly crs?: string
  readonly to?: string
  readonly json?: true
}

export const addCopc = (program: Command): void => {
  addInputs(
    addExamples(
      program.command("copc"),
      "maille copc lidar/ --out copc/",
      "maille copc feet.laz --out copc/ --to EPSG:6339",
    ),
    "<input...>",
  )
    .summary("rewrite point files as COPC")
    .description(
      "Writes NAME.copc.laz for each file and keeps all attributes and VLRs; point formats 0 to 3 become 6 or 7.\n" +
        "With --to, points in degrees, in feet or in another CRS are reprojected, within 1 mm; heights become metres.\n" +
        "A second run writes only missing and changed files. Exit code 1: some inputs failed; 3: all failed.",
    )
    .requiredOption("-o, --out <dir>", "output folder")
    .option("--workers <n>", "worker threads (default: one per processor)", wholeFrom(1))
    .option("--crs <EPSG:n>", "CRS of points that state none; with --to, also in place of a wrong one")
    .option("--to <EPSG:n>", "reproject the points to this CRS in metres")
    .option("--force", "write unchanged files again too")
    .option("--dry-run", "show the files to write, write nothing")
    .option("--json", "print one JSON document\n{ done, unchanged, failed, files, timeMs }")
    .action((inputs: string[], flags: CopcFlags) => copc(inputs, flags))
}

const copc = async (inputs: readonly string[], flags: CopcFlags): Promise<void> => {
  const { crs, to: asked, json, ...request } = flags
  const to = asked === undefined ? undefined : parseEpsg(asked, "--to")
  const epsg = crs === undefined ? undefined : parseEpsg(crs, "--crs")
  const progress = createPointProgress()
  const onProgress = ({ points, total, file }: CopcProgress): void => {
    progress.at(points, total)
    if (file !== undefined) progress.line(formatLine(file), file.outcome === "failed" ? "error" : "info")
  }
  const { isStopped, result: summary } = await untilStopped(progress, (signal) =>
    convertToCopc({ ...request, inputs, epsg, to, onProgress, onWait: (text) => say(text, "info"), signal }),
  )
  if (json) printJson(summary)
  else
    printLine(
      `${summary.done} written, ${summary.unchanged} unchanged, ${summary.failed} failed in ${formatTime(summary.timeMs)}`,
    )
  if (request.dryRun === true) say("dry run: nothing was written")
  process.exitCode = isStopped ? exitCodes.stopped : exitCodeOfFiles(summary.files)
}

const formatLine = ({ path, out, outcome, points, nodes, sizeBytes, notes = [], reason }: CopcFile): string => {
  if (outcome === "failed") return `failed: ${reason ?? path}`
  const size = `${grouped(points)} points, ${(sizeBytes / 1e6).toFixed(1)} MB`
  const what = outcome === "done" ? `${out}: ${size}, ${nodes} nodes` : `${out}: ${outcome}`
  return [what, ...notes.map((note) => `  ${path}: ${note}`)].join("\n")
}

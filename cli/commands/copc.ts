/** `maille copc`: point files rewritten as COPC. */
import { type Command, InvalidArgumentError } from "commander"
import { parseEpsg } from "../../engine/core/parse-values.js"
import { type CopcFile, type CopcSummary, convertToCopc } from "../../engine/export/copc.js"
import { exitCodeOfFiles, exitCodes } from "../exit-codes.js"
import { createPointProgress } from "../point-progress.js"
import { formatTime, grouped, printJson, printLine, say } from "../print.js"

interface CopcFlags {
  readonly out: string
  readonly workers?: number
  readonly force?: true
  readonly dryRun?: true
  readonly crs?: string
  readonly json?: true
}

/** Adds `maille copc`. */
export const addCopc = (program: Command): void => {
  program
    .command("copc")
    .summary("rewrite point files as COPC")
    .description(
      "Writes each LAS, LAZ or COPC file as <name>.copc.laz, every attribute and VLR kept; point formats 0 to 3 become 6 or 7.\n" +
        "A second run writes only what is missing or changed. Exit code 1 when some inputs fail, 3 when all do.",
    )
    .argument("<input...>", "LAS, LAZ and COPC files, folders, globs, http(s) and s3:// addresses")
    .requiredOption("--out <dir>", "output folder")
    .option("--workers <n>", "threads (default: the processors)", wholeNumber)
    .option("--crs <EPSG:n>", "CRS of points that tell none")
    .option("--force", "write again what is unchanged")
    .option("--dry-run", "tell what would be written, write nothing")
    .option("--json", "print one JSON document: { done, unchanged, failed, files, timeMs }")
    .action((inputs: string[], flags: CopcFlags) => copc(inputs, flags))
}

const wholeNumber = (text: string): number => {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1) return count
  throw new InvalidArgumentError("Expected a whole number from 1 on.")
}

const copc = async (inputs: readonly string[], flags: CopcFlags): Promise<void> => {
  const { out, workers, force, dryRun, crs } = flags
  const epsg = crs === undefined ? undefined : parseEpsg(crs, "--crs")
  const progress = createPointProgress()
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  for (const event of ["SIGINT", "SIGTERM"]) process.once(event, abort)
  let summary: CopcSummary
  try {
    const onProgress = ({ points, total, file }: { points: number; total: number; file?: CopcFile }): void => {
      progress.at(points, total)
      if (file !== undefined) progress.line(lineOf(file))
    }
    summary = await convertToCopc({
      ...{ inputs, out, workers, force, dryRun, epsg, onProgress },
      onWait: say,
      signal: stop.signal,
    })
  } finally {
    progress.stop()
    for (const event of ["SIGINT", "SIGTERM"]) process.removeListener(event, abort)
  }
  if (flags.json) printJson(summary)
  else
    printLine(
      `${summary.done} written, ${summary.unchanged} unchanged, ${summary.failed} failed in ${formatTime(summary.timeMs)}`,
    )
  if (dryRun === true) say("dry run: nothing was written")
  process.exitCode = stop.signal.aborted ? exitCodes.stopped : exitCodeOfFiles(summary.files)
}

const lineOf = ({ path, out, outcome, points, nodes, sizeBytes, notes = [], reason }: CopcFile): string => {
  if (outcome === "failed") return `failed: ${reason ?? path}`
  const size = `${grouped(points)} points, ${(sizeBytes / 1e6).toFixed(1)} MB`
  const what = outcome === "done" ? `${out}: ${size}, ${nodes} nodes` : `${out}: ${outcome}`
  return [what, ...notes.map((note) => `  ${path}: ${note}`)].join("\n")
}

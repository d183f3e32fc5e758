/** `maille fetch`: downloads the point tiles and images that an index names. */
import type { Command } from "commander"
import { parseBox, parseEpsg } from "../../engine/core/parse-values.js"
import { quoteWords } from "../../engine/core/texts.js"
import { type FetchedFile, type FetchRequest, type FetchSummary, fetchTiles } from "../../engine/fetch/fetch.js"
import { assumedTile } from "../../engine/spatial/index-sources.js"
import { exitCodeOfFiles, exitCodes } from "../exit-codes.js"
import { addExamples } from "../help/declare.js"
import { addTo } from "../job-flags.js"
import { numberFrom } from "../parse-numbers.js"
import { byteRate, createPointProgress, untilStopped } from "../point-progress.js"
import { formatTime, grouped, printJson, printLine, say } from "../print.js"

interface FetchFlags
  extends Pick<FetchRequest, "tileIndex" | "to" | "departement" | "limits" | "margin" | "rate" | "dryRun"> {
  readonly bbox?: string
  readonly crs?: string
  readonly json?: true
}

export const addFetch = (program: Command): void => {
  addExamples(
    program.command("fetch"),
    "maille fetch 0770_6278 --tile-index tiles.geojson --to lidar/",
    "maille fetch --departement 34 --tile-index tiles.geojson --to lidar/",
  )
    .summary("download point tiles and images that an index lists")
    .description(
      "The index is an answer of IGN's WFS, as GeoJSON. Every file is checked after its download.\n" +
        "Interrupted? Run the same command again: finished files are kept and partial files completed. Exit code 1: some files failed; 3: all failed.",
    )
    .argument("[name...]", "tiles by name: LHD_FXX_0770_6278_PTS_LAMB93_IGN69 or 0770_6278")
    .requiredOption("--tile-index <file>", "index of the tiles (GeoJSON); repeat it for several pages", addTo)
    .requiredOption("--to <dir>", "folder for the files")
    .option("--bbox <x,y,x,y>", "or: tiles that touch this box, CRS metres")
    .option("--departement <codes>", "or: tiles of départements, such as 34,67", (text: string) => text.split(","))
    .option("--limits <file>", "polygons of the départements, with codes; FlatGeobuf, GeoJSON, GeoPackage or Shapefile")
    .option("--margin <m>", "also tiles up to this distance, for the halo; 1000 is enough (default: 0)", numberFrom(0))
    .option("--crs <EPSG:n>", "CRS of the tiles, if the index has several")
    .option("--rate <n>", "requests per second (default: 1)", numberFrom(0))
    .option("--dry-run", "show the files to download, send no request")
    .option(
      "--json",
      "print one JSON document\n{ to, done, unchanged, failed, planned, sizeBytes, files, warnings, timeMs }",
    )
    .action((names: string[], flags: FetchFlags) => fetchFiles(names, flags))
}

const fetchFiles = async (names: readonly string[], flags: FetchFlags): Promise<void> => {
  const { tileIndex, to, departement, limits, margin, rate, dryRun } = flags
  const progress = createPointProgress(process.stderr, byteRate)
  const { isStopped, result: summary } = await untilStopped(progress, (signal) =>
    fetchTiles({
      ...{ tileIndex, to, names, departement, limits, margin, rate, dryRun, signal },
      bbox: flags.bbox === undefined ? undefined : parseBox(flags.bbox, "--bbox"),
      epsg: flags.crs === undefined ? undefined : parseEpsg(flags.crs, "--crs"),
      onWait: (text) => say(text, "info"),
      onProgress: ({ sizeBytes, totalBytes, file }) => {
        progress.at(sizeBytes, totalBytes)
        if (file !== undefined) progress.line(formatLine(file), file.outcome === "failed" ? "error" : "info")
      },
    }),
  )
  for (const text of summary.warnings) say(text, "warning")
  if (flags.json) printJson(summary)
  else printSummary(summary)
  sayHowToGoOn(summary, flags, isStopped)
  process.exitCode = isStopped ? exitCodes.stopped : exitCodeOfFiles(summary.files)
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

const formatLine = ({ name, outcome, sizeBytes, points, resumedAt, reason }: FetchedFile): string => {
  if (outcome === "failed") return `failed: ${reason ?? name}`
  const what = [megabytes(sizeBytes), ...(points === undefined ? [] : [`${grouped(points)} points`])].join(", ")
  const resumed = resumedAt === undefined ? "" : `, resumed at ${megabytes(resumedAt)}`
  return outcome === "done" ? `${name}: ${what}${resumed}` : `${name}: ${outcome}, ${what}`
}

const printSummary = ({ files, done, unchanged, failed, planned, sizeBytes, to, timeMs }: FetchSummary): void => {
  if (planned > 0 || (done === 0 && failed === 0)) for (const file of files) printLine(formatLine(file))
  if (planned === 0) {
    printLine(`${done} fetched, ${unchanged} unchanged, ${failed} failed in ${formatTime(timeMs)}: ${to}`)
    return
  }
  const assumed = `${grouped(assumedTile.sizeBytes / 1e6)} MB per point tile where the index states no size`
  printLine(`${planned} to fetch, ${unchanged} unchanged, about ${(sizeBytes / 1e9).toFixed(2)} GB (${assumed})`)
  say("dry run: no request was sent")
}

/** More failed names than this do not fit a line to copy. */
const mostNames = 20

const sayHowToGoOn = ({ files, failed }: FetchSummary, flags: FetchFlags, stopped: boolean): void => {
  if (failed === 0) return
  const names = files.filter(({ outcome }) => outcome === "failed").map(({ name }) => name)
  if (stopped || names.length > mostNames) {
    say("Run the same command again to resume. Complete files are kept.")
    return
  }
  const { tileIndex, to, rate } = flags
  const rest = [...tileIndex.flatMap((file) => ["--tile-index", file]), "--to", to]
  if (rate !== undefined) rest.push("--rate", String(rate))
  say(`${failed} failed: ${names.join(", ")}\nFetch them again: ${quoteWords(["maille", "fetch", ...names, ...rest])}`)
}
